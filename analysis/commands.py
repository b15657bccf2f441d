"""The commands of analysis: options and their help. What a command does is imported when it runs."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads it
from typing import Annotated

import typer

from analysis.options import AsJson, Begin, Database, End, Klines, Pair, Settings  # noqa: TC001 - typer reads them
from analysis.study.commands import ml

commands = typer.Typer()
commands.add_typer(ml, name="ml")


@commands.callback()
def _analysis() -> None:
    """Keep every command a sub-command, also while there is but one."""


@commands.command()
def backtest(
    db: Database = None,
    klines: Klines = None,
    begin: Begin = None,
    end: End = None,
    settings: Settings = None,
    pair: Pair = None,
    as_json: AsJson = False,
) -> None:
    """Run the strategy over candles of the past and show what it would have traded."""
    from analysis.show import run

    run(db, klines, begin, end, settings or [], pair, as_json)


@commands.command()
def sweep(
    grid: Annotated[
        Path, typer.Option(metavar="FILE", help="TOML with a table named grid: a list of values a parameter.")
    ],
    db: Database = None,
    klines: Klines = None,
    begin: Begin = None,
    end: End = None,
    settings: Settings = None,
    pair: Pair = None,
    draw: Annotated[
        int | None,
        typer.Option("--random", metavar="N", help="Try N sets of the grid, drawn by --seed.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="S", help="The same seed draws the same sets.")] = 1,
    walk_forward: Annotated[
        str | None,
        typer.Option(
            metavar="IN/OUT",
            help="Choose the best set on IN bars, judge it on the OUT bars after them, step by OUT.",
            show_default=False,
        ),
    ] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Processes on this machine; one a core.", show_default=False)
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Compute on a Dask cluster: tcp://HOST:PORT.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="All rows as Parquet; an interrupted sweep goes on from FILE.part.", show_default=False
        ),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="Sets that are shown, the best first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Try many parameter sets and say what the best of them may claim."""
    from analysis.study.sweeps.command import Asked, run

    run(
        Asked(
            *(db, klines, grid, begin, end, settings or [], pair, draw, seed, walk_forward, processes, scheduler, out),
            *(top, as_json),
        )
    )

"""The commands of analysis: options and their help. What a command does is imported when it runs."""

from __future__ import annotations

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

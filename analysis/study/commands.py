"""The commands of `cvdbot ml`: options and their help. What a command does is imported when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from analysis.options import AsJson, Begin, Database, End, Klines, Pair, Settings  # noqa: TC001 - typer reads them

ml = typer.Typer(no_args_is_help=True, help="Is there anything to learn from the candles and the trades?")


@ml.callback()
def _ml() -> None:
    """Keep every command a sub-command, also while there is but one."""


@ml.command()
def patterns(
    db: Database = None,
    klines: Klines = None,
    pair: Pair = None,
    mode: Annotated[
        str | None,
        typer.Option(
            help="Whose trades: paper, backtest, imported, or replay: those of a back-test over these candles."
            " paper by default, with --klines replay.",
            show_default=False,
        ),
    ] = None,
    timeframe: Annotated[
        str | None, typer.Option(help="The bars that are looked at; chart_timeframe by default.", show_default=False)
    ] = None,
    begin: Begin = None,
    end: End = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Do the market's patterns hold, and does what is known at the entry tell how a trade ends?"""
    from analysis.study.show_patterns import run

    run(db, klines, pair, mode, timeframe, begin, end, settings or [], as_json)

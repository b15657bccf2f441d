"""`cvdbot backtest`: read the candles, run the strategy, print the result."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table

from analysis import archive, stored
from analysis.backtest import Result, backtest
from analysis.errors import AnalysisError
from analysis.history import History
from analysis.results import as_plain
from bot.core.parameters import Parameters
from bot.core.times import from_iso, to_iso

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.market import Market

PAIR = "BTC/USDT"
"""The pair of an archive, which does not say."""


def run(
    db: Path | None,
    klines: Path | None,
    begin: str | None,
    end: str | None,
    settings: list[str],
    pair: str | None,
    as_json: bool,
) -> None:
    """Run one back-test and print it."""
    parameters = Parameters.from_strings(settings)
    first, last = _instant("--from", begin), _instant("--to", end)
    market, origin = source(db, klines, pair)
    result = backtest(History(market), parameters, first, last)
    if as_json:
        typer.echo(json.dumps({**as_plain(result), "origin": origin}))
    else:
        _print(result, origin)


def source(db: Path | None, klines: Path | None, pair: str | None) -> tuple[Market, str | None]:
    """Return the candles of the one source that is named, and a database's origin."""
    if db is not None and klines is None:
        return stored.read(db, pair)
    if klines is not None and db is None:
        return archive.read(klines, pair or PAIR), None
    raise AnalysisError("name the candles, either a database with --db FILE or a kline archive with --klines FILE")


def _instant(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return from_iso(text)
    except ValueError as error:
        raise AnalysisError(f"{option}: {error}") from None


def _print(result: Result, origin: str | None) -> None:
    console = Console(highlight=False)
    if origin == "simulated":
        console.print("[bold]A simulated market: these figures say nothing about a real one.[/]")
    table = Table("#", "side", "entry (UTC)", "at", "exit (UTC)", "at", "profit", "outcome", "balance")
    for trade in result.trades:
        position = trade.position
        table.add_row(
            str(trade.number),
            position.side,
            to_iso(position.entry_time),
            f"{position.entry_price:.2f}",
            to_iso(trade.exit_time),
            f"{trade.exit_price:.2f}",
            f"{trade.profit:+.2f}",
            trade.outcome,
            f"{trade.new_balance:.2f}",
        )
    if result.trades:
        console.print(table)
    console.print(
        f"{result.pair}: {result.bars} bars of {result.parameters.chart_timeframe}, {result.signals} signals, "
        f"{result.gaps} gaps, {len(result.trades)} trades"
    )
    if result.open is not None:
        side, price, entered = result.open.side, result.open.entry_price, to_iso(result.open.entry_time)
        console.print(f"Open at the end: {side} from {entered} at {price:.2f}")

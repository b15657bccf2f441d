"""`cvdbot backtest`: read the candles, run the strategy, print what it would have traded and what that is worth."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from analysis import stored, tables
from analysis.account.equity import equity
from analysis.account.fills import on_venue
from analysis.account.statistics import statistics
from analysis.account.track_record import of_result
from analysis.batch import archive
from analysis.batch.backtest import backtest
from analysis.batch.completeness import missing
from analysis.batch.fitting import fitted
from analysis.batch.history import History
from analysis.errors import AnalysisError, EmptyRangeError
from analysis.results import as_plain
from bot.core.parameters import Parameters
from bot.core.times import from_iso, to_iso

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.batch.market import Market

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
    parameters = None if klines else Parameters.from_strings(settings)
    first, last = instant("--from", begin), instant("--to", end)
    if first is not None and last is not None and first >= last:
        raise EmptyRangeError(f"--from {to_iso(first)} is not before --to {to_iso(last)}: the range is empty")
    with Console(stderr=True).status("reading candles") as status:  # shows nothing where stderr is no terminal
        market, origin = source(db, klines, pair)
        status.update(f"{len(market):,} candles")
        parameters = parameters or fitted(settings, market.interval_ms)
        history = History(market)
        result = backtest(history, parameters, first, last)
        if result.begin is None or result.end is None:
            stored_span = (
                f"{to_iso(int(market.timestamp[0]))} to {to_iso(int(market.timestamp[-1]) + market.interval_ms)}"
            )
            raise EmptyRangeError(
                f"no whole bar of {parameters.chart_timeframe} opens in the range: the candles are of {stored_span}"
            )
        record = of_result(history, result)
        span = (market.pair, result.begin, result.end)
        minutes = stored.venues(db, *span) if db and result.trades else ()
        figures = statistics(record, [on_venue(record, each) for each in minutes])
        partial = stored.partial_minutes(db, *span) if db else None
        lacking = missing(market, result.begin, result.end, parameters.chart_ms, partial)
    if as_json:
        plain = as_plain(history, result, figures, equity(record), lacking)
        typer.echo(json.dumps({**plain, "origin": origin}, allow_nan=False))
    else:
        tables.show(Console(highlight=False), result, figures, lacking, origin)


def source(db: Path | None, klines: Path | None, pair: str | None) -> tuple[Market, str | None]:
    """Return the candles of the one source that is named, and a database's origin."""
    if db is not None and klines is None:
        return stored.read(db, pair)
    if klines is not None and db is None:
        found = archive.read(klines, pair or PAIR)
        for note in found.notes:
            typer.echo(note, err=True)
        return found.market, None
    raise AnalysisError("name the candles, either a database with --db FILE or a kline archive with --klines FILE")


def instant(option: str, text: str | None) -> int | None:
    """Return what an option tells in ISO 8601, UTC ms; None without it.

    Raises:
        AnalysisError: It is no instant.
    """
    if text is None:
        return None
    try:
        return from_iso(text)
    except ValueError as error:
        raise AnalysisError(f"{option}: {error}") from None

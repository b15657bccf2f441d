"""`cvdbot import`: candles and trades from files into the database, once however often it is run.

A row that is there stays, unless it shall be replaced; what changes or appears behind the strategy's back is noted as a
correction, so that a replay still sees what it saw. Klines become candles of `binance`; the aggregated candles of their
minutes, and whatever later ones depend on them, are computed by the same function as the bot's own. Candles of the
earlier bot have no exchange behind them and stand for themselves. A file that is refused brings nothing, a row that is
refused only itself; neither hides the files after it.
"""

from __future__ import annotations

import json
import sys
import time
from bisect import bisect_left
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import track

from bot.core.aggregate import aggregate
from bot.core.exchanges import EXCHANGES
from bot.core.saved import UnusableStateError
from bot.core.times import DAY, MINUTE
from bot.errors import ImportFileError
from bot.imports import archives, earlier, klines
from bot.imports.outcome import Minutes, Outcome, missing_in
from bot.records import Correction
from bot.store import rows, traded
from bot.store.database import PATIENT, open_for_writing
from bot.trading.restart import read_saved

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from bot.core.aggregate import Candle
    from bot.core.minutes import VenueCandle

EXCHANGE = "binance"
"""Whose klines are imported."""

WINDOW = 31 * DAY
"""Of minutes that are compared with the stored ones at a time, ms."""


def run(paths: list[Path], database: Path, pair: str, as_json: bool, replace: bool = False, live: bool = False) -> int:
    """Import files, and the files of folders, in order of their paths; print what each brought.

    Args:
        paths: Files and folders.
        database: Made when it is not there.
        pair: Of which pair the files are.
        as_json: Print JSON in place of words.
        replace: Take a kline that differs from a stored one, in minutes that binance alone made or has incomplete.
        live: Take it in every minute, recorded ones too.

    Returns:
        The exit code: 0, or 1 when something was refused.

    Raises:
        ImportFileError: There is no such path, or nothing to import.
    """
    files = [file for path in paths for file in archives.found(path)]
    if not files:
        raise ImportFileError(f"there is nothing to import in {', '.join(map(str, paths))}: no kline archive, no JSON")
    store = open_for_writing(database, attempts=PATIENT)
    outcomes: list[Outcome] = []
    try:
        for file in track(files, "importing", console=Console(stderr=True), disable=not sys.stderr.isatty()):
            try:
                with store.transaction(history=True) as sql:
                    rows.claim_origin(sql, "exchanges", _now())
                    outcome = _import(sql, file, pair, replace=replace, live=live)
            except ImportFileError as error:
                outcome = Outcome(str(file), "refused", refused=[str(error)])
            outcomes.append(outcome)
    finally:
        store.close()
    _tell(outcomes, as_json)
    if all(outcome.kind == "refused" for outcome in outcomes):
        return 2
    return int(any(outcome.refused for outcome in outcomes))


def _tell(outcomes: list[Outcome], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([outcome.plain() for outcome in outcomes]))
        return
    for outcome in outcomes:
        for line in outcome.lines():
            typer.secho(line, err=outcome.kind == "refused")


def _import(sql: sqlite3.Connection, file: Path, pair: str, *, replace: bool, live: bool) -> Outcome:
    if file.name == earlier.UNFINISHED:
        return Outcome(str(file), "left out")
    if file.suffix.lower() == archives.JSON:
        return _add_earlier(sql, file, pair, earlier.read(file, _now()))
    if archives.is_archive(file):
        return _add_klines(sql, file, pair, klines.read(file, pair, _now()), replace=replace, live=live)
    raise ImportFileError(f"{file} is neither a kline archive ({', '.join(archives.ARCHIVES)}) nor a JSON file")


def _add_earlier(sql: sqlite3.Connection, file: Path, pair: str, read: earlier.Content) -> Outcome:
    """Store what the earlier bot kept: candles, or trades."""
    outcome = Outcome(str(file), "trades" if read.trades else "candles", repeated=read.repeated, refused=read.refused)
    for opened, reason in read.left_out:
        outcome.left_out.setdefault(reason, []).append(opened)
    if read.trades:
        outcome.added = sum(traded.put_imported_trade(sql, pair, trade) for trade in read.trades)
        outcome.present = len(read.trades) - outcome.added
        return outcome
    new = _new(sql, pair, read.candles)
    for minute, candle in new.items():
        rows.put_candle(sql, pair, minute, candle)
    outcome.added, outcome.present = len(new), len(read.candles) - len(new)
    return outcome


def _add_klines(
    sql: sqlite3.Connection, file: Path, pair: str, read: klines.Read, *, replace: bool, live: bool
) -> Outcome:
    outcome = Outcome(str(file), "klines", repeated=read.repeated, refused=read.refused)
    outcome.missing = missing_in(read.minutes)
    outcome.left_out = read.left_out
    new, different, replaced = list[int](), list[int](), list[int]()
    for part in _windows(sorted(read.minutes)):
        begin, end = part[0], part[-1] + MINUTE
        venues = rows.read_venues(sql, pair, begin, end)
        stored = {candle.timestamp: candle for candle in rows.read_candles(sql, pair, begin, end)}
        for minute in part:
            candle, seen = read.minutes[minute], venues.get(minute, {})
            mine = seen.get(EXCHANGE)
            if mine is None and minute not in stored:
                new.append(minute)
            elif _values(mine or stored[minute]) == _values(candle):
                outcome.present += 1
            elif replace and (live or (mine is not None and (len(seen) == 1 or not mine.complete))):
                replaced.append(minute)
            else:
                different.append(minute)
    until = _traded_until(sql, pair)
    rows.put_corrections(sql, pair, (Correction(minute, None) for minute in new if minute <= until), _now())
    for minute in (*new, *replaced):
        rows.put_venue(sql, pair, minute, EXCHANGE, read.minutes[minute])
    if new or replaced:
        recompute(sql, pair, min([*new, *replaced]), _now())
    outcome.added, outcome.different, outcome.replaced = len(new), Minutes.of(different), Minutes.of(replaced)
    if replaced and (market := rows.market_of(sql, pair)):
        outcome.note = f"the database is of the {market} market: the file has to be of the same"
    return outcome


def _windows(minutes: list[int]) -> Iterator[list[int]]:
    """Part sorted minutes, so that not all that is stored has to be in memory at once."""
    begin = 0
    while begin < len(minutes):
        end = bisect_left(minutes, minutes[begin] + WINDOW)
        yield minutes[begin:end]
        begin = end


def _values(candle: Candle | VenueCandle) -> tuple[float, ...]:
    return candle.open, candle.high, candle.low, candle.close, candle.buy, candle.sell


def _new(sql: sqlite3.Connection, pair: str, candles: list[Candle]) -> dict[int, Candle]:
    """Return the minutes that are not there yet; the strategy's absent minutes among them are noted as corrections."""
    present = rows.stored_minutes(sql, pair, [candle.timestamp for candle in candles])
    new: dict[int, Candle] = {}
    for candle in candles:
        if candle.timestamp not in present:
            new.setdefault(candle.timestamp, candle)
    until = _traded_until(sql, pair)
    rows.put_corrections(sql, pair, (Correction(minute, None) for minute in sorted(new) if minute <= until), _now())
    return new


def _traded_until(sql: sqlite3.Connection, pair: str) -> int:
    """Return the newest minute the strategy has passed; what changes up to there, it saw otherwise. -1: none yet."""
    try:
        saved = read_saved(sql, pair)
    except UnusableStateError:  # it will be computed anew from what is stored now
        newest = rows.newest_minute(sql, pair)
    else:
        newest = None if saved is None else saved.trader.indicators.bars.newest
    return -1 if newest is None else newest


def recompute(sql: sqlite3.Connection, pair: str, start: int, now: int) -> None:
    """Make the aggregated candles from `start` on what the exchanges' candles say, by the one function.

    A candle that the strategy has seen and that changes is kept in `candle_corrections`; candles without any exchange
    behind them (the earlier bot's) stay.
    """
    until = _traded_until(sql, pair)
    _, distances = rows.last_before(sql, pair, EXCHANGES, start)
    last = rows.newest_venue_minute(sql, pair)
    for day in range(start, last + MINUTE, DAY):
        venues = rows.read_venues(sql, pair, day, day + DAY)
        stored = {candle.timestamp: candle for candle in rows.read_candles(sql, pair, day, day + DAY)}
        corrections = []
        for minute, seen in venues.items():
            was = stored.get(minute)
            configured = 1 if was is None or was.configured is None else was.configured
            candle, distances = aggregate(minute, seen, distances, configured)
            if candle != was:
                rows.put_candle(sql, pair, minute, candle)
                if was is not None and minute <= until:
                    corrections.append(Correction(minute, was))
        rows.put_corrections(sql, pair, corrections, now)


def _now() -> int:
    return time.time_ns() // 1_000_000

"""`cvdbot import`: candles and trades from files into the database, once however often it is run.

A row that is there stays; what changes or appears behind the strategy's back is noted as a correction, so that a
replay still sees what it saw. Klines become candles of `binance`; the aggregated candles of their minutes, and whatever
later ones depend on them, are computed by the same function as the bot's own. Candles of the earlier bot have no
exchange behind them and stand for themselves. A file is written whole or not at all.
"""

from __future__ import annotations

import json
import re
import sys
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TypeVar

import typer
from rich.console import Console
from rich.progress import track

from bot.core.aggregate import Candle, aggregate
from bot.core.exchanges import EXCHANGES
from bot.core.minutes import VenueCandle
from bot.core.saved import UnusableStateError
from bot.core.times import DAY, MINUTE
from bot.errors import ImportFileError
from bot.imports import earlier, klines
from bot.records import Correction
from bot.store import rows, traded
from bot.store.database import PATIENT, open_for_writing
from bot.trading.restart import read_saved

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from bot.records import ImportedTrade

ARCHIVES = (".csv", ".gz", ".zip")

Minute = TypeVar("Minute", Candle, VenueCandle)


@dataclass(frozen=True, slots=True)
class Result:
    """What one file brought."""

    file: str
    kind: str
    """`klines`, `candles`, `trades` or `left out`."""
    added: int
    present: int
    """Rows that were there and stay."""


def run(paths: list[Path], database: Path, pair: str, as_json: bool) -> None:
    """Import files, and the files of folders, in order of their names; print what each brought."""
    files = [file for path in paths for file in _files(path)]
    for file in files:
        _check_name(file, pair)
    store = open_for_writing(database, attempts=PATIENT)
    results: list[Result] = []
    try:
        for file in track(files, "importing", console=Console(stderr=True), disable=not sys.stderr.isatty()):
            with store.transaction() as sql:
                rows.claim_origin(sql, "exchanges", _now())
                result = _import(sql, file, pair)
            results.append(result)
    finally:  # a file that is refused leaves those before it imported
        store.close()
        if results:
            said = json.dumps([asdict(result) for result in results]) if as_json else "\n".join(map(_line, results))
            typer.echo(said)


def _line(result: Result) -> str:
    if result.kind == "left out":
        return f"{result.file}: left out, it is the earlier bot's unfinished minute"
    return f"{result.file}: {result.added} {result.kind} added, {result.present} were there and stay"


def _files(path: Path) -> Iterator[Path]:
    if not path.exists():
        raise ImportFileError(f"{path} does not exist")
    if path.is_dir():
        yield from sorted(file for file in path.iterdir() if file.suffix in (*ARCHIVES, ".json"))
    else:
        yield path


def _check_name(file: Path, pair: str) -> None:
    """Refuse an archive whose name says that it is of another pair."""
    symbol = pair.replace("/", "")
    found = re.search(r"(?<![A-Z0-9])[A-Z0-9]{2,10}(?:USDT|USDC|USD)(?![A-Z])", file.name)
    if found and found[0] != symbol:
        raise ImportFileError(f"{file} is of {found[0]}, not of {symbol}; name its pair with --pair")


def _import(sql: sqlite3.Connection, file: Path, pair: str) -> Result:
    if file.name == earlier.UNFINISHED:
        return Result(str(file), "left out", 0, 0)
    if file.suffix == ".json":
        candles, trades = earlier.read(file)
        return _add_trades(sql, file, pair, trades) if trades else _add_candles(sql, file, pair, candles)
    if file.suffix in ARCHIVES:
        return _add_klines(sql, file, pair, list(klines.read(file)))
    raise ImportFileError(f"{file} is neither a kline archive ({', '.join(ARCHIVES)}) nor a JSON file")


def _add_candles(sql: sqlite3.Connection, file: Path, pair: str, candles: list[Candle]) -> Result:
    new = _new(sql, pair, candles)
    for minute, candle in new.items():
        rows.put_candle(sql, pair, minute, candle)
    return Result(str(file), "candles", len(new), len(candles) - len(new))


def _add_trades(sql: sqlite3.Connection, file: Path, pair: str, trades: list[ImportedTrade]) -> Result:
    added = sum(traded.put_imported_trade(sql, pair, trade) for trade in trades)
    return Result(str(file), "trades", added, len(trades) - added)


def _add_klines(sql: sqlite3.Connection, file: Path, pair: str, candles: list[VenueCandle]) -> Result:
    new = _new(sql, pair, candles)
    for minute, candle in new.items():
        rows.put_venue(sql, pair, minute, "binance", candle)
    if new:
        recompute(sql, pair, min(new), _now())
    return Result(str(file), "klines", len(new), len(candles) - len(new))


def _new(sql: sqlite3.Connection, pair: str, candles: list[Minute]) -> dict[int, Minute]:
    """Return the minutes that are not there yet; the strategy's absent minutes among them are noted as corrections."""
    present = rows.stored_minutes(sql, pair, [candle.timestamp for candle in candles])
    new: dict[int, Minute] = {}
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

"""The rows the bot writes and reads back of the market and of itself; what it trades is in traded.py.

Every function takes the connection of an open transaction (`Database.transaction`), so what belongs together is
committed together.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.core import saved
from bot.core.aggregate import Candle
from bot.core.minutes import VenueCandle
from bot.core.saved import UnusableStateError
from bot.core.times import DAY
from bot.errors import DatabaseError
from bot.records import Resume
from bot.store import traded

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bot.records import Correction, Line, Update

LOGS_KEPT = 30 * DAY

_PUT_CANDLE = """
INSERT OR REPLACE INTO main.candles (timestamp, pair, open, high, low, close, vBuy, vSell, sources, configured)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_REMOVE_CANDLE = "DELETE FROM main.candles WHERE timestamp = ? AND pair = ?"
_PUT_VENUE = """
INSERT OR REPLACE INTO main.exchange_candles
    (timestamp, pair, exchange, open, high, low, close, vBuy, vSell, trades, complete)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_REMOVE_VENUE = "DELETE FROM main.exchange_candles WHERE timestamp = ? AND pair = ? AND exchange = ?"
_PUT_CORRECTION = """
INSERT INTO main.candle_corrections
    (corrected, timestamp, pair, open, high, low, close, vBuy, vSell, sources, configured)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_PUT_STATUS = """
INSERT OR REPLACE INTO exchange_status (exchange, connected, last_trade, reconnects, gaps, rejects, updated)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_PUT_LOG = "INSERT INTO logs (timestamp, level, event, message) VALUES (?, ?, ?, ?)"
_PRUNE_LOGS = "DELETE FROM logs WHERE timestamp < ?"
_PUT_STATE = "INSERT OR REPLACE INTO state (key, value, updated) VALUES (?, ?, ?)"
_STATE = "SELECT value FROM state WHERE key = ?"
_STATUS = "SELECT exchange, last_trade, reconnects, gaps, rejects FROM exchange_status"
_CANDLES = """
SELECT timestamp, open, high, low, close, vBuy, vSell, sources, configured
FROM candles WHERE timestamp >= ? AND timestamp < ? AND pair = ? ORDER BY timestamp
"""
_VENUES = """
SELECT exchange, timestamp, open, high, low, close, vBuy, vSell, trades, complete
FROM exchange_candles WHERE timestamp >= ? AND timestamp < ? AND pair = ? ORDER BY timestamp, exchange
"""
_LAST_BEFORE = """
SELECT timestamp, close FROM {schema}exchange_candles AS venue
WHERE timestamp < ? AND pair = ? AND exchange = ? AND EXISTS
    (SELECT 1 FROM candles WHERE candles.timestamp = venue.timestamp AND candles.pair = venue.pair)
ORDER BY timestamp DESC LIMIT 1
"""
_CLOSE = "SELECT close FROM candles WHERE timestamp = ? AND pair = ?"
_STORED_MINUTES = "SELECT timestamp FROM candles WHERE timestamp BETWEEN ? AND ? AND pair = ?"
_NEWEST_MINUTE = "SELECT timestamp FROM candles WHERE pair = ? ORDER BY timestamp DESC LIMIT 1"
_OLDEST_MINUTE = "SELECT timestamp FROM candles WHERE timestamp >= ? AND pair = ? ORDER BY timestamp LIMIT 1"
_NEWEST_VENUE_MINUTE = "SELECT timestamp FROM exchange_candles WHERE pair = ? ORDER BY timestamp DESC LIMIT 1"
_FIRST_CORRECTIONS = """
SELECT timestamp, open, high, low, close, vBuy, vSell, sources, configured FROM candle_corrections
WHERE id IN (SELECT min(id) FROM candle_corrections WHERE pair = ? AND timestamp >= ? AND timestamp < ?
             GROUP BY timestamp)
ORDER BY timestamp
"""

FOREVER = 1 << 62


def put_update(sql: sqlite3.Connection, pair: str, update: Update, now: int) -> None:
    """Store what the engine put out; `now` (UTC ms) is when the corrections were made."""
    for minute, candle in update.candles.items():
        put_candle(sql, pair, minute, candle)
    for (minute, exchange), seen in update.venues.items():
        put_venue(sql, pair, minute, exchange, seen)
    put_corrections(sql, pair, update.corrections, now)
    traded.put_booked(sql, pair, update.booked)


def put_candle(sql: sqlite3.Connection, pair: str, minute: int, candle: Candle | None) -> None:
    """Store an aggregated candle, or remove it where it is None."""
    if candle is None:
        sql.execute(_REMOVE_CANDLE, (minute, pair))
    else:
        sql.execute(_PUT_CANDLE, (minute, pair, *_values(candle)))


def put_venue(sql: sqlite3.Connection, pair: str, minute: int, exchange: str, seen: VenueCandle | None) -> None:
    """Store an exchange's candle, or remove it where it is None."""
    if seen is None:
        sql.execute(_REMOVE_VENUE, (minute, pair, exchange))
    else:
        prices = (seen.open, seen.high, seen.low, seen.close)
        sql.execute(_PUT_VENUE, (minute, pair, exchange, *prices, seen.buy, seen.sell, seen.trades, seen.complete))


def put_corrections(sql: sqlite3.Connection, pair: str, corrections: Iterable[Correction], now: int) -> None:
    """Keep the candles as they were before they were corrected."""
    for one in corrections:
        was = (None,) * 8 if one.was is None else _values(one.was)
        sql.execute(_PUT_CORRECTION, (now, one.timestamp, pair, *was))


def put_status(
    sql: sqlite3.Connection,
    exchange: str,
    *,
    connected: bool,
    last_trade: int | None,
    counts: tuple[int, int, int],
    now: int,
) -> None:
    """Store an exchange's health; `counts` are reconnects, gaps and rejects since the database began."""
    sql.execute(_PUT_STATUS, (exchange, int(connected), last_trade, *counts, now))


def read_status(sql: sqlite3.Connection) -> dict[str, tuple[int | None, tuple[int, int, int]]]:
    """Return exchange -> (last trade, (reconnects, gaps, rejects)) as an earlier run left them."""
    return {row[0]: (row[1], (row[2], row[3], row[4])) for row in sql.execute(_STATUS)}


def put_logs(sql: sqlite3.Connection, lines: Iterable[Line]) -> None:
    """Append lines to the log."""
    sql.executemany(_PUT_LOG, ((line.timestamp, line.level, line.event, line.message) for line in lines))


def prune_logs(sql: sqlite3.Connection, now: int) -> None:
    """Remove log lines older than 30 days."""
    sql.execute(_PRUNE_LOGS, (now - LOGS_KEPT,))


def put_state(sql: sqlite3.Connection, key: str, value: object, now: int) -> None:
    """Keep something a restart needs, as JSON."""
    sql.execute(_PUT_STATE, (key, json.dumps(value), now))


def read_state(sql: sqlite3.Connection, key: str) -> object:
    """Return what was kept under `key`; None where there is nothing.

    Raises:
        UnusableStateError: It is no JSON.
    """
    row = sql.execute(_STATE, (key,)).fetchone()
    try:
        return None if row is None else json.loads(row[0])
    except (ValueError, RecursionError) as error:
        raise UnusableStateError(f"it is no JSON ({error})") from None


def put_followed(sql: sqlite3.Connection, pairs: Sequence[str], now: int) -> None:
    """Keep which pairs the bot follows, in the order of bot.toml."""
    put_state(sql, "followed", list(pairs), now)


def read_followed(sql: sqlite3.Connection) -> list[str]:
    """Return the pairs that the bot follows; those it ever traded where that is not told."""
    try:
        kept = read_state(sql, "followed")
    except UnusableStateError:
        kept = None
    return [pair for pair in kept if isinstance(pair, str)] if isinstance(kept, list) and kept else traded.pairs(sql)


def put_ids(sql: sqlite3.Connection, pair: str, newest: Mapping[str, int | None], now: int) -> None:
    """Keep the newest trade id of a pair on each exchange; None where ids do not rise."""
    put_state(sql, f"ids:{pair}", dict(newest), now)


def read_ids(sql: sqlite3.Connection, pair: str) -> dict[str, int]:
    """Return the newest trade id of each exchange whose ids rise, as an earlier run left them; what is none is left."""
    try:
        kept = read_state(sql, f"ids:{pair}")
        if kept is None and traded.pairs(sql)[:1] == [pair]:
            kept = read_state(sql, "ids")  # as it was kept while there was one pair
    except UnusableStateError:
        return {}
    return {name: one for name, one in kept.items() if type(one) is int} if isinstance(kept, dict) else {}


def read_origin(sql: sqlite3.Connection) -> str | None:
    """Return who made the data, `exchanges` or `simulated`; None where that is not told."""
    row = sql.execute(_STATE, ("origin",)).fetchone()
    return saved.origin(None if row is None else row[0])


def claim_origin(sql: sqlite3.Connection, origin: str, now: int) -> None:
    """Make sure that a simulated market and real exchanges never meet in one database.

    Raises:
        DatabaseError: The database is of the other origin.
    """
    stored = read_origin(sql)
    if stored is None:  # nothing yet, or what can't be read
        put_state(sql, "origin", origin, now)
    elif stored != origin:
        was, asked = (
            ("a simulated market", "real data") if stored == "simulated" else ("real data", "a simulated market")
        )
        raise DatabaseError(f"this database holds {was}; it is not continued with {asked}. Name another file")


def read_candles(sql: sqlite3.Connection, pair: str, start: int, end: int = FOREVER) -> list[Candle]:
    """Return the aggregated candles of [start, end), oldest first."""
    return [Candle(*row) for row in sql.execute(_CANDLES, (start, end, pair))]


def each_candle(sql: sqlite3.Connection, pair: str, start: int = 0, end: int = FOREVER) -> Iterator[Candle]:
    """Yield the aggregated candles of [start, end), oldest first, without holding them all."""
    for row in sql.execute(_CANDLES, (start, end, pair)):
        yield Candle(*row)


def each_seen_candle(sql: sqlite3.Connection, pair: str, start: int = 0, end: int = FOREVER) -> Iterator[Candle]:
    """Yield the candles of [start, end) as the strategy saw them: without what was corrected afterwards."""
    seen = {
        row[0]: None if row[1] is None else Candle(*row) for row in sql.execute(_FIRST_CORRECTIONS, (pair, start, end))
    }
    minutes = iter(sorted(seen))
    corrected = next(minutes, FOREVER)
    for candle in each_candle(sql, pair, start, end):
        while corrected < candle.timestamp:  # was there, and was taken away
            if (was := seen[corrected]) is not None:
                yield was
            corrected = next(minutes, FOREVER)
        if corrected == candle.timestamp:
            if (was := seen[corrected]) is not None:
                yield was
            corrected = next(minutes, FOREVER)
        else:
            yield candle
    while corrected < FOREVER:
        if (was := seen[corrected]) is not None:
            yield was
        corrected = next(minutes, FOREVER)


def read_venues(
    sql: sqlite3.Connection, pair: str, start: int, end: int = FOREVER
) -> dict[int, dict[str, VenueCandle]]:
    """Return minute -> exchange -> its candle, of [start, end), minutes in order."""
    minutes: dict[int, dict[str, VenueCandle]] = {}
    for exchange, timestamp, *values in sql.execute(_VENUES, (start, end, pair)):
        minutes.setdefault(timestamp, {})[exchange] = VenueCandle(timestamp, *values)
    return minutes


def last_before(
    sql: sqlite3.Connection, pair: str, exchanges: Iterable[str], minute: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Return each exchange's last close before `minute`, and its distance (close minus aggregated close) there."""
    closes, distances = {}, {}
    for exchange in exchanges:
        for schema in ("main.", ""):  # its newest row is hardly ever in an archive, and this is quick
            row = sql.execute(_LAST_BEFORE.format(schema=schema), (minute, pair, exchange)).fetchone()
            if row is not None:
                (close,) = sql.execute(_CLOSE, (row[0], pair)).fetchone()
                closes[exchange] = row[1]
                distances[exchange] = row[1] - close
                break
    return closes, distances


def read_resume(sql: sqlite3.Connection, pair: str, exchanges: Iterable[str], start: int) -> Resume:
    """Return what was stored from `start` on, and what a run that goes on has to know of the time before."""
    by_minute = read_venues(sql, pair, start)
    venues: dict[str, list[VenueCandle]] = {}
    for seen in by_minute.values():
        for exchange, candle in seen.items():
            venues.setdefault(exchange, []).append(candle)
    prices, distances = last_before(sql, pair, exchanges, start)
    return Resume(read_candles(sql, pair, start), venues, distances, prices)


def stored_minutes(sql: sqlite3.Connection, pair: str, minutes: Sequence[int]) -> set[int]:
    """Return those of `minutes` that have an aggregated candle."""
    if not minutes:
        return set()
    rows = sql.execute(_STORED_MINUTES, (min(minutes), max(minutes), pair))
    return {minute for (minute,) in rows}.intersection(minutes)


def market_of(sql: sqlite3.Connection, pair: str) -> str | None:
    """Return the market the pair's bot listened to last, `perpetual` or `spot`; None before any."""
    row = sql.execute("SELECT market FROM configurations WHERE pair = ? ORDER BY id DESC LIMIT 1", (pair,)).fetchone()
    return None if row is None else str(row[0])


def newest_minute(sql: sqlite3.Connection, pair: str) -> int | None:
    """Return the newest minute that has a candle; None when there is none."""
    row = sql.execute(_NEWEST_MINUTE, (pair,)).fetchone()
    return None if row is None else int(row[0])


def oldest_minute(sql: sqlite3.Connection, pair: str, start: int) -> int | None:
    """Return the first minute from `start` on that has a candle; None when there is none."""
    row = sql.execute(_OLDEST_MINUTE, (start, pair)).fetchone()
    return None if row is None else int(row[0])


def newest_venue_minute(sql: sqlite3.Connection, pair: str) -> int:
    """Return the newest minute with an exchange's candle; -1 when there is none."""
    row = sql.execute(_NEWEST_VENUE_MINUTE, (pair,)).fetchone()
    return -1 if row is None else int(row[0])


def _values(candle: Candle) -> tuple[float | int | None, ...]:
    prices = (candle.open, candle.high, candle.low, candle.close)
    return (*prices, candle.buy, candle.sell, candle.sources, candle.configured)

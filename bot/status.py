"""`cvdbot status`: the figures of health, for a look over SSH. The exit code is 1 when something is wrong.

What is amber wants to be looked at, and is not wrong yet: exit code 0. The screen is drawn in status_screen.py.
"""

from __future__ import annotations

import json
import sqlite3
import time
from typing import TYPE_CHECKING, Any

import msgspec
import typer

from bot import health as watched
from bot import status_screen
from bot.core import archives
from bot.core.saved import UnusableStateError
from bot.core.times import DAY, MINUTE, to_iso
from bot.errors import DatabaseError
from bot.store import backup
from bot.store.database import open_for_reading
from bot.store.rows import read_followed, read_origin, read_state

if TYPE_CHECKING:
    from pathlib import Path

    from bot.health import Health

STALE = 3 * MINUTE
"""A newest candle older than this is wrong while real exchanges feed the bot."""

_NEWEST = "SELECT timestamp, pair, close, sources, configured FROM candles {of} ORDER BY timestamp DESC LIMIT 1"
_STORED = "SELECT pair FROM configurations UNION SELECT pair FROM trades"
_COUNTS = "SELECT (SELECT count(*) FROM candles), (SELECT count(*) FROM trades)"
_EXCHANGES = "SELECT exchange, connected, last_trade, reconnects, gaps, rejects FROM exchange_status ORDER BY exchange"
_FIRST = "SELECT min(timestamp) FROM candles WHERE timestamp > ? AND pair = ?"
_MINUTES = """
SELECT exchange, sum(complete = 1), sum(complete = 2) FROM exchange_candles
WHERE timestamp > ? AND timestamp <= ? AND pair = ? GROUP BY exchange
"""
_TODAY = """
SELECT (SELECT count(*) FROM candles WHERE timestamp >= :day AND pair = :pair), count(*) FROM trades
WHERE exitTime >= :day AND pair = :pair
"""
_LAST_TRADE = """
SELECT tradeNumber, pair, mode, entryType, entryPrice, exitPrice, exitTime, profit, outcome, newBalance FROM trades
{of} ORDER BY exitTime DESC, id DESC LIMIT 1
"""
_ORDERS = "SELECT pair, entryType, entryPrice, entryTime, stopLoss, takeProfit FROM orders ORDER BY pair"
_CONFIGURED = "SELECT exchanges FROM configurations ORDER BY id DESC LIMIT 1"
_TROUBLE = """
SELECT timestamp, level, event, message FROM logs WHERE level IN ('warning', 'error') ORDER BY id DESC LIMIT 5
"""


def run(path: Path, as_json: bool) -> int:
    """Show the health of the database at `path`; return the exit code."""
    sql = open_for_reading(path)
    try:
        sql.execute("BEGIN")
        beside = archives.attach(sql, path.resolve(), "mode=ro")
        health = look(sql, time.time_ns() // 1_000_000)
    except sqlite3.Error as error:
        raise DatabaseError(
            f"{path} can't be read ({error}): if it is damaged, put the PC's copy in its place (docs/sync.md)"
        ) from None
    finally:
        sql.close()
    known = backup.last(path)
    health = {
        "database": str(path),
        "bytes": _size(path.resolve()),
        "archives": [{"name": one.name, "bytes": one.size, "problem": one.message} for one in beside],
        **health,
        "backup": None if known is None else {"made": known[0], "path": known[1]},
        "amber": [
            *([] if _published(path) else _amber(known, health["origin"], time.time_ns() // 1_000_000)),
            *(one.message for one in beside if one.message is not None),
            *_filling(health["health"]),
        ],
    }
    if as_json:
        typer.echo(json.dumps(health))
    else:
        status_screen.show(health)
    return 1 if health["wrong"] else 0


def look(sql: sqlite3.Connection, now: int) -> dict[str, object]:
    """Return the figures, and under `wrong` a sentence for each thing that is."""
    origin = read_origin(sql)
    followed = read_followed(sql)
    newest = _newest(sql)
    candles, trades = sql.execute(_COUNTS).fetchone()
    exchanges = [
        dict(zip(("exchange", "connected", "last_trade", "reconnects", "gaps", "rejects"), row, strict=True))
        for row in sql.execute(_EXCHANGES)
    ]
    orders = [
        dict(zip(("pair", "entryType", "entryPrice", "entryTime", "stopLoss", "takeProfit"), row, strict=True))
        for row in sql.execute(_ORDERS)
    ]
    trouble = [dict(zip(("timestamp", "level", "event", "message"), row, strict=True)) for row in sql.execute(_TROUBLE)]
    row = sql.execute(_CONFIGURED).fetchone()
    listened = None if row is None else json.loads(row[0])
    for one in exchanges:
        one["configured"] = int(listened is None or one["exchange"] in listened)
    pairs = _pairs(sql, followed or ([] if newest is None else [str(newest["pair"])]))
    for one in exchanges:
        one["minutes"] = _last_day(sql, one["exchange"], [each for each in pairs if each["followed"]])
    wrong = [f"{one['exchange']} is not connected" for one in exchanges if one["configured"] and not one["connected"]]
    if newest is None:
        wrong.append("there is no candle yet")
    elif origin != "simulated":
        wrong += _stale(pairs, now)
    if not exchanges:
        wrong.append("no bot has written here yet")
    bot = _watched(sql)
    if bot is not None and bot.free < watched.FULL:
        wrong.append(f"the disk is full: {bot.free / 1e6:.0f} MB are free")
    return {
        "origin": origin,
        "last_candle": newest,
        "candles": candles,
        "trades": trades,
        "today": None if newest is None else _today(sql, newest),
        "last_trade": _last_trade(sql),
        "pairs": pairs,
        "exchanges": exchanges,
        "orders": orders,
        "trouble": trouble,
        "health": None if bot is None else msgspec.to_builtins(bot),
        "projection": None if bot is None or newest is None else projection(bot, newest["timestamp"]),
        "wrong": wrong,
    }


def projection(bot: Health, now: int) -> dict[str, object] | None:
    """Return by what the files grow and what is written a day, bytes, and when that fills the disk and wears the card.

    `full`: the day (UTC ms) the disk is full, None where nothing grows; `card`: the day by which as much will have been
    written as the whole card holds, one of the some hundred times it stands. None in the first day.
    """
    days = (now - bot.first_size.since) / DAY
    if days < 1:
        return None
    growth = (bot.size - bot.first_size.bytes) / days
    written = None if bot.written is None or now <= bot.written.since else bot.written
    a_day = None if written is None else written.bytes / ((now - written.since) / DAY)
    return {
        "growth": round(growth),
        "in_a_year": round(bot.size + 365 * max(growth, 0)),
        "full": None if growth <= 0 else now + round(bot.free / growth * DAY),
        "written": None if a_day is None else round(a_day),
        "card": None if not a_day or written is None else written.since + round(bot.total / a_day * DAY),
    }


def _watched(sql: sqlite3.Connection) -> Health | None:
    try:
        return watched.read(read_state(sql, watched.STATE))
    except UnusableStateError:
        return None


def _newest(sql: sqlite3.Connection, pair: str | None = None) -> dict[str, Any] | None:
    """Return the newest candle, of all pairs or of one."""
    row = sql.execute(_NEWEST.format(of="" if pair is None else "WHERE pair = ?"), (pair,) if pair else ()).fetchone()
    return dict(zip(("timestamp", "pair", "close", "sources", "configured"), row, strict=True)) if row else None


def _pairs(sql: sqlite3.Connection, followed: list[str]) -> list[dict[str, Any]]:
    """Return the newest candle, the day and the last trade of each pair, the followed ones first."""
    stored = [pair for (pair,) in sql.execute(_STORED)]
    found = []
    for pair in dict.fromkeys([*followed, *sorted(stored)]):
        newest = _newest(sql, pair)
        found.append(
            {
                "pair": pair,
                "followed": pair in followed,
                "last_candle": newest,
                "today": None if newest is None else _today(sql, newest),
                "last_trade": _last_trade(sql, pair),
            }
        )
    return found


def _stale(pairs: list[dict[str, Any]], now: int) -> list[str]:
    """Say of which followed pairs the newest candle is too old."""
    wrong = []
    followed = [one for one in pairs if one["followed"]]
    for one in followed:
        newest = one["last_candle"]
        of = f" of {one['pair']}" if len(followed) > 1 else ""
        if newest is None:
            wrong.append(f"there is no candle{of} yet")
        elif now - newest["timestamp"] - MINUTE > STALE:
            ago = (now - newest["timestamp"]) // MINUTE
            wrong.append(f"the newest candle{of} is of {to_iso(newest['timestamp'])}, {ago} minutes ago")
    return wrong


def _today(sql: sqlite3.Connection, newest: dict[str, Any]) -> dict[str, int]:
    """Return the candles and completed trades of the newest candle's day (UTC), and how many minutes it has so far."""
    minute = newest["timestamp"]
    candles, trades = sql.execute(_TODAY, {"day": minute // DAY * DAY, "pair": newest["pair"]}).fetchone()
    return {"candles": candles, "of": minute % DAY // MINUTE + 1, "trades": trades}


def _last_trade(sql: sqlite3.Connection, pair: str | None = None) -> dict[str, object] | None:
    of = "" if pair is None else "WHERE pair = ?"
    row = sql.execute(_LAST_TRADE.format(of=of), (pair,) if pair else ()).fetchone()
    names = ("tradeNumber", "pair", "mode", "entryType", "entryPrice", "exitPrice", "exitTime", "profit", "outcome")
    return None if row is None else dict(zip((*names, "newBalance"), row, strict=True))


def _last_day(sql: sqlite3.Connection, exchange: object, pairs: list[dict[str, Any]]) -> dict[str, int] | None:
    """Return how many minutes of the day before each pair's newest candle an exchange has whole, healed, incomplete."""
    total = {"of": 0, "whole": 0, "healed": 0}
    for one in pairs:
        if (newest := one["last_candle"]) is None:
            continue
        end, pair = newest["timestamp"], one["pair"]
        (first,) = sql.execute(_FIRST, (end - DAY, pair)).fetchone()
        total["of"] += (end - first) // MINUTE + 1
        complete = {name: counts for name, *counts in sql.execute(_MINUTES, (end - DAY, end, pair))}
        whole, healed = complete.get(exchange, (0, 0))
        total["whole"] += whole
        total["healed"] += healed
    if not total["of"]:
        return None
    return {**total, "incomplete": max(0, total["of"] - total["whole"] - total["healed"])}


def _filling(bot: object) -> list[str]:
    """Say that the disk of the bot's machine is nearly full."""
    if not isinstance(bot, dict) or not watched.nearly_full(bot["free"], bot["total"]):
        return []
    return [f"the disk is nearly full: {bot['free'] / 1e9:.1f} of {bot['total'] / 1e9:.1f} GB are free"]


def _amber(known: tuple[int, str] | None, origin: object, now: int) -> list[str]:
    """Return what is not wrong yet and wants to be looked at."""
    if origin == "simulated":
        return []
    if known is None:
        return ["there is no backup: set folder under [backup] in bot.toml, or run `cvdbot backup --to FOLDER`"]
    age = now - known[0]
    return [f"the newest backup is {age // DAY} days old ({known[1]})"] if age > backup.OLD else []


def _published(path: Path) -> bool:
    """Say whether this is a copy that `cvdbot sync` published: it is a backup itself."""
    return path.stat().st_mode & 0o222 == 0


def _size(path: Path) -> int:
    wal = path.with_name(path.name + "-wal")
    return path.stat().st_size + (wal.stat().st_size if wal.exists() else 0)

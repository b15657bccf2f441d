"""What the tables tell of a pair's account when the bot's own state is lost: the newest of each thing.

Every function takes the connection of an open transaction.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.core.ledger import Account, Position, Side
from bot.core.saved import Entered
from bot.core.setup import Event, EventKind

if TYPE_CHECKING:
    import sqlite3

_NEWEST_PAPER_TRADE = """
SELECT newBalance, tradeNumber FROM trades WHERE pair = ? AND mode = 'paper' ORDER BY tradeNumber DESC LIMIT 1
"""
_ORDER = """
SELECT configuration, decided, setup, entryType, entryPrice, entryTime, size, stopLoss, takeProfit
FROM orders WHERE pair = ?
"""
_NEWEST_STORY = """
SELECT timestamp, setup, event, price, detail, configuration FROM setup_events
WHERE pair = ?1 AND id >= (SELECT max(id) FROM setup_events WHERE pair = ?1 AND event = 'signal') ORDER BY id
"""
_CONFIGURATIONS = "SELECT id, since FROM configurations WHERE pair = ? ORDER BY id"
_HAS_TRADED = """
SELECT EXISTS (SELECT 1 FROM setup_events WHERE pair = ?1)
    OR EXISTS (SELECT 1 FROM orders WHERE pair = ?1)
    OR EXISTS (SELECT 1 FROM trades WHERE pair = ?1 AND mode <> 'imported')
"""
_NEWEST_UNTIL = "SELECT timestamp FROM candles WHERE pair = ? AND timestamp <= ? ORDER BY timestamp DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class Story:
    """The events of the newest setup that had a signal, oldest first, and the configuration of the newest of them."""

    events: tuple[Event, ...]
    configuration: int


def has_traded(sql: sqlite3.Connection, pair: str) -> bool:
    """Say whether a bot has traded the pair here, live or in a replay of history."""
    return bool(sql.execute(_HAS_TRADED, (pair,)).fetchone()[0])


def account(sql: sqlite3.Connection, pair: str) -> Account | None:
    """Return the paper account after its newest trade; None before the first."""
    row = sql.execute(_NEWEST_PAPER_TRADE, (pair,)).fetchone()
    return None if row is None else Account(*row)


def order(sql: sqlite3.Connection, pair: str) -> tuple[Entered, Position] | None:
    """Return the open position; None when flat."""
    row = sql.execute(_ORDER, (pair,)).fetchone()
    if row is None:
        return None
    configuration, decided, setup, side, *levels = row
    return Entered(configuration, decided), Position(setup, Side(side), *levels)


def newest_story(sql: sqlite3.Connection, pair: str) -> Story | None:
    """Return the story of the newest setup that had a signal; None before the first."""
    rows = sql.execute(_NEWEST_STORY, (pair,)).fetchall()
    if not rows:
        return None
    number = rows[0][1]
    events = tuple(
        Event(timestamp, setup, EventKind(kind), price, json.loads(detail))
        for timestamp, setup, kind, price, detail, _ in rows
        if setup == number
    )
    return Story(events, rows[-1][5])


def configurations(sql: sqlite3.Connection, pair: str) -> list[tuple[int, int]]:
    """Return the id of each configuration of a pair and since when it was in force (UTC ms), oldest first."""
    return sql.execute(_CONFIGURATIONS, (pair,)).fetchall()


def newest_until(sql: sqlite3.Connection, pair: str, instant: int) -> int | None:
    """Return the newest stored minute that opens at or before an instant; None when there is none."""
    row = sql.execute(_NEWEST_UNTIL, (pair, instant)).fetchone()
    return None if row is None else int(row[0])

"""The rows of what is traded: configurations, setups, trades, the open position, verdicts; and what they tell again.

Every function takes the connection of an open transaction.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.core.ledger import Account, CompletedTrade, Outcome, Position, Side
from bot.core.saved import Entered
from bot.core.setup import Event, EventKind
from bot.errors import DatabaseError
from bot.records import BookedEvent, BookedTrade

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from bot.records import Booked, BookedOrder, ImportedTrade

_CONFIGURATION = """
SELECT parameters, market, exchanges, version FROM configurations WHERE pair = ? ORDER BY id DESC LIMIT 1
"""
_PUT_CONFIGURATION = """
INSERT INTO configurations (since, pair, parameters, market, exchanges, version) VALUES (?, ?, ?, ?, ?, ?)
"""
_PUT_IMPORTED_TRADE = """
INSERT OR IGNORE INTO trades
    (tradeNumber, pair, mode, entryType, entryPrice, entryTime, exitPrice, exitTime, profit, outcome, newBalance)
VALUES (?, ?, 'imported', ?, ?, ?, ?, ?, ?, ?, ?)
"""
_PUT_TRADE = """
INSERT INTO trades
    (tradeNumber, pair, mode, entryType, entryPrice, entryTime, exitPrice, exitTime, profit, outcome, newBalance,
     size, stopLoss, takeProfit, fees, setup, configuration, decided)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_PUT_EVENT = """
INSERT INTO setup_events (timestamp, pair, mode, configuration, setup, event, price, detail)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_EVENTS = """
SELECT timestamp, mode, configuration, setup, event, price, detail FROM setup_events
WHERE pair = ? AND timestamp > ? ORDER BY id
"""
_TRADES = """
SELECT mode, configuration, decided, tradeNumber, entryType, entryPrice, entryTime, size, stopLoss, takeProfit, setup,
       exitPrice, exitTime, outcome, fees, profit, newBalance
FROM trades WHERE pair = ? AND mode != 'imported' AND exitTime > ? ORDER BY id
"""
_PUT_VERIFICATION = """
INSERT INTO verifications (timestamp, "from", "to", trades, differences) VALUES (?, ?, ?, ?, ?)
"""
_VERIFIED_UNTIL = 'SELECT max("to") FROM verifications'
_REMOVE_ORDER = "DELETE FROM orders WHERE pair = ?"
_PUT_ORDER = """
INSERT INTO orders
    (orderNumber, pair, entryType, entryPrice, entryTime, size, stopLoss, takeProfit, setup, configuration, decided)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_PARAMETERS = "SELECT parameters FROM configurations WHERE id = ?"
_NEWEST_CONFIGURATION = "SELECT id, parameters FROM configurations WHERE pair = ? ORDER BY id DESC LIMIT 1"
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
_PAIRS = "SELECT pair FROM configurations GROUP BY pair ORDER BY min(id)"
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


def pairs(sql: sqlite3.Connection) -> list[str]:
    """Return the pairs that a bot has traded here, the first one first."""
    return [pair for (pair,) in sql.execute(_PAIRS)]


def newest_until(sql: sqlite3.Connection, pair: str, instant: int) -> int | None:
    """Return the newest stored minute that opens at or before an instant; None when there is none."""
    row = sql.execute(_NEWEST_UNTIL, (pair, instant)).fetchone()
    return None if row is None else int(row[0])


def put_booked(sql: sqlite3.Connection, pair: str, booked: Booked) -> None:
    """Store the story of what was traded."""
    for one in booked.events:
        event, detail = one.event, json.dumps(dict(one.event.detail))
        story = (event.setup, event.kind, event.price, detail)
        sql.execute(_PUT_EVENT, (event.timestamp, pair, one.mode, one.configuration, *story))
    for row in booked.trades:
        trade, position = row.trade, row.trade.position
        entry = (position.side, position.entry_price, position.entry_time)
        ending = (trade.exit_price, trade.exit_time, trade.profit, trade.outcome, trade.new_balance)
        levels = (position.size, position.stop_loss, position.take_profit, trade.fees, position.setup)
        known = (row.entered.configuration, row.entered.decided)
        sql.execute(_PUT_TRADE, (trade.number, pair, row.mode, *entry, *ending, *levels, *known))


def put_order(sql: sqlite3.Connection, pair: str, order: BookedOrder | None) -> None:
    """Store the open position; None when flat."""
    sql.execute(_REMOVE_ORDER, (pair,))
    if order is not None:
        position = order.position
        entry = (position.side, position.entry_price, position.entry_time)
        levels = (position.size, position.stop_loss, position.take_profit, position.setup)
        known = (order.entered.configuration, order.entered.decided)
        sql.execute(_PUT_ORDER, (order.number, pair, *entry, *levels, *known))


def read_parameters(sql: sqlite3.Connection, configuration: int) -> dict[str, object]:
    """Return the strategy's parameters of a configuration, by name."""
    (text,) = sql.execute(_PARAMETERS, (configuration,)).fetchone()
    return dict(json.loads(text))


def newest_configuration(sql: sqlite3.Connection, pair: str) -> tuple[int, dict[str, object]]:
    """Return the id and the parameters of the pair's newest configuration.

    Raises:
        DatabaseError: There is none: no bot has run here.
    """
    row = sql.execute(_NEWEST_CONFIGURATION, (pair,)).fetchone()
    if row is None:
        raise DatabaseError(f"no bot has traded {pair} in this database yet")
    return row[0], json.loads(row[1])


def read_events(sql: sqlite3.Connection, pair: str, after: int) -> list[BookedEvent]:
    """Return the events of bars later than `after` in the accounts a bot writes, in the order they were written."""
    return [
        BookedEvent(mode, configuration, Event(timestamp, setup, EventKind(event), price, json.loads(detail)))
        for timestamp, mode, configuration, setup, event, price, detail in sql.execute(_EVENTS, (pair, after))
    ]


def read_trades(sql: sqlite3.Connection, pair: str, after: int) -> list[BookedTrade]:
    """Return the trades that exited on bars later than `after` in the accounts a bot writes, in order."""
    return [_booked_trade(row) for row in sql.execute(_TRADES, (pair, after))]


def _booked_trade(row: tuple[Any, ...]) -> BookedTrade:
    mode, configuration, decided, number, side, *values = row
    entry_price, entry_time, size, stop, target, setup, *ending = values
    exit_price, exit_time, outcome, fees, profit, balance = ending
    position = Position(setup, Side(side), entry_price, entry_time, size, stop, target)
    trade = CompletedTrade(number, position, exit_price, exit_time, Outcome(outcome), fees, profit, balance)
    return BookedTrade(mode, Entered(configuration, decided), trade)


def put_configuration(
    sql: sqlite3.Connection,
    pair: str,
    parameters: Mapping[str, object],
    market: str,
    exchanges: list[str],
    version: str,
    now: int,
) -> bool:
    """Keep what the bot runs with when it differs from the last time; say whether it does."""
    row = (json.dumps(parameters, sort_keys=True), market, json.dumps(exchanges), version)
    if sql.execute(_CONFIGURATION, (pair,)).fetchone() == row:
        return False
    sql.execute(_PUT_CONFIGURATION, (now, pair, *row))
    return True


def put_imported_trade(sql: sqlite3.Connection, pair: str, trade: ImportedTrade) -> bool:
    """Store a trade of the earlier bot under its old number; False when that number is there."""
    entry = (trade.entry_type, trade.entry_price, trade.entry_time)
    ending = (trade.exit_price, trade.exit_time, trade.profit, trade.outcome, trade.new_balance)
    return sql.execute(_PUT_IMPORTED_TRADE, (trade.number, pair, *entry, *ending)).rowcount == 1


def put_verification(
    sql: sqlite3.Connection, now: int, span: tuple[int, int], trades: int, differences: object
) -> None:
    """Store a verdict of `cvdbot verify` over the minutes of `span` (first, last)."""
    sql.execute(_PUT_VERIFICATION, (now, *span, trades, json.dumps(differences)))


def verified_until(sql: sqlite3.Connection) -> int:
    """Return the newest minute of which `cvdbot verify` has a stored verdict; -1 before the first."""
    (newest,) = sql.execute(_VERIFIED_UNTIL).fetchone()
    return -1 if newest is None else int(newest)

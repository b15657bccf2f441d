"""What the bot stored of one UTC day."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.core.times import DAY
from bot.store import traded
from bot.store.database import explained, open_for_reading

if TYPE_CHECKING:
    from pathlib import Path

_CANDLES = "SELECT count(*) FROM candles WHERE timestamp >= ? AND timestamp < ? AND pair = ?"
_TRADES = """
SELECT count(*), coalesce(sum(profit), 0.0) FROM trades
WHERE exitTime >= ? AND exitTime < ? AND pair = ? AND mode = 'paper'
"""


@dataclass(frozen=True, slots=True)
class Day:
    """A day in figures."""

    start: int
    """UTC ms."""
    candles: int
    trades: int
    """Of the paper account, by their exit."""
    profit: float
    """Of these trades, USDT."""
    balance: float
    """Of the paper account after its newest trade, USDT."""


def read_day(path: Path, pair: str, start: int, initial_balance: float) -> Day:
    """Read the day that begins at `start`, UTC ms; `initial_balance` is the account's before its first trade.

    Raises:
        DatabaseError: The database can't be read.
    """
    span = (start, start + DAY, pair)
    with explained(path), closing(open_for_reading(path)) as sql:
        sql.execute("BEGIN")
        (candles,) = sql.execute(_CANDLES, span).fetchone()
        trades, profit = sql.execute(_TRADES, span).fetchone()
        account = traded.account(sql, pair)
    return Day(start, candles, trades, profit, initial_balance if account is None else account.balance)

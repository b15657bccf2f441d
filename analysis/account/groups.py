"""When were the trades made? By weekday and by hour of the day, and by both, UTC, of their entry bar's open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.account.trade_figures import mean, win_rate
from bot.core.times import DAY, HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.account.track_record import Columns
    from analysis.batch.indicators import Floats, Integers

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS = tuple(range(24))
EPOCH_WEEKDAY = WEEKDAYS.index("Thursday")
"""1970-01-01 was one."""


@dataclass(frozen=True, slots=True)
class Group:
    """The trades of one weekday or hour; without a trade all but their number is None."""

    group: str | int
    trades: int
    wins: int | None
    win_rate: float | None
    """In %."""
    profit: float | None
    """Net of fees, USDT."""
    average_profit: float | None
    """A trade, USDT."""


def by_weekday(trades: Columns) -> list[Group]:
    """Return Monday to Sunday."""
    return _grouped(trades, (trades.entry_time // DAY + EPOCH_WEEKDAY) % 7, WEEKDAYS)


def by_hour(trades: Columns) -> list[Group]:
    """Return the hours 0 to 23."""
    return _grouped(trades, trades.entry_time % DAY // HOUR, HOURS)


@dataclass(frozen=True, slots=True)
class Matrix:
    """The trades of each weekday (a row each, Monday first) and hour (24 columns); profit is None without a trade."""

    trades: list[list[int]]
    profit: list[list[float | None]]
    """Net of fees, USDT."""


def by_weekday_and_hour(trades: Columns) -> Matrix:
    """Return a matrix of 7 x 24, UTC."""
    weekday = (trades.entry_time // DAY + EPOCH_WEEKDAY) % 7
    cell = weekday * len(HOURS) + trades.entry_time % DAY // HOUR
    shape = (len(WEEKDAYS), len(HOURS))
    count = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    profit = np.bincount(cell, weights=trades.profit, minlength=shape[0] * shape[1]).reshape(shape)
    return Matrix(
        count.tolist(),
        [
            [made if of else None for made, of in zip(row, counts, strict=True)]
            for row, counts in zip(profit.tolist(), count.tolist(), strict=True)
        ],
    )


def _grouped(trades: Columns, key: Integers, names: Sequence[str | int]) -> list[Group]:
    return [_group(name, trades.profit[key == number]) for number, name in enumerate(names)]


def _group(name: str | int, profit: Floats) -> Group:
    if not len(profit):
        return Group(name, 0, None, None, None, None)
    wins = int(np.count_nonzero(profit > 0))
    return Group(name, len(profit), wins, win_rate(profit), float(profit.sum()), mean(profit))

"""What is a figure? A number with its unit, of how many trades, bars or days it is, and its definition.

A `Definition` holds all of that and the function that computes the value of a `Sample`: the trades that are looked at,
their account and its equity. Where there is too little of what a figure counts, or it would divide by nothing, its
value is None, never 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from analysis.account.bootstrap import interval
from analysis.account.equity import daily_changes, deepest, equity
from analysis.account.track_record import columns
from bot.core.times import DAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.account.equity import Drawdown, Equity
    from analysis.account.track_record import Columns, TrackRecord
    from analysis.batch.indicators import Floats

USDT, PERCENT, TRADES, MINUTES, DAYS, INSTANT, TIMES, NUMBER = "USDT", "%", "trades", "min", "days", "UTC ms", "x", ""
"""Units. An instant is that of a bar's open."""


class Of(StrEnum):
    """What a figure counts in its `n`."""

    TRADES = "trades"
    POSITIONS = "positions"
    """Trades and, where there is one, the open position."""
    LONG = "long trades"
    SHORT = "short trades"
    DAYS = "days"
    BARS = "bars"


@dataclass(frozen=True, eq=False)
class Sample:
    """What figures are computed of: an account's record, and what is computed of it once, when it is first needed."""

    record: TrackRecord

    @cached_property
    def trades(self) -> Columns:
        """The completed trades."""
        return columns(self.record.trades)

    @cached_property
    def equity(self) -> Equity:
        """The account after every bar."""
        return equity(self.record, self.trades)

    @cached_property
    def drawdown(self) -> Drawdown:
        """The deepest fall of the balance."""
        start = self.record.initial_balance
        return deepest(self.trades.exit_time, self.trades.profit.cumsum() + start, self.record.begin, start)

    @cached_property
    def marked_drawdown(self) -> Drawdown:
        """The deepest fall of the account marked to market."""
        worth = self.equity
        return deepest(worth.timestamp, worth.marked, self.record.begin, self.record.initial_balance)

    @cached_property
    def daily_changes(self) -> Floats:
        """The change of the account marked to market on each UTC day, USDT."""
        return daily_changes(self.record, self.equity.marked)

    @cached_property
    def interval(self) -> tuple[float, float] | None:
        """The 90 % interval of the expectancy; None with too few trades."""
        return interval(self.trades.profit)

    @property
    def days(self) -> int:
        """How many UTC days the span touches."""
        return (self.record.end - 1) // DAY - self.record.begin // DAY + 1

    def count(self, of: Of) -> int:
        """Return how many of these there are; days count only where something was traded."""
        positions = len(self.trades) + (self.record.open is not None)
        if of is Of.TRADES:
            return len(self.trades)
        if of is Of.POSITIONS:
            return positions
        if of in (Of.LONG, Of.SHORT):
            return int(np.count_nonzero(self.trades.long == (of is Of.LONG)))
        if of is Of.BARS:
            return len(self.record.prices)
        return self.days if positions and len(self.record.prices) else 0


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure."""

    name: str
    unit: str
    text: str
    """What it is, in a sentence."""
    value: Callable[[Sample], float | None]
    """Called only when there is enough of what it counts; may still say None."""
    of: Of = Of.TRADES
    least: int = 1
    """So many of what it counts are needed."""
    money: bool = False
    """It is a figure of profit: without fees it says "before fees"."""

    @property
    def definition(self) -> str:
        """The text with the least number that is needed."""
        if not self.least:
            return self.text
        return f"{self.text} Needs at least {self.least} {self.of if self.least > 1 else self.of.removesuffix('s')}."

    def of_sample(self, sample: Sample) -> tuple[float | None, int]:
        """Return the value and the n."""
        count = sample.count(self.of)
        return (self.value(sample) if count >= self.least else None), count


def ratio(part: float, whole: float) -> float | None:
    """Return part / whole, None when the whole is not above 0."""
    return float(part / whole) if whole > 0 else None

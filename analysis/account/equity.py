"""What was the account worth, and how far had it fallen? After every bar: its balance, and marked to market.

The **balance** moves when a trade closes. **Marked to market** it also holds what the open position would bring if it
were closed at the bar's close, fees and slippage of both sides taken off; a stop that is far away hides a loss from
the balance, not from this. A **drawdown** is the fall from the highest value so far, the initial balance included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.account.track_record import columns
from bot.core.ledger import Side
from bot.core.times import DAY

if TYPE_CHECKING:
    from analysis.account.track_record import Columns, TrackRecord
    from analysis.batch.indicators import Floats, Integers


@dataclass(frozen=True, slots=True, eq=False)
class Equity:
    """A row a bar: `timestamp` is the bar's open in UTC ms, the rest is as of its close, in USDT."""

    timestamp: Integers
    balance: Floats
    marked: Floats
    initial_balance: float

    @property
    def drawdown(self) -> Floats:
        """How far the marked value lies below its highest so far."""
        return _fall(self.marked, self.initial_balance)

    @property
    def balance_drawdown(self) -> Floats:
        """How far the balance lies below its highest so far."""
        return _fall(self.balance, self.initial_balance)


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The deepest fall of a series; times are UTC ms, None where it never fell."""

    amount: float
    """USDT."""
    percent: float | None
    """The largest fall as a share of the highest value before it (it may be another one); None when that is not > 0."""
    peak: int | None
    trough: int | None
    recovered: int | None
    """When the value of the peak was reached again; None also when it was not."""


def equity(record: TrackRecord, trades: Columns | None = None) -> Equity:
    """Return the equity after every bar of the span; `trades` are the record's where they are at hand."""
    trades = columns(record.trades) if trades is None else trades
    prices = record.prices
    balances = np.cumsum(np.append([record.initial_balance], trades.profit))
    exits = np.searchsorted(prices.timestamp, trades.exit_time)
    balance = balances.repeat(np.diff(exits, prepend=0, append=len(prices)))
    return Equity(prices.timestamp, balance, balance + _unrealised(record, trades), record.initial_balance)


def _unrealised(record: TrackRecord, trades: Columns) -> Floats:
    """Return after each bar what the positions open then would bring."""
    prices, left = record.prices, record.open
    entry_price, size, rate = trades.entry_price, np.nan_to_num(trades.size), trades.rate
    long, entry, out = trades.long, trades.entry_time, trades.exit_time
    if left is not None:
        entry_price, size = np.append(entry_price, left.entry_price), np.append(size, left.size)
        rate, long = np.append(rate, record.rate), np.append(long, left.side is Side.LONG)
        entry, out = np.append(entry, left.entry_time), np.append(out, record.end)
    first, last = np.searchsorted(prices.timestamp, entry), np.searchsorted(prices.timestamp, out)
    count = last - first
    bars = np.arange(count.sum()) + np.repeat(last - np.cumsum(count), count)
    close, paid, held = prices.close.take(bars), np.repeat(entry_price, count), np.repeat(size, count)
    value = (close - paid) * np.repeat(np.where(long, size, -size), count)
    value -= np.repeat(rate, count) * (paid + close) * held
    return np.bincount(bars, value, minlength=len(prices)).astype(np.float64, copy=False)


def _fall(values: Floats, start: float) -> Floats:
    drop: Floats = np.maximum(np.maximum.accumulate(values), start) - values if len(values) else values
    return drop


def deepest(times: Integers, values: Floats, begin: int, start: float) -> Drawdown:
    """Return the deepest fall of a series that stands at `start` at the time `begin`, before its first row."""
    times, values = np.append([begin], times), np.append([start], values)
    highest = np.maximum.accumulate(values)
    drop = highest - values
    percent = float((drop / highest).max()) * 100 if start > 0 else None
    trough = int(np.argmax(drop))
    if not drop[trough] > 0:
        return Drawdown(0.0, percent, None, None, None)
    peak = trough - int(np.argmax(values[trough::-1]))  # the last time it stood there
    back = np.flatnonzero(values[trough:] >= highest[trough])
    recovered = int(times[trough + back[0]]) if len(back) else None
    return Drawdown(float(drop[trough]), percent, int(times[peak]), int(times[trough]), recovered)


def daily_changes(record: TrackRecord, marked: Floats) -> Floats:
    """Return the change of the marked value on each UTC day that the span touches, USDT; 0 on one without bars."""
    if not len(marked):
        return np.empty(0)
    ends = (np.arange(record.begin // DAY, (record.end - 1) // DAY + 1) + 1) * DAY
    values = np.append([record.initial_balance], marked)[np.searchsorted(record.prices.timestamp, ends)]
    return np.diff(values, prepend=record.initial_balance)

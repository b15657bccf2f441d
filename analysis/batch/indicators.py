"""The indicators of `bot.core` over whole columns at once: bars, ATR, CVD and signals.

The streaming steps define what these are; here they are only fast, and equal to them bit by bit, which property tests
prove. What makes that possible: a running sum of numpy adds in order, one number after the other (`cumsum`, unlike
`sum`), so sums that start anew at every bar or anchor become the rows of one padded matrix. The one recurrence that
cannot be written so is in `analysis.batch.rma`. Where streaming says None, a column holds nan.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from analysis.batch.zones import BEAR, BULL
from bot.core.parameters import DeltaSource, SignalType

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.batch.market import Market

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Signs = NDArray[np.int8]


FAR = 2**62
"""UTC ms after every candle."""


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """The confirmed bars of a timeframe as columns, see `bot.core.bars.Bar`."""

    timestamp: Integers
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    delta: Floats
    delta_high: Floats
    delta_low: Floats

    def __len__(self) -> int:
        """How many bars."""
        return len(self.timestamp)


@dataclass(frozen=True, slots=True, eq=False)
class CvdBars:
    """The CVD through each bar, in BTC."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats


def deltas(market: Market, source: DeltaSource) -> Floats:
    """Return each minute's delta in BTC."""
    if source is DeltaSource.TRADES:
        return market.buy - market.sell
    body = np.sign(market.close - market.open)
    step = np.sign(np.diff(market.close, prepend=market.close[:1]))
    signs = np.where(body != 0, body, step)
    return filled(signs, 1.0) * (market.buy + market.sell)


def filled(signs: Floats, first: float) -> Floats:
    """Put in the place of each 0 the last value before it that is none, at the start `first`."""
    latest = np.maximum.accumulate(np.where(signs != 0, np.arange(len(signs)), -1))
    return np.where(latest >= 0, signs[latest], first)


def bars(market: Market, chart_ms: int, source: DeltaSource) -> Bars:
    """Return the confirmed bars: the last one only when its last minute is there."""
    opens = market.timestamp // chart_ms * chart_ms
    if len(market) and market.timestamp[-1] + market.interval_ms < opens[-1] + chart_ms:
        opens = opens[: np.searchsorted(opens, opens[-1])]
    count = len(opens)
    starts = _starts(opens)
    if not count:
        nothing = np.empty(0)
        return Bars(opens, *(nothing,) * 7)
    delta, delta_high, delta_low = walks(deltas(market, source)[:count], starts)
    lasts = np.append(starts[1:], count) - 1
    return Bars(
        opens[starts],
        market.open[starts],
        _extremes(np.maximum, market.high[:count], starts),
        _extremes(np.minimum, market.low[:count], starts),
        market.close[lasts],
        delta,
        delta_high,
        delta_low,
    )


def later_bars(market: Market, chart_ms: int, source: DeltaSource, before: Bars, since: int) -> Bars:
    """Return `bars` from those when there were fewer candles.

    Args:
        market: The candles.
        chart_ms: Length of a bar.
        source: Of the deltas.
        before: The bars then.
        since: Candles that open before this instant, UTC ms, are as they were then.
    """
    if source is DeltaSource.POLARITY:  # the sign of a candle may be that of any before it
        return bars(market, chart_ms, source)
    same = same_bars(before, chart_ms, since)
    later = bars(market.between(since - since % chart_ms, FAR), chart_ms, source)
    columns = (np.concatenate((getattr(before, each.name)[:same], getattr(later, each.name))) for each in fields(Bars))
    return Bars(*columns)


def same_bars(before: Bars, chart_ms: int, since: int) -> int:
    """Return how many bars are as before when candles that open before `since`, UTC ms, are."""
    return int(np.searchsorted(before.timestamp, since - since % chart_ms))


def walks(values: Floats, starts: Integers) -> tuple[Floats, Floats, Floats]:
    """Walk the values of each group, a running sum from 0, the additions made in order.

    Returns:
        Of each group the sum, and the highest and lowest value of the walk, its 0 at the start included.
    """
    total, highest, lowest = np.zeros((3, len(starts)))
    for step in np.ascontiguousarray(_table(values, starts).T):  # the first value of each group, then the second ...
        total = total + step
        np.maximum(highest, total, out=highest)
        np.minimum(lowest, total, out=lowest)
    return total, highest, lowest


def running_sums(values: Floats, starts: Integers) -> Floats:
    """Return the running sum of `values`, from 0 anew at each index of `starts`, the additions made in order."""
    table = _table(values, starts)
    sums, total = np.empty_like(table), np.zeros(len(table))
    for step, after in zip(table.T, sums.T, strict=True):
        total = np.add(total, step, out=after)
    return sums.reshape(-1) if sums.size == len(values) else sums[_filled(values, starts, sums.shape[1])]


def _extremes(pick: np.ufunc, values: Floats, starts: Integers) -> Floats:
    """Return the highest (`np.maximum`) or lowest (`np.minimum`) value of each group."""
    table = _table(values, starts)
    if table.size == len(values):  # no group is shorter than another: a third of the time of what follows
        out: Floats = reduce(pick, np.ascontiguousarray(table.T))
        return out
        return out
    return pick.reduceat(values, starts)


def _table(values: Floats, starts: Integers) -> Floats:
    """Return a row a group that begins at an index of `starts`; zeros fill the rows of the shorter groups."""
    width = int(np.diff(np.append(starts, len(values))).max(initial=0))
    if width * len(starts) == len(values):
        return values.reshape(len(starts), width)
    table = np.zeros((len(starts), width))
    table[_filled(values, starts, width)] = values
    return table


def _filled(values: Floats, starts: Integers, width: int) -> NDArray[np.bool_]:
    """Return which cells of the groups' table hold a value."""
    filled: NDArray[np.bool_] = np.arange(width) < np.diff(np.append(starts, len(values)))[:, np.newaxis]
    return filled


def _starts(keys: Integers) -> Integers:
    """Return the indices at which a new key begins."""
    return np.flatnonzero(np.append([True], keys[1:] != keys[:-1])[: len(keys)]).astype(np.int64, copy=False)


def true_range(chart: Bars) -> Floats:
    """Return each bar's true range in USDT."""
    span = chart.high - chart.low
    before = chart.close[:-1]
    jump = np.maximum(np.abs(chart.high[1:] - before), np.abs(chart.low[1:] - before))
    return np.append(span[:1], np.maximum(span[1:], jump))


def cvd(chart: Bars, anchor_ms: int) -> CvdBars:
    """Return the CVD, which starts anew with each anchor period."""
    starts = _starts(chart.timestamp // anchor_ms)
    close = running_sums(chart.delta, starts)
    opened = np.append(np.zeros(1), close[:-1])[: len(chart)]
    opened[starts] = 0.0
    return CvdBars(opened, opened + chart.delta_high, opened + chart.delta_low, close)


def forming_cvd(
    market: Market, source: DeltaSource, chart_ms: int, anchor_ms: int, chart: Bars, flow: CvdBars
) -> tuple[int, float, float, float, float] | None:
    """Return open time and CVD (open, high, low, close) of the bar that is not confirmed yet, through its last candle.

    Args:
        market: The candles.
        source: Of the deltas.
        chart_ms: Length of a bar.
        anchor_ms: Length of an anchor period.
        chart: The confirmed bars of these candles.
        flow: Their CVD.

    Returns:
        None when the last candle ends a bar.
    """
    count = int(np.searchsorted(market.timestamp, chart.timestamp[-1] + chart_ms)) if len(chart) else 0
    if count == len(market):
        return None
    opened = int(market.timestamp[count]) // chart_ms * chart_ms
    goes_on = len(chart) > 0 and int(chart.timestamp[-1]) // anchor_ms == opened // anchor_ms
    begin = float(flow.close[-1]) if goes_on else 0.0
    trades = source is DeltaSource.TRADES  # by polarity a candle's sign may be that of any before it
    steps = deltas(market.between(opened, FAR), source) if trades else deltas(market, source)[count:]
    total, highest, lowest = (float(each[0]) for each in walks(steps, np.zeros(1, np.int64)))
    return opened, begin, begin + highest, begin + lowest, begin + total


def signals(chart: Bars, flow: CvdBars, kind: SignalType) -> Signs:
    """Return the signal of each bar: BULL, BEAR or 0."""
    out = np.zeros(len(chart), dtype=np.int8)
    now, before = flow.close[1:], flow.close[:-1]
    bear, bull = (now < 0) & (before >= 0), (now > 0) & (before <= 0)
    if kind is SignalType.ADVANCED:
        bear &= chart.close[1:] > chart.open[1:]
        bull &= chart.close[1:] < chart.open[1:]
    out[1:][bear] = BEAR
    out[1:][bull] = BULL
    return out

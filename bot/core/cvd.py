"""Who is pushing: buyers or sellers? The cumulative volume delta (CVD) of the bars, and the signals when it turns.

A minute's delta is what takers bought less what they sold (`trades`), or TradingView's estimate where sides are
unknown (`polarity`): the whole volume, + if close > open, - if close < open, else + if close > the previous minute's
close, - if below it, else the previous minute's sign. Previous minute and sign carry across bars, anchors and missing
minutes; the very first minute starts with +.

The CVD adds up the bars' deltas and starts anew from 0 at the first bar and at the first bar of each anchor period.
A bear signal is a CVD that closes below 0 after one that did not; a bull signal mirrors it. `advanced` signals also
need a bar that closed against the push. Rules: docs/strategy.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.core.parameters import DeltaSource, SignalType
from bot.core.zones import Direction

if TYPE_CHECKING:
    from bot.core.bars import Bar, Minute
    from bot.core.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Polarity:
    """The previous minute's close (None before the first) and sign, +1 or -1."""

    close: float | None = None
    sign: int = 1


def delta_step(source: DeltaSource, state: Polarity, minute: Minute) -> tuple[Polarity, float]:
    """Return the minute's delta in BTC."""
    if source is DeltaSource.TRADES:
        return state, minute.buy - minute.sell
    sign = _sign(state, minute)
    return Polarity(minute.close, sign), sign * (minute.buy + minute.sell)


def _sign(state: Polarity, minute: Minute) -> int:
    if minute.close != minute.open:
        return 1 if minute.close > minute.open else -1
    if state.close is not None and minute.close != state.close:
        return 1 if minute.close > state.close else -1
    return state.sign


@dataclass(frozen=True, slots=True)
class CvdBar:
    """The CVD through one bar, in BTC, and the signal of the bar if it gave one."""

    open: float
    high: float
    low: float
    close: float
    signal: Direction | None


@dataclass(frozen=True, slots=True)
class Cvd:
    """Open time of the previous bar and the CVD at its close."""

    timestamp: int
    close: float


def step(parameters: Parameters, state: Cvd | None, bar: Bar) -> tuple[Cvd, CvdBar]:
    """Add a confirmed bar; `state` is None before the first."""
    anchor_ms = parameters.anchor_ms
    anchored = state is None or state.timestamp // anchor_ms != bar.timestamp // anchor_ms
    opened = 0.0 if state is None or anchored else state.close
    close = opened + bar.delta
    signal = None if state is None else _signal(parameters.signal_type, state.close, close, bar)
    return Cvd(bar.timestamp, close), CvdBar(opened, opened + bar.delta_high, opened + bar.delta_low, close, signal)


def _signal(kind: SignalType, previous: float, close: float, bar: Bar) -> Direction | None:
    if close < 0 <= previous:
        return Direction.BEAR if kind is SignalType.RAW or bar.close > bar.open else None
    if close > 0 >= previous:
        return Direction.BULL if kind is SignalType.RAW or bar.close < bar.open else None
    return None

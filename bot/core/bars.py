"""Which confirmed bars of the chart timeframe do the minutes make?

Bars are aligned to the epoch: a minute belongs to the bar that opens at `timestamp // chart_ms * chart_ms`. A bar is
made of the minutes that exist; one without any does not exist. It is confirmed with its last minute, or, where that
one is missing, with the first minute of a later bar. So one minute confirms up to two bars.

Beside its prices a bar keeps the walk of the delta through its minutes: the running sum starts at 0, and its highest
and lowest value do too. Rules: docs/strategy.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from bot.core.times import MINUTE


class Minute(NamedTuple):
    """A 1-minute candle of all exchanges together; prices in USDT, volumes in BTC by taker side."""

    timestamp: int
    """Open of the minute in UTC ms."""
    open: float
    high: float
    low: float
    close: float
    buy: float
    """Bought by takers, the tables' `vBuy`."""
    sell: float
    """Sold by takers, the tables' `vSell`."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the chart timeframe, confirmed or (in `Bars.forming`) still growing."""

    timestamp: int
    """Open of the bar in UTC ms, aligned to the epoch."""
    open: float
    high: float
    low: float
    close: float
    buy: float
    sell: float
    delta: float
    """Sum of the minutes' deltas in BTC."""
    delta_high: float
    """Highest value of the running sum, at least 0."""
    delta_low: float
    """Lowest value of the running sum, at most 0."""


@dataclass(frozen=True, slots=True)
class Bars:
    """The newest minute seen and the bar it left unfinished; both None before the first minute."""

    newest: int | None = None
    forming: Bar | None = None


def step(
    chart_ms: int, state: Bars, minute: Minute, delta: float, interval_ms: int = MINUTE
) -> tuple[Bars, tuple[Bar, ...]]:
    """Add a minute and its delta; return the bars it confirms, oldest first (none, one or two).

    `interval_ms` is the length of what is called a minute here: a kline archive of 15 minutes has its own.
    Raises ValueError when the minute is not later than the newest one.
    """
    if state.newest is not None and minute.timestamp <= state.newest:
        raise ValueError(f"minute {minute.timestamp} is not later than {state.newest}: minutes come in ascending order")
    opened = minute.timestamp // chart_ms * chart_ms
    forming = state.forming
    confirmed: tuple[Bar, ...] = ()
    if forming is not None and forming.timestamp != opened:
        confirmed = (forming,)
        forming = None
    bar = _begin(opened, minute, delta) if forming is None else _extend(forming, minute, delta)
    if minute.timestamp + interval_ms >= opened + chart_ms:
        return Bars(minute.timestamp, None), (*confirmed, bar)
    return Bars(minute.timestamp, bar), confirmed


def _begin(opened: int, minute: Minute, delta: float) -> Bar:
    return Bar(
        opened,
        minute.open,
        minute.high,
        minute.low,
        minute.close,
        minute.buy,
        minute.sell,
        0.0 + delta,
        max(0.0, delta),
        min(0.0, delta),
    )


def _extend(bar: Bar, minute: Minute, delta: float) -> Bar:
    total = bar.delta + delta
    return Bar(
        bar.timestamp,
        bar.open,
        max(bar.high, minute.high),
        min(bar.low, minute.low),
        minute.close,
        bar.buy + minute.buy,
        bar.sell + minute.sell,
        total,
        max(bar.delta_high, total),
        min(bar.delta_low, total),
    )

"""What are figures of candles made of? The minutes and bars of a span, and what is computed of them once.

A bar belongs to the span [begin, end) when its open does, and is made of all its stored minutes. **Whole** bars are
those of which every minute is stored: ranges and volumes of a bar are told of them alone, since a bar that lacks
minutes shows too little of both. Sums are of all stored minutes. Minutes before the span only warm the ATR up.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from analysis.batch import indicators
from analysis.batch.rma import rma
from bot.core.parameters import DeltaSource
from bot.core.times import HOUR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.batch.indicators import Bars, Floats, Integers
    from analysis.batch.market import Market

ATR_LENGTH = 10
"""Bars; as the strategy's filters take it by default."""


@dataclass(frozen=True, slots=True, eq=False)
class Volumes:
    """Bars of a length as columns: what was traded in each, and how much of each is there."""

    timestamp: Integers
    high: Floats
    low: Floats
    buy: Floats
    sell: Floats
    minutes: Integers
    """How many of its minutes are stored."""

    def where(self, mask: NDArray[np.bool_]) -> Volumes:
        """Return the bars for which `mask` holds."""
        return Volumes(*(getattr(self, each.name)[mask] for each in fields(self)))


@dataclass(frozen=True, eq=False)
class CandleSample:
    """The candles of one pair over [begin, end), UTC ms, in bars of `bar_ms`; `market` may begin earlier."""

    market: Market
    bar_ms: int
    begin: int
    end: int

    @cached_property
    def span(self) -> slice:
        """Which of the confirmed bars are of the span."""
        return slice(*np.searchsorted(self._chart.timestamp, (self.begin, self.end)).tolist())

    @cached_property
    def _chart(self) -> Bars:
        return indicators.bars(self.market, self.bar_ms, DeltaSource.TRADES)

    @cached_property
    def bars(self) -> Bars:
        """The confirmed bars of the span."""
        return indicators.Bars(*(getattr(self._chart, each.name)[self.span] for each in fields(indicators.Bars)))

    @cached_property
    def whole(self) -> Volumes:
        """The confirmed bars of the span that lack no minute."""
        every = self._volumes(self.bar_ms)
        confirmed = np.isin(every.timestamp, self.bars.timestamp, assume_unique=True)
        return every.where(confirmed & (every.minutes == self.bar_ms // self.market.interval_ms))

    @cached_property
    def hours(self) -> Volumes:
        """The UTC hours of which every minute is stored and opens in the span."""
        every = self._volumes(HOUR)
        return every.where(every.minutes == HOUR // self.market.interval_ms)

    @cached_property
    def minutes(self) -> Market:
        """The stored minutes of the confirmed bars of the span."""
        confirmed = int(self.bars.timestamp[-1]) + self.bar_ms if len(self.bars) else self.begin
        return self.market.between(self.begin, confirmed)

    @cached_property
    def atr(self) -> Floats:
        """ATR(10) at the close of each bar of the span, where it is defined."""
        atr: Floats = rma(indicators.true_range(self._chart), ATR_LENGTH)[self.span]
        return atr[~np.isnan(atr)]

    @cached_property
    def returns(self) -> Floats:
        """The logarithm of each bar's close / the close of the bar right before it; none over a hole."""
        adjacent: NDArray[np.bool_] = np.diff(self.bars.timestamp) == self.bar_ms
        returns: Floats = np.diff(np.log(self.bars.close))[adjacent]
        return returns

    def _volumes(self, length: int) -> Volumes:
        """Return the bars of a length that the span's confirmed minutes make."""
        minutes = self.minutes
        opens = minutes.timestamp // length * length
        starts = np.flatnonzero(np.diff(opens, prepend=-1))
        if not len(starts):
            nothing = np.empty(0)
            return Volumes(opens, *(nothing,) * 4, opens)
        return Volumes(
            opens[starts],
            np.maximum.reduceat(minutes.high, starts),
            np.minimum.reduceat(minutes.low, starts),
            np.add.reduceat(minutes.buy, starts),
            np.add.reduceat(minutes.sell, starts),
            np.diff(starts, append=len(opens)),
        )

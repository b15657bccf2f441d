"""A market with what was already computed of it, so that many parameter sets share their indicators.

A sweep over stops needs the bars once, one over sensitivities the ATR once. Each indicator is kept under exactly the
parameters that it depends on.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np

from analysis.batch import gaps, indicators, order_blocks
from analysis.batch.indicators import Bars
from analysis.batch.rma import rma
from analysis.batch.zones import Endings

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from analysis.batch.indicators import CvdBars, Floats, Signs
    from analysis.batch.market import Market
    from analysis.batch.zones import Zones
    from bot.core.parameters import Parameters

T = TypeVar("T")


class History:
    """The indicators of one market, each computed when it is first asked for."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self._kept: dict[Hashable, object] = {}
        self._before: dict[Hashable, object] = {}
        self._since = 0

    def later(self, market: Market, since: int) -> History:
        """Return the history of the same market with newer candles, which goes on from what was computed here.

        Args:
            market: The candles.
            since: Those that open before this instant, UTC ms, are as they are here.
        """
        history = History(market)
        history._before = {key: value for key, value in self._kept.items() if isinstance(value, Bars | Endings)}
        for each in (self.market, market):  # the bar of a newest candle may not be confirmed
            since = min(since, int(each.timestamp[-1]) if len(each) else 0)
        history._since = since
        return history

    def bars(self, p: Parameters) -> Bars:
        """Return the confirmed bars; ParameterError when these candles cannot make them."""
        self.market.check(p)
        return self._once(_bars_key(p), lambda: self._bars(p))

    def true_range(self, p: Parameters) -> Floats:
        """Return each bar's true range."""
        return self._once(("true range", p.chart_ms), lambda: indicators.true_range(self.bars(p)))

    def atr(self, p: Parameters, length: int) -> Floats:
        """Return ATR(length), nan while undefined."""
        return self._once(("atr", p.chart_ms, length), lambda: rma(self.true_range(p), length))

    def risk_atr(self, p: Parameters) -> Floats:
        """Return ATR(`atr_length_risk`), the bar's own true range while that is undefined."""
        atr = self.atr(p, p.atr_length_risk)
        return np.where(np.isnan(atr), self.true_range(p), atr)

    def cvd(self, p: Parameters) -> CvdBars:
        """Return the CVD of each bar."""
        return self._once(
            ("cvd", p.chart_ms, p.delta_source, p.anchor_ms), lambda: indicators.cvd(self.bars(p), p.anchor_ms)
        )

    def forming_cvd(self, p: Parameters) -> tuple[int, float, float, float, float] | None:
        """Return open time and CVD (open, high, low, close) so far of the bar that is not confirmed yet, if any."""
        return indicators.forming_cvd(self.market, p.delta_source, p.chart_ms, p.anchor_ms, self.bars(p), self.cvd(p))

    def signals(self, p: Parameters) -> Signs:
        """Return the signal of each bar."""
        return self._once(
            ("signals", p.chart_ms, p.delta_source, p.anchor_ms, p.signal_type),
            lambda: indicators.signals(self.bars(p), self.cvd(p), p.signal_type),
        )

    def gaps(self, p: Parameters) -> Zones:
        """Return the fair value gaps."""
        return self._once(
            ("gaps", p.chart_ms, p.atr_length, p.fvg_sensitivity, p.fvg_bars),
            lambda: gaps.gaps(self.bars(p), self.atr(p, p.atr_length), p.sensitivity, p.fvg_bars),
        )

    def order_blocks(self, p: Parameters) -> Zones:
        """Return the order blocks."""
        return self._once(
            ("blocks", p.chart_ms, p.atr_length, p.swing_length),
            lambda: order_blocks.order_blocks(self.bars(p), self.atr(p, p.atr_length), p.swing_length),
        )

    def gap_endings(self, p: Parameters) -> Endings:
        """Return when each gap ended."""
        return self._once(_gap_endings_key(p), lambda: self._gap_endings(p))

    def block_endings(self, p: Parameters) -> Endings:
        """Return when each order block ended."""
        return self._once(
            ("block endings", p.chart_ms, p.atr_length, p.swing_length),
            lambda: order_blocks.block_endings(self.bars(p), self.order_blocks(p)),
        )

    def nbytes(self) -> int:
        """Return what is kept beside the market itself, in bytes."""
        return sum(_nbytes(value) for value in (*self._kept.values(), *self._before.values()))

    def _bars(self, p: Parameters) -> Bars:
        before = self._before.get(_bars_key(p))
        if before is None:
            return indicators.bars(self.market, p.chart_ms, p.delta_source)
        return indicators.later_bars(self.market, p.chart_ms, p.delta_source, cast("Bars", before), self._since)

    def _gap_endings(self, p: Parameters) -> Endings:
        before, bars = self._before.get(_gap_endings_key(p)), self._before.get(_bars_key(p))
        if before is None or bars is None:
            return gaps.gap_endings(self.bars(p), self.gaps(p))
        same = indicators.same_bars(cast("Bars", bars), p.chart_ms, self._since)
        return gaps.later_gap_endings(self.bars(p), self.gaps(p), cast("Endings", before), same)

    def _once(self, key: Hashable, compute: Callable[[], T]) -> T:
        if key not in self._kept:
            self._kept[key] = compute()
        return cast("T", self._kept[key])


def _bars_key(p: Parameters) -> Hashable:
    return ("bars", p.chart_ms, p.delta_source)


def _gap_endings_key(p: Parameters) -> Hashable:
    return ("gap endings", p.chart_ms, p.atr_length, p.fvg_sensitivity, p.fvg_bars)


def _nbytes(value: object) -> int:
    if isinstance(value, np.ndarray):
        return value.nbytes
    return sum(getattr(value, column.name).nbytes for column in fields(value))  # type: ignore[arg-type]

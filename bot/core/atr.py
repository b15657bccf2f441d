"""How far does the price usually move in a bar?

True range: of the first bar `high - low`, then the largest of high - low, |high - close[1]| and |low - close[1]|.
RMA(x, n) (Wilder's moving average): undefined for the first n - 1 values, then the simple mean of the first n, then
`rma[1] + (x - rma[1]) / n`. ATR(n) is RMA(true range, n). The additions are made in the order of the bars, so that
every form of this computation gives the same bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.core.bars import Bar


@dataclass(frozen=True, slots=True)
class Rma:
    """A moving average on its way: `total` of the first `count` values, then `value` alone counts."""

    count: int = 0
    total: float = 0.0
    value: float | None = None


def rma_step(length: int, state: Rma, x: float) -> Rma:
    """Add a value; the average is `value` of the state returned, None while undefined."""
    if state.value is not None:
        return Rma(state.count, state.total, state.value + (x - state.value) / length)
    count, total = state.count + 1, state.total + x
    return Rma(count, total, total / length if count == length else None)


def true_range(bar: Bar, previous_close: float | None) -> float:
    """Range of a bar in USDT, with the jump from the previous bar's close where there is one."""
    if previous_close is None:
        return bar.high - bar.low
    return max(bar.high - bar.low, abs(bar.high - previous_close), abs(bar.low - previous_close))

"""What is known when a bar is confirmed? Minutes in, one `Reading` out for each bar they confirm.

The order: the minute's delta, the bars it confirms, and for each bar the true range, both ATRs, the CVD with its
signal, the fair value gaps and the order blocks. This is the one definition of every indicator; the batch form in
`analysis` is proved equal to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.core import bars, cvd, fvg, order_blocks
from bot.core.atr import Rma, rma_step, true_range
from bot.core.bars import Bar, Bars
from bot.core.cvd import Cvd, CvdBar, Polarity
from bot.core.fvg import Gaps
from bot.core.order_blocks import OrderBlocks
from bot.core.times import MINUTE

if TYPE_CHECKING:
    from bot.core.bars import Minute
    from bot.core.parameters import Parameters
    from bot.core.zones import Found, Zone


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything known at the close of one confirmed bar."""

    bar: Bar
    true_range: float
    atr: float | None
    """ATR(`atr_length`) in USDT, None while undefined."""
    risk_atr: float
    """ATR(`atr_length_risk`) in USDT, the bar's own true range while that is undefined."""
    cvd: CvdBar
    gap: Found
    """The fair value gap that starts on this bar, or why there is none."""
    block: Found
    """The order block that was added on this bar, or why there is none."""
    newest_block: Zone | None
    """The newest order block that is kept, whenever it was added."""


@dataclass(frozen=True, slots=True)
class Indicators:
    """The states of all indicators; the initial one is `Indicators()`."""

    polarity: Polarity = field(default_factory=Polarity)
    bars: Bars = field(default_factory=Bars)
    close: float | None = None
    """Close of the newest confirmed bar."""
    atr: Rma = field(default_factory=Rma)
    risk_atr: Rma = field(default_factory=Rma)
    cvd: Cvd | None = None
    gaps: Gaps = field(default_factory=Gaps)
    blocks: OrderBlocks = field(default_factory=OrderBlocks)


def step(
    parameters: Parameters, state: Indicators, minute: Minute, interval_ms: int = MINUTE
) -> tuple[Indicators, tuple[Reading, ...]]:
    """Add a minute; return a reading of each bar it confirms, oldest first (none, one or two).

    `interval_ms` is the length of what is called a minute here: a kline archive of 15 minutes has its own.
    Raises ValueError when the minute is not later than the newest one.
    """
    polarity, delta = cvd.delta_step(parameters.delta_source, state.polarity, minute)
    chart, confirmed = bars.step(parameters.chart_ms, state.bars, minute, delta, interval_ms)
    readings: list[Reading] = []
    for bar in confirmed:
        state, reading = bar_step(parameters, state, bar)
        readings.append(reading)
    return replace(state, polarity=polarity, bars=chart), tuple(readings)


def bar_step(parameters: Parameters, state: Indicators, bar: Bar) -> tuple[Indicators, Reading]:
    """Add a confirmed bar to the indicators of bars."""
    span = true_range(bar, state.close)
    atr = rma_step(parameters.atr_length, state.atr, span)
    risk_atr = rma_step(parameters.atr_length_risk, state.risk_atr, span)
    flow, cvd_bar = cvd.step(parameters, state.cvd, bar)
    gaps, gap = fvg.step(parameters, state.gaps, bar, atr.value)
    blocks, block = order_blocks.step(parameters, state.blocks, bar, atr.value)
    reading = Reading(
        bar,
        span,
        atr.value,
        span if risk_atr.value is None else risk_atr.value,
        cvd_bar,
        gap,
        block,
        blocks.kept[0].zone if blocks.kept else None,
    )
    return Indicators(state.polarity, state.bars, bar.close, atr, risk_atr, flow, gaps, blocks), reading

"""What is there to say about candles? How far the price moves in a bar, how much is traded, and who pushes.

Realised volatility is what a year of such bars would move: the root of the mean squared return from close to close,
times the root of the bars in 365 days (this market knows no weekend); the mean is taken for 0, as usual for short
bars. Parkinson's takes each bar's high and low, and so needs no next bar. Sources: T. Andersen, T. Bollerslev et al.,
The distribution of realized exchange rate volatility (2001); M. Parkinson, The extreme value method (1980).

The **CVD** in these figures is the running sum of deltas over the whole span; it does not start anew at anchors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.coins import in_coins
from analysis.study.candle_sample import ATR_LENGTH, CandleSample
from bot.core.times import DAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.batch.indicators import Floats

USDT, BTC, PERCENT, BTC_A_DAY, PERCENT_A_YEAR, NUMBER = "USDT", "BTC", "%", "BTC a day", "% a year", ""
YEAR = 365 * DAY
LEAST_BARS = 30
"""Bars that a figure of spread needs."""


@dataclass(frozen=True, slots=True)
class CandleDefinition:
    """One figure of candles."""

    name: str
    unit: str
    text: str
    """What it is, in a sentence."""
    value: Callable[[CandleSample], float | None]
    """Called only when there is enough of what it counts; may still say None."""
    count: Callable[[CandleSample], int]
    of: str
    """What `count` counts."""
    least: int = 1

    @property
    def definition(self) -> str:
        """The text with the least number that is needed."""
        return f"{self.text} Needs at least {self.least} {self.of if self.least > 1 else self.of.removesuffix('s')}."


@dataclass(frozen=True, slots=True)
class CandleFigure:
    """A figure's value (None where there are too few cases), of how many it is, and what it is."""

    value: float | None
    unit: str
    n: int
    definition: str


def figures(sample: CandleSample) -> dict[str, CandleFigure]:
    """Return every figure by name."""
    out = {}
    for each in FIGURES:
        count = each.count(sample)
        value = each.value(sample) if count >= each.least else None
        unit, definition = (in_coins(text, sample.market.pair) for text in (each.unit, each.definition))
        out[each.name] = CandleFigure(value, unit, count, definition)
    return out


def ranges(sample: CandleSample) -> Floats:
    """Return high - low of each whole bar, USDT."""
    return sample.whole.high - sample.whole.low


def share(part: float, whole: float) -> float | None:
    """Return part / whole in %, None when the whole is not above 0."""
    return float(part / whole * 100) if whole > 0 else None


def _percentile(percent: float) -> Callable[[CandleSample], float]:
    return lambda sample: float(np.percentile(ranges(sample), percent))


def _a_year(variance: float, sample: CandleSample) -> float:
    return float(np.sqrt(variance * (YEAR / sample.bar_ms)) * 100)


def _realised(sample: CandleSample) -> float:
    return _a_year(float((sample.returns**2).mean()), sample)


def _parkinson(sample: CandleSample) -> float:
    spread = np.log(sample.whole.high / sample.whole.low)
    return _a_year(float((spread**2).mean() / (4 * np.log(2))), sample)


def _deltas(sample: CandleSample) -> Floats:
    return sample.whole.buy - sample.whole.sell


def _traded(sample: CandleSample) -> float:
    return float(sample.minutes.buy.sum() + sample.minutes.sell.sum())


def _delta(sample: CandleSample) -> float:
    return float(sample.minutes.buy.sum() - sample.minutes.sell.sum())


def _slope(sample: CandleSample) -> float:
    days = (sample.bars.timestamp - sample.begin) / DAY
    flow = np.cumsum(sample.bars.delta)
    away = days - days.mean()
    return float((away * flow).sum() / (away**2).sum())


def _correlation(sample: CandleSample) -> float | None:
    delta, move = sample.bars.delta, sample.bars.close - sample.bars.open
    delta, move = delta - delta.mean(), move - move.mean()
    spread = float(np.sqrt((delta**2).sum() * (move**2).sum()))
    return float((delta * move).sum() / spread) if spread > 0 else None


_WHOLE: tuple[Callable[[CandleSample], int], str] = (lambda s: len(s.whole.timestamp), "whole bars")
_BARS: tuple[Callable[[CandleSample], int], str] = (lambda s: len(s.bars), "bars")
_MINUTES: tuple[Callable[[CandleSample], int], str] = (lambda s: len(s.minutes), "minutes")
_RETURNS: tuple[Callable[[CandleSample], int], str] = (lambda s: len(s.returns), "returns")
_ATRS: tuple[Callable[[CandleSample], int], str] = (lambda s: len(s.atr), "bars")

FIGURES = (
    CandleDefinition(
        "mean_range", USDT, "Mean of high - low of the whole bars.", lambda s: float(ranges(s).mean()), *_WHOLE
    ),
    CandleDefinition(
        "mean_range_percent",
        PERCENT,
        "Mean of high - low of the whole bars, each in % of its low.",
        lambda s: float((ranges(s) / s.whole.low).mean() * 100),
        *_WHOLE,
    ),
    CandleDefinition("median_range", USDT, "Median of high - low of the whole bars.", _percentile(50), *_WHOLE, 2),
    CandleDefinition(
        "range_p90",
        USDT,
        "90th percentile of high - low of the whole bars: one bar in ten moves further.",
        _percentile(90),
        *_WHOLE,
        LEAST_BARS,
    ),
    CandleDefinition(
        "range_p99",
        USDT,
        "99th percentile of high - low of the whole bars: one bar in a hundred moves further.",
        _percentile(99),
        *_WHOLE,
        300,
    ),
    CandleDefinition(
        "max_range", USDT, "The largest high - low of a whole bar.", lambda s: float(ranges(s).max()), *_WHOLE
    ),
    CandleDefinition(
        "atr",
        USDT,
        f"ATR({ATR_LENGTH}) at the last bar's close: Wilder's moving average of the true range.",
        lambda s: float(s.atr[-1]),
        *_ATRS,
    ),
    CandleDefinition(
        "mean_atr", USDT, f"Mean of ATR({ATR_LENGTH}) at the bars' closes.", lambda s: float(s.atr.mean()), *_ATRS
    ),
    CandleDefinition(
        "realised_volatility",
        PERCENT_A_YEAR,
        "The root of the mean squared return, ln(close / the close before), times the root of the bars in 365 days. "
        "Only of bars that follow each other without a hole.",
        _realised,
        *_RETURNS,
        LEAST_BARS,
    ),
    CandleDefinition(
        "parkinson_volatility",
        PERCENT_A_YEAR,
        "The root of the mean of ln(high / low) squared / (4 ln 2), times the root of the bars in 365 days. Of the "
        "whole bars.",
        _parkinson,
        *_WHOLE,
        LEAST_BARS,
    ),
    CandleDefinition("volume", BTC, "What takers bought and sold in all stored minutes.", _traded, *_MINUTES),
    CandleDefinition(
        "mean_volume",
        BTC,
        "Mean volume of a whole bar.",
        lambda s: float((s.whole.buy + s.whole.sell).mean()),
        *_WHOLE,
    ),
    CandleDefinition(
        "taker_buy_share",
        PERCENT,
        "What takers bought in % of the volume, of all stored minutes. Null without volume.",
        lambda s: share(float(s.minutes.buy.sum()), _traded(s)),
        *_MINUTES,
    ),
    CandleDefinition(
        "delta",
        BTC,
        "What takers bought less what they sold, of all stored minutes: how far the CVD went.",
        _delta,
        *_MINUTES,
    ),
    CandleDefinition("mean_delta", BTC, "Mean delta of a whole bar.", lambda s: float(_deltas(s).mean()), *_WHOLE),
    CandleDefinition(
        "delta_up_share",
        PERCENT,
        "Bars with a delta above 0 in % of all bars.",
        lambda s: float(np.count_nonzero(s.bars.delta > 0) / len(s.bars) * 100),
        *_BARS,
        LEAST_BARS,
    ),
    CandleDefinition(
        "cvd_slope",
        BTC_A_DAY,
        "Trend of the CVD: the slope of the least-squares line through the running sum of the bars' deltas over time. "
        "A sum of chances has a slope as well: see cvd_efficiency.",
        _slope,
        *_BARS,
        LEAST_BARS,
    ),
    CandleDefinition(
        "cvd_efficiency",
        PERCENT,
        "How straight the CVD went: |sum of the bars' deltas| in % of the sum of their amounts. 100: every bar pushed "
        "the same way. Null without delta.",
        lambda s: share(abs(float(s.bars.delta.sum())), float(np.abs(s.bars.delta).sum())),
        *_BARS,
        LEAST_BARS,
    ),
    CandleDefinition(
        "delta_price_correlation",
        NUMBER,
        "Pearson's correlation of the bars' deltas with their close - open: 1 where the price went exactly as takers "
        "pushed. Null where one of the two never changes.",
        _correlation,
        *_BARS,
        LEAST_BARS,
    ),
)
"""Every figure, in the order they are shown."""

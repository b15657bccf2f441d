"""What do the candles of a span say, all of it together? See docs/candle-statistics.md for every figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.study.candle_figures import CandleFigure, figures, ranges
from analysis.study.distribution import Distribution, distribution
from analysis.study.rhythm import Rhythm, by_hour, by_weekday

if TYPE_CHECKING:
    from analysis.study.candle_sample import CandleSample


@dataclass(frozen=True, slots=True)
class CandleStatistics:
    """Figures of the candles of one pair over a span."""

    figures: dict[str, CandleFigure]
    range: Distribution
    """Of high - low of the whole bars, USDT."""
    hours: list[Rhythm]
    weekdays: list[Rhythm]


def candle_statistics(sample: CandleSample) -> CandleStatistics:
    """Return what there is to say about candles."""
    return CandleStatistics(figures(sample), distribution(ranges(sample)), by_hour(sample), by_weekday(sample))

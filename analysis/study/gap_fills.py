"""Does the price come back to fill a fair value gap, and how soon?

A gap is looked at in the HORIZON bars after the one it was found on. It is **touched** by the first bar that reaches
into it, **filled** by the first that trades through all of it (a low at or below the bottom of a bullish gap, a high at
or above the top of a bearish one), and **closed** as the strategy's rules have it, by a close beyond that side.

A case is **decided** when all bars of its horizon are stored without a hole and lie in the span, whether the gap was
filled or not: to count the filled ones earlier than the others would make fills look more frequent than they are. So
candles that come later never change a decided case. Two gaps fewer than HORIZON bars apart share bars, and count as
fewer than two independent cases (`analysis.study.intervals`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.batch.zones import BULL
from analysis.study.intervals import Estimate, independent, share
from bot.core.fvg import EXPIRES_AFTER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.batch.indicators import Bars, Floats, Integers
    from analysis.batch.zones import Zones

HORIZON = EXPIRES_AFTER
"""Bars that a gap is looked at: the strategy drops one that is untouched for longer."""
WITHIN = (1, 3, 6, 12, 50, HORIZON)
"""Bars within which fills are counted."""
NEVER = HORIZON + 1
"""Stands for the bar of what did not happen within the horizon."""


@dataclass(frozen=True, slots=True, eq=False)
class GapCases:
    """The gaps of one direction that are decided, oldest first, and how many bars after it each was touched, ...

    1 is the bar after the gap's; what did not happen within the horizon has NEVER.
    """

    found: Integers
    """Open of the bar each was found on, UTC ms."""
    touched: Integers
    filled: Integers
    closed: Integers
    undecided: int
    """Gaps of the direction that are not decided: too young, or with a hole in their horizon."""


@dataclass(frozen=True, slots=True)
class GapFills:
    """How often gaps of one direction are filled; estimates are in %, None with too few independent cases."""

    n: int
    independent: float
    undecided: int
    touched: int
    filled: int
    closed: int
    touched_percent: Estimate | None
    filled_percent: Estimate | None
    closed_percent: Estimate | None
    median_bars: float | None
    """After so many bars half of all decided gaps were filled; None when fewer ever were, or there are too few."""
    within_percent: list[float | None]
    """Of the decided gaps those that were filled within each number of bars of WITHIN."""


def gap_cases(chart: Bars, gaps: Zones, direction: int, bar_ms: int, begin: int, end: int) -> GapCases:
    """Return the gaps of a direction (BULL or BEAR) that were found on the bars [begin, end), by index of `chart`."""
    mine = (gaps.direction == direction) & (gaps.bar >= begin) & (gaps.bar < end)
    bar, top, bottom = gaps.bar[mine], gaps.top[mine], gaps.bottom[mine]
    decided = without_hole(chart.timestamp, bar, HORIZON, bar_ms, end)
    bar, top, bottom = bar[decided], top[decided], bottom[decided]
    if direction == BULL:
        low, close = chart.low, chart.close
    else:  # a market upside down, in which the gap is a bullish one
        low, close, top, bottom = -chart.high, -chart.close, -bottom, -top
    return GapCases(
        chart.timestamp[bar],
        _first(low, bar, top, np.less_equal),
        _first(low, bar, bottom, np.less_equal),
        _first(close, bar, bottom, np.less),
        int(np.count_nonzero(~decided)),
    )


def gap_fills(cases: GapCases, bar_ms: int) -> GapFills:
    """Count what became of the decided gaps."""
    count = len(cases.found)
    worth = independent(cases.found // bar_ms, HORIZON)
    touched, filled, closed = (
        int(np.count_nonzero(column < NEVER)) for column in (cases.touched, cases.filled, cases.closed)
    )
    enough = share(filled, count, worth) is not None
    median = float(np.median(cases.filled)) if enough else NEVER
    return GapFills(
        count,
        worth,
        cases.undecided,
        touched,
        filled,
        closed,
        share(touched, count, worth),
        share(filled, count, worth),
        share(closed, count, worth),
        median if median < NEVER else None,
        [float(np.mean(cases.filled <= bars) * 100) if enough else None for bars in WITHIN],
    )


def without_hole(opens: Integers, bar: Integers, length: int, bar_ms: int, end: int) -> NDArray[np.bool_]:
    """Return for which bars, by index, the next `length` bars all exist and have an index below `end`."""
    last = np.minimum(bar + length, len(opens) - 1)
    whole: NDArray[np.bool_] = (bar + length < end) & (opens[last] - opens[bar] == length * bar_ms)
    return whole


def _first(values: Floats, bars: Integers, levels: Floats, reaches: np.ufunc) -> Integers:
    """Return how many bars after each of `bars` a value first `reaches` its level, NEVER when none does."""
    out = np.full(len(bars), NEVER)
    for case, (bar, level) in enumerate(zip(bars.tolist(), levels.tolist(), strict=True)):
        reached = reaches(values[bar + 1 : bar + 1 + HORIZON], level)
        first = int(reached.argmax())
        if reached[first]:
            out[case] = first + 1
    return out

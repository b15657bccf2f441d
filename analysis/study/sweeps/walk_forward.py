"""Does what was best go on to be good? Walk-forward: choose on IN bars, judge on the OUT bars after them, step by OUT.

    |---- IN ----|-OUT-|
          |---- IN ----|-OUT-|
                |---- IN ----|-OUT-|

The best set in-sample is the one with the highest Sharpe ratio; of equal ones the first of the grid. Where no set has
one (fewer than 30 days), the highest profit chooses. Setups start anew with each window, and indicators are warm from
the bars before it. Where the sets differ in their chart timeframe, bars are those of the longest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from analysis.account.figures import ratio
from analysis.account.ratios import DAYS_A_YEAR, LEAST_DAYS
from analysis.account.trade_figures import mean, win_rate
from analysis.study.sweeps.errors import WindowError
from analysis.study.sweeps.figures import best, figures, sample
from bot.core.times import DAY

if TYPE_CHECKING:
    from analysis.account.figures import Sample
    from analysis.batch.history import History
    from analysis.batch.indicators import Integers
    from analysis.study.sweeps.figures import Row, Span
    from bot.core.parameters import Parameters

_WRITTEN = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class Bars:
    """How many bars choose, and how many judge."""

    inside: int
    outside: int


@dataclass(frozen=True, slots=True)
class Window:
    """Choose over the bars that open in [begin, middle), judge over those in [middle, end); UTC ms."""

    begin: int
    middle: int
    end: int

    @property
    def inside(self) -> Span:
        """The span that chooses."""
        return (self.begin, self.middle)

    @property
    def outside(self) -> Span:
        """The span that judges."""
        return (self.middle, self.end)


@dataclass(frozen=True, slots=True)
class Judged:
    """One window: the number of the best set in-sample, None when no set traded, and its figures on both sides."""

    window: Window
    best: int | None
    in_sample: dict[str, float | None] | None
    out_of_sample: dict[str, float | None] | None


@dataclass(frozen=True, slots=True)
class WalkForward:
    """All windows, and what the sets chosen brought together out-of-sample."""

    bars: Bars
    timeframe: str
    """Whose bars are counted."""
    judged: list[Judged]
    total: dict[str, float | None]


def parse(text: str) -> Bars:
    """Read IN/OUT; WindowError when it is none."""
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise WindowError(f"--walk-forward {text} is not possible: allowed is IN/OUT in bars, such as 10000/2000")
    return Bars(int(match[1]), int(match[2]))


def windows(opens: Integers, bar_ms: int, bars: Bars) -> list[Window]:
    """Return the whole windows over bars that open at `opens`, in order; bars left over at the end are not judged.

    Raises:
        WindowError: Not one fits.
    """
    whole = bars.inside + bars.outside
    if len(opens) < whole:
        raise WindowError(
            f"--walk-forward {bars.inside}/{bars.outside} needs {whole:,} bars, and there are {len(opens):,}:"
            " name fewer, or a longer range"
        )
    edges = [*opens.tolist(), int(opens[-1]) + bar_ms]
    return [
        Window(edges[begin], edges[begin + bars.inside], edges[begin + whole])
        for begin in range(0, len(opens) - whole + 1, bars.outside)
    ]


def judge(
    history: History, sets: list[Parameters], rows: list[Row], over: list[Window], bars: Bars, timeframe: str
) -> WalkForward:
    """Judge the best set of each window on the bars after it; `rows` hold the score of every set in every window."""
    judged: list[Judged] = []
    outside: list[Sample] = []
    for place, window in enumerate(over):
        chosen = best([row.windows[place] for row in rows])
        if chosen is None:
            judged.append(Judged(window, None, None, None))
            continue
        before, after = (sample(history, sets[chosen], span) for span in (window.inside, window.outside))
        outside.append(after)
        judged.append(Judged(window, chosen, figures(before), figures(after)))
    return WalkForward(bars, timeframe, judged, total(over[0].middle, over[-1].end, outside))


def total(begin: int, end: int, outside: list[Sample]) -> dict[str, float | None]:
    """Return the figures of all windows together, out-of-sample, over [begin, end), UTC ms.

    The Sharpe ratio is of the daily changes joined: a day that two windows share is one day, and a position that is
    open at the end of a window counts with what it was worth there.
    """
    profit = np.concatenate([np.empty(0), *(each.trades.profit for each in outside)])
    first = begin // DAY
    days = np.zeros((end - 1) // DAY - first + 1)
    for each in outside:
        start = each.record.begin // DAY - first
        days[start : start + len(each.daily_changes)] += each.daily_changes
    traded = any(len(each.trades) or each.record.open is not None for each in outside)
    sharpe = ratio(days.mean(), days.std(ddof=1)) if traded and len(days) >= LEAST_DAYS else None
    return {
        "trades": len(profit),
        "profit": float(profit.sum()) if len(profit) else None,
        "win_rate": win_rate(profit),
        "profit_factor": ratio(profit[profit > 0].sum(), -profit[profit < 0].sum()) if len(profit) else None,
        "expectancy": mean(profit),
        "sharpe": None if sharpe is None else sharpe * sqrt(DAYS_A_YEAR),
    }

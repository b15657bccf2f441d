"""What did the price do after something happened: 1, 3, 6 and 12 bars after a CVD cross or a gap?

What happens on a bar is known at its close, so the move is counted from that close to the close so many bars later, in
% of the first. A case is **decided** when all these bars are stored without a hole and lie in the span; what comes
later never changes it. Cases whose bars overlap count for what they are worth (`analysis.study.intervals`).

Beside the events stand all bars: an event tells something only where its interval lies apart from theirs. And 16
intervals of 90 % are 16 chances to be wrong: one or two of them are expected to miss 0 where there is nothing at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.study.gap_fills import without_hole
from analysis.study.intervals import Estimate, independent, mean, share

if TYPE_CHECKING:
    from analysis.batch.indicators import Bars, Floats, Integers

AFTER = (1, 3, 6, 12)
"""Bars."""


@dataclass(frozen=True, slots=True, eq=False)
class MoveCases:
    """The decided cases of one kind, oldest first."""

    found: Integers
    """Open of the bar on which it happened, UTC ms."""
    move_percent: Floats
    """From that bar's close to the close `bars` later."""
    bars: int
    undecided: int


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What the price did so many bars after one kind of event; None with too few independent cases."""

    bars: int
    n: int
    independent: float
    undecided: int
    mean_percent: Estimate | None
    """The mean move, in % of the price."""
    up_percent: Estimate | None
    """Cases after which the price was higher, in % of all."""


def move_cases(chart: Bars, events: Integers, bars: int, bar_ms: int, end: int) -> MoveCases:
    """Return the cases of events on these bars (ascending indices of `chart`); only bars below `end` are looked at."""
    decided = without_hole(chart.timestamp, events, bars, bar_ms, end)
    found = events[decided]
    move = (chart.close[found + bars] / chart.close[found] - 1) * 100
    return MoveCases(chart.timestamp[found], move, bars, int(np.count_nonzero(~decided)))


def aftermath(cases: MoveCases, bar_ms: int) -> Aftermath:
    """Say what the price did in these cases."""
    moves, count = cases.move_percent, len(cases.found)
    worth = independent(cases.found // bar_ms, cases.bars)
    up = int(np.count_nonzero(moves > 0))
    return Aftermath(cases.bars, count, worth, cases.undecided, mean(moves, worth), share(up, count, worth))

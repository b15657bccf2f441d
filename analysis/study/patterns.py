"""Do the market's patterns hold? Gap fills, what follows CVD crosses and gaps, and trades by what preceded them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.batch.zones import BEAR, BULL
from analysis.study.aftermath import AFTER, Aftermath, aftermath, move_cases
from analysis.study.cvd_before_trades import CvdClass, Entered, classes, cvd_before_trades
from analysis.study.entry_values import entry_values
from analysis.study.gap_fills import GapFills, gap_cases, gap_fills
from analysis.study.trade_tables import TradeTables, trade_tables
from bot.core.zones import Direction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.batch.history import History
    from analysis.batch.indicators import Integers
    from bot.core.parameters import Parameters

CVD_CROSS, GAP, EVERY_BAR = "cvd_cross", "gap", "every_bar"
"""What the price is looked at after."""


@dataclass(frozen=True, slots=True)
class After:
    """What followed one kind of event."""

    event: str
    direction: Direction | None
    """None of every bar."""
    moves: Aftermath


@dataclass(frozen=True, slots=True)
class Patterns:
    """What was found in a span."""

    bars: int
    """Confirmed bars of the span."""
    gaps: list[tuple[Direction, GapFills]]
    after: list[After]
    every_bar: list[After]
    """The same of all bars: what the events are to be compared with."""
    cvd_before_trades: list[CvdClass]
    unknown_trades: int
    """Trades whose class is unknown: too few bars before them, or a hole."""
    trades: TradeTables
    """Does their outcome depend on what was known at the entry?"""


def patterns(history: History, parameters: Parameters, begin: int, end: int, trades: Sequence[Entered]) -> Patterns:
    """Return the patterns of the bars that open in [begin, end), UTC ms.

    Candles before `begin` warm the indicators up; those from `end` on are not looked at.
    """
    chart, bar_ms = history.bars(parameters), parameters.chart_ms
    first, last = np.searchsorted(chart.timestamp, (begin, end)).tolist()
    gaps = history.gaps(parameters)
    fills = [
        (direction, gap_fills(gap_cases(chart, gaps, sign, bar_ms, first, last), bar_ms)) for sign, direction in _SIDES
    ]
    found = classes(chart.timestamp, history.cvd(parameters).close, trades, bar_ms)
    return Patterns(
        last - first,
        fills,
        [
            After(event, direction, aftermath(move_cases(chart, bars, after, bar_ms, last), bar_ms))
            for event, direction, bars in _events(history, parameters, first, last)
            for after in AFTER
        ],
        [
            After(EVERY_BAR, None, aftermath(move_cases(chart, np.arange(first, last), after, bar_ms, last), bar_ms))
            for after in AFTER
        ],
        cvd_before_trades(found, trades),
        found.count(None),
        trade_tables(entry_values(history, parameters, trades), trades),
    )


_SIDES = ((BULL, Direction.BULL), (BEAR, Direction.BEAR))


def _events(
    history: History, parameters: Parameters, first: int, last: int
) -> Iterator[tuple[str, Direction, Integers]]:
    """Yield each kind of event of the bars [first, last) with the indices of the bars it happened on."""
    signals, gaps = history.signals(parameters), history.gaps(parameters)
    for sign, direction in _SIDES:
        yield CVD_CROSS, direction, first + np.flatnonzero(signals[first:last] == sign)
    for sign, direction in _SIDES:
        bars = gaps.bar[gaps.direction == sign]
        yield GAP, direction, bars[(bars >= first) & (bars < last)]

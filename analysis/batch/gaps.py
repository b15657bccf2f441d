"""Fair value gaps over whole columns, equal to `bot.core.fvg` bit by bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.batch.zones import ALIVE, BEAR, BULL, CLOSED, EXPIRED, Endings, Zones, first_below, zones
from bot.core.fvg import EXPIRES_AFTER, KEPT
from bot.core.parameters import FvgBars

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from analysis.batch.indicators import Bars, Floats, Integers


def gaps(chart: Bars, atr: Floats, sensitivity: float, which: FvgBars) -> Zones:
    """Return the fair value gaps; `atr` is ATR(`atr_length`), nan while undefined."""
    if len(chart) < 3:  # noqa: PLR2004 - a gap is made of three bars
        return zones([])
    a = atr[2:]
    body = np.abs(chart.open - chart.close)
    jump = np.abs(chart.close[:-1] - chart.open[1:])
    high0, low0, middle, high2, low2 = chart.high[2:], chart.low[2:], chart.close[1:-1], chart.high[:-2], chart.low[:-2]
    fits = ((body[2:] + body[1:-1] + body[:-2]) * sensitivity > a / 1.5) & (np.maximum(jump[:-1], jump[1:]) <= a)
    if which is FvgBars.SAME_TYPE:
        falling = chart.open > chart.close
        fits &= (falling[2:] == falling[1:-1]) & (falling[1:-1] == falling[:-2])
    bear = fits & (high0 < low2) & (middle < low2) & ((low2 - high0) * sensitivity > a)
    bull = fits & (low0 > high2) & (middle > high2) & ((low0 - high2) * sensitivity > a)
    found = np.flatnonzero(bear | bull)
    rising = bull[found]
    return Zones(
        found + 2,
        found + 2,
        np.where(rising, BULL, BEAR).astype(np.int8),
        np.where(rising, low0[found], low2[found]),
        np.where(rising, high2[found], high0[found]),
    )


def gap_endings(chart: Bars, found: Zones) -> Endings:
    """Return when each gap was closed, expired untouched, or was displaced by newer ones."""
    bar, by = np.empty(len(found), dtype=np.int64), np.empty(len(found), dtype=np.int8)
    for direction, closing, touching, far, near in (
        (BULL, chart.close, chart.low, found.bottom, found.top),
        (BEAR, -chart.close, -chart.high, -found.top, -found.bottom),
    ):
        those = found.direction == direction
        bar[those], by[those] = _ends(closing, touching, found.bar[those], far[those], near[those])
    for gap, start in _displaced(found.bar.tolist(), bar.tolist()):
        bar[gap], by[gap] = start, EXPIRED
    bar[by == ALIVE] = -1
    return Endings(bar, by)


def later_gap_endings(chart: Bars, found: Zones, before: Endings, same: int) -> Endings:
    """Return `gap_endings` from those when there were fewer bars: what had ended stays so, the others are followed.

    Args:
        chart: The bars.
        found: Their gaps.
        before: The endings of the gaps then.
        same: How many of the bars are as they were then.
    """
    known = int(np.searchsorted(found.bar[: len(before.bar)], same))
    over = np.zeros(len(found), dtype=np.bool_)
    over[:known] = (before.bar[:known] >= 0) & (before.bar[:known] < same)
    bar, by = np.empty(len(found), dtype=np.int64), np.empty(len(found), dtype=np.int8)
    bar[over], by[over] = before.bar[:known][over[:known]], before.by[:known][over[:known]]
    followed = gap_endings(chart, found.chosen(~over))
    bar[~over], by[~over] = followed.bar, followed.by
    return Endings(bar, by)


def _ends(
    closing: Floats, touching: Floats, starts: Integers, far: Floats, near: Floats
) -> tuple[Integers, NDArray[np.int8]]:
    """Return on which bar each gap ends by itself and how; the number of bars and ALIVE when it does not.

    A close below `far` ends it, and bars enough without one that is at or below `near`. So from its last touch on, the
    next bars tell: those that neither end it nor are too few hold another touch, and the bars after that one tell.
    """
    bar, by = np.full(len(starts), len(closing)), np.full(len(starts), ALIVE, dtype=np.int8)
    touched, waiting = starts.copy(), np.arange(len(starts))
    while len(waiting):
        last = touched[waiting] + EXPIRES_AFTER + 1
        ends = np.minimum(last + 1, len(closing))
        at = first_below(closing, touched[waiting] + 1, ends, far[waiting])
        closed = at < ends
        bar[waiting[closed]], by[waiting[closed]] = at[closed], CLOSED
        on = ~closed & (last < len(closing))
        waiting, last = waiting[on], last[on]
        touches = touching[last[:, np.newaxis] - np.arange(EXPIRES_AFTER + 1)] <= near[waiting, np.newaxis]
        latest = touches.argmax(axis=1)
        touch = touches[np.arange(len(waiting)), latest]
        bar[waiting[~touch]], by[waiting[~touch]] = last[~touch], EXPIRED
        waiting = waiting[touch]
        touched[waiting] = (last - latest)[touch]
    return bar, by


def _displaced(starts: list[int], ends: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the gaps that were there when as many newer ones came as are kept, and the bar of that."""
    kept: list[int] = []
    for newest, start in enumerate(starts):
        kept = [gap for gap in kept if ends[gap] >= start]
        if len(kept) == KEPT:
            yield kept.pop(0), start
        kept.append(newest)

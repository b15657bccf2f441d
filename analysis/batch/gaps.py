"""Fair value gaps over whole columns, equal to `bot.core.fvg` bit by bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.batch.zones import ALIVE, BEAR, BULL, CLOSED, EXPIRED, Endings, Zones, zones
from bot.core.fvg import EXPIRES_AFTER, KEPT
from bot.core.parameters import FvgBars

if TYPE_CHECKING:
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
    ends = Endings(np.full(len(found), -1), np.full(len(found), ALIVE, dtype=np.int8))
    touched = found.bar.copy()
    kept: list[int] = []
    starts = found.bar.tolist()
    for newest, start in enumerate(starts):
        kept = [gap for gap in kept if ends.bar[gap] < 0]
        if len(kept) == KEPT:
            displaced = kept.pop(0)
            ends.bar[displaced], ends.by[displaced] = start, EXPIRED
        kept.append(newest)
        until = starts[newest + 1] if newest + 1 < len(starts) else len(chart)
        for gap in kept:
            _follow(chart, found, gap, slice(start, until), touched, ends)
    return ends


def _follow(chart: Bars, found: Zones, gap: int, bars: slice, touched: Integers, ends: Endings) -> None:
    """Follow one gap through some bars: note its last touch, and its end if it comes."""
    top, bottom = found.top[gap], found.bottom[gap]
    if found.direction[gap] == BULL:
        touches, closes = chart.low[bars] <= top, chart.close[bars] < bottom
    else:
        touches, closes = chart.high[bars] >= bottom, chart.close[bars] > top
    marks = np.concatenate((touched[gap : gap + 1], bars.start + np.flatnonzero(touches), [bars.stop]))
    waits = np.flatnonzero(np.diff(marks) > EXPIRES_AFTER + 1)
    expired = int(marks[waits[0]]) + EXPIRES_AFTER + 1 if len(waits) else bars.stop
    closed = bars.start + int(np.argmax(closes)) if closes.any() else bars.stop
    touched[gap] = marks[-2]
    if min(expired, closed) < bars.stop:
        ends.bar[gap], ends.by[gap] = min(expired, closed), CLOSED if closed < expired else EXPIRED

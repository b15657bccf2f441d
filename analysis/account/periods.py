"""An account by stretches of time: profit by month, the mean profit of the last trades, the deepest falls one by one.

Pure; instants are UTC ms, money is USDT. A trade belongs to the month in which it was closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.account.track_record import Closed
    from analysis.batch.indicators import Floats, Integers

ROLLING = 50
"""Trades of a rolling mean."""


@dataclass(frozen=True, slots=True)
class Month:
    """The trades closed in one month, UTC."""

    year: int
    month: int
    profit: float
    trades: int


@dataclass(frozen=True, slots=True)
class Fall:
    """A stretch below the highest value so far.

    begin: when that was reached.
    bottom: when the value was lowest.
    end: when it was as high again; None: it is not yet.
    depth: from the highest to the lowest value, above 0.
    percent: of the highest value; None where that was not above 0.
    """

    begin: int
    bottom: int
    end: int | None
    depth: float
    percent: float | None


def months(trades: Sequence[Closed]) -> list[Month]:
    """Return each month in which a trade was closed, in order."""
    profits: dict[tuple[int, int], list[float]] = {}
    for trade in trades:
        when = datetime.fromtimestamp(trade.exit_time / 1000, UTC)
        profits.setdefault((when.year, when.month), []).append(trade.profit)
    return [Month(*month, sum(closed), len(closed)) for month, closed in sorted(profits.items())]


def rolling(profits: Floats, count: int = ROLLING) -> Floats:
    """Return the mean of each `count` profits that follow each other, the first of the first `count`; none of fewer."""
    if len(profits) < count:
        return np.empty(0)
    sums = np.cumsum(np.concatenate(([0.0], profits)))
    means: Floats = (sums[count:] - sums[:-count]) / count
    return means


def falls(times: Integers, values: Floats, begin: int, start: float, most: int = 5) -> list[Fall]:
    """Return the deepest falls, the deepest first.

    Args:
        times: When each value was reached, in order.
        values: Of the account.
        begin: Before the first of them, when the account was at `start`.
        start: What it was worth then.
        most: So many at most.
    """
    when = np.concatenate(([begin], times))
    worth = np.concatenate(([start], values))
    highest = np.maximum.accumulate(worth)
    tops = np.flatnonzero(worth >= highest)
    found = []
    for place, top in enumerate(tops.tolist()):
        after = int(tops[place + 1]) if place + 1 < len(tops) else len(worth)
        if after - top > 1:
            bottom = top + 1 + int(np.argmin(worth[top + 1 : after]))
            peak, depth = float(worth[top]), float(worth[top] - worth[bottom])
            end = int(when[after]) if after < len(worth) else None
            found.append(Fall(int(when[top]), int(when[bottom]), end, depth, 100 * depth / peak if peak > 0 else None))
    return sorted(found, key=lambda fall: -fall.depth)[:most]


def histogram(profits: Floats, most: int = 24) -> tuple[Floats, Integers]:
    """Return the edges of classes of equal, round width, 0 among them, and how many are in each, [low, high)."""
    if not len(profits):
        return np.empty(0), np.empty(0, dtype=np.int64)
    reach = max(float(profits.max()), 0.0) - min(float(profits.min()), 0.0)
    width = _round_up(max(reach, 1e-9) / (most - 1))
    first = int(np.floor(min(float(profits.min()), 0.0) / width))
    last = int(np.floor(max(float(profits.max()), 0.0) / width)) + 1
    place = np.floor(profits / width).astype(np.int64) - first
    edges = np.arange(first, last + 1, dtype=np.int64) * width
    return edges.astype(np.float64), np.bincount(place, minlength=last - first).astype(np.int64)


def _round_up(width: float) -> float:
    """Return the next of ..., 1, 2, 5, 10, 20, 50, ..."""
    scale = 10.0 ** np.floor(np.log10(width))
    return float(next(step * scale for step in (1.0, 2.0, 5.0, 10.0) if step * scale >= width * (1 - 1e-12)))

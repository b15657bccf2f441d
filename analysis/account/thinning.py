"""Which rows of a long series are enough to draw it? Those that a screen of so many columns would show anyway.

The series is cut into buckets of equal length; of each its lowest and its highest row stay, in their order, and of the
whole the first and the last. So no extreme is lost, and none is invented: every row that stays is one that was there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.batch.indicators import Floats, Integers

LEAST = 4
"""Rows of the thinnest series: first, last, lowest and highest."""


def thinned(values: Floats, points: int) -> Integers:
    """Return the indices of at most `points` rows, ascending; all of them where there are no more.

    Of equal extremes of a bucket the first stays. Raises ValueError when `points` is less than `LEAST`.
    """
    if points < LEAST:
        raise ValueError(f"{points} points cannot show a series: at least {LEAST}")
    count = len(values)
    if count <= points:
        return np.arange(count)
    buckets = (points - 2) // 2
    width = -(-count // buckets)
    padded = np.full(-(-count // width) * width, values[-1])
    padded[:count] = values
    table = padded.reshape(-1, width)
    first = np.arange(len(table)) * width
    rows = np.concatenate(([0], first + table.argmin(axis=1), first + table.argmax(axis=1), [count - 1]))
    return np.unique(np.minimum(rows, count - 1))


def thinned_together(series: Sequence[Floats], points: int) -> Integers:
    """Return the indices of at most `points` rows, ascending, that keep the extremes of every one of the series.

    The series are of one length. Raises ValueError when `points` is less than `LEAST` for each of them.
    """
    count = len(series[0])
    if count <= points:
        return np.arange(count)
    return np.unique(np.concatenate([thinned(values, points // len(series)) for values in series]))

"""Wilder's moving average over a whole column, equal to `bot.core.atr` bit by bit, at a few times its speed.

The average of each value needs the one before it, so it cannot be one array operation, and no closed formula rounds as
the steps do. But it forgets: begun from two values a few bits apart, it comes to the very same bits after some 15 x
length steps. So the column is cut into lanes that are walked side by side, each from a guess of where the lane before
it ends. Then every lane is walked again from where the lane before it did end; when that changes no lane's end, each
lane began with the very value a single walk has there, and every value is that of the single walk: proved, not hoped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analysis.batch.indicators import Floats

LANE = 15
"""A lane's steps, in multiples of the length: after so many it has forgotten a guess that is a few bits wrong."""
LEAST_LANES = 16
"""With fewer, a plain loop is as fast."""
PASSES = 4
"""Lanes that have not settled by then never pay: a plain loop takes over. The first pass guesses, the second proves."""


def rma(values: Floats, length: int) -> Floats:
    """Return the moving average, nan for the first `length` - 1 values; it begins with their simple mean."""
    out = np.full(len(values), np.nan)
    if len(values) < length:
        return out
    seed = float(np.cumsum(values[:length])[-1]) / length
    out[length - 1] = seed
    later = values[length:]
    lanes = len(later) // (LANE * length)
    walked = _walk_lanes(later, length, seed, lanes) if lanes >= LEAST_LANES else None
    if walked is None:
        out[length:] = _walk(later, length, seed)
    else:
        out[length : length + len(walked)] = walked
        out[length + len(walked) :] = _walk(later[len(walked) :], length, float(walked[-1]))
    return out


def _walk(values: Floats, length: int, last: float) -> list[float]:
    """Return the averages of `values`, one after the other, `last` being the one before them."""
    divisor = float(length)
    means: list[float] = []
    append = means.append
    for value in values.tolist():
        last += (value - last) / divisor
        append(last)
    return means


def _walk_lanes(values: Floats, length: int, seed: float, lanes: int) -> Floats | None:
    """Return the averages of as many values as fill the lanes, None when the lanes do not settle."""
    width = LANE * length
    table = np.ascontiguousarray(values[: lanes * width].reshape(lanes, width).T)
    starts = _guess(table, length, seed)
    means, change = np.empty_like(table), np.empty(lanes)
    for _ in range(PASSES):
        last = starts
        for value, mean in zip(table, means, strict=True):
            np.subtract(value, last, out=change)
            np.divide(change, length, out=change)
            np.add(last, change, out=mean)
            last = mean
        ends = np.append([seed], means[-1, :-1])
        if np.array_equal(ends, starts):
            return means.T.reshape(-1)
        starts = ends
    return None


def _guess(table: Floats, length: int, seed: float) -> Floats:
    """Return where each lane begins, but for rounding: a sum with weights for each lane, then from lane to lane."""
    kept = 1 - 1 / length
    added = kept ** np.arange(len(table) - 1, -1, -1) / length @ table
    starts = [seed]
    for sum_ in added[:-1].tolist():
        starts.append(starts[-1] * kept ** len(table) + sum_)
    return np.array(starts)

"""Order blocks over whole columns, equal to `bot.core.order_blocks` bit by bit.

Where swings are is found for all bars at once; then only the swings are walked: each is open from the bar that shows
it to the bar that shows the next of its kind, and the first close beyond it there makes a block.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from analysis.batch.indicators import filled
from analysis.batch.zones import ALIVE, BEAR, BROKEN, BULL, EXPIRED, Endings, zones
from bot.core.order_blocks import HIGHEST_BLOCK, KEPT, LOOKBACK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from analysis.batch.indicators import Bars, Floats
    from analysis.batch.zones import Zones


def order_blocks(chart: Bars, atr: Floats, swing_length: int) -> Zones:
    """Return the order blocks; `atr` is ATR(`atr_length`), nan while undefined."""
    tops, bottoms = _swings(chart, swing_length)
    found = []
    for at, swing in _crossings(tops, chart.high, chart.close, swing_length):
        first = max(swing + 1, at - LOOKBACK)
        found.append((at, first + int(np.argmin(chart.low[first:at])), BULL))
    for at, swing in _crossings(bottoms, -chart.low, -chart.close, swing_length):
        first = max(swing + 1, at - LOOKBACK)
        found.append((at, first + int(np.argmax(chart.high[first:at])), BEAR))
    return zones(
        [
            (at, start, direction, float(chart.high[start]), float(chart.low[start]))
            for at, start, direction in sorted(found)
            if chart.high[start] - chart.low[start] <= HIGHEST_BLOCK * atr[at]
        ]
    )


def _swings(chart: Bars, length: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the bars on which the swing becomes top, and those on which it becomes bottom."""
    if len(chart) <= length:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    windows = np.lib.stride_tricks.sliding_window_view
    top = chart.high[:-length] > windows(chart.high[1:], length).max(axis=1)
    bottom = chart.low[:-length] < windows(chart.low[1:], length).min(axis=1)
    kind = filled(np.where(top, 1.0, np.where(bottom, -1.0, 0.0)), 1.0)
    turns = np.diff(kind, prepend=1.0)
    return np.flatnonzero(turns > 0) + length, np.flatnonzero(turns < 0) + length


def _crossings(shown: NDArray[np.int64], extreme: Floats, close: Floats, length: int) -> Iterator[tuple[int, int]]:
    """Yield the bar of the first close above each swing top while it is the newest, and the swing's own bar.

    For swing bottoms the prices come with their signs turned.
    """
    for begin, end in pairwise([*shown.tolist(), len(close)]):
        beyond = np.flatnonzero(close[begin:end] > extreme[begin - length])
        if len(beyond):
            yield begin + int(beyond[0]), begin - length


def block_endings(chart: Bars, blocks: Zones) -> Endings:
    """Return when each block broke, or was displaced by the fifth after it."""
    low, high = np.minimum(chart.open, chart.close), np.maximum(chart.open, chart.close)
    bar, by = np.full(len(blocks), -1), np.full(len(blocks), ALIVE, dtype=np.int8)
    for number, found in enumerate(blocks.bar.tolist()):
        displaced = int(blocks.bar[number + KEPT]) if number + KEPT < len(blocks) else len(chart) - 1
        inside = slice(found + 1, displaced + 1)
        if blocks.direction[number] == BULL:
            broken = np.flatnonzero(low[inside] < blocks.bottom[number])
        else:
            broken = np.flatnonzero(high[inside] > blocks.top[number])
        if len(broken):
            bar[number], by[number] = found + 1 + broken[0], BROKEN
        elif number + KEPT < len(blocks):
            bar[number], by[number] = displaced, EXPIRED
    return Endings(bar, by)

"""Order blocks over whole columns, equal to `bot.core.order_blocks` bit by bit.

Each swing is open from the bar that shows it to the bar that shows the next of its kind, and the first close beyond it
there makes a block. Bottoms and bearish blocks are tops and bullish ones of prices with their signs turned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.batch.indicators import filled
from analysis.batch.zones import ALIVE, BEAR, BROKEN, BULL, EXPIRED, Endings, Zones, first_below
from bot.core.order_blocks import HIGHEST_BLOCK, KEPT, LOOKBACK

if TYPE_CHECKING:
    from analysis.batch.indicators import Bars, Floats, Integers


def order_blocks(chart: Bars, atr: Floats, swing_length: int) -> Zones:
    """Return the order blocks; `atr` is ATR(`atr_length`), nan while undefined."""
    tops, bottoms = _swings(chart, swing_length)
    bull_at, bull_start = _blocks(tops, chart.high, chart.low, chart.close, swing_length)
    bear_at, bear_start = _blocks(bottoms, -chart.low, -chart.high, -chart.close, swing_length)
    bar, start = np.concatenate((bull_at, bear_at)), np.concatenate((bull_start, bear_start))
    direction = np.repeat(np.array((BULL, BEAR), dtype=np.int8), (len(bull_at), len(bear_at)))
    order = np.argsort(bar, kind="stable")
    order = order[chart.high[start[order]] - chart.low[start[order]] <= HIGHEST_BLOCK * atr[bar[order]]]
    start = start[order]
    return Zones(bar[order], start, direction[order], chart.high[start], chart.low[start])


def _swings(chart: Bars, length: int) -> tuple[Integers, Integers]:
    """Return the bars on which the swing becomes top, and those on which it becomes bottom."""
    if len(chart) <= length:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    top = chart.high[:-length] > _highest(chart.high[1:], length)
    bottom = -chart.low[:-length] > _highest(-chart.low[1:], length)
    kind = filled(np.where(top, 1.0, np.where(bottom, -1.0, 0.0)), 1.0)
    turns = np.diff(kind, prepend=1.0)
    return np.flatnonzero(turns > 0) + length, np.flatnonzero(turns < 0) + length


def _highest(values: Floats, length: int) -> Floats:
    """Return the highest of each `length` values that follow each other: of twice as many in each step."""
    width = 1
    while width < length:
        step = min(width, length - width)
        values = np.maximum(values[:-step], values[step:])
        width += step
    return values


def _blocks(shown: Integers, high: Floats, low: Floats, close: Floats, length: int) -> tuple[Integers, Integers]:
    """Return the bar of the first close above each swing top while it is the newest, and the bar that is the block."""
    ends = np.append(shown[1:], len(close))[: len(shown)]
    at = first_below(-close, shown, ends, -high[shown - length])
    crossed = at < ends
    at, first = at[crossed], shown[crossed] - length + 1
    window = at[:, np.newaxis] + np.arange(-LOOKBACK, 0)
    lows = np.where(window >= first[:, np.newaxis], low[np.maximum(window, 0)], np.inf)
    return at, at - LOOKBACK + lows.argmin(axis=1)


def block_endings(chart: Bars, blocks: Zones) -> Endings:
    """Return when each block broke, or was displaced by the fifth after it."""
    displaced = np.append(blocks.bar[KEPT:], np.full(KEPT, len(chart)))[: len(blocks)]
    ends = np.minimum(displaced + 1, len(chart))
    broken = np.empty_like(ends)
    for direction, body, far in (
        (BULL, np.minimum(chart.open, chart.close), blocks.bottom),
        (BEAR, -np.maximum(chart.open, chart.close), -blocks.top),
    ):
        those = blocks.direction == direction
        broken[those] = first_below(body, blocks.bar[those] + 1, ends[those], far[those])
    breaks, alive = broken < ends, displaced == len(chart)
    return Endings(
        np.where(breaks, broken, np.where(alive, -1, displaced)),
        np.where(breaks, BROKEN, np.where(alive, ALIVE, EXPIRED)).astype(np.int8),
    )

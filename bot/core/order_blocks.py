"""Where did the move begin that broke a swing? The order block: the last extreme bar before the break.

With n = `swing_length`, bar i looks back at bar i - n: a high above the highest high of the n bars after it makes the
swing `top`, else a low below their lowest low makes it `bottom`. When the swing becomes top (it starts as top), that
bar's index and high are remembered as the swing top, not crossed; likewise the swing bottom with its low.

- Bullish: the first close above an uncrossed swing top crosses it. From the bar before back to the one after the swing
  (at most 48 bars), the bar with the lowest low (the older of equals) is the block: bottom and top are its low and
  high, its open time the start. Kept if top - bottom <= 3.5 x ATR(`atr_length`); none is kept while that is undefined.
- Bearish: mirrored, with the highest high below a swing bottom.
- A bullish block breaks when min(open, close) < bottom, a bearish one when max(open, close) > top. Breaking is tested
  before new blocks are added. At most five are kept, newest first; a broken one stays, marked.

One bar cannot add both kinds: a swing top below a swing bottom would mean that the bar of the later one already
closed beyond the earlier one, and so crossed it.

Rules: docs/strategy.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from bot.core.zones import NOTHING, Direction, EndedBy, Ending, Found, Rejection, Zone

if TYPE_CHECKING:
    from bot.core.bars import Bar
    from bot.core.parameters import Parameters

KEPT = 5
LOOKBACK = 48
"""Bars before the crossing one among which the block is sought."""
HIGHEST_BLOCK = 3.5
"""A block's greatest height as a multiple of the ATR."""


class Extremes(NamedTuple):
    """What is remembered of a bar."""

    timestamp: int
    high: float
    low: float


class SwingKind(StrEnum):
    """Which extreme the newest swing was."""

    TOP = "top"
    BOTTOM = "bottom"


@dataclass(frozen=True, slots=True)
class Swing:
    """A swing's bar, counted from 0, its high (top) or low (bottom), and whether a close went beyond it."""

    index: int
    price: float
    crossed: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """An order block that is kept."""

    zone: Zone
    broken: bool = False


@dataclass(frozen=True, slots=True)
class OrderBlocks:
    """How many bars there were, the last 48 of them (newest last), the swings, and the blocks kept, newest first."""

    bars: int = 0
    recent: tuple[Extremes, ...] = ()
    swing: SwingKind = SwingKind.TOP
    top: Swing | None = None
    bottom: Swing | None = None
    kept: tuple[Block, ...] = ()


def step(parameters: Parameters, state: OrderBlocks, bar: Bar, atr: float | None) -> tuple[OrderBlocks, Found]:
    """Look at a confirmed bar; `atr` is ATR(`atr_length`) with this bar, None while undefined."""
    now = Extremes(bar.timestamp, bar.high, bar.low)
    seen = (*state.recent, now)
    swing, top, bottom = _swings(state, seen, parameters.swing_length)
    kept, ended = _break(state.kept, bar)
    candidate = None
    if top is not None and not top.crossed and bar.close > top.price:
        candidate = _bullish(seen[-1 - _length(state.bars, top) : -1])
        top = Swing(top.index, top.price, crossed=True)
    elif bottom is not None and not bottom.crossed and bar.close < bottom.price:
        candidate = _bearish(seen[-1 - _length(state.bars, bottom) : -1])
        bottom = Swing(bottom.index, bottom.price, crossed=True)
    found = NOTHING
    if candidate is not None:
        rejection = _reject(candidate, bar, atr)
        if rejection is None:
            kept = (Block(candidate), *kept)
            ended += [Ending(each.zone, bar.timestamp, EndedBy.EXPIRED) for each in kept[KEPT:] if not each.broken]
            kept = kept[:KEPT]
        found = Found(candidate if rejection is None else None, rejection, tuple(ended))
    elif ended:
        found = Found(ended=tuple(ended))
    return OrderBlocks(state.bars + 1, seen[-LOOKBACK:], swing, top, bottom, kept), found


def _swings(
    state: OrderBlocks, seen: tuple[Extremes, ...], length: int
) -> tuple[SwingKind, Swing | None, Swing | None]:
    """Return the swing and the two swing extremes as this bar, the last of `seen`, leaves them."""
    if state.bars < length:
        return state.swing, state.top, state.bottom
    looked_at, after = seen[-1 - length], seen[-length:]
    if all(each.high < looked_at.high for each in after):
        if state.swing is not SwingKind.TOP:
            return SwingKind.TOP, Swing(state.bars - length, looked_at.high), state.bottom
    elif all(each.low > looked_at.low for each in after) and state.swing is not SwingKind.BOTTOM:
        return SwingKind.BOTTOM, state.top, Swing(state.bars - length, looked_at.low)
    return state.swing, state.top, state.bottom


def _length(index: int, swing: Swing) -> int:
    """How many bars lie between the swing and bar `index`, as far as they are looked at."""
    return min(index - swing.index - 1, LOOKBACK)


def _bullish(bars: tuple[Extremes, ...]) -> Zone:
    lowest = min(bars, key=lambda each: each.low)  # the first of equals, and the oldest comes first
    return Zone(lowest.timestamp, Direction.BULL, lowest.high, lowest.low)


def _bearish(bars: tuple[Extremes, ...]) -> Zone:
    highest = max(bars, key=lambda each: each.high)  # the first of equals, and the oldest comes first
    return Zone(highest.timestamp, Direction.BEAR, highest.high, highest.low)


def _reject(zone: Zone, bar: Bar, atr: float | None) -> Rejection | None:
    height = zone.top - zone.bottom
    if atr is not None and height <= HIGHEST_BLOCK * atr:
        return None
    if atr is None:
        return Rejection(bar.timestamp, zone.direction, zone.top, zone.bottom, "ATR not yet defined")
    return Rejection(bar.timestamp, zone.direction, zone.top, zone.bottom, "block height", height, HIGHEST_BLOCK * atr)


def _break(kept: tuple[Block, ...], bar: Bar) -> tuple[tuple[Block, ...], list[Ending]]:
    low, high = min(bar.open, bar.close), max(bar.open, bar.close)
    broken = [each.zone for each in kept if not each.broken and _breaks(each.zone, low, high)]
    if broken:
        kept = tuple(Block(each.zone, each.broken or each.zone in broken) for each in kept)
    return kept, [Ending(zone, bar.timestamp, EndedBy.BROKEN) for zone in broken]


def _breaks(zone: Zone, low: float, high: float) -> bool:
    return low < zone.bottom if zone.direction is Direction.BULL else high > zone.top

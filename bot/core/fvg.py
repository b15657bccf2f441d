"""Is there a fair value gap: did the price move so fast that it left a range untraded?

Looked for on every confirmed bar, over that bar (0) and the two before it (1, 2), with a = ATR(`atr_length`) and the
sensitivity s:

1. `same_type`: all three bars open > close, or all three open <= close (`all`: no such test).
2. (sum of the three bodies |open - close|) x s > a / 1.5.
3. max(|close2 - open1|, |close1 - open0|) <= a.
4. Bearish: high0 < low2 and close1 < low2, zone [high0, low2]. Bullish: low0 > high2 and close1 > high2, zone
   [high2, low0].
5. Zone height x s > a.

At most two gaps are kept, newest first. On each bar: add, trim to two, mark touches, close, drop. A bullish gap is
closed by a later close below its bottom, a bearish one by a close above its top. One that was not touched for more
than 200 bars is dropped too; a bar touches a bullish gap with low <= top, a bearish one with high >= bottom (its own
bar does). Rules: docs/strategy.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.core.bars import Bar  # noqa: TC001 - msgspec reads the annotations
from bot.core.parameters import FvgBars
from bot.core.zones import NOTHING, Direction, EndedBy, Ending, Found, Rejection, Zone

if TYPE_CHECKING:
    from bot.core.parameters import Parameters

KEPT = 2
EXPIRES_AFTER = 200
"""Bars without a touch that a gap outlives."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap that is still kept, and how many bars ago it was touched."""

    zone: Zone
    untouched: int


@dataclass(frozen=True, slots=True)
class Gaps:
    """The last two bars, newest first, and the gaps that are kept, newest first."""

    bars: tuple[Bar, ...] = ()
    kept: tuple[Gap, ...] = ()


def step(parameters: Parameters, state: Gaps, bar: Bar, atr: float | None) -> tuple[Gaps, Found]:
    """Look at a confirmed bar; `atr` is ATR(`atr_length`) with this bar, None while undefined."""
    zone, rejection = None, None
    if len(state.bars) == 2:  # noqa: PLR2004 - the two bars before this one
        candidate = shape(bar, state.bars[1])
        if candidate is not None:
            rejection = _reject(parameters, candidate, (bar, *state.bars), atr)
            zone = candidate if rejection is None else None
    kept, ended = _keep(state.kept, zone, bar)
    found = Found(zone, rejection, ended) if zone or rejection or ended else NOTHING
    return Gaps((bar, *state.bars[:1]), kept), found


def shape(now: Bar, before: Bar) -> Zone | None:
    """Return the range that two bars, two apart, left between them, if any: rule 4 without the bar in the middle."""
    if now.high < before.low:
        return Zone(now.timestamp, Direction.BEAR, before.low, now.high)
    if now.low > before.high:
        return Zone(now.timestamp, Direction.BULL, now.low, before.high)
    return None


def _reject(parameters: Parameters, zone: Zone, bars: tuple[Bar, ...], atr: float | None) -> Rejection | None:
    """Return the first rule that a candidate fails, None when it is a gap."""
    now, middle, before = bars
    beyond = middle.close > zone.bottom if zone.direction is Direction.BULL else middle.close < zone.top

    def because(rule: str, value: float | None = None, limit: float | None = None) -> Rejection:
        return Rejection(now.timestamp, zone.direction, zone.top, zone.bottom, rule, value, limit)

    if atr is None:
        return because("ATR not yet defined")
    if parameters.fvg_bars is FvgBars.SAME_TYPE and len({each.open > each.close for each in bars}) > 1:
        return because("bars of different type")
    sensitivity = parameters.sensitivity
    bodies = abs(now.open - now.close) + abs(middle.open - middle.close) + abs(before.open - before.close)
    if not bodies * sensitivity > atr / 1.5:
        return because("bodies", bodies, atr / 1.5 / sensitivity)
    jump = max(abs(before.close - middle.open), abs(middle.close - now.open))
    if jump > atr:
        return because("jump between bars", jump, atr)
    if not beyond:
        far = zone.bottom if zone.direction is Direction.BULL else zone.top
        return because("close of the middle bar", middle.close, far)
    height = zone.top - zone.bottom
    if not height * sensitivity > atr:
        return because("height", height, atr / sensitivity)
    return None


def _keep(kept: tuple[Gap, ...], zone: Zone | None, bar: Bar) -> tuple[tuple[Gap, ...], tuple[Ending, ...]]:
    """Add, trim, mark touches, close, drop."""
    if zone is None and not kept:
        return kept, ()
    gaps = (Gap(zone, 0), *kept) if zone is not None else kept
    ended = [Ending(gap.zone, bar.timestamp, EndedBy.EXPIRED) for gap in gaps[KEPT:]]
    alive = []
    for gap in gaps[:KEPT]:
        untouched = 0 if _touches(gap.zone, bar) else gap.untouched + 1
        if _closes(gap.zone, bar):
            ended.append(Ending(gap.zone, bar.timestamp, EndedBy.CLOSED))
        elif untouched > EXPIRES_AFTER:
            ended.append(Ending(gap.zone, bar.timestamp, EndedBy.EXPIRED))
        else:
            alive.append(gap if untouched == gap.untouched else Gap(gap.zone, untouched))
    return tuple(alive), tuple(ended)


def _touches(zone: Zone, bar: Bar) -> bool:
    return bar.low <= zone.top if zone.direction is Direction.BULL else bar.high >= zone.bottom


def _closes(zone: Zone, bar: Bar) -> bool:
    """Whether the bar closed beyond the zone. A gap's own bar cannot: it lies on the near side."""
    return bar.close < zone.bottom if zone.direction is Direction.BULL else bar.close > zone.top

from __future__ import annotations

import pytest

from bot.core import order_blocks
from bot.core.bars import Bar
from bot.core.order_blocks import OrderBlocks, Swing
from bot.core.parameters import Parameters
from bot.core.zones import Direction, EndedBy, Found, Zone

LOW, TOP, CROSSING = 4, 8, 13
"""Of UP: the bars of the swing bottom, of the swing top, and of the close above that."""

UP = [
    *[(11, 10), (11, 10), (11, 10), (11, 10), (10, 7), (11, 9), (12, 10), (13, 11), (20, 12)],
    *[(14, 12), (13, 9), (12, 9), (15, 11), (22, 14)],
]
"""(high, low) of bars that close at their high. With swings of 3 the low of bar 4 is found on bar 7, the high of bar 8
on bar 11, and bar 13 closes above it. Of the bars between, 10 and 11 have the lowest low."""

DOWN = [(30 - low, 30 - high) for high, low in UP]
"""UP upside down; its bars close at their low."""

ZONE = Zone(10, Direction.BULL, 13, 9)
"""The older of the two lowest bars."""


def bar(number: int, high: float, low: float, falling: bool = False) -> Bar:
    opened, close = (high, low) if falling else (low, high)
    return Bar(number, opened, high, low, close, 0, 0, 0, 0, 0)


def run(
    prices: list[tuple[float, float]], atr: float | None = 4.0, falling: bool = False, length: int = 3
) -> tuple[OrderBlocks, list[Found]]:
    parameters, state, out = Parameters(swing_length=length), OrderBlocks(), []
    for number, (high, low) in enumerate(prices):
        state, found = order_blocks.step(parameters, state, bar(number, high, low, falling), atr)
        out.append(found)
    return state, out


def test_a_swing_is_seen_three_bars_after_its_extreme():
    assert run(UP[: LOW + 3])[0].bottom is None
    assert run(UP[: LOW + 4])[0].bottom == Swing(LOW, 7)
    assert run(UP[: TOP + 3])[0].top is None
    assert run(UP[: TOP + 4])[0].top == Swing(TOP, 20)


def test_the_very_first_bar_can_be_a_swing():
    assert run([(11, 5), (12, 6), (12, 6)])[0].bottom is None
    assert run([(11, 5), (12, 6), (12, 6), (12, 6)])[0].bottom == Swing(0, 5)


def test_the_swing_starts_as_top_so_a_first_high_is_not_remembered():
    state, _ = run([(11, 5), (12, 5), (20, 5), (12, 5), (12, 5), (12, 5)])
    assert (state.top, state.bottom) == (None, None)
    state, _ = run([(30 - low, 30 - high) for high, low in [(11, 5), (12, 5), (20, 5), (12, 5), (12, 5), (12, 5)]])
    assert (state.top, state.bottom) == (None, Swing(2, 10))


def test_the_first_close_above_the_swing_top_makes_the_lowest_bar_since_a_block():
    state, found = run(UP)
    assert [each.zone for each in found] == [None] * CROSSING + [ZONE]
    assert state.top == Swing(TOP, 20, crossed=True)


def test_the_mirrored_market_gives_the_mirrored_block():
    state, found = run(DOWN, falling=True)
    assert [each.zone for each in found] == [None] * CROSSING + [Zone(10, Direction.BEAR, 21, 17)]
    assert state.bottom == Swing(TOP, 10, crossed=True)


def test_a_close_on_the_swing_top_does_not_cross_it():
    assert run([*UP[:-1], (20, 14)])[0].top == Swing(TOP, 20)


def test_a_swing_is_crossed_once():
    _, found = run([*UP, (19, 15), (23, 16)])
    assert [each.zone for each in found[CROSSING:]] == [ZONE, None, None]


def test_a_block_may_be_three_and_a_half_atr_high():
    assert run(UP, 4 / 3.5)[1][-1].zone == ZONE
    refused = run(UP, 1.0)[1][-1]
    assert (refused.zone, str(refused.rejection)) == (None, "block height 4 of 3.5")


def test_while_the_atr_is_undefined_no_block_is_kept_but_the_swing_counts_as_crossed():
    state, found = run(UP, None)
    assert str(found[-1].rejection) == "ATR not yet defined"
    assert (state.kept, state.top) == ((), Swing(TOP, 20, crossed=True))


@pytest.mark.parametrize(("between", "start"), [(48, 9), (49, 10)])
def test_the_block_is_sought_among_48_bars_at_most(between, start):
    # bars 9 to 8 + between lie after the swing top; the first of them has the lowest low
    flat = [(13 if number else 12, 10 if number else 8) for number in range(between)]
    _, found = run([*UP[: TOP + 1], *flat, (22, 14)], length=3)
    assert found[-1].zone is not None
    assert found[-1].zone.start == start


def test_a_body_below_a_bullish_block_breaks_it_and_a_wick_does_not():
    wick = Bar(14, 12, 13, 5, 9, 0, 0, 0, 0, 0)
    body = Bar(14, 12, 13, 5, 8.9, 0, 0, 0, 0, 0)
    state, _ = run(UP)
    parameters = Parameters(swing_length=3)
    assert not order_blocks.step(parameters, state, wick, 4.0)[0].kept[0].broken
    broken, found = order_blocks.step(parameters, state, body, 4.0)
    assert [(block.zone, block.broken) for block in broken.kept] == [(ZONE, True)]
    assert [(end.timestamp, end.by) for end in found.ended] == [(14, EndedBy.BROKEN)]


def test_five_blocks_are_kept_and_the_sixth_displaces_the_oldest():
    rising = [(high + 15 * turn, low + 15 * turn) for turn in range(6) for high, low in UP[3:]]
    state, found = run(rising)
    starts = [each.zone.start for each in found if each.zone is not None]
    assert len(starts) == 6
    assert [block.zone.start for block in state.kept] == starts[:0:-1]
    assert [(end.zone.start, end.by) for each in found for end in each.ended] == [(starts[0], EndedBy.EXPIRED)]

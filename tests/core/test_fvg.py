from __future__ import annotations

import pytest

from bot.core import fvg
from bot.core.bars import Bar
from bot.core.fvg import Gaps
from bot.core.parameters import Parameters
from bot.core.zones import EndedBy, Found, Zone

# A bullish gap from 102 to 104: bar 2 reaches up to 102, bar 0 comes down to 104 only.
RISE = [(100, 102, 99, 101), (101, 105, 101, 105), (105, 108, 104, 107)]
FALL = [(107, 108, 104, 105), (105, 105, 101, 101), (101, 102, 99, 100)]
BULL_ZONE = Zone(2, "bull", 104, 102)
BEAR_ZONE = Zone(2, "bear", 104, 102)


def bar(number: int, prices: tuple[float, float, float, float]) -> Bar:
    """Bar with (open, high, low, close); its number stands for its time."""
    return Bar(number, *prices, 0, 0, 0, 0, 0)


def run(prices: list[tuple[float, float, float, float]], atr: float | None, *settings: str) -> tuple[Gaps, list[Found]]:
    parameters, state, out = Parameters.from_strings(settings), Gaps(), []
    for number, each in enumerate(prices):
        state, found = fvg.step(parameters, state, bar(number, each), atr)
        out.append(found)
    return state, out


def last(prices: list[tuple[float, float, float, float]], atr: float | None, *settings: str) -> Found:
    return run(prices, atr, *settings)[1][-1]


@pytest.mark.parametrize(("prices", "zone"), [(RISE, BULL_ZONE), (FALL, BEAR_ZONE)])
def test_a_range_left_untraded_is_a_gap_that_starts_at_the_third_bar(prices, zone):
    assert last(prices, 4).zone == zone


def test_bars_of_different_type_make_no_gap_unless_all_are_allowed():
    mixed = [(101, 102, 99, 100), *RISE[1:]]
    assert str(last(mixed, 4).rejection) == "bars of different type"
    assert last(mixed, 4, "fvg_bars=all").zone == BULL_ZONE


def test_a_bar_that_closes_where_it_opened_is_of_the_rising_type():
    assert last([(101, 102, 99, 101), *RISE[1:]], 4).zone == BULL_ZONE


def test_the_height_times_the_sensitivity_must_exceed_the_atr():
    assert last(RISE, 12).zone is None  # 2 x 6 is not above 12
    assert str(last(RISE, 12).rejection) == "height 2 of 2"
    assert last(RISE, 11.9).zone == BULL_ZONE
    assert str(last(RISE, 4.5, "fvg_sensitivity=normal").rejection) == "height 2 of 3"


def test_the_bodies_times_the_sensitivity_must_exceed_the_atr_divided_by_one_and_a_half():
    # bodies 1 + 4 + 2 = 7; 7 x 1 is not above 10.5 / 1.5
    assert str(last(RISE, 10.5, "fvg_sensitivity=low").rejection) == "bodies 7 of 7"


def test_a_jump_between_two_bars_may_be_as_large_as_the_atr():
    jumpy = [(100, 102, 99, 101), (103, 105, 103, 105), (105, 108, 104, 107)]
    assert last(jumpy, 2).zone == BULL_ZONE
    assert str(last(jumpy, 1.9).rejection) == "jump between bars 2 of 1.9"


def test_the_middle_bar_must_close_beyond_the_first():
    short = [(100, 102, 99, 101), (101, 105, 101, 102), (102, 108, 104, 107)]
    assert str(last(short, 4).rejection) == "close of the middle bar 102 of 102"


def test_there_is_no_gap_while_the_atr_is_undefined():
    assert str(last(RISE, None).rejection) == "ATR not yet defined"


def test_bars_that_touch_are_no_candidate():
    assert last([RISE[0], RISE[1], (105, 108, 102, 107)], 4) == fvg.NOTHING
    assert last([FALL[0], FALL[1], (101, 104, 99, 100)], 4) == fvg.NOTHING


def test_a_close_below_a_bullish_gap_closes_it_and_one_on_its_edge_does_not():
    state, found = run([*RISE, (104, 104, 101, 102)], 4)
    assert [gap.zone for gap in state.kept] == [BULL_ZONE]
    state, found = run([*RISE, (104, 104, 101, 101.9)], 4)
    assert state.kept == ()
    assert [(end.zone, end.timestamp, end.by) for end in found[-1].ended] == [(BULL_ZONE, 3, EndedBy.CLOSED)]


def test_a_close_above_a_bearish_gap_closes_it():
    state, found = run([*FALL, (102, 106, 102, 104.1)], 4)
    assert state.kept == ()
    assert found[-1].ended[0].by is EndedBy.CLOSED


def test_a_gap_outlives_200_bars_without_a_touch_and_no_more():
    above = (106, 107, 105, 106)
    state, found = run([*RISE, *[above] * 200], 4)
    assert [gap.zone for gap in state.kept] == [BULL_ZONE]
    state, found = run([*RISE, *[above] * 201], 4)
    assert state.kept == ()
    assert found[-1].ended[0].by is EndedBy.EXPIRED


def test_a_touch_starts_the_count_of_untouched_bars_anew():
    above, touching = (106, 107, 105, 106), (106, 107, 104, 106)
    state, _ = run([*RISE, *[above] * 200, touching, *[above] * 200], 4)
    assert [gap.zone for gap in state.kept] == [BULL_ZONE]


def test_the_two_newest_gaps_are_kept_newest_first_and_the_third_is_displaced():
    stairs = [
        (price + low, price + low + 3, price + low - 1, price + low + 2) for price in (100,) for low in range(0, 40, 5)
    ]
    state, found = run(stairs, 4)
    assert [gap.zone.start for gap in state.kept] == [7, 6]
    assert [(end.zone.start, end.by) for end in found[-1].ended] == [(5, EndedBy.EXPIRED)]

"""Edges that random markets seldom reach: the batch form against the streaming core on markets made for them."""

from __future__ import annotations

import pytest
from batch import assert_same_indicators, history
from replay import replay

from bot.core.bars import Minute
from bot.core.parameters import Parameters

QUIET = [(100, 101, 99, 100)] * 3
RISE = [(100, 102, 99, 101), (101, 112, 101, 112), (112, 118, 111, 117)]
FALL = [(100, 101, 98, 99), (99, 99, 88, 88), (88, 89, 82, 83)]
ABOVE, INTO = (117, 118, 112, 117), (117, 118, 111, 117)
BELOW, UP_TO = (83, 88, 82, 83), (83, 89, 82, 83)
"""Bars (open, high, low, close) away from the gap of RISE (102 to 111) or FALL (89 to 98), and bars that touch it."""


def minutes(prices):
    return [Minute(number * 60_000, *map(float, each), 1.0, 1.0) for number, each in enumerate(prices)]


def compare(prices, *settings):
    """Compare both forms on bars of a minute; return the zones that streaming found and their ends."""
    parameters = Parameters.from_strings(["chart_timeframe=1m", "atr_length=2", *settings])
    readings = replay(parameters, minutes(prices)).readings
    assert_same_indicators(history(minutes(prices)), parameters, readings)
    gaps = [(number, reading.gap) for number, reading in enumerate(readings)]
    return [number for number, gap in gaps if gap.zone], [
        (number, ending.by) for number, gap in gaps for ending in gap.ended
    ]


@pytest.mark.parametrize(("move", "away", "touch"), [(RISE, ABOVE, INTO), (FALL, BELOW, UP_TO)])
def test_a_gap_expires_on_the_201st_bar_without_a_touch(move, away, touch):
    assert compare([*QUIET, *move, *[away] * 200]) == ([5], [])
    assert compare([*QUIET, *move, *[away] * 201]) == ([5], [(206, "expired")])
    assert compare([*QUIET, *move, *[away] * 200, touch, *[away] * 200]) == ([5], [])
    assert compare([*QUIET, *move, *[away] * 150, touch, *[away] * 300]) == ([5], [(357, "expired")])


def test_a_gap_expires_although_another_was_added_meanwhile():
    second = [(117, 118, 112, 117), (117, 135, 117, 135), (135, 140, 133, 139)]
    higher = (139, 140, 134, 139)
    gaps, ends = compare([*QUIET, *RISE, *[ABOVE] * 100, *second, *[higher] * 250])
    assert gaps == [5, 108]
    assert ends == [(206, "expired"), (309, "expired")]


def test_bodies_that_just_reach_the_atr_divided_by_one_and_a_half_make_no_gap():
    just = [(100, 100, 99, 100), (103, 105, 103, 105), (108, 108, 105.5, 108)]  # bodies 2, ATR 3
    more = [(100, 100, 99, 100), (102.9, 105, 102.9, 105), (108, 108, 105.5, 108)]
    assert compare(just, "atr_length=1", "fvg_sensitivity=low") == ([], [])
    assert compare(more, "atr_length=1", "fvg_sensitivity=low") == ([2], [])

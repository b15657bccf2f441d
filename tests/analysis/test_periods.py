"""Months, rolling means, falls and classes of profits, in numbers that a person can check."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.account.periods import Month, falls, histogram, months, rolling
from analysis.account.track_record import Closed
from bot.core.ledger import Side

DAY = 86_400_000


def closed(exit_time: int, profit: float) -> Closed:
    return Closed(1, Side.LONG, 1.0, 0, 1.0, exit_time, profit, 1000.0)


def test_a_trade_belongs_to_the_utc_month_in_which_it_was_closed():
    last = 1_738_367_999_999  # 2025-01-31T23:59:59.999Z
    found = months([closed(last, 5.0), closed(last + 1, -2.0), closed(last + 2, 3.0)])
    assert found == [Month(2025, 1, 5.0, 1), Month(2025, 2, 1.0, 2)]


def test_a_rolling_mean_begins_with_the_last_trade_of_the_first_so_many():
    assert rolling(np.array([1.0, 2.0, 3.0, 6.0]), 3).tolist() == [2.0, pytest.approx(11 / 3)]
    assert rolling(np.array([1.0, 2.0]), 3).tolist() == []


def test_falls_are_told_one_by_one_the_deepest_first_and_the_last_may_not_be_over():
    times = np.arange(1, 9) * DAY
    values = np.array([110.0, 100.0, 105.0, 120.0, 60.0, 130.0, 125.0, 128.0])
    found = falls(times, values, 0, 100.0)
    assert [(fall.begin // DAY, fall.bottom // DAY, fall.end and fall.end // DAY, fall.depth) for fall in found] == [
        (4, 5, 6, 60.0),
        (1, 2, 4, 10.0),
        (6, 7, None, 5.0),
    ]
    assert [fall.percent for fall in found] == [50.0, pytest.approx(100 / 11), pytest.approx(500 / 130)]
    assert falls(times, values, 0, 100.0, most=1) == found[:1]


def test_an_account_that_only_falls_has_one_fall_from_its_start():
    (fall,) = falls(np.array([DAY, 2 * DAY]), np.array([90.0, 80.0]), 0, 100.0)
    assert (fall.begin, fall.bottom, fall.end, fall.depth, fall.percent) == (0, 2 * DAY, None, 20.0, 20.0)
    assert falls(np.array([DAY]), np.array([101.0]), 0, 100.0) == []


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_the_deepest_fall_is_the_largest_distance_below_the_highest_so_far(values: list[float]):
    worth = np.array(values)
    found = falls(np.arange(1, len(values) + 1), worth, 0, 0.0)
    highest = np.maximum(np.maximum.accumulate(worth), 0.0)
    assert (found[0].depth if found else 0.0) == (highest - worth).max()
    assert [fall.depth for fall in found] == sorted((fall.depth for fall in found), reverse=True)


def test_classes_of_profits_have_a_round_width_and_0_is_an_edge():
    edges, counts = histogram(np.array([-120.0, -119.0, 0.0, 80.0, 99.9]), most=24)
    assert edges.tolist()[:2] == [-120.0, -110.0]
    assert edges.tolist()[-1] == 100.0
    assert 0.0 in edges
    assert (counts[0], counts[12], counts[20], counts[21], counts.sum()) == (2, 1, 1, 1, 5)


@given(st.lists(st.floats(-1e5, 1e5).filter(lambda value: value == 0 or abs(value) > 1e-6), min_size=1, max_size=50))
def test_each_profit_is_in_one_class(profits: list[float]):
    edges, counts = histogram(np.array(profits))
    assert counts.sum() == len(profits)
    assert len(edges) == len(counts) + 1 <= 27
    won = sum(profit >= 0 for profit in profits)
    assert counts[edges[:-1] >= 0].sum() == won

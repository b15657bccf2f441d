"""A thinned series keeps every extreme a screen would show, and only rows that were there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.account.thinning import thinned, thinned_together

series = st.lists(st.integers(-50, 50), min_size=1, max_size=400).map(lambda values: np.array(values, dtype=float))


def test_a_short_series_stays_whole():
    assert thinned(np.array([3.0, 1.0, 2.0]), 4).tolist() == [0, 1, 2]


def test_of_two_buckets_each_keeps_its_lowest_and_highest_row():
    values = np.array([5, 9, 1, 5, 5, 5, 8, 2, 5, 5], dtype=float)
    assert thinned(values, 6).tolist() == [0, 1, 2, 6, 7, 9]


def test_too_few_points_are_refused():
    with pytest.raises(ValueError, match="3 points cannot show a series: at least 4"):
        thinned(np.arange(9.0), 3)


@given(series, st.integers(4, 60))
def test_first_last_lowest_and_highest_stay_in_at_most_so_many_rows(values, points):
    rows = thinned(values, points)
    assert len(rows) <= max(points, 4)
    assert rows.tolist() == sorted(set(rows.tolist()))
    assert (rows[0], rows[-1]) == (0, len(values) - 1)
    assert (values[rows].min(), values[rows].max()) == (values.min(), values.max())


@given(series, st.integers(16, 60))
def test_several_series_keep_the_extremes_of_each(values, points):
    other = np.sin(np.arange(len(values)) * 1.7)
    rows = thinned_together([values, other], points)
    assert len(rows) <= points
    for each in (values, other):
        assert (each[rows].min(), each[rows].max()) == (each.min(), each.max())

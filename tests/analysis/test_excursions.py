"""How far a trade runs for and against its trader, by hand."""

import pytest

from analysis.account.excursions import excursion


@pytest.mark.parametrize(
    ("long", "mfe", "mae"),
    [(True, 24.0, -10.0), (False, 10.0, -24.0)],
)
def test_the_highest_price_is_a_longs_best_and_a_shorts_worst(long, mfe, mae):
    found = excursion(long=long, size=2.0, prices=(100.0, 110.0), extremes=(112.0, 95.0))
    assert found == (mfe, mae)


def test_entry_and_exit_are_prices_too():
    assert excursion(long=True, size=1.0, prices=(100.0, 90.0), extremes=(99.0, 95.0)) == (0.0, -10.0)
    assert excursion(long=False, size=1.0, prices=(100.0, 90.0), extremes=(None, None)) == (10.0, 0.0)


def test_no_figure_is_a_negative_zero():
    assert str(excursion(long=False, size=1.0, prices=(100.0, 100.0), extremes=(None, None)).mae) == "0.0"

"""Figures of candles, each on a handful of candles a person can add up."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
import pytest
from batch import from_minutes

from analysis.study.candle_figures import FIGURES, figures
from analysis.study.candle_sample import CandleSample
from analysis.study.candle_statistics import candle_statistics
from analysis.study.distribution import distribution, round_width
from bot.core.bars import Minute

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
MONDAY = 1_746_403_200_000
"""2025-05-05 00:00 UTC, a Monday."""


def minute(number, *, open=100.0, high=None, low=None, close=None, buy=1.0, sell=1.0):  # noqa: A002 - the field's word
    close = open if close is None else close
    high = max(open, close) if high is None else high
    return Minute(MONDAY + number * MINUTE, open, high, min(open, close) if low is None else low, close, buy, sell)


def sample(minutes, bar=MINUTE, begin=MONDAY, end=MONDAY + 400 * DAY):
    return CandleSample(from_minutes("BTC/USDT", minutes), bar, begin, end)


def value(name, minutes, **span):
    found = figures(sample(minutes, **span))[name]
    return found.value, found.n


def test_ranges_are_high_minus_low_of_the_bars_that_lack_no_minute():
    candles = [minute(n, high=100.0 + n, low=99.0) for n in (0, 1, 2, 3, 4, 5, 6, 8, 9)]
    assert value("mean_range", candles, bar=5 * MINUTE) == (5.0, 1), "of 0 to 4; minute 7 is missing in the second bar"
    assert value("max_range", candles) == (10.0, 9)
    assert value("median_range", candles) == (5.0, 9), "of 1 2 3 4 5 6 7 9 10"


def test_a_percentile_needs_so_many_bars_that_it_means_something():
    candles = [minute(n, high=100.0 + n) for n in range(31)]
    assert value("range_p90", candles[:29]) == (None, 29)
    assert value("range_p90", candles) == (27.0, 31)
    assert value("range_p99", candles) == (None, 31)


def test_realised_volatility_of_returns_of_1_percent_a_minute():
    candles = [minute(n, close=100.0 * 1.01 ** (n % 2)) for n in range(32)]
    expected = log(1.01) * sqrt(365 * 1440) * 100
    assert value("realised_volatility", candles) == (pytest.approx(expected), 31)


def test_no_return_is_taken_over_a_hole():
    candles = [minute(n, close=100.0 * 1.01 ** (n % 2)) for n in range(20)]
    later = [minute(n, close=500.0 * 1.01 ** (n % 2)) for n in range(30, 50)]
    assert value("realised_volatility", candles + later)[1] == 38


def test_parkinson_takes_high_and_low():
    candles = [minute(n, high=101.0, low=100.0) for n in range(30)]
    expected = log(1.01) / sqrt(4 * log(2)) * sqrt(365 * 1440) * 100
    assert value("parkinson_volatility", candles) == (pytest.approx(expected), 30)


def test_volumes_shares_and_deltas_are_of_all_stored_minutes():
    candles = [minute(0, buy=3.0, sell=1.0), minute(1, buy=1.0, sell=2.0), minute(3, buy=2.0, sell=1.0)]
    assert value("volume", candles) == (10.0, 3)
    assert value("taker_buy_share", candles) == (60.0, 3)
    assert value("delta", candles) == (2.0, 3)
    assert value("mean_volume", candles) == (pytest.approx(10 / 3), 3)
    assert value("taker_buy_share", [minute(0, buy=0.0, sell=0.0)]) == (None, 1)


def test_a_cvd_that_rises_by_2_btc_a_minute_has_a_slope_of_2880_a_day_and_is_all_straight():
    candles = [minute(n, buy=3.0, sell=1.0) for n in range(30)]
    assert value("cvd_slope", candles) == (pytest.approx(2880.0), 30)
    assert value("cvd_efficiency", candles) == (100.0, 30)
    assert value("delta_up_share", candles) == (100.0, 30)
    to_and_fro = [minute(n, buy=1.0 + n % 2, sell=2.0 - n % 2) for n in range(30)]
    assert value("cvd_efficiency", to_and_fro) == (0.0, 30)


def test_the_price_going_as_takers_push_is_a_correlation_of_1():
    candles = [minute(n, close=100.0 + n % 3, buy=1.0 + n % 3, sell=1.0) for n in range(30)]
    assert value("delta_price_correlation", candles) == (pytest.approx(1.0), 30)
    assert value("delta_price_correlation", [minute(n) for n in range(30)]) == (None, 30)


def test_candles_before_the_span_warm_the_atr_up_and_count_in_nothing_else():
    candles = [minute(n, high=102.0) for n in range(20)]
    late = MONDAY + 15 * MINUTE
    assert value("atr", candles, begin=late) == (2.0, 5)
    assert value("mean_range", candles, begin=late) == (2.0, 5)
    assert value("atr", candles[:9]) == (None, 0)
    assert value("volume", candles, begin=late, end=late + 2 * MINUTE) == (4.0, 2)


def test_the_forming_bar_is_not_looked_at():
    candles = [minute(n) for n in range(8)]
    assert value("mean_range", candles, bar=5 * MINUTE)[1] == 1
    assert value("volume", candles, bar=5 * MINUTE) == (10.0, 5)


def test_without_candles_every_figure_is_null():
    found = candle_statistics(sample([]))
    assert {each.value for each in found.figures.values()} == {None}
    assert {each.n for each in found.figures.values()} == {0}
    assert (found.range.edges, found.range.counts) == ([], [])


def test_every_figure_has_its_own_name_and_says_what_it_needs():
    assert len({each.name for each in FIGURES}) == len(FIGURES)
    assert all("Needs at least" in each.definition for each in FIGURES)


def hours(*wanted, count=60):
    """The minutes of hours since Monday; 2 BTC bought and 1 sold a minute in hour 9, 1 and 1 in the others."""
    return [minute(60 * hour + n, buy=2.0 if hour % 24 == 9 else 1.0) for hour in wanted for n in range(count)]


def test_the_rhythm_is_told_of_hours_of_which_every_minute_is_stored():
    nine = [day * 24 + 9 for day in range(5)]
    found = candle_statistics(sample(sorted(hours(*nine, *(each + 1 for each in nine)))))
    at_nine, at_ten, at_eleven = found.hours[9:12]
    assert (at_nine.volume, at_nine.n, at_nine.taker_buy_share) == (180.0, 5, pytest.approx(200 / 3))
    assert (at_ten.volume, at_ten.n, at_ten.taker_buy_share) == (120.0, 5, 50.0)
    assert (at_eleven.volume, at_eleven.n) == (None, 0)
    four = candle_statistics(sample(hours(*nine[:4], count=60) + hours(nine[4], count=59)))
    assert (four.hours[9].volume, four.hours[9].n) == (None, 4), "below 5 whole hours nothing is told"


def test_weekdays_are_utc_and_begin_with_monday():
    found = candle_statistics(sample(hours(*range(5), *range(24, 29))))
    assert [(each.group, each.n) for each in found.weekdays[:3]] == [("Monday", 5), ("Tuesday", 5), ("Wednesday", 0)]
    assert found.weekdays[0].volume == 120.0


def test_a_distribution_has_classes_of_a_round_width_and_one_for_the_tail():
    spread = distribution(np.array([*np.arange(100.0), 500.0]))
    assert spread.edges[:3] == [0.0, 5.0, 10.0]
    assert spread.edges[-1] == 500.0
    assert (spread.counts[0], sum(spread.counts)) == (5, 101)
    assert distribution(np.arange(29.0)).counts == []
    assert distribution(np.zeros(40)).counts == []


@pytest.mark.parametrize(("rough", "width"), [(0.3, 0.5), (1.0, 1.0), (1.01, 2.0), (23.0, 50.0), (51.0, 100.0)])
def test_a_round_width_is_1_2_or_5_times_a_power_of_ten(rough, width):
    assert round_width(rough) == pytest.approx(width)

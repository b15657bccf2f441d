"""The distance rule: what the aggregated candle is, and that a disconnect does not move it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.aggregate import aggregate
from bot.core.minutes import MISSING, WHOLE, VenueCandle

NOON = 1_746_187_200_000


def at(price, buy=1.0, sell=1.0, complete=WHOLE):
    return VenueCandle(NOON, price, price, price, price, buy, sell, 2, complete)


def test_prices_are_the_mean_and_volumes_the_sum_of_the_venues():
    candle, distances = aggregate(NOON, {"binance": at(97_000.0), "coinbase": at(96_940.0, buy=0.5)}, {}, 4)
    assert (candle.open, candle.close) == (96_970.0, 96_970.0)
    assert (candle.buy, candle.sell) == (1.5, 2.0)
    assert distances == {"binance": 30.0, "coinbase": -30.0}


def test_a_venue_that_goes_away_leaves_the_price_where_it_was():
    venues = {"binance": at(97_000.0), "bybit": at(97_000.0), "coinbase": at(96_940.0)}
    before, distances = aggregate(NOON, venues, {}, 3)
    del venues["coinbase"]
    after, _ = aggregate(NOON, venues, distances, 3)
    assert before.close == 96_980.0
    assert after.close == 96_980.0, "the plain mean of the two that are left would be 97,000"


def test_a_venue_that_never_counted_has_no_distance():
    candle, distances = aggregate(NOON, {"binance": at(97_000.0)}, {}, 4)
    assert candle.close == 97_000.0
    assert distances == {"binance": 0.0}


def test_the_distance_of_a_venue_that_does_not_count_is_kept():
    _, distances = aggregate(NOON, {"binance": at(97_000.0)}, {"okx": 12.5}, 4)
    assert distances == {"binance": -12.5, "okx": 12.5}


def test_sources_counts_the_complete_venues_only():
    candle, _ = aggregate(NOON, {"binance": at(97_000.0), "okx": at(97_000.0, complete=MISSING)}, {}, 4)
    assert (candle.sources, candle.configured) == (1, 4)


prices = st.floats(1_000, 200_000)
venues = st.dictionaries(st.sampled_from(["binance", "bybit", "coinbase", "okx"]), prices, min_size=1)


@given(venues, st.data())
def test_whoever_goes_away_the_price_stays(closes, data):
    before, distances = aggregate(NOON, {name: at(price) for name, price in closes.items()}, {}, 4)
    left = data.draw(st.sets(st.sampled_from(sorted(closes)), min_size=1))
    after, _ = aggregate(NOON, {name: at(closes[name]) for name in left}, distances, 4)
    assert after.close == pytest.approx(before.close, abs=1e-6)


@given(st.dictionaries(st.sampled_from("abcd"), st.tuples(prices, prices, prices, prices), min_size=1))
def test_the_aggregate_is_a_candle_high_above_low_and_open_and_close_within(quotes):
    candles = {
        name: VenueCandle(NOON, first, max(four), min(four), last, 1.0, 1.0, 1, WHOLE)
        for name, four in quotes.items()
        for first, *_, last in [four]
    }
    candle, _ = aggregate(NOON, candles, {"elsewhere": 3.0}, 5)
    assert candle.low <= min(candle.open, candle.close) <= max(candle.open, candle.close) <= candle.high

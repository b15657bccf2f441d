"""In whatever order trades arrive, the minute is the same, whole, and nothing else is touched."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.minutes import MISSING, WHOLE
from bot.core.sequence import Consecutive
from bot.core.times import MINUTE, Moment
from bot.core.trades import Trade
from bot.core.venue import Venue
from bot.engine import Engine

NOON = 1_746_187_200_000
SHUFFLED = (0, 5, 7, 3, 2, 1, 6, 8, 4)


def trade(number, timestamp):
    """Its price and size tell its number."""
    return Trade(timestamp, 97_000.0 + number, 0.1 * (number + 1), number % 2 == 0, 100 + number)


def watched():
    """A venue with the minute before noon whole and a trade in it."""
    venue = Venue(Consecutive())
    venue.expect(Moment.exact(NOON - 70_000))
    venue.subscribed(Moment.exact(NOON - 70_000))
    venue.expect(Moment.exact(NOON - 30_000))
    assert venue.add(Trade(NOON - 30_000, 96_000.0, 1.0, True, 99))
    return venue


def told(venue, trades, later):
    """The minute of the trades, once it is over."""
    for each in trades:
        venue.expect(Moment.exact(each.timestamp))
        assert venue.add(each)
    venue.expect(Moment.exact(later))
    venue.heard(later)
    return venue.candle(NOON)


@pytest.mark.parametrize("at", [NOON, NOON + 30_000, NOON + MINUTE - 1])
def test_trades_of_one_instant_in_another_order_are_counted_once_without_a_gap(at):
    venue = watched()
    candle = told(venue, [trade(number, at) for number in SHUFFLED], NOON + MINUTE + 3_000)
    assert (candle.complete, candle.trades, venue.gaps, venue.repeated) == (WHOLE, 9, 0, 0)
    assert (candle.open, candle.close) == (97_000.0, 97_008.0)  # the first id opens, the last one closes
    assert (candle.buy, candle.sell) == (2.5, 2.0)
    before = venue.candle(NOON - MINUTE)
    assert (before.complete, before.trades) == (WHOLE, 1)


def test_trades_swapped_by_a_millisecond_are_no_gap():
    venue = watched()
    swapped = [trade(0, NOON + 10), trade(2, NOON + 12), trade(1, NOON + 11), trade(3, NOON + 13)]
    candle = told(venue, swapped, NOON + MINUTE + 3_000)
    assert (candle.complete, candle.trades, venue.gaps) == (WHOLE, 4, 0)
    assert (candle.open, candle.close) == (97_000.0, 97_003.0)


def test_ids_that_were_missing_and_arrive_take_the_hole_back():
    venue = watched()
    candle = told(venue, [trade(0, NOON + 10), trade(3, NOON + 20)], NOON + MINUTE + 3_000)
    assert (candle.complete, venue.gaps) == (MISSING, 1)
    candle = told(venue, [trade(2, NOON + 15)], NOON + MINUTE + 4_000)
    assert candle.complete == MISSING
    candle = told(venue, [trade(1, NOON + 12)], NOON + MINUTE + 5_000)
    assert (candle.complete, candle.trades) == (WHOLE, 4)


def test_a_minute_that_is_out_is_corrected_when_what_was_missing_arrives():
    engine = Engine({"binance": Consecutive()}, NOON - 10_000)
    venue = engine.venues["binance"]
    venue.subscribed(Moment.exact(NOON - 10_000))

    def sends(*trades):
        for each in trades:
            engine.expect(Moment.exact(each.timestamp))
            assert venue.add(each)

    def ticks(now):
        engine.expect(Moment.exact(now))
        return engine.tick(now, idle=("binance",))

    sends(trade(0, NOON + 10), trade(2, NOON + 20), trade(3, NOON + MINUTE + 2_500))
    assert ticks(NOON + MINUTE + 2_600).venues[NOON, "binance"].complete == MISSING
    engine.expect(Moment.exact(NOON + MINUTE + 3_000))
    assert venue.add(trade(1, NOON + 15))
    corrected = ticks(NOON + MINUTE + 3_100)
    assert corrected.venues[NOON, "binance"].complete == WHOLE
    assert corrected.venues[NOON, "binance"].trades == 3
    assert [one.timestamp for one in corrected.corrections] == [NOON]


def test_a_repetition_after_a_new_connection_counts_once():
    venue = watched()
    trades = [trade(number, NOON + number) for number in range(3)]
    candle = told(venue, [*trades, *trades, trades[1]], NOON + MINUTE + 3_000)
    assert (candle.trades, venue.repeated, candle.complete) == (3, 4, WHOLE)


@given(st.permutations(range(7)), st.sampled_from([0, 1, 400]))
def test_any_order_gives_the_same_candle(order, apart):
    in_order = told(watched(), [trade(number, NOON + number * apart) for number in range(7)], NOON + MINUTE + 3_000)
    venue = watched()
    assert told(venue, [trade(number, NOON + number * apart) for number in order], NOON + MINUTE + 3_000) == in_order
    assert in_order.complete == WHOLE


def test_every_order_of_four_at_one_instant_gives_the_same_candle():
    candles = {
        told(watched(), [trade(number, NOON + 5) for number in order], NOON + MINUTE + 3_000)
        for order in itertools.permutations(range(4))
    }
    assert len(candles) == 1

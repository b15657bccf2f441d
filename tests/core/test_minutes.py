"""Trades into minutes: who counts where, and what a candle of them is."""

from bot.core.minutes import MISSING, WHOLE, Bucket, flat
from bot.core.times import from_iso, minute_of, to_iso
from bot.core.trades import Trade

NOON = from_iso("2025-05-02T12:00:00Z")


def candle_of(*trades):
    bucket = Bucket(trades[0])
    for trade in trades[1:]:
        bucket.add(trade)
    return bucket.candle(NOON, WHOLE)


def test_three_trades_make_one_candle_with_their_volumes_by_taker_side():
    candle = candle_of(
        Trade(NOON + 1, 97_000.0, 0.5, True, 1),
        Trade(NOON + 2, 97_010.0, 0.2, False, 2),
        Trade(NOON + 3, 96_990.0, 0.1, True, 3, fills=4),
    )
    assert (candle.open, candle.high, candle.low, candle.close) == (97_000.0, 97_010.0, 96_990.0, 96_990.0)
    assert (candle.buy, candle.sell, candle.trades) == (0.6, 0.2, 6)


def test_the_first_millisecond_belongs_to_the_minute_and_the_last_to_the_one_before():
    assert minute_of(NOON) == NOON
    assert minute_of(NOON - 1) == NOON - 60_000
    assert minute_of(NOON + 59_999) == NOON


def test_a_trade_that_arrives_late_can_open_but_not_close_the_minute():
    candle = candle_of(
        Trade(NOON + 20, 97_000.0, 1.0, True, 2),
        Trade(NOON + 30, 97_020.0, 1.0, True, 3),
        Trade(NOON + 10, 96_980.0, 1.0, False, 1),
    )
    assert (candle.open, candle.low, candle.close) == (96_980.0, 96_980.0, 97_020.0)


def test_of_two_trades_at_one_instant_the_first_received_opens_and_the_last_closes():
    candle = candle_of(Trade(NOON, 97_000.0, 1.0, True, 1), Trade(NOON, 97_001.0, 1.0, True, 2))
    assert (candle.open, candle.close) == (97_000.0, 97_001.0)


def test_a_late_trade_leaves_open_and_close_of_a_candle_read_back_from_the_database():
    bucket = Bucket.of(candle_of(Trade(NOON + 20, 97_000.0, 1.0, True, 2)))
    bucket.add(Trade(NOON + 50, 97_500.0, 2.0, False, 3))
    late = bucket.candle(NOON, MISSING)
    assert (late.open, late.high, late.close) == (97_000.0, 97_500.0, 97_000.0)
    assert (late.buy, late.sell, late.trades) == (1.0, 2.0, 2)


def test_a_watched_minute_without_a_trade_is_flat():
    candle = flat(NOON, 97_000.0)
    assert (candle.open, candle.high, candle.low, candle.close) == (97_000.0,) * 4
    assert (candle.buy, candle.sell, candle.trades, candle.complete) == (0.0, 0.0, 0, WHOLE)


def test_an_instant_is_written_and_read_in_utc():
    assert to_iso(NOON) == "2025-05-02T12:00:00Z"
    assert from_iso("2025-05-02") == NOON - 12 * 3_600_000
    assert from_iso("2025-05-02T14:00:00+02:00") == NOON

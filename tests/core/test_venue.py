"""One venue's minutes: when they close, and whether they are whole."""

import pytest

from bot.core.minutes import MISSING, WHOLE
from bot.core.sequence import Consecutive, Named
from bot.core.times import Moment
from bot.core.trades import Trade
from bot.core.venue import UNMEASURED, Venue

NOON = 1_746_187_200_000
MINUTE = 60_000


def trade(timestamp, price=97_000.0, size=1.0, buy=True, number=None):
    return Trade(timestamp, price, size, buy, timestamp if number is None else number)


@pytest.fixture
def venue():
    """A venue that was subscribed to half a minute before noon."""
    built = Venue(Named())
    built.expect(Moment.exact(NOON - 30_000))
    built.subscribed(Moment.exact(NOON - 30_000))
    return built


def heard(venue, timestamp, **values):
    venue.expect(Moment.exact(timestamp))
    assert venue.add(trade(timestamp, **values))
    venue.expect(Moment.exact(timestamp))


def test_a_minute_is_closed_two_seconds_after_its_end_by_the_venues_own_clock(venue):
    heard(venue, NOON + 10)
    heard(venue, NOON + MINUTE + 1_999)
    assert not venue.closed(NOON, NOON + MINUTE + 1_999, idle=False)
    heard(venue, NOON + MINUTE + 2_000)
    assert venue.closed(NOON, NOON + MINUTE + 1_999, idle=False)


def test_while_trades_wait_to_be_read_our_clock_closes_nothing(venue):
    heard(venue, NOON + 10)
    venue.heard(NOON + MINUTE + 5_000)
    assert not venue.closed(NOON, NOON + MINUTE + 5_000, idle=False)
    assert venue.closed(NOON, NOON + MINUTE + 5_000, idle=True)


def test_silence_proves_nothing_until_a_pong_came_after_the_minutes_end(venue):
    heard(venue, NOON + 10)
    assert not venue.closed(NOON, NOON + MINUTE + 5_000, idle=True)
    assert venue.candle(NOON).complete == MISSING
    venue.heard(NOON + MINUTE + 1)
    assert venue.closed(NOON, NOON + MINUTE + 5_000, idle=True)
    assert venue.candle(NOON).complete == WHOLE


def test_our_clock_is_corrected_by_the_measured_offset():
    venue = Venue(Named())
    venue.expect(Moment.exact(NOON))
    venue.subscribed(Moment.exact(NOON))
    assert venue.add(trade(NOON + 1_270))  # our clock is 1.27 s behind the venue's
    venue.expect(Moment.exact(NOON))
    venue.heard(NOON + MINUTE + 800)
    assert venue.offset == 1_270
    assert not venue.closed(NOON, NOON + MINUTE + 729, idle=True)
    assert venue.closed(NOON, NOON + MINUTE + 730, idle=True)


def test_a_minute_the_subscription_began_in_is_not_whole(venue):
    heard(venue, NOON - 1)
    heard(venue, NOON + MINUTE + 2_000)
    assert venue.candle(NOON - MINUTE).complete == MISSING
    assert venue.candle(NOON).complete == WHOLE


def test_until_the_offset_is_measured_the_subscription_is_taken_to_begin_two_seconds_later():
    venue = Venue(Named())
    venue.expect(Moment.exact(NOON))
    venue.subscribed(Moment.exact(NOON - UNMEASURED + 1))
    heard(venue, NOON + 10)
    heard(venue, NOON + MINUTE)
    assert venue.candle(NOON).complete == MISSING


def test_a_clock_far_behind_the_venues_is_noticed_with_the_first_trade():
    venue = Venue(Named())
    venue.expect(Moment.exact(NOON - 20_000))
    venue.subscribed(Moment.exact(NOON - 20_000))
    assert venue.add(trade(NOON + 5_000))  # so the subscription began at noon + 5 s, by the venue's clock
    venue.expect(Moment.exact(NOON - 20_000))
    venue.expect(Moment.exact(NOON + MINUTE))
    assert venue.add(trade(NOON + MINUTE + 25_000))
    assert venue.candle(NOON).complete == MISSING


def test_a_watched_minute_without_a_trade_counts_flat_at_the_last_close(venue):
    heard(venue, NOON + 10, price=97_123.4)
    venue.heard(NOON + 3 * MINUTE)
    candle = venue.candle(NOON + MINUTE)
    assert (candle.open, candle.close, candle.trades, candle.complete) == (97_123.4, 97_123.4, 0, WHOLE)


def test_a_quiet_minute_does_not_count_before_the_venue_ever_traded(venue):
    venue.heard(NOON + 3 * MINUTE)
    assert venue.candle(NOON) is None


def test_a_break_makes_the_minutes_it_touches_incomplete_and_quiet_ones_absent(venue):
    heard(venue, NOON + 10)
    heard(venue, NOON + MINUTE + 10_000)
    venue.disconnected()
    venue.subscribed(Moment.exact(NOON + 3 * MINUTE + 5_000))
    heard(venue, NOON + 3 * MINUTE + 6_000)
    heard(venue, NOON + 5 * MINUTE)
    complete = {
        minute: None if candle is None else candle.complete
        for minute in range(5)
        for candle in [venue.candle(NOON + minute * MINUTE)]
    }
    assert complete == {0: WHOLE, 1: MISSING, 2: None, 3: MISSING, 4: WHOLE}


def test_a_missing_id_makes_every_minute_it_may_belong_to_incomplete():
    venue = Venue(Consecutive())
    venue.expect(Moment.exact(NOON))
    venue.subscribed(Moment.exact(NOON - 5_000))
    for timestamp, number in ((NOON + 10, 1), (NOON + MINUTE - 1, 2), (NOON + MINUTE, 4), (NOON + 2 * MINUTE, 5)):
        venue.expect(Moment.exact(timestamp))
        assert venue.add(trade(timestamp, number=number))
    venue.heard(NOON + 4 * MINUTE)
    assert [venue.candle(NOON + minute * MINUTE).complete for minute in range(3)] == [MISSING, MISSING, WHOLE]
    assert venue.gaps == 1


def test_a_heartbeat_that_knows_of_a_trade_we_never_got_leaves_a_hole():
    venue = Venue(Consecutive())
    venue.expect(Moment.exact(NOON))
    venue.subscribed(Moment.exact(NOON - 5_000))
    heard(venue, NOON + 100, number=10)
    venue.heartbeat(NOON + 1_000, 11)
    assert venue.gaps == 0, "it may still be on its way"
    venue.heartbeat(NOON + 2_000, 11)
    venue.expect(Moment.exact(NOON + 1_999))
    assert venue.gaps == 0, "it may come in another order"
    venue.expect(Moment.exact(NOON + 4_001))
    assert venue.gaps == 1
    venue.expect(Moment.exact(NOON + MINUTE))
    venue.heartbeat(NOON + MINUTE, 11)
    assert venue.candle(NOON).complete == MISSING


def test_a_repeated_trade_counts_once(venue):
    heard(venue, NOON + 10, number=7)
    assert venue.add(trade(NOON + 20, number=7))
    assert venue.candle(NOON).buy == 1.0
    assert venue.repeated == 1


@pytest.mark.parametrize("distance", [-3_600_001, 300_000, 10**15, -NOON])
def test_a_trade_far_in_the_past_or_future_is_refused_and_moves_nothing(venue, distance):
    heard(venue, NOON + 10)
    assert not venue.add(trade(NOON + 10 + distance))
    assert venue.newest == NOON + 10
    assert venue.candle(NOON).trades == 1


def test_a_late_trade_is_counted_and_names_the_minute_to_correct(venue):
    heard(venue, NOON + 10)
    venue.written(NOON)
    assert venue.take_changes() is None
    heard(venue, NOON + 20)
    assert venue.take_changes() == NOON
    assert venue.late == 1
    assert venue.candle(NOON).buy == 2.0


def test_minutes_older_than_six_hours_are_forgotten_but_not_their_last_price(venue):
    heard(venue, NOON + 10, price=96_000.0)
    for minute in range(362):
        venue.written(NOON + minute * MINUTE)
    assert not venue.has_trades_from(0)
    venue.expect(Moment.exact(NOON + 363 * MINUTE))
    venue.heard(NOON + 364 * MINUTE)
    assert venue.candle(NOON + 362 * MINUTE).close == 96_000.0


def test_a_leap_of_our_clock_is_not_taken_for_quiet(venue):
    heard(venue, NOON + 10)
    venue.leapt(NOON + 20, NOON + 10 * MINUTE)
    venue.expect(Moment.exact(NOON + 10 * MINUTE))
    venue.heard(NOON + 12 * MINUTE)
    assert venue.candle(NOON + 5 * MINUTE) is None


def test_a_clock_that_was_set_loses_nothing_but_the_moment_until_the_venue_tells_its_time_again(venue):
    heard(venue, NOON + 10)
    heard(venue, NOON + 59_000)
    venue.leapt(NOON + 59_500, NOON + 61 * MINUTE)  # an hour ahead, wrongly
    venue.expect(Moment.exact(NOON + 61 * MINUTE))
    venue.heard(NOON + 61 * MINUTE)
    assert venue.to_heal() == [], "by what clock?"
    assert venue.candle(NOON).complete == MISSING
    assert venue.candle(NOON + 30 * MINUTE) is None, "not quiet: unknown"
    assert venue.add(trade(NOON + 59_900, number=77))
    venue.expect(Moment.exact(NOON + 61 * MINUTE + 400))
    assert venue.offset == -60 * MINUTE - 500
    assert venue.candle(NOON + 30 * MINUTE) is None
    heard_at = Moment.exact(NOON + 62 * MINUTE + 5_000)
    assert venue.add(trade(NOON + 2 * MINUTE + 4_000, number=78))
    venue.expect(heard_at)
    assert [venue.candle(NOON + minute * MINUTE).complete for minute in (0, 1)] == [MISSING, WHOLE]


def test_what_an_earlier_connection_may_not_have_brought_is_a_hole_until_it_is_known_to_have(venue):
    heard(venue, NOON + 10)
    venue.doubt(NOON + 20)
    heard(venue, NOON + 70_000, number=2)
    heard(venue, NOON + 130_000, number=3)
    assert [venue.candle(NOON + minute * MINUTE).complete for minute in (0, 1)] == [MISSING, MISSING]
    venue.settle(arrived=True)
    assert [venue.candle(NOON + minute * MINUTE).complete for minute in (0, 1)] == [WHOLE, WHOLE]
    venue.doubt(NOON + 121_000)
    venue.settle(arrived=False)
    heard(venue, NOON + 200_000, number=4)
    assert venue.candle(NOON + 2 * MINUTE).complete == MISSING
    assert venue.candle(NOON + MINUTE).complete == WHOLE


def test_what_could_not_be_read_makes_ten_seconds_around_its_neighbours_incomplete(venue):
    heard(venue, NOON + 55_000)
    venue.refused()
    venue.expect(Moment.exact(NOON + 58_000))
    venue.heard(NOON + 130_000)
    assert venue.candle(NOON + MINUTE) is None, "until something comes after it, nothing is known to be whole"
    heard(venue, NOON + 61_000, number=2)
    heard(venue, NOON + 200_000, number=3)
    assert [venue.candle(NOON + minute * MINUTE).complete for minute in (0, 1, 2)] == [MISSING, MISSING, WHOLE]

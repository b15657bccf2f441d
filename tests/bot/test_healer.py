"""What is asked of a venue's REST interface, and when what it tells is believed."""

from __future__ import annotations

import asyncio

import pytest
from scripted import FastClock, until

from bot.core.minutes import HEALED, MISSING, WHOLE
from bot.core.sequence import Consecutive
from bot.core.times import MINUTE, Moment
from bot.core.trades import Trade
from bot.core.venue import Venue
from bot.errors import VenueError
from bot.exchanges.connector import Endpoint
from bot.exchanges.healer import Healer
from bot.exchanges.rest import BusyError, OutOfReachError, Pace, Page
from bot.journal import Journal

NOON = 1_746_187_200_000


def trade(number, timestamp):
    return Trade(timestamp, 97_000.0 + number, 1.0, True, number)


class Told:
    """A venue whose REST interface answers as a test says: each walk is a list of pages, or of what is raised."""

    exchange = "binance"
    pace = Pace(1000, 1000)
    endpoint = Endpoint("ws://127.0.0.1", "http://127.0.0.1", "BTCUSDT")

    def __init__(self, *walks):
        self.walks, self.asked = list(walks), []

    async def past(self, _client, start, end):
        self.asked.append((start, end))
        walk = self.walks.pop(0) if len(self.walks) > 1 else self.walks[0]
        for page in walk:
            if isinstance(page, Exception):
                raise page
            yield page


def lacking(now, minutes=1):
    """A venue that was away from noon for so many minutes, and has sent trade 50 since; its time is `now`."""
    venue = Venue(Consecutive())
    venue.heal_from(NOON, away=False)
    venue.subscribed(Moment.exact(NOON - 70_000))
    venue.expect(Moment.exact(NOON - 1))
    assert venue.add(trade(1, NOON - 1))
    venue.disconnected()
    venue.subscribed(Moment.exact(NOON + minutes * MINUTE - 2_000))
    for timestamp, number in ((NOON + minutes * MINUTE + 500, 50), (now - 1, 51)):
        venue.expect(Moment.exact(timestamp))
        assert venue.add(trade(number, timestamp))
    venue.expect(Moment.exact(now))
    return venue


def heal(venue, told, now, done):
    """Run a healer until `done()`; return the lines of its journal."""

    async def scenario():
        clock = FastClock(now, 20.0)
        journal = Journal(clock.now)
        task = asyncio.create_task(Healer(told, venue, clock, journal).run())
        try:
            await until(done, seconds=5)
        finally:
            task.cancel()
            await asyncio.wait([task])
        return [line.message for line in journal.waiting]

    return asyncio.run(scenario())


WHOLE_MINUTE = [trade(2, NOON + 5_000), trade(3, NOON + 40_000)]
LATER = trade(50, NOON + MINUTE + 500)


def test_a_minute_is_healed_when_the_pages_tell_of_a_trade_after_it():
    now = NOON + MINUTE + 5_000
    venue, told = lacking(now), Told([Page([*WHOLE_MINUTE, LATER], NOON, now)])
    lines = heal(venue, told, now, lambda: venue.candle(NOON) is not None)
    candle = venue.candle(NOON)
    assert (candle.complete, candle.trades, candle.open, candle.close) == (HEALED, 2, 97_002.0, 97_003.0)
    assert lines == ["binance: 1 minute from 2025-05-02T12:00:00Z, 2 trades"]
    assert told.asked[0] == (NOON, venue.known_until + 1)


def test_an_interface_that_lags_is_asked_again():
    now = NOON + MINUTE + 5_000
    behind = [Page(WHOLE_MINUTE[:1], NOON, now)]  # it does not know the second trade yet, nor any after the minute
    venue = lacking(now)
    told = Told(behind, behind, [Page([*WHOLE_MINUTE, LATER], NOON, now)])
    heal(venue, told, now, lambda: venue.candle(NOON) is not None)
    assert len(told.asked) >= 3
    assert venue.candle(NOON).trades == 2


def test_a_quiet_minute_is_believed_once_it_is_20_seconds_over():
    now = NOON + MINUTE + 21_000
    venue = lacking(now)
    heal(venue, Told([Page([], NOON, NOON + MINUTE)]), now, lambda: venue.candle(NOON) is not None)
    assert (venue.candle(NOON).complete, venue.candle(NOON).trades, venue.candle(NOON).close) == (HEALED, 0, 97_001.0)


def test_old_minutes_are_asked_for_alone():
    now = NOON + 60 * MINUTE
    venue, told = lacking(now, minutes=3), Told([Page([], NOON, NOON + 3 * MINUTE)])
    heal(venue, told, now, lambda: venue.candle(NOON + 2 * MINUTE) is not None)
    assert told.asked[0] == (NOON, NOON + 3 * MINUTE)


def test_pages_that_overlap_count_once_and_a_minute_waits_for_all_of_its_pages():
    now = NOON + MINUTE + 5_000
    pages = [
        Page([WHOLE_MINUTE[1], LATER], NOON + 40_001, now),  # backwards, as some venues tell
        Page([*WHOLE_MINUTE], NOON, now),
    ]
    venue = lacking(now)
    heal(venue, Told(pages), now, lambda: venue.candle(NOON) is not None)
    assert venue.candle(NOON).trades == 2


def test_what_tells_less_than_the_stream_is_not_taken():
    venue = Venue(Consecutive())
    venue.heal_from(NOON, away=False)
    venue.subscribed(Moment.exact(NOON - 70_000))
    for number, timestamp in ((1, NOON + 1), (2, NOON + 2), (9, NOON + 3), (10, NOON + MINUTE + 5_000)):
        venue.expect(Moment.exact(timestamp))
        assert venue.add(trade(number, timestamp))
    venue.expect(Moment.exact(NOON + MINUTE + 5_000))
    assert venue.to_heal() == [NOON]
    later = trade(10, NOON + MINUTE + 5_000)
    told = Told([Page([trade(1, NOON + 1), later], NOON, later.timestamp)])
    heal(venue, told, NOON + MINUTE + 5_000, lambda: len(told.asked) >= 3)
    assert (venue.candle(NOON).complete, venue.candle(NOON).trades) == (MISSING, 3)


def test_what_a_venue_does_not_tell_any_more_is_given_up_and_said_once():
    now = NOON + 60 * MINUTE
    reach = NOON + 2 * MINUTE
    pages = [Page([trade(9, reach + 5)], reach, NOON + 3 * MINUTE), OutOfReachError("it reaches back to 12:02", reach)]
    venue = lacking(now, minutes=3)
    lines = heal(venue, Told(pages), now, lambda: venue.candle(reach) is not None and not venue.to_heal())
    assert venue.candle(reach).complete == HEALED
    assert venue.candle(NOON) is None
    assert lines == [
        "binance: it reaches back to 12:02",
        "binance: 1 minute from 2025-05-02T12:02:00Z, 1 trades",
    ]


@pytest.mark.parametrize(
    "trouble", [BusyError("it answered 429 Too Many Requests", 30.0), VenueError("<b>what</b>\nis this")]
)
def test_trouble_is_said_once_in_one_line_and_tried_again_after_its_time(trouble):
    now = NOON + MINUTE + 5_000
    venue = lacking(now)
    told = Told([trouble], [trouble], [Page([*WHOLE_MINUTE, LATER], NOON, now)])
    lines = heal(venue, told, now, lambda: venue.candle(NOON) is not None)
    assert len(told.asked) == 3
    assert len(lines) == 2
    assert "\n" not in lines[0]
    assert lines[0].endswith("; it is tried again")


def test_a_venue_that_is_whole_is_asked_nothing():
    venue = Venue(Consecutive())
    venue.heal_from(NOON, away=False)
    venue.subscribed(Moment.exact(NOON - 70_000))
    for number, timestamp in ((1, NOON + 1), (2, NOON + 70_000)):
        venue.expect(Moment.exact(timestamp))
        assert venue.add(trade(number, timestamp))
    venue.expect(Moment.exact(NOON + 70_000))
    told = Told([])

    async def scenario():
        clock = FastClock(NOON + 70_000, 20.0)
        task = asyncio.create_task(Healer(told, venue, clock, Journal(clock.now)).run())
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(scenario())
    assert told.asked == []
    assert venue.candle(NOON).complete == WHOLE

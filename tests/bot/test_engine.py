"""The engine: when a minute goes out, and what corrects it afterwards."""

import pytest
from gathered import gathered

from bot.core.minutes import HEALED, MISSING, WHOLE, Bucket
from bot.core.sequence import Consecutive, Named
from bot.core.times import Moment
from bot.core.trades import Trade
from bot.engine import BACKFILL_WAIT, Engine
from bot.records import Correction, Resume

NOON = 1_746_187_200_000
MINUTE = 60_000
BOTH = ("binance", "okx")


@pytest.fixture
def engine():
    """Two venues, subscribed to ten seconds before noon."""
    built = Engine({name: Named() for name in BOTH}, NOON - 10_000)
    for venue in built.venues.values():
        venue.subscribed(Moment.exact(NOON - 10_000))
    return built


def send(engine, exchange, timestamp, price=97_000.0, size=1.0, buy=True):
    engine.expect(Moment.exact(timestamp))
    number = f"{exchange} {timestamp} {price} {size}"
    assert engine.venues[exchange].add(Trade(timestamp, price, size, buy, number))
    engine.expect(Moment.exact(timestamp))


def both(engine, timestamp, price=97_000.0):
    for exchange in BOTH:
        send(engine, exchange, timestamp, price)


def test_a_minute_goes_out_when_every_connected_venue_has_closed_it(engine):
    both(engine, NOON + 1)
    send(engine, "binance", NOON + MINUTE + 2_000)
    assert not engine.tick(NOON + MINUTE + 2_000, idle=()).closed
    send(engine, "okx", NOON + MINUTE + 2_500)
    update = engine.tick(NOON + MINUTE + 2_500, idle=())
    assert [candle.timestamp for candle in update.closed] == [NOON]
    assert update.candles[NOON].sources == 2
    assert {key: seen.complete for key, seen in update.venues.items()} == {(NOON, "binance"): 1, (NOON, "okx"): 1}


def test_at_the_latest_ten_seconds_after_its_end_it_goes_out_whoever_is_silent(engine):
    both(engine, NOON + 1)
    send(engine, "binance", NOON + MINUTE + 9_999)
    assert not engine.tick(NOON + MINUTE + 9_999, idle=()).closed
    (candle,) = engine.tick(NOON + MINUTE + 10_000, idle=()).closed
    assert (candle.sources, candle.configured, candle.buy) == (1, 2, 2.0)


def test_a_venue_heard_again_after_the_deadline_makes_its_minute_whole_by_a_correction(engine):
    both(engine, NOON + 1)
    send(engine, "binance", NOON + MINUTE + 10_000)
    (seen_by_the_strategy,) = engine.tick(NOON + MINUTE + 10_000, idle=()).closed
    send(engine, "okx", NOON + MINUTE - 1, size=0.5)  # was on its way
    send(engine, "okx", NOON + MINUTE + 11_000)
    update = engine.tick(NOON + MINUTE + 11_000, idle=())
    assert update.corrections == [Correction(NOON, seen_by_the_strategy)]
    assert update.candles[NOON].buy == 2.5
    assert update.venues[NOON, "okx"].complete == WHOLE


def test_a_disconnected_venue_delays_nothing_and_its_distance_keeps_the_price(engine):
    send(engine, "binance", NOON + 1, price=97_000.0)
    send(engine, "okx", NOON + 1, price=96_900.0)
    both(engine, NOON + MINUTE + 2_000, price=97_000.0)
    engine.tick(NOON + MINUTE + 2_000, idle=BOTH)
    engine.venues["okx"].disconnected()
    send(engine, "binance", NOON + 2 * MINUTE + 1, price=97_000.0)
    send(engine, "binance", NOON + 3 * MINUTE + 2_000, price=97_000.0)
    second, third = engine.tick(NOON + 3 * MINUTE + 2_000, idle=("binance",)).closed
    assert (second.sources, third.sources) == (1, 1)
    assert third.close == 97_000.0, "okx last stood where binance stood"


def test_a_minute_no_venue_saw_is_absent(engine):
    both(engine, NOON + 1)
    for venue in engine.venues.values():
        venue.disconnected()
    update = engine.tick(NOON + 3 * MINUTE + 2_000, idle=BOTH)
    assert list(update.candles) == [NOON]
    assert engine.next == NOON + 3 * MINUTE


def test_a_late_trade_corrects_venue_and_aggregate_and_keeps_what_was_seen(engine):
    both(engine, NOON + 1)
    both(engine, NOON + MINUTE + 2_000)
    (before,) = engine.tick(NOON + MINUTE + 2_000, idle=BOTH).closed
    send(engine, "okx", NOON + 30_000, price=97_500.0, size=3.0, buy=False)
    update = engine.tick(NOON + MINUTE + 3_000, idle=BOTH)
    assert update.corrections == [Correction(NOON, before)]
    assert (update.candles[NOON].high, update.candles[NOON].sell) == (97_250.0, 3.0)
    assert update.closed == [], "the strategy does not look back"


def test_a_late_close_corrects_every_later_minute_that_leaned_on_its_distance(engine):
    both(engine, NOON + 1, price=97_000.0)
    both(engine, NOON + MINUTE + 2_000)
    engine.tick(NOON + MINUTE + 2_000, idle=BOTH)
    engine.venues["okx"].disconnected()
    send(engine, "binance", NOON + 3 * MINUTE + 2_000, price=97_000.0)
    leaning = engine.tick(NOON + 3 * MINUTE + 2_000, idle=("binance",)).closed[-1]
    send(engine, "okx", NOON + MINUTE + 59_000, price=97_100.0)
    update = engine.tick(NOON + 3 * MINUTE + 3_000, idle=("binance",))
    assert leaning.timestamp == NOON + 2 * MINUTE
    assert update.candles[leaning.timestamp].close == leaning.close + 50.0


def test_flat_minutes_that_an_id_gap_disproves_are_taken_back(engine):
    engine = Engine({"binance": Consecutive()}, NOON - 10_000)
    venue = engine.venues["binance"]
    venue.subscribed(Moment.exact(NOON - 10_000))

    def sends(timestamp, number):
        engine.expect(Moment.exact(timestamp))
        assert venue.add(Trade(timestamp, 97_000.0, 1.0, True, number))

    sends(NOON + 1, 1)
    venue.heard(NOON + 3 * MINUTE)
    engine.tick(NOON + 3 * MINUTE + 2_000, idle=("binance",))
    sends(NOON + 3 * MINUTE + 3_000, 3)
    engine.expect(Moment.exact(NOON + 3 * MINUTE + 6_000))
    update = engine.tick(NOON + 3 * MINUTE + 6_000, idle=("binance",))
    assert update.candles[NOON + MINUTE] is None
    assert update.venues[NOON + MINUTE, "binance"] is None
    assert update.venues[NOON, "binance"].complete == MISSING


def resumed(candles, venues, now):
    built = Engine({name: Named() for name in BOTH}, now, Resume(candles=candles, venues=venues))
    for venue in built.venues.values():
        venue.subscribed(Moment.exact(now))
    return built


def test_a_restart_goes_on_with_the_stored_minutes_and_their_distances(engine):
    send(engine, "binance", NOON + 1, price=97_000.0)
    send(engine, "okx", NOON + 1, price=96_900.0)
    both(engine, NOON + MINUTE + 2_000)
    update = engine.tick(NOON + MINUTE + 2_000, idle=BOTH)
    venues = {name: [update.venues[NOON, name]] for name in BOTH}
    again = resumed([update.candles[NOON]], venues, NOON + MINUTE + 30_000)
    assert again.next == NOON + MINUTE
    for venue in again.venues.values():
        venue.give_up(NOON + MINUTE)  # nothing is to be had of the minute the restart was in
    again.venues["okx"].disconnected()
    send(again, "binance", NOON + 2 * MINUTE + 2_000, price=97_000.0)
    send(again, "binance", NOON + 3 * MINUTE + 2_000, price=97_000.0)
    candles = again.tick(NOON + 3 * MINUTE + 2_000, idle=("binance",)).closed
    assert candles[-1].close == 96_950.0


def test_a_late_trade_after_a_restart_adds_to_the_stored_minute(engine):
    both(engine, NOON + 1)
    both(engine, NOON + MINUTE + 2_000)
    update = engine.tick(NOON + MINUTE + 2_000, idle=BOTH)
    again = resumed(
        [update.candles[NOON]], {name: [update.venues[NOON, name]] for name in BOTH}, NOON + MINUTE + 30_000
    )
    send(again, "okx", NOON + 50_000, size=0.25)
    correction = again.tick(NOON + MINUTE + 31_000, idle=BOTH)
    assert correction.candles[NOON].buy == update.candles[NOON].buy + 0.25
    assert correction.venues[NOON, "okx"].complete == WHOLE


def test_imported_candles_without_an_exchange_are_left_alone(engine):
    both(engine, NOON + 1)
    both(engine, NOON + MINUTE + 2_000)
    imported = engine.tick(NOON + MINUTE + 2_000, idle=BOTH).candles[NOON]
    again = resumed([imported], {}, NOON + MINUTE + 30_000)
    send(again, "okx", NOON - 1_000)
    update = again.tick(NOON + MINUTE + 31_000, idle=BOTH)
    assert NOON not in update.candles


def test_after_a_long_outage_it_goes_on_at_the_last_six_hours():
    engine = Engine({"okx": Named()}, NOON)
    engine.tick(NOON + 365 * 24 * 60 * MINUTE, idle=("okx",))
    assert engine.next > NOON + (365 * 24 * 60 - 362) * MINUTE


def test_a_clock_of_ours_that_runs_ahead_closes_no_minute_early(engine):
    """Our clock is 30 s ahead: by the venues' clocks the minute is not over at its deadline by ours."""
    for now in range(NOON, NOON + MINUTE + 15_000, 1_000):
        engine.expect(Moment.exact(now + 30_000))
        for exchange in BOTH:
            assert engine.venues[exchange].add(Trade(now, 97_000.0, 1.0, True, f"{exchange}{now}"))
        engine.expect(Moment.exact(now + 30_000))
        update = engine.tick(now + 30_000, idle=BOTH)
        if update.closed:
            break
    assert now >= NOON + MINUTE + 2_000
    assert update.candles[NOON].buy == 120.0


def test_after_a_restart_the_strategy_waits_for_the_minute_it_was_away_in(engine):
    both(engine, NOON + 1)
    both(engine, NOON + MINUTE + 2_000)
    update = engine.tick(NOON + MINUTE + 2_000, idle=BOTH)
    venues = {name: [update.venues[NOON, name]] for name in BOTH}
    again = resumed([update.candles[NOON]], venues, NOON + MINUTE + 30_000)
    both(again, NOON + MINUTE + 40_000)
    both(again, NOON + 2 * MINUTE + 3_000)
    now = NOON + 2 * MINUTE + 3_000
    assert not again.tick(now, idle=BOTH).closed
    whole = [
        Trade(NOON + MINUTE + 5_000, 97_000.0, 0.7, True, "a"),
        Trade(NOON + MINUTE + 40_000, 97_001.0, 0.1, False, "b"),
    ]
    for venue in again.venues.values():
        assert venue.to_heal() == [NOON + MINUTE]
        assert venue.heal(NOON + MINUTE, gathered(whole))
    update = again.tick(now, idle=BOTH)
    assert [candle.timestamp for candle in update.closed] == [NOON + MINUTE]
    assert (update.candles[NOON + MINUTE].buy, update.candles[NOON + MINUTE].sources) == (1.4, 2)
    assert update.venues[NOON + MINUTE, "okx"].complete == HEALED
    send(again, "okx", NOON + MINUTE + 50_000)  # the stream repeats what the venue told
    assert not again.tick(now, idle=BOTH)


def test_it_does_not_wait_for_ever_for_what_a_venue_does_not_tell(engine):
    both(engine, NOON + 1)
    both(engine, NOON + MINUTE + 2_000)
    update = engine.tick(NOON + MINUTE + 2_000, idle=BOTH)
    venues = {name: [update.venues[NOON, name]] for name in BOTH}
    again = resumed([update.candles[NOON]], venues, NOON + MINUTE + 30_000)
    both(again, NOON + MINUTE + 40_000)
    for now in (NOON + 2 * MINUTE + BACKFILL_WAIT - 1, NOON + 2 * MINUTE + BACKFILL_WAIT):
        again.expect(Moment.exact(now))
        both(again, now)
        update = again.tick(now, idle=BOTH)
        assert [candle.timestamp for candle in update.closed][:1] == [NOON + MINUTE][: int(now % 1000 == 0)]
    assert update.candles[NOON + MINUTE].sources == 0


def test_the_volume_of_a_minute_is_the_same_in_whatever_order_or_merged_its_trades_come():
    sizes = [0.1, 0.2, 0.3, 0.00000001, 0.7]
    one, other, merged = (Bucket(Trade(NOON, 97_000.0, size, True, 0)) for size in (sizes[0], sizes[-1], sum(sizes)))
    for size in sizes[1:]:
        one.add(Trade(NOON, 97_000.0, size, True, 0))
    for size in sizes[-2::-1]:
        other.add(Trade(NOON, 97_000.0, size, True, 0))
    assert {bucket.candle(NOON, WHOLE).buy for bucket in (one, other, merged)} == {1.30000001}


def told(engine, ours, theirs):
    """Every venue sends a trade of its time `theirs` while our clock says `ours`."""
    engine.expect(Moment.exact(ours))
    for name, venue in engine.venues.items():
        assert venue.add(Trade(theirs, 97_000.0, 1.0, True, f"{name} {theirs}"))
    engine.expect(Moment.exact(ours))


@pytest.mark.parametrize("hours", [1, -1, 48, -48])
def test_a_step_of_our_clock_closes_nothing_early_and_loses_nothing(hours):
    engine = Engine({name: Named() for name in BOTH}, NOON - 10_000)
    for venue in engine.venues.values():
        venue.subscribed(Moment.exact(NOON - 10_000))
    closed = {}

    def tick(ours, second):
        closed.update({candle.timestamp: second for candle in engine.tick(ours, idle=BOTH).closed})

    for second in range(240):
        theirs = NOON + second * 1000
        ours = theirs + (hours * 60 * MINUTE if second >= 90 else 0)
        if second == 90:  # the first tick after the step comes before any trade
            engine.leapt(theirs, ours)
            engine.expect(Moment.exact(ours))
            tick(ours, second)
        told(engine, ours, theirs)
        tick(ours, second)
    assert [closed[NOON + number * MINUTE] for number in range(3)] == [62, 122, 182]
    assert max(closed) == NOON + 2 * MINUTE


def test_a_machine_that_slept_for_three_hours_gets_them_all_back():
    engine = Engine({name: Named() for name in BOTH}, NOON - 10_000, heals=True)
    for venue in engine.venues.values():
        venue.subscribed(Moment.exact(NOON - 10_000))
        venue.give_up(NOON - MINUTE)
    told(engine, NOON + 1, NOON + 1)
    told(engine, NOON + MINUTE + 3_000, NOON + MINUTE + 3_000)
    assert engine.tick(NOON + MINUTE + 3_000, idle=BOTH).closed[-1].timestamp == NOON
    awake = NOON + 180 * MINUTE
    engine.leapt(NOON + MINUTE + 4_000, awake)
    for now in range(awake, awake + 13_000, 500):  # the connections are dead; nobody knows yet
        engine.expect(Moment.exact(now))
        assert not engine.tick(now, idle=BOTH).closed
    for venue in engine.venues.values():
        venue.disconnected()
        venue.subscribed(Moment.exact(awake + 14_000))
    now = awake + MINUTE + 5_000
    told(engine, now, now)
    assert not engine.tick(now, idle=BOTH).closed, "it waits for what the venues tell"
    for venue in engine.venues.values():
        lacking = venue.to_heal()
        assert lacking == [NOON + number * MINUTE for number in range(1, 181)]
        for minute in lacking:
            assert venue.heal(minute, gathered([Trade(minute + 5_000, 97_000.0, 0.5, True, minute)]))
    closed = engine.tick(now, idle=BOTH).closed
    assert [candle.timestamp for candle in closed] == [NOON + number * MINUTE for number in range(1, 181)]
    assert {candle.sources for candle in closed} == {2}


def test_a_first_minute_that_all_lack_is_not_written_because_the_venues_clocks_are_ahead_of_ours():
    engine = Engine({name: Named() for name in BOTH}, NOON + 30_000, heals=True)
    for venue in engine.venues.values():
        venue.subscribed(Moment.exact(NOON + 32_000))
    behind = NOON + MINUTE - 2_000  # our clock, read a while ago
    engine.expect(Moment.exact(behind))
    for name, venue in engine.venues.items():  # their offset is not measured yet
        assert venue.add(Trade(NOON + MINUTE + 3_000, 97_000.0, 1.0, True, name))
    assert not engine.tick(behind, idle=BOTH).closed
    assert engine.next == NOON

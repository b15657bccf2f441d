import asyncio

import httpx
import pytest
from simulated import START, ask, client, hear_text, simulator

from bot.simulator import simulator as simulator_module
from bot.simulator.clock import LONGEST_STEP, PATIENCE, Clock, Gate
from bot.simulator.truth import Truth

MATCHES = {"type": "subscribe", "product_ids": ["BTC-USD"], "channels": ["matches"]}


def test_the_clock_goes_at_its_speed_and_lags_when_the_process_was_late():
    clock = Clock(START, speed=60.0)
    assert clock.target(0.01) == START + 600
    assert clock.target(5.0) == START + LONGEST_STEP * 60_000
    clock.reach(START + 600)
    assert clock.now == START + 600
    clock.reach(START + 10)
    assert clock.now == START + 600


def test_a_slow_clock_loses_no_part_of_a_millisecond():
    clock = Clock(START, speed=0.01)
    for _ in range(1000):
        clock.reach(clock.target(0.005))
    assert clock.now == START + 50


def test_a_market_that_does_not_wait_always_runs():
    gate = Gate(waits=False, waits_again=False)
    assert gate.passes(0, 4, 0.0)


def test_a_market_that_waits_begins_when_every_venue_has_a_subscriber():
    gate = Gate(waits=True, waits_again=True)
    assert not gate.passes(0, 4, 0.0)
    assert not gate.passes(3, 4, 1.0)
    assert gate.passes(4, 4, 1.1)


def test_a_market_that_waits_gives_the_others_two_seconds():
    gate = Gate(waits=True, waits_again=True)
    assert not gate.passes(1, 4, 5.0)
    assert not gate.passes(1, 4, 5.0 + PATIENCE - 0.1)
    assert gate.passes(1, 4, 5.0 + PATIENCE)


def test_two_seconds_begin_anew_when_the_first_subscriber_leaves():
    gate = Gate(waits=True, waits_again=False)
    assert not gate.passes(1, 4, 5.0)
    assert not gate.passes(0, 4, 6.0)
    assert not gate.passes(1, 4, 7.5)


@pytest.mark.parametrize("waits_again", [True, False])
def test_a_market_stands_still_again_only_where_it_waits_for_good(waits_again):
    gate = Gate(waits=True, waits_again=waits_again)
    assert gate.passes(4, 4, 0.0)
    assert gate.passes(1, 4, 1.0)
    assert gate.passes(0, 4, 2.0) is not waits_again
    assert gate.passes(4, 4, 3.0)


def test_every_port_tells_the_clock():
    async def scene():
        async with simulator(speed=60.0) as market, httpx.AsyncClient(trust_env=False) as http:
            await market.advance(START + 2500)
            urls = [f"{venue.rest}/clock" for venue in market.venues.values()]
            assert market.clock_url == urls[0]
            return [(await http.get(url)).json() for url in urls]

    assert asyncio.run(scene()) == [{"now": START + 2500, "speed": 60.0, "running": False}] * 4


def test_the_clock_never_tells_a_time_whose_trades_were_not_sent(tmp_path, monkeypatch):
    """Look at the clock between any two messages: whatever it says, every trade up to then is in the truth file."""
    monkeypatch.setattr(simulator_module, "_BREATH", -1.0)  # let others run after every message
    path = tmp_path / "truth.csv"

    async def scene():
        readings = []
        async with simulator(truth=Truth(path)) as market:
            sending = asyncio.ensure_future(market.advance(START + 60_000))
            while not sending.done():
                readings.append((market.clock.now, path.read_bytes().count(b"\n") - 1))
                await asyncio.sleep(0)
        return readings

    readings = asyncio.run(scene())
    stamps = [int(line.split(",")[2]) for line in path.read_text().splitlines()[1:]]
    assert len({told for told, _ in readings}) > 100
    for told, written in readings:
        assert written >= sum(stamp <= told for stamp in stamps)


def test_the_market_waits_for_its_first_client_and_stands_still_without_one():
    async def scene():
        async with simulator(gate=Gate(waits=True, waits_again=True), speed=60.0) as market:
            for exchange in ("binance", "bybit", "okx"):
                market.disconnect(exchange)
            running = asyncio.create_task(market.run())
            await asyncio.sleep(0.05)
            assert (market.clock.now, market.clock.running) == (START, False)
            async with client(market.venues["coinbase"]) as feed:
                await ask(feed, MATCHES)
                await hear_text(feed)
                assert market.clock.running
            while market.clock.running:  # noqa: ASYNC110 - it can only be looked at
                await asyncio.sleep(0.01)
            stopped = market.clock.now
            await asyncio.sleep(0.05)
            assert market.clock.now == stopped > START
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(scene())

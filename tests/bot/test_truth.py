"""The bot against a whole simulated market: what it stored is what happened."""

import asyncio
import threading
from contextlib import contextmanager

import pytest
from botprocess import MINUTE, bot, rows, simulating, true_minutes, wait_for

from bot.simulator.configuration import configuration, write
from bot.simulator.market import Market
from bot.simulator.simulator import made
from bot.simulator.truth import Truth

VENUES = """
SELECT timestamp, exchange, open, high, low, close, vBuy, vSell, trades, complete FROM exchange_candles
ORDER BY timestamp, exchange
"""
CANDLES = "SELECT timestamp, open, high, low, close, vBuy, vSell, sources, configured FROM candles ORDER BY timestamp"
START = 1_763_942_370_000
"""Half a minute before 2025-11-24 00:00 UTC."""


def close_to(one, other):
    return all(abs(a - b) < 1e-9 for a, b in zip(one, other, strict=True))


def check_against_truth(folder):
    """Every minute the bot calls whole equals the truth; return how many, and (minute, exchange) of the others.

    Left out of the others: the first two minutes (the subscription began there) and the last (the bot stopped there).
    """
    truth = true_minutes(folder)
    whole, incomplete = 0, []
    ((first, last),) = rows(folder, "SELECT min(timestamp), max(timestamp) FROM exchange_candles")
    for timestamp, exchange, *values, complete in rows(folder, VENUES):
        true = truth.get((timestamp, exchange))
        if complete and true is not None:
            assert close_to(values, true), (timestamp, exchange, values, true)
            whole += 1
        elif complete:
            assert values[-1] == 0, "a whole minute without a true fill has no volume"
        else:
            assert true is not None
            assert values[4] <= true[4] + 1e-9
            assert values[5] <= true[5] + 1e-9
            if first + MINUTE < timestamp < last:
                incomplete.append((timestamp, exchange))
    return whole, incomplete


def check_candles_are_the_function(folder):
    """`candles` by a second implementation, straight from the rule's text, over `exchange_candles` in order."""
    by_minute = {}
    for timestamp, exchange, *values, complete in rows(folder, VENUES):
        by_minute.setdefault(timestamp, {})[exchange] = (*values, complete)
    distances = {}
    stored = {row[0]: row[1:] for row in rows(folder, CANDLES)}
    assert stored.keys() == by_minute.keys()
    for timestamp, venues in by_minute.items():
        away = sum(distances[name] for name in distances if name not in venues)
        prices = [(sum(venue[i] for venue in venues.values()) + away) / len(venues) for i in range(4)]
        volumes = [sum(venue[i] for venue in venues.values()) for i in (4, 5)]
        sources = sum(1 for venue in venues.values() if venue[-1])
        assert close_to(stored[timestamp][:6], (*prices, *volumes))
        assert stored[timestamp][6:] == (sources, 4)
        distances.update({name: venue[3] - prices[3] for name, venue in venues.items()})
    return len(stored)


def newest(folder):
    (((timestamp,),),) = (rows(folder, "SELECT max(timestamp) FROM candles") or [(None,)],)
    return timestamp or 0


@pytest.mark.more
def test_fifteen_simulated_minutes_of_four_venues_equal_the_truth(tmp_path):
    with simulating(tmp_path, "--speed", 60, "--seed", 5), bot(tmp_path) as process:
        log = tmp_path / "bot.log"
        first = wait_for(lambda: newest(tmp_path), process, log)
        wait_for(lambda: newest(tmp_path) >= first + 16 * MINUTE, process, log)
    whole, incomplete = check_against_truth(tmp_path)
    assert whole >= 4 * 15
    assert incomplete == []
    assert check_candles_are_the_function(tmp_path) >= 16
    assert rows(tmp_path, "SELECT sum(rejects), sum(gaps) FROM exchange_status") == [(0, 0)]
    assert rows(tmp_path, "SELECT json_extract(value, '$') FROM state WHERE key = 'origin'") == [("simulated",)]


@contextmanager
def market_in_a_thread(folder, speed):
    """A simulator whose venues the test can take away, with its files in `folder`."""
    loop = asyncio.new_event_loop()
    truth = Truth(folder / "truth.csv")
    simulator = made(Market("perpetual", start=START, seed=9), speed=speed, truth=truth)

    async def serve():
        await simulator.start()
        write(folder / "bot.toml", configuration(simulator, market="perpetual", pair="BTC/USDT"))
        await simulator.run()

    task = loop.create_task(serve())
    thread = threading.Thread(target=lambda: loop.run_until_complete(asyncio.wait([task])))
    thread.start()
    try:
        while not (folder / "bot.toml").exists():
            assert not task.done(), task.exception()
        yield lambda action: loop.call_soon_threadsafe(action, simulator)
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
        loop.run_until_complete(simulator.stop())
        loop.close()


@pytest.mark.more
def test_a_venue_that_is_away_for_five_minutes_is_healed_and_every_minute_is_the_truth(tmp_path):
    with market_in_a_thread(tmp_path, speed=60) as tell, bot(tmp_path) as process:
        log = tmp_path / "bot.log"
        first = wait_for(lambda: newest(tmp_path), process, log)
        wait_for(lambda: newest(tmp_path) >= first + 5 * MINUTE, process, log)
        tell(lambda simulator: simulator.disconnect("okx"))
        away = newest(tmp_path)
        wait_for(lambda: newest(tmp_path) >= away + 5 * MINUTE, process, log)
        sources = dict(rows(tmp_path, "SELECT timestamp, sources FROM candles"))
        assert sources[away + 3 * MINUTE] == 3  # written without it, at its time
        tell(lambda simulator: simulator.reconnect("okx"))
        wait_for(lambda: newest(tmp_path) >= away + 15 * MINUTE, process, log)
    whole, incomplete = check_against_truth(tmp_path)
    assert whole >= 4 * 15
    assert incomplete == []
    assert check_candles_are_the_function(tmp_path) >= 20
    assert dict(rows(tmp_path, "SELECT timestamp, sources FROM candles"))[away + 3 * MINUTE] == 4
    healed = rows(tmp_path, "SELECT DISTINCT exchange FROM exchange_candles WHERE complete = 2 AND timestamp > ?", away)
    assert healed == [("okx",)]
    assert rows(tmp_path, "SELECT reconnects FROM exchange_status WHERE exchange = 'okx'") == [(1,)]


@pytest.mark.more
def test_a_bot_that_is_killed_asks_the_venues_for_what_it_missed(tmp_path):
    with simulating(tmp_path, "--speed", 60, "--seed", 5):
        with bot(tmp_path) as process:
            first = wait_for(lambda: newest(tmp_path), process, tmp_path / "bot.log")
            wait_for(lambda: newest(tmp_path) >= first + 3 * MINUTE, process, tmp_path / "bot.log")
            process.kill()
            process.wait()
        killed = newest(tmp_path)
        with bot(tmp_path) as process:
            wait_for(lambda: newest(tmp_path) >= killed + 6 * MINUTE, process, tmp_path / "bot.log")
    _, incomplete = check_against_truth(tmp_path)
    assert incomplete == []
    check_candles_are_the_function(tmp_path)
    healed = "SELECT DISTINCT exchange FROM exchange_candles WHERE complete = 2 AND timestamp > ? ORDER BY 1"
    assert rows(tmp_path, healed, killed) == [("binance",), ("bybit",), ("coinbase",), ("okx",)]


@pytest.mark.more
@pytest.mark.parametrize("market", ["perpetual", "spot"])
def test_both_kinds_of_market_are_read_from_the_configuration(tmp_path, market):
    with simulating(tmp_path, "--speed", 120, "--market", market), bot(tmp_path) as process:
        first = wait_for(lambda: newest(tmp_path), process, tmp_path / "bot.log")
        wait_for(lambda: newest(tmp_path) >= first + 4 * MINUTE, process, tmp_path / "bot.log")
    whole, _ = check_against_truth(tmp_path)
    assert whole >= 12
    assert rows(tmp_path, "SELECT DISTINCT market FROM configurations") == [(market,)]

"""SIGKILL at any moment: candles, trades, the open order and events end as if nothing had been.

The market waits while nobody listens, so no minute is lost to the bot's absence; what the killed process had in memory,
or unread in its sockets, comes back from the venues' REST interfaces. What the bot should have written is computed from
the simulator's truth file: the candles by the distance rule, the rest by the strategy's core.
"""

from __future__ import annotations

import json
import random
import subprocess

import pytest
from botprocess import CVDBOT, MINUTE, bot, rows, simulating, true_minutes, wait_for

from bot.core.aggregate import aggregate
from bot.core.minutes import DECIMALS, WHOLE, VenueCandle
from bot.core.parameters import Parameters
from bot.trading.desk import Desk

CANDLES = "SELECT timestamp, open, high, low, close, vBuy, vSell FROM candles ORDER BY timestamp"
TRADES = (
    "SELECT tradeNumber, entryType, entryPrice, entryTime, exitPrice, exitTime, profit, newBalance, outcome FROM trades"
)
EVENTS = "SELECT timestamp, setup, event, price, detail FROM setup_events ORDER BY id"
ORDERS = "SELECT orderNumber, entryType, entryPrice, entryTime, stopLoss, takeProfit FROM orders"

VERDICTS = 'SELECT differences, "to" FROM verifications'
DEFAULTS = Parameters()
MIDNIGHT = 1_763_942_400_000
"""2025-11-24T00:00:00Z."""


def newest(folder):
    return (rows(folder, "SELECT max(timestamp) FROM candles") or [(None,)])[0][0] or 0


def expected(folder, last, parameters=DEFAULTS, pair="BTC/USDT"):
    """The candles up to `last`, and what the strategy makes of them, from the truth alone."""
    by_minute = {}
    for (minute, exchange), (opening, high, low, close, buy, sell, count) in true_minutes(folder, pair).items():
        volumes = (round(buy, DECIMALS), round(sell, DECIMALS))
        seen = VenueCandle(minute, opening, high, low, close, *volumes, count, WHOLE)
        by_minute.setdefault(minute, {})[exchange] = seen
    prices = {}
    candles, distances = [], {}
    for minute in sorted(minute for minute in by_minute if minute <= last):
        venues = by_minute[minute]
        for exchange in prices.keys() - venues.keys():  # watched through without a trade
            price = prices[exchange]
            venues[exchange] = VenueCandle(minute, price, price, price, price, 0.0, 0.0, 0, WHOLE)
        candle, distances = aggregate(minute, venues, distances, 4)
        prices.update({exchange: seen.close for exchange, seen in venues.items()})
        candles.append(candle)
    desk = Desk(parameters, 1)
    return candles, desk.take(candles, None), desk.order


def survive(folder, kills, minutes, speed=600, seed=3, start=None, verified=False):
    """Kill the bot so often within so many simulated minutes, let it finish, and compare everything it wrote.

    The market begins at `start` (ISO), else now. `verified`: the last run waits for the verdict of the day that ended,
    which a run before it may have been killed over. Returns the newest candle at each kill, then how many candles and
    events there are.
    """
    rng = random.Random(7)
    # Half an order a second: Bybit's REST interface tells its newest 1,000 trades, which has to reach back far enough.
    options = ("--speed", speed, "--seed", seed, "--rate", 0.5, "--wait", *(("--start", start) if start else ()))
    killed = []
    with simulating(folder, *options):
        with bot(folder) as process:
            began = wait_for(lambda: newest(folder), process, folder / "bot.log")
        end = began + minutes * MINUTE
        for number in range(1, kills + 1):
            with bot(folder) as process:
                until = began + (end - began) * number // (kills + 1) + rng.randrange(MINUTE)
                wait_for(lambda: newest(folder) >= until, process, folder / "bot.log", seconds=120)  # noqa: B023
                process.kill()
                process.wait()
                killed.append(newest(folder))
        with bot(folder) as process:
            wait_for(lambda: newest(folder) >= end, process, folder / "bot.log", seconds=120)
            if verified:
                wait_for(lambda: rows(folder, VERDICTS), process, folder / "bot.log", seconds=120)
            process.kill()
            process.wait()
    last = newest(folder)
    candles, booked, order = expected(folder, last)
    stored = rows(folder, CANDLES)
    assert [row[0] for row in stored] == [candle.timestamp for candle in candles]
    for row, candle in zip(stored, candles, strict=True):
        assert row == (
            candle.timestamp, candle.open, candle.high, candle.low, candle.close, candle.buy, candle.sell
        )  # fmt: skip
    assert rows(folder, TRADES) == [
        (
            one.trade.number, one.trade.position.side, one.trade.position.entry_price, one.trade.position.entry_time,
            one.trade.exit_price, one.trade.exit_time, one.trade.profit, one.trade.new_balance, one.trade.outcome,
        )
        for one in booked.trades
    ]  # fmt: skip
    assert [(*row[:4], json.loads(row[4])) for row in rows(folder, EVENTS)] == [
        (one.event.timestamp, one.event.setup, one.event.kind, one.event.price, dict(one.event.detail))
        for one in booked.events
    ]
    positions = [] if order is None else [order]
    assert rows(folder, ORDERS) == [
        (
            one.number, one.position.side, one.position.entry_price, one.position.entry_time,
            one.position.stop_loss, one.position.take_profit,
        )
        for one in positions
    ]  # fmt: skip
    replayed = subprocess.run(
        [*CVDBOT, "verify", "--db", folder / "trading.db"], capture_output=True, text=True, check=False
    )
    assert replayed.returncode == 0, replayed.stdout
    return killed, len(stored), len(booked.events)


@pytest.mark.long
@pytest.mark.parametrize(
    ("kills", "start", "minutes", "seed"),
    [
        (8, "2025-11-23T22:19:30Z", 140, 25),
        pytest.param(20, "2025-11-23T20:59:30Z", 360, 21, marks=pytest.mark.more),
    ],
)
def test_kills_in_hours_across_midnight_change_nothing(tmp_path, kills, start, minutes, seed):
    killed, candles, events = survive(tmp_path, kills, minutes, seed=seed, start=start, verified=True)
    assert len(killed) == kills
    assert killed[kills // 4 - 1] < MIDNIGHT - MINUTE
    assert killed[kills * 3 // 4] > MIDNIGHT + MINUTE
    assert candles >= minutes
    assert events > 4
    ((checkpoints,),) = rows(tmp_path, "SELECT value FROM state WHERE key LIKE 'checkpoints%'")
    (checkpoint,) = json.loads(checkpoints)
    assert MIDNIGHT - MINUTE <= int(checkpoint) < MIDNIGHT + 60 * MINUTE  # later where minutes were made up for
    verdicts = rows(tmp_path, VERDICTS)
    assert {differences for differences, _ in verdicts} == {"[]"}
    assert all(to >= MIDNIGHT - MINUTE for _, to in verdicts)
    entered_and_left = rows(tmp_path, "SELECT entryTime < :midnight, exitTime < :midnight FROM trades", MIDNIGHT)
    assert (1, 0) in entered_and_left  # a position was held over midnight


@pytest.mark.torture
@pytest.mark.parametrize("kills", [20, 100])
def test_kills_in_a_simulated_day_change_nothing(tmp_path, kills):
    _, candles, events = survive(tmp_path, kills=kills, minutes=1440)
    assert candles >= 1440
    assert events > 10

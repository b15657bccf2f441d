"""The bot without a network: real service, engine and database; the test says what was traded and what time it is."""

from __future__ import annotations

import random
import sqlite3

import msgspec

from bot.config import Settings
from bot.core.times import Moment
from bot.core.trades import Trade
from bot.service import Service
from bot.store.database import open_for_writing

MINUTE = 60_000
BEGAN = 1_746_144_000_000
"""2025-05-02 00:00 UTC."""


class ManualClock:
    """A clock that stands where it is put."""

    def __init__(self, now):
        self.time = now

    def now(self):
        return self.time

    def moment(self):
        return Moment.exact(self.time)


class OfflineBot:
    """A bot that is handed trades; use it as a context manager, leave it as a kill (nothing is said or stored)."""

    def __init__(self, path, now, exchanges=("binance", "okx"), pairs=("BTC/USDT",), **strategy):
        table = {
            "market": "spot",
            "pairs": [{"pair": pair, "strategy": strategy} for pair in pairs],
            "exchanges": {name: {"enabled": name in exchanges} for name in ("binance", "bybit", "coinbase", "okx")},
        }
        self.clock = ManualClock(now)
        self.database = open_for_writing(path)
        try:
            self.service = Service(msgspec.convert(table, Settings), self.database, self.clock)
        except BaseException:
            self.database.close()
            raise
        self.followed = self.service._followed[0]
        self.engine = self.followed.engine
        for venue in self.engine.venues.values():
            venue.subscribed(Moment.exact(now - 3_000))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.database.close()

    def trade(self, exchange, timestamp, price, size, buy, number):
        self.engine.expect(Moment.exact(max(timestamp, self.clock.time)))
        assert self.engine.venues[exchange].add(Trade(timestamp, price, size, buy, number))

    def close(self, minute):
        """Let the minute be over and store it."""
        self.clock.time = minute + MINUTE + 2_500
        self.engine.expect(Moment.exact(self.clock.time))
        for venue in self.engine.venues.values():
            venue.heartbeat(minute + MINUTE + 2_000)
        self.tick()

    def tick(self):
        """Store what there is to store."""
        self.followed.tick(self.clock.time, self.engine.venues.keys())
        self.service._store()

    def live(self, first, market):
        """Trade and close a minute for each of the market's (open, high, low, close, buy, sell)."""
        for number, (opening, high, low, closing, buy, sell) in enumerate(market):
            minute = first + number * MINUTE
            trades = [(price, buy / 4, True) for price in (opening, high, low, closing)] + [(closing, sell, False)]
            for offset, exchange in enumerate(self.engine.venues):
                for index, (price, size, side) in enumerate(trades):
                    identity = minute // MINUTE * len(trades) + index  # without a hole, also over a restart
                    self.trade(exchange, minute + 1_000 * index, price + offset, size, side, identity)
            self.close(minute)


def market(minutes, seed):
    """A random walk with runs of buying and selling, wild enough to trade."""
    rng = random.Random(seed)
    price, drift, rows = 97_000.0, 0.0, []
    for _ in range(minutes):
        drift = 0.9 * drift + rng.gauss(0, 12)
        closing = round(price + drift + rng.gauss(0, 15), 1)
        high = max(price, closing) + round(rng.random() * 10, 1)
        low = min(price, closing) - round(rng.random() * 10, 1)
        buy, sell = (round(5 + rng.random() * 5 + side * drift / 10, 3) for side in (1, -1))
        rows.append((price, high, low, closing, max(buy, 0.004), max(sell, 0.001)))
        price = closing
    return rows


def read(path, query, *values):
    """Return the rows of a query."""
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()


def story(path):
    """Everything the strategy wrote, but for when it was decided."""
    return {
        "candles": read(path, "SELECT * FROM candles ORDER BY timestamp"),
        "trades": read(
            path,
            "SELECT tradeNumber, mode, entryType, entryPrice, entryTime, exitPrice, exitTime, profit, outcome,"
            " newBalance, size, stopLoss, takeProfit, fees, setup, configuration FROM trades ORDER BY id",
        ),
        "orders": read(path, "SELECT orderNumber, entryType, entryPrice, entryTime, stopLoss, takeProfit FROM orders"),
        "events": read(path, "SELECT timestamp, mode, setup, event, price, detail FROM setup_events ORDER BY id"),
    }

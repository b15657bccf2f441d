"""Venues that move in step, 0.1 % apart: whoever is away, the aggregated price stays what it was."""

from __future__ import annotations

import random

import numpy as np
import pytest
from gathered import gathered

from analysis.batch import indicators
from analysis.batch.history import History
from analysis.batch.market import COLUMNS, from_rows
from bot.core.parameters import Parameters
from bot.core.sequence import Named
from bot.core.times import MINUTE, Moment
from bot.core.trades import Trade
from bot.engine import Engine

NOON = 1_746_187_200_000
VENUES = ("binance", "bybit", "coinbase", "okx")
MINUTES = 240
P = Parameters(chart_timeframe="1m")


def walk(seed):
    """Each minute's trades by venue: the same steps, each venue 97 USDT above the one before it."""
    draw = random.Random(seed)
    price, minutes, number = 97_000.0, [], 0
    for minute in range(MINUTES):
        trades = {name: [] for name in VENUES}
        for second in (5, 20, 40, 55):
            price += round(draw.gauss(0, 60), 1)
            for place, name in enumerate(VENUES):
                number += 1
                at, seen = NOON + minute * MINUTE + second * 1000, price + 97.0 * place
                trades[name].append(Trade(at, seen, draw.random(), draw.random() < 0.5, str(number)))
        minutes.append(trades)
    return minutes


class Life:
    """An engine that lives through minutes in which venues are away; `away`: venue -> minutes."""

    def __init__(self, minutes, away, *, heals):
        self.minutes, self.away, self.heals = minutes, away, heals
        self.engine = Engine({name: Named() for name in VENUES}, NOON - 5_000, heals=heals)
        self.first, self.last = {}, {}
        for venue in self.engine.venues.values():
            venue.subscribed(Moment.exact(NOON - 5_000))
            venue.give_up(NOON - MINUTE)
        for minute in range(MINUTES):
            self._live(minute)
        self._tick(NOON + MINUTES * MINUTE + 10_000)

    def _there(self, minute):
        return {name: one for name, one in self.engine.venues.items() if minute not in self.away.get(name, ())}

    def _live(self, minute):
        start, there = NOON + minute * MINUTE, self._there(minute)
        for name, venue in self.engine.venues.items():
            if name not in there:
                venue.disconnected()
            else:
                venue.subscribed(Moment.exact(start))  # nothing happens where it is
        for step in range(4):
            for name, venue in there.items():
                trade = self.minutes[minute][name][step]
                self.engine.expect(Moment.exact(trade.timestamp))
                assert venue.add(trade)
        self._tick(start + MINUTE - 1)
        self._tick(start + MINUTE + 3_000)
        if self.heals and minute % 5 == 0:
            self._heal()

    def _tick(self, now):
        self.engine.expect(Moment.exact(now))
        for venue in self._there((now - NOON) // MINUTE).values():
            venue.heard(now)
        update = self.engine.tick(now, idle=VENUES)
        self.first.update({candle.timestamp: candle for candle in update.closed})
        self.last.update(update.candles)

    def _heal(self):
        for name, venue in self.engine.venues.items():
            for lacking in venue.to_heal():
                assert venue.heal(lacking, gathered(self.minutes[(lacking - NOON) // MINUTE][name]))


def columns(candles):
    rows = [(c.timestamp, c.open, c.high, c.low, c.close, c.buy, c.sell) for _, c in sorted(candles.items())]
    return from_rows("BTC/USDT", np.array(rows, dtype=COLUMNS))


AWAY = {
    "one venue for 20 minutes": {"okx": range(60, 80)},
    "one after the other": {name: range(40 + 30 * place, 55 + 30 * place) for place, name in enumerate(VENUES)},
    "three at once": {name: range(100, 110) for name in VENUES[1:]},
}


@pytest.mark.parametrize("away", AWAY.values(), ids=AWAY)
@pytest.mark.parametrize("healed", [False, True])
def test_no_outage_moves_the_price_and_no_gap_appears(away, healed):
    minutes = walk(3)
    undisturbed = Life(minutes, {}, heals=False).first
    life = Life(minutes, away, heals=healed)
    began = NOON + min(min(each) for each in away.values()) * MINUTE
    assert len(undisturbed) >= MINUTES - 1
    for candles in (life.first, life.last):
        assert candles.keys() == undisturbed.keys()
        for timestamp, candle in candles.items():
            true = undisturbed[timestamp]
            for name in ("open", "high", "low", "close"):
                assert getattr(candle, name) == pytest.approx(getattr(true, name), abs=1e-6), (timestamp, name)
        seen, whole = History(columns(candles)), History(columns(undisturbed))
        assert seen.gaps(P).bar.tolist() == whole.gaps(P).bar.tolist()
        signals = seen.signals(P) != whole.signals(P)
        differing = seen.bars(P).timestamp[signals]
        assert (differing >= began).all()
    if healed:  # and in the end everything is as if nothing had been
        for timestamp, candle in life.last.items():
            assert (candle.buy, candle.sell) == pytest.approx(
                (undisturbed[timestamp].buy, undisturbed[timestamp].sell), abs=1e-9
            )
            assert candle.sources == 4


def test_the_undisturbed_market_has_signals_and_gaps():
    history = History(columns(Life(walk(3), {}, heals=False).first))
    assert np.count_nonzero(history.signals(P)) > 10
    assert len(history.gaps(P)) > 3
    assert indicators.true_range(history.bars(P)).min() > 0

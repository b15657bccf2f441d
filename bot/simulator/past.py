"""What would the bot have written, had it listened to the made market all along?

The market trades at a low rate (fewer, larger orders on the same chart) and the bot's own engine makes candles of it.
Only time is short-cut: each minute is closed the moment it is over. In the last hours each venue says what it would
have sent and the bot's connectors read it, so that REST knows these trades; before, orders are counted as the
connectors would have (a test holds the two ways equal). The market goes on from there with the next id of every venue,
so nothing is missing between history and live feed.
"""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from typing import TYPE_CHECKING

import httpx

from bot.core.times import DAY, HOUR, MINUTE, Moment
from bot.core.trades import Trade
from bot.core.venue import GRACE
from bot.engine import Engine
from bot.exchanges.connectors import connector
from bot.records import Line
from bot.store import rows, traded
from bot.trading.restart import open_desk, put_desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.config import Pair, Settings
    from bot.exchanges.connector import Connector
    from bot.records import Update
    from bot.simulator.market import Market
    from bot.simulator.orders import Order
    from bot.simulator.simulator import Simulator
    from bot.store.database import Database
    from bot.trading.desk import Desk

RATE = 0.08
"""Taker orders a second and venue: five a minute are enough for a candle."""
REMEMBERED = 2 * HOUR
"""So much of the past the venues' REST interfaces can tell."""
_SUBSCRIBED_BEFORE = 10_000
"""Milliseconds before the first minute at which the bot would have subscribed."""


async def write(
    market: Market,
    simulator: Simulator,
    settings: Settings,
    wanted: Pair,
    database: Database,
    end: int,
    tell: Callable[[int], None],
) -> None:
    """Write a pair's minutes from its market's `now` to `end` (both whole minutes, UTC ms), a day a transaction.

    The simulator must be listening and not running; afterwards the market stands at `end`, the clock where it stood.
    `tell` is given the instant reached, now and then.
    """
    start, live_rate = market.now, market.rate
    connectors = await _connectors(settings, wanted)
    began, pair, parameters = start - _SUBSCRIBED_BEFORE, wanted.pair, wanted.parameters
    with database.transaction() as sql:
        rows.claim_origin(sql, "simulated", start)
        traded.put_configuration(
            sql, pair, parameters.plain(), settings.market, list(connectors), version("cvdbot"), start
        )
        configuration, _ = traded.newest_configuration(sql, pair)
        desk, _ = open_desk(sql, pair, parameters, configuration, start)
    engine = Engine({exchange: one.ids(None) for exchange, one in connectors.items()}, began, desk=desk)
    for venue in engine.venues.values():
        venue.subscribed(Moment.exact(began))
    market.rate = RATE
    counted = _Counted(simulator)
    heard = _Heard(simulator, connectors)
    waiting: list[Update] = []
    for minute in range(start, end, MINUTE):
        trades = heard if minute >= end - REMEMBERED else counted
        waiting.append(_minute(minute, market, engine, trades))
        reached = minute + MINUTE
        if reached % DAY == 0 or reached == end:
            _store(database, pair, engine, desk, waiting, reached)
            waiting.clear()
        if reached % HOUR == 0:
            tell(reached)
            await asyncio.sleep(0)
    tell(end)
    market.rate = live_rate


async def _connectors(settings: Settings, wanted: Pair) -> dict[str, Connector]:
    made = {
        exchange: connector(exchange, settings.market, wanted.pair, one) for exchange, one in settings.enabled.items()
    }
    async with httpx.AsyncClient(trust_env=False) as http:
        for one in made.values():
            await one.prepare(http)
    return made


class _Heard:
    """Trades as the bot reads them from what the venues say."""

    def __init__(self, simulator: Simulator, connectors: dict[str, Connector]) -> None:
        self._venues = simulator.venues
        self._connectors = connectors

    def __call__(self, order: Order) -> list[Trade]:
        """Say an order and read it."""
        parse = self._connectors[order.exchange].parse
        trades = []
        for text in self._venues[order.exchange].said(order):
            heard = parse(text)
            for trade in heard if isinstance(heard, list) else [heard]:
                if not isinstance(trade, Trade):
                    raise AssertionError(  # noqa: TRY004 - a defect of ours, not a wrong type
                        f"the bot does not understand what {order.exchange} says: {text}"
                    )
                trades.append(trade)
        return trades


class _Counted:
    """The same trades, straight from the order."""

    def __init__(self, simulator: Simulator) -> None:
        self._counted = {exchange: venue.dialect.counted for exchange, venue in simulator.venues.items()}

    def __call__(self, order: Order) -> list[Trade]:
        """Count an order."""
        return self._counted[order.exchange](order)


def _minute(minute: int, market: Market, engine: Engine, trades: Callable[[Order], list[Trade]]) -> Update:
    """Let the bot take in one minute, and close it."""
    engine.expect(Moment.exact(minute + MINUTE))
    venues = engine.venues
    for order in market.until(minute + MINUTE):
        add = venues[order.exchange].add
        for trade in trades(order):
            add(trade)
    now = minute + MINUTE + GRACE
    engine.expect(Moment.exact(now))
    for venue in venues.values():
        venue.heartbeat(now)
    return engine.tick(now, venues.keys())


def _store(database: Database, pair: str, engine: Engine, desk: Desk, updates: list[Update], now: int) -> None:
    lines = []
    saved = trades = 0
    with database.transaction() as sql:
        for update in updates:
            rows.put_update(sql, pair, update, now)
            saved, trades = saved + len(update.closed), trades + len(update.booked.trades)
            if update.closed and (hour := update.closed[-1].timestamp + MINUTE) % HOUR == 0:
                lines.append(Line(hour, "info", "saved", f"candles saved: {saved}, trades: {trades}"))
                saved = trades = 0
        put_desk(sql, pair, desk, now)
        rows.put_ids(sql, pair, {exchange: venue.ids.newest for exchange, venue in engine.venues.items()}, now)
        for exchange, venue in engine.venues.items():
            rows.put_status(
                sql, exchange, connected=False, last_trade=venue.last_trade, counts=(0, venue.gaps, 0), now=now
            )
        rows.put_logs(sql, lines)

"""What do the four venues say? Texts of the project's own simulator: nothing recorded is needed, every run is alike."""

from __future__ import annotations

import asyncio
from itertools import islice

from bot.clock import SystemClock
from bot.core.times import HOUR, Moment
from bot.core.venue import Venue
from bot.exchanges.connectors import connector
from bot.exchanges.feed import Feed
from bot.exchanges.leg import Leg
from bot.exchanges.settings import ExchangeSettings
from bot.journal import Journal
from bot.simulator.market import Market
from bot.simulator.simulator import made

START = 1_763_942_400_000
"""2025-11-24 00:00 UTC, when the market begins; all of it fits into the hour that a venue remembers."""
SEED = 7
RATE = 100.0
"""Orders a second, so that a minute holds thousands of trades, as on a busy day."""


class StillClock(SystemClock):
    """A clock that stands at the end of the market's hour: every trade is plausible, no ping is due."""

    def now(self) -> int:
        """Return the end of the hour, UTC ms."""
        return START + HOUR

    async def sleep(self, duration: float) -> None:  # noqa: ARG002 - a clock's own
        """Never return: nothing that waits is part of what is measured."""
        await asyncio.Event().wait()


def spoken(exchange: str, market: str, count: int) -> list[str]:
    """Return `count` messages of the venue's trade stream, each with one trade or more, in order.

    Raises:
        ValueError: The hour does not hold so many.
    """
    source = Market(market, start=START, seed=SEED, rate=RATE, exchanges=(exchange,))
    venue = made(source).venues[exchange]
    topic = venue.listings.first.topic
    messages = (
        message
        for order in source.until(START + HOUR)
        for message in venue.dialect.messages(order, venue.prints(order))
        if message.topic == topic
    )
    texts = [message.text for message in islice(messages, count)]
    if len(texts) < count:
        raise ValueError(f"{exchange}: {count} messages were asked for, an hour has {len(texts)}")
    return texts


def feed(exchange: str, market: str, websocket: str, journal: Journal | None = None) -> Feed:
    """Return the bot's feed of a venue at the address `websocket`, ready to take the trades of the market's hour."""
    clock = StillClock()
    spoken_by = connector(exchange, market, "BTC/USDT", ExchangeSettings(websocket=websocket))
    venue = Venue(spoken_by.ids(None))
    venue.expect(Moment.exact(clock.now()))
    journal = journal or Journal(clock.now)
    return Feed([Leg(spoken_by, venue, clock, journal)], clock, journal)

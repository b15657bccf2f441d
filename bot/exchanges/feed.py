"""Running one venue's connection: connect, subscribe, read, ping, and again after a break.

The only decision here is when a connection has failed: it closed, the venue refused the subscription or did not
answer it in time, or nothing at all was heard after a ping. Then the next try follows after a growing pause.
Whatever is read goes to the venue's state (`bot.core.venue`), which decides what it means.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import httpx
from websockets.asyncio.client import connect
from websockets.client import backoff
from websockets.exceptions import WebSocketException

from bot.core.times import MINUTE, SECOND, to_iso
from bot.core.trades import Trade
from bot.errors import VenueError
from bot.exchanges.messages import (
    Closing,
    Heartbeat,
    Message,
    Mixed,
    Refused,
    Rejected,
    Subscribed,
    Uncounted,
)
from bot.exchanges.stream import Stream

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.core.venue import Venue
    from bot.exchanges.connector import Connector
    from bot.journal import Journal

ANSWER = 10 * SECOND
"""How long a venue may take to answer a subscription or a ping."""
QUIET = 2 * SECOND
"""After so long without a message the venue is asked for a sign of life."""
STEADY = MINUTE
"""A connection that lasted so long was a good one: the next break is retried at once."""
LONGEST_PAUSE = 30.0
"""Seconds between two tries at most: a venue that is back is missed no longer."""
LARGEST_MESSAGE = 4 * 1024 * 1024
FOLDED = 4
"""So many messages at once are worth a try to count them in one step."""


class Feed:
    """One venue's connection, for as long as the bot runs."""

    def __init__(self, connector: Connector, venue: Venue, clock: Clock, journal: Journal) -> None:
        self.connector = connector
        self.venue = venue
        self.reconnects = 0
        self.rejects = 0
        self._clock = clock
        self._journal = journal
        self._stream: Stream | None = None
        self._ending: asyncio.Task[None] | None = None
        self._settling: asyncio.Task[None] | None = None
        self._parse = connector.parse
        self._fold = connector.fold
        self._add = venue.add
        self._messages = 0
        self._given_up: str | None = None

    @property
    def exchange(self) -> str:
        """The exchange's name."""
        return self.connector.exchange

    def idle(self) -> bool:
        """Say whether there is nothing to read: the machine's buffer for this connection is empty."""
        return self._stream is None or self._stream.idle()

    async def run(self) -> None:
        """Connect and read, for ever."""
        pauses = backoff(max_delay=LONGEST_PAUSE)
        while True:
            began = self._clock.now()
            self._given_up = None
            try:
                reason = await self._session()
            except (OSError, WebSocketException, httpx.HTTPError, httpx.InvalidURL, VenueError) as error:
                reason = str(error) or type(error).__name__
            finally:
                was_connected = self.venue.connected
                self.venue.disconnected()
                self._stream = None
            if was_connected:
                self.reconnects += 1
                if self._clock.now() - began >= STEADY:
                    pauses = backoff(max_delay=LONGEST_PAUSE)
            pause = next(pauses)
            self._journal.warning(
                "disconnected" if was_connected else "not connected",
                f"{self.exchange}: {reason}; next try in {pause:.0f} s",
            )
            await self._clock.sleep(pause * SECOND)

    async def _session(self) -> str:
        """Run one connection to its end; return why it ended."""
        async with httpx.AsyncClient(timeout=10.0, trust_env=not self.connector.endpoint.local) as client:
            await self.connector.prepare(client)
        async with connect(
            self.connector.endpoint.websocket,
            create_connection=Stream,
            proxy=None if self.connector.endpoint.local else True,
            compression=None,
            ping_interval=None,  # our own pings keep the bot's time
            max_size=LARGEST_MESSAGE,
            close_timeout=1,
        ) as connection:
            self._stream = stream = cast("Stream", connection)
            stream.take = self.take
            await stream.send(self.connector.subscription())
            watch = asyncio.create_task(self._watch(stream))
            try:
                await stream.wait_closed()
            finally:
                watch.cancel()
                await asyncio.gather(watch, return_exceptions=True)
            closed = f"the connection closed ({stream.close_code} {stream.close_reason or ''}".rstrip() + ")"
            return self._given_up or closed

    def take(self, texts: list[bytes]) -> None:
        """Count what messages bring that came at once, in their order."""
        self._messages += len(texts)
        while len(texts) >= FOLDED and (burst := self._fold(texts)) is not None and self.venue.add_burst(burst):
            texts = texts[burst.count :]
        for text in texts:
            message = self._parse(text)
            if type(message) is Trade:
                if not self._add(message):
                    self._judge_again(message)
            elif type(message) is list:
                self._count(message)
            else:
                self._take(message)

    def _count(self, trades: list[Trade]) -> None:
        for trade in trades:
            if not self._add(trade):
                self._judge_again(trade)

    def _take(self, message: Message) -> None:
        """Act on a message that is not plainly trades."""
        match message:
            case Subscribed():
                if not self.venue.connected:
                    self.venue.subscribed(self._clock.moment())
                    self._settling = asyncio.create_task(self._settle())
                    self._journal.info("connected", f"{self.exchange}: {self.connector.endpoint.symbol} subscribed")
            case Refused(reason):
                if self.venue.connected:  # an answer to something else than the subscription
                    self._reject(Rejected("error from the venue", reason))
                else:
                    self._give_up(f"the subscription to {self.connector.endpoint.symbol} was refused: {reason}")
            case Heartbeat(timestamp, newest):
                self._look_at_the_clock()
                self.venue.heartbeat(timestamp, newest)
            case Closing(reason):
                self._give_up(f"the venue closes this connection: {reason}")
            case Mixed(trades, others):
                self._count(trades)
                for other in others:
                    self._take(other)
            case Uncounted(identity):
                self.venue.ids.admit(identity)
            case Rejected():
                self._reject(message)
            case _:  # Alive
                self.venue.heard(self._clock.moment().earliest)

    async def _settle(self) -> None:
        """Find out more exactly since when the subscription covers."""
        instant = await self._clock.fresh()
        if self.venue.connected:
            self.venue.covered_from(instant)

    def _give_up(self, reason: str) -> None:
        """End this connection: `_session` then ends, and `run` tries again."""
        if self._given_up is None and self._stream is not None:
            self._given_up = reason
            self._ending = asyncio.create_task(self._stream.close())

    async def _watch(self, stream: Stream) -> None:
        """Ask for signs of life; give the connection up when none comes."""
        now = self._clock.now()
        asked_at, pinged_at, messages, heard_at = None, now, -1, now
        subscribe_until = now + ANSWER + self._clock.moment().slack
        while True:
            await self._clock.sleep(SECOND / 2)
            now = self._clock.now()
            if self._messages != messages:
                messages, heard_at, asked_at = self._messages, now, None
            if not self.venue.connected and now > subscribe_until and self.idle():
                self._give_up("the subscription was not answered in 10 s")
                return
            if asked_at is not None and now - asked_at > ANSWER + self._clock.moment().slack and self.idle():
                self._give_up("a ping was not answered in 10 s")
                return
            due = self.connector.ping_every is not None and now - pinged_at >= self.connector.ping_every
            if due or (asked_at is None and now - heard_at >= QUIET):
                pinged_at = now
                asked_at = asked_at or now
                await self._ping(stream)

    async def _ping(self, stream: Stream) -> None:
        if self.connector.ping is not None:
            await stream.send(self.connector.ping)
            return
        answered = asyncio.ensure_future(await stream.ping())
        answered.add_done_callback(self._ponged)

    def _ponged(self, answered: asyncio.Future[float]) -> None:
        if not answered.cancelled() and answered.exception() is None:
            self._messages += 1
            self.venue.heard(self._clock.moment().earliest)

    def _look_at_the_clock(self) -> None:
        self.venue.expect(self._clock.moment())

    def _judge_again(self, trade: Trade) -> None:
        """Judge a trade's time by the clock as it is now: after a stall, what waited is not from the future."""
        self._look_at_the_clock()
        if not self._add(trade):
            said, now = to_iso_or_number(trade.timestamp), to_iso(self._clock.now())
            self._reject(Rejected("implausible time", f"a trade of {said}, the clock says {now}"))

    def _reject(self, rejected: Rejected) -> None:
        self.rejects += 1
        self._journal.rejected(self.exchange, rejected.reason, rejected.detail)


def to_iso_or_number(timestamp: int) -> str:
    """Return the instant in ISO 8601, or the bare number when no calendar reaches so far."""
    try:
        return to_iso(timestamp)
    except OverflowError:
        return str(timestamp)

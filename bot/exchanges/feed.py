"""Keeping one venue's connection, for as long as the bot runs: again after a break, and another before one ends.

A connection that is to be left (`bot.exchanges.session`) is left only when the next one is subscribed and all that was
sent on the old one has arrived: nothing is lost, and what both bring is counted once by its id. After a break the next
try follows at once when the venue closed in an orderly way, else after a growing pause with jitter. Whatever is read
goes to the venue's state (`bot.core.venue`), which decides what it means.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import httpx
from websockets.client import backoff

from bot.core.times import MINUTE, SECOND, minute_of, to_iso
from bot.core.trades import Trade
from bot.exchanges.messages import (
    Closing,
    Heartbeat,
    Message,
    Mixed,
    Refused,
    Rejected,
    Subscribed,
    Unasked,
    Uncounted,
)
from bot.exchanges.session import Session

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.core.venue import Venue
    from bot.exchanges.connector import Connector
    from bot.exchanges.session import Ended
    from bot.journal import Journal

STEADY = MINUTE
"""A connection that lasted so long was a good one: pauses begin anew."""
LONGEST_PAUSE = 30.0
"""Seconds between two tries at most: a venue that is back is missed no longer."""
FOLDED = 4
"""So many messages at once are worth a try to count them in one step."""

log = logging.getLogger("cvdbot")


class Feed:
    """One venue's connection, for as long as the bot runs."""

    def __init__(self, connector: Connector, venue: Venue, clock: Clock, journal: Journal) -> None:
        self.connector = connector
        self.venue = venue
        self.reconnects = 0
        self.rejects = 0
        self._clock = clock
        self._journal = journal
        self._client: httpx.AsyncClient  # while it runs
        self._running: set[Session] = set()
        self._old: Session | None = None  # that is to be left
        self._settling: asyncio.Task[None] | None = None
        self._lost_at: int | None = None  # since when nothing is heard; None before the first connection
        self._parse = connector.parse
        self._fold = connector.fold
        self._add = venue.add

    @property
    def exchange(self) -> str:
        """The exchange's name."""
        return self.connector.exchange

    def idle(self) -> bool:
        """Say whether there is nothing to read from this venue."""
        return all(session.idle() for session in self._running)

    async def run(self) -> None:
        """Connect and read, for ever."""
        async with httpx.AsyncClient(timeout=10.0, trust_env=not self.connector.endpoint.local) as client:
            self._client = client
            try:
                await self._run()
            finally:
                await self._end_all()

    async def _run(self) -> None:
        pauses = backoff(max_delay=LONGEST_PAUSE)
        while True:
            began = self._clock.now()
            ended = await self._follow(self._begin())
            was_connected = self.venue.connected
            self._disconnected()
            steady = was_connected and self._clock.now() - began >= STEADY
            if steady:
                pauses = backoff(max_delay=LONGEST_PAUSE)
            pause = 0.0 if steady and ended.clean else next(pauses)
            again = f"next try in {pause:.0f} s" if pause else "trying again at once"
            event = "disconnected" if was_connected else "not connected"
            self._journal.warning(event, f"{self.exchange}: {ended.reason}; {again}")
            await self._clock.sleep(pause * SECOND)

    # Connections

    def _begin(self) -> Session:
        session = Session(self.connector, self.venue, self._clock, self._client, self.take)
        self._running.add(session)
        session.begin().add_done_callback(lambda _: self._running.discard(session))
        return session

    async def _follow(self, session: Session) -> Ended:
        """Read a connection and its successors; return how the last one ended."""
        while True:
            await _first(session.task, session.to_leave.wait())
            if session.task.done():
                return session.task.result()
            self._journal.info("leaving", f"{self.exchange}: {session.why}; the next connection is made first")
            self._old = session
            session = await self._succeed(session)
            self._old = None

    async def _succeed(self, old: Session) -> Session:
        """Return the connection to go on with: another that is subscribed, or the one that is being made."""
        pauses = backoff(max_delay=LONGEST_PAUSE)
        while True:
            new = self._begin()
            await _first(old.task, new.task, new.subscribed.wait())
            if new.subscribed.is_set() and not new.task.done():
                self.venue.settle(arrived=not old.task.done() and await old.emptied())
                if not old.task.done():
                    old.give_up("left")
                    await _first(old.task)
                return new
            if not old.task.done():
                self._journal.warning("not connected", f"{self.exchange}: {new.task.result().reason}")
                await self._clock.sleep(next(pauses) * SECOND)
            if old.task.done():  # it ended before: from here on it is a break like any other
                self.venue.settle(arrived=False)
                self._disconnected()
                return self._begin() if new.task.done() else new

    def _disconnected(self) -> None:
        if self.venue.connected:
            self.reconnects += 1
            self._lost_at = self._clock.now()
        self.venue.disconnected()

    async def _end_all(self) -> None:
        tasks = [session.task for session in self._running]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.venue.disconnected()

    # Messages

    def take(self, texts: list[bytes], session: Session | None = None) -> None:
        """Count what messages bring that came at once, in their order."""
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
                self._take(message, session)

    def _count(self, trades: list[Trade]) -> None:
        for trade in trades:
            if not self._add(trade):
                self._judge_again(trade)

    def _take(self, message: Message, session: Session | None) -> None:
        """Act on a message that is not plainly trades."""
        match message:
            case Subscribed():
                self._subscribed(session)
            case Refused(reason):
                if session is None or session.subscribed.is_set():  # an answer to something else than the subscription
                    self._reject(Rejected("error from the venue", reason, missing=False))
                else:
                    session.give_up(f"the subscription to {self.connector.endpoint.symbol} was refused: {reason}")
            case Heartbeat(timestamp, newest):
                self.venue.expect(self._clock.moment())
                self.venue.heartbeat(timestamp, newest)
            case Closing(reason):
                if session is not None:
                    session.leave(f"the venue closes this connection: {reason}")
            case Mixed(trades, others):
                self._count(trades)
                for other in others:
                    self._take(other, session)
            case Uncounted(identity):
                self.venue.passed(identity)
            case Rejected():
                self._reject(message)
            case Unasked(what):
                log.debug("%s: nobody asked for %s", self.exchange, what)
                self._heard(session)
            case _:  # Alive
                self._heard(session)

    def _heard(self, session: Session | None) -> None:
        """Take a sign of life; one of a connection that is not subscribed yet says nothing of trades."""
        if session is None or session.subscribed.is_set():
            self.venue.heard(self._clock.moment().earliest)

    def _subscribed(self, session: Session | None) -> None:
        if session is not None:
            if self.venue.connected and not session.subscribed.is_set() and self._old is not None:
                self.venue.expect(self._clock.moment())
                self.venue.doubt(self._old.known_until)
            session.subscribed.set()
        if self.venue.connected:
            return
        known = self.venue.known_until
        self.venue.subscribed(self._clock.moment())
        self._settling = asyncio.create_task(self._settle())
        said = f"{self.exchange}: {self.connector.endpoint.symbol} subscribed"
        if self._lost_at is not None:
            said += f" after {_duration(self._clock.now() - self._lost_at)}; it is asked for all since "
            said += to_iso(minute_of(known))
        self._journal.info("connected", said)

    async def _settle(self) -> None:
        """Find out more exactly since when the subscription covers."""
        instant = await self._clock.fresh()
        if self.venue.connected:
            self.venue.covered_from(instant)

    def _judge_again(self, trade: Trade) -> None:
        """Judge a trade's time by the clock as it is now: after a stall, what waited is not from the future."""
        self.venue.expect(self._clock.moment())
        if not self._add(trade):
            said, now = to_iso_or_number(trade.timestamp), to_iso(self._clock.now())
            self._reject(Rejected("implausible time", f"a trade of {said}, the clock says {now}", trade.id))

    def _reject(self, rejected: Rejected) -> None:
        self.rejects += 1
        if rejected.missing:
            self.venue.refused(rejected.identity)
        self._journal.rejected(self.exchange, rejected.reason, rejected.detail)


async def _first(*waited: asyncio.Future[Ended] | object) -> None:
    """Wait for the first of tasks, which go on, and of coroutines, which do not."""
    own = [each for each in waited if not isinstance(each, asyncio.Future)]
    tasks = [asyncio.ensure_future(each) for each in own]  # type: ignore[call-overload] # coroutines
    try:
        await asyncio.wait(
            [*(each for each in waited if isinstance(each, asyncio.Future)), *tasks],
            return_when=asyncio.FIRST_COMPLETED,
        )
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _duration(length: int) -> str:
    """Return ms as seconds, or minutes and seconds."""
    seconds = round(length / SECOND)
    return f"{seconds} s" if seconds < MINUTE // SECOND else f"{seconds // 60} min {seconds % 60} s"


def to_iso_or_number(timestamp: int) -> str:
    """Return the instant in ISO 8601, or the bare number when no calendar reaches so far."""
    try:
        return to_iso(timestamp)
    except OverflowError:
        return str(timestamp)

"""Keeping one venue's connection, for as long as the bot runs: again after a break, and another before one ends.

It carries every pair that is followed there, each a leg (leg.py).

A connection that is to be left (`bot.exchanges.session`) is left only when the next one is subscribed and all that was
sent on the old one has arrived: nothing is lost, and what both bring is counted once by its id. After a break the next
try follows at once when the venue closed in an orderly way, else after a growing pause with jitter.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
from websockets.client import backoff

from bot.core.times import MINUTE, SECOND
from bot.exchanges.routing import Routing
from bot.exchanges.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.clock import Clock
    from bot.exchanges.leg import Leg
    from bot.exchanges.session import Ended
    from bot.journal import Journal

STEADY = MINUTE
"""A connection that lasted so long was a good one: pauses begin anew."""
LONGEST_PAUSE = 30.0
"""Seconds between two tries at most: a venue that is back is missed no longer."""


class Feed:
    """One venue's connection, for as long as the bot runs."""

    def __init__(self, legs: Sequence[Leg], clock: Clock, journal: Journal) -> None:
        """Begin with the pairs of one venue, at least one."""
        self.legs = tuple(legs)
        self.reconnects = 0
        self._clock = clock
        self._journal = journal
        self._routing = Routing(self.legs)
        self._client: httpx.AsyncClient  # while it runs
        self._running: set[Session] = set()

    @property
    def exchange(self) -> str:
        """The exchange's name."""
        return self.legs[0].exchange

    @property
    def connected(self) -> bool:
        """Whether any of its pairs is heard."""
        return any(leg.venue.connected for leg in self.legs)

    @property
    def rejects(self) -> int:
        """Messages and trades that could not be counted."""
        return sum(leg.rejects for leg in self.legs)

    @property
    def gaps(self) -> int:
        """Holes among the ids."""
        return sum(leg.venue.gaps for leg in self.legs)

    def idle(self) -> bool:
        """Say whether there is nothing to read from this venue."""
        return all(session.idle() for session in self._running)

    async def run(self) -> None:
        """Connect and read, for ever."""
        async with httpx.AsyncClient(timeout=10.0, trust_env=not self.legs[0].connector.endpoint.local) as client:
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
            was_connected = self.connected
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
        session = Session(self.legs, self._clock, self._client, self.take)
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
            self._leave(session)
            session = await self._succeed(session)
            self._leave(None)

    def _leave(self, old: Session | None) -> None:
        for leg in self.legs:
            leg.old = old

    def _settle(self, *, arrived: bool) -> None:
        for leg in self.legs:
            leg.venue.settle(arrived=arrived)

    async def _succeed(self, old: Session) -> Session:
        """Return the connection to go on with: another that is subscribed, or the one that is being made."""
        pauses = backoff(max_delay=LONGEST_PAUSE)
        while True:
            new = self._begin()
            await _first(old.task, new.task, new.subscribed.wait())
            if new.subscribed.is_set() and not new.task.done():
                self._settle(arrived=not old.task.done() and await old.emptied())
                if not old.task.done():
                    old.give_up("left")
                    await _first(old.task)
                self._disconnected_but_on(new)  # what the old one told is told no more
                return new
            if not old.task.done():
                self._journal.warning("not connected", f"{self.exchange}: {new.task.result().reason}")
                self._disconnected_but_on(old)
                await self._clock.sleep(next(pauses) * SECOND)
            if old.task.done():  # it ended before: from here on it is a break like any other
                self._settle(arrived=False)
                if new.task.done():
                    self._disconnected()
                    return self._begin()
                self.reconnects += self.connected
                self._disconnected_but_on(new)
                return new

    def _disconnected(self) -> None:
        self.reconnects += self.connected
        for leg in self.legs:
            leg.disconnected()

    def _disconnected_but_on(self, session: Session) -> None:
        """Take note that of all connections only this one is left: it tells no pair that it has not confirmed."""
        for leg in self.legs:
            if not session.is_subscribed(leg):
                leg.disconnected()

    async def _end_all(self) -> None:
        tasks = [session.task for session in self._running]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for leg in self.legs:
            leg.venue.disconnected()

    def take(self, texts: list[bytes], session: Session | None = None) -> None:
        """Hand each leg what came at once for it, in its order."""
        for leg, own in self._routing.parted(texts):
            leg.take(own, session)


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

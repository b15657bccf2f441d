"""Asking a venue for what its stream did not bring, minute by minute, until nothing is missing or nothing can be told.

Which minutes, the venue's state knows (`bot.core.venue`). Minutes that follow each other are asked for in one walk
through the pages of its REST interface, and each is replaced as soon as the pages cover it. An interface may lag behind
its stream by seconds: a minute is taken when the pages tell of a trade after it, or when it is long enough over.

What fails is tried again after a growing pause, or when the venue says so; what the venue does not tell any more stays
as it is.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import httpx
from websockets.client import backoff

from bot.core.minutes import Bucket
from bot.core.times import MINUTE, SECOND, minute_of, to_iso
from bot.errors import VenueError
from bot.exchanges.messages import one_line
from bot.exchanges.rest import Budget, BusyError, OutOfReachError, ms

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from bot.clock import Clock
    from bot.core.venue import Venue
    from bot.exchanges.connector import Connector
    from bot.exchanges.rest import Page
    from bot.journal import Journal

T = TypeVar("T")

LOOK = SECOND / 4
"""So often it is looked whether a minute is to be healed."""
AGAIN = SECOND
"""So soon an interface that lags is asked again."""
LAG = 20 * SECOND
"""No interface lags further behind its stream: a minute so long over is told whole."""
ANSWER = 10 * SECOND
"""How long a venue may take to answer."""
LONGEST_PAUSE = 30.0
"""Seconds between two tries at most."""


class Healer:
    """Heals one venue's minutes, for as long as the bot runs."""

    def __init__(
        self, connector: Connector, venue: Venue, clock: Clock, journal: Journal, budget: Budget | None = None
    ) -> None:
        """Begin; several pairs of a venue share a `budget` of requests."""
        self._connector = connector
        self._venue = venue
        self._clock = clock
        self._journal = journal
        self._budget = budget or Budget(connector.pace)
        self._failed = ""

    async def run(self) -> None:
        """Heal what there is to heal, for ever."""
        pauses = backoff(max_delay=LONGEST_PAUSE)
        local = self._connector.endpoint.local
        async with httpx.AsyncClient(timeout=None, trust_env=not local) as client:  # noqa: S113 - the clock's own
            while True:
                await self._clock.sleep(LOOK)
                if not (minutes := self._venue.to_heal()):
                    continue
                try:
                    await self._heal(client, _span(minutes))
                except BusyError as error:
                    self._say(error)
                    pause = next(pauses) if error.retry_after is None else error.retry_after
                    await self._clock.sleep(ms(pause))
                except (httpx.HTTPError, VenueError) as error:
                    self._say(error)
                    await self._clock.sleep(ms(next(pauses)))
                else:
                    self._failed = ""
                    pauses = backoff(max_delay=LONGEST_PAUSE)

    async def _heal(self, client: httpx.AsyncClient, minutes: list[int]) -> None:
        """Ask for minutes that follow each other, once."""
        walk = _Walk(self._venue, minutes)
        end = minutes[-1] + MINUTE
        if self._clock.now() + self._venue.offset < end + LAG:
            end = max(end, self._venue.known_until + 1)  # a later trade proves that the interface has come so far
        pages = self._connector.past(client, minutes[0], end)
        try:
            while (page := await self._next(pages)) is not None:
                walk.take(page, self._clock.now() + self._venue.offset)
        except OutOfReachError as error:
            walk.give_up(error.reach)
            self._journal.warning("not healed", f"{self._connector.exchange}: {error}")
        finally:
            if walk.healed:
                count = f"{len(walk.healed)} minute{'s' * (len(walk.healed) > 1)}"
                said = f"{count} from {to_iso(min(walk.healed))}, {walk.trades:,} trades"
                self._journal.info("healed", f"{self._connector.exchange}: {said}")
        if walk.left:
            await self._clock.sleep(AGAIN)

    async def _next(self, pages: AsyncIterator[Page]) -> Page | None:
        await self._clock.sleep(pause) if (pause := self._budget.wait(self._clock.now())) else None
        return await self._answered(anext(pages, None))

    async def _answered(self, work: Awaitable[T]) -> T:
        """Wait for an answer by the bot's clock.

        Raises:
            VenueError: It took too long.
        """
        task = asyncio.ensure_future(work)
        timer = asyncio.ensure_future(self._clock.sleep(ANSWER + self._clock.moment().slack))
        try:
            await asyncio.wait({task, timer}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise VenueError(f"{self._connector.endpoint.rest} did not answer in 10 s")
            return task.result()
        finally:
            task.cancel()
            timer.cancel()
            await asyncio.gather(task, timer, return_exceptions=True)

    def _say(self, error: Exception) -> None:
        """Say why it failed, once until something else is wrong or all is well."""
        reason = one_line(str(error)) or type(error).__name__
        if reason != self._failed:
            self._failed = reason
            self._journal.warning("not healed", f"{self._connector.exchange}: {reason}; it is tried again")


class _Walk:
    """What the pages told so far of minutes that follow each other."""

    def __init__(self, venue: Venue, minutes: list[int]) -> None:
        self._venue = venue
        self.left = set(minutes)
        self.healed: list[int] = []
        self.trades = 0
        self._buckets: dict[int, Bucket] = {}
        self._start = self._end = -1  # the span that is covered; none yet
        self._told_until = 0
        self._before: set[int | str] = set()  # ids of the page before: pages may overlap

    def take(self, page: Page, now: int) -> None:
        """Count a page's trades and heal the minutes it completes. `now`: the venue's time, UTC ms."""
        for trade in page.trades:
            self._told_until = max(self._told_until, trade.timestamp)
            minute = minute_of(trade.timestamp)
            if minute not in self.left or trade.id in self._before:
                continue
            bucket = self._buckets.get(minute)
            if bucket is None:
                self._buckets[minute] = Bucket(trade)
            else:
                bucket.add(trade)
        for burst in page.bursts:
            self._told_until = max(self._told_until, burst.last)
            minute = minute_of(burst.first)
            if minute not in self.left:
                continue
            bucket = self._buckets.get(minute)
            if bucket is None:
                self._buckets[minute] = Bucket.begin(burst)
            else:
                bucket.merge(burst)
        self._before = {trade.id for trade in page.trades}
        if self._end < 0:
            self._start, self._end = page.start, page.end
        self._start, self._end = min(self._start, page.start), max(self._end, page.end)
        for minute in sorted(self.left):
            end = minute + MINUTE
            if self._start <= minute and end <= self._end and (self._told_until >= end or now >= end + LAG):
                self._heal(minute)

    def give_up(self, reach: int) -> None:
        """Give up the minutes that began before `reach`."""
        for minute in [each for each in self.left if each < reach]:
            self.left.remove(minute)
            self._venue.give_up(minute)

    def _heal(self, minute: int) -> None:
        bucket = self._buckets.get(minute)
        if self._venue.heal(minute, bucket):
            self.left.remove(minute)
            self.healed.append(minute)
            self.trades += 0 if bucket is None else bucket.trades


def _span(minutes: list[int]) -> list[int]:
    """Return the first of ascending minutes, as far as they follow each other."""
    count = 1
    while count < len(minutes) and minutes[count] == minutes[count - 1] + MINUTE:
        count += 1
    return minutes[:count]

"""One connection of a venue, from connecting to its end: subscribe, ask for signs of life, notice when it has failed.

A connection has failed when it closed, the venue refused every subscription or did not answer in time, or nothing at
all was heard after a ping. One of several pairs that is refused is asked for again after a while; the others go on. It
is to be **left** when its end is known before: the venue announces it, its documented life is nearly over, or it stays
open and tells nothing, or nothing more of one pair, for longer than the venue's rhythm. Whoever leaves has another one
first (feed.py).
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.frames import CloseCode

from bot.core.times import HOUR, MINUTE, SECOND
from bot.errors import VenueError
from bot.exchanges.messages import one_line
from bot.exchanges.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.clock import Clock
    from bot.exchanges.leg import Leg

ANSWER = 10 * SECOND
"""How long a venue may take to answer a subscription or a ping."""
QUIET = 2 * SECOND
"""After so long without a message the venue is asked for a sign of life."""
REFUSED_AGAIN = 5 * MINUTE
"""So long after a refusal one of several pairs is asked for again."""
EARLY = 30 * MINUTE
"""So long before the end of its documented life a connection is left."""
LARGEST_MESSAGE = 4 * 1024 * 1024
CLEAN = (CloseCode.NORMAL_CLOSURE, CloseCode.GOING_AWAY, CloseCode.SERVICE_RESTART)
"""Closed as agreed: nothing is wrong, and it can be tried again at once."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a connection ended."""

    reason: str
    """In one line."""
    clean: bool
    """Whether the venue closed it in an orderly way."""


class Session:
    """One connection; `begin` it once."""

    def __init__(
        self,
        legs: Sequence[Leg],
        clock: Clock,
        client: httpx.AsyncClient,
        take: Callable[[list[bytes], Session], None],
    ) -> None:
        self.task: asyncio.Task[Ended]  # once it was begun
        self.subscribed = asyncio.Event()
        """Every pair was answered, and at least one confirmed."""
        self.to_leave = asyncio.Event()
        self.why = ""
        """Why it is to be left."""
        self.heard = 0
        """Messages and pongs so far."""
        self._legs = tuple(legs)
        self._connector = legs[0].connector  # what holds for the venue holds for each
        self._confirmed: set[Leg] = set()
        self._refused: dict[Leg, tuple[str, int]] = {}  # -> why, and our clock then
        self._known: dict[Leg, int] = {}
        self._told: dict[Leg, tuple[int, int]] = {}  # -> the newest time, and when it came; 0: nothing came here yet
        self._clock = clock
        self._client = client
        self._take = take
        self._stream: Stream | None = None
        self._given_up: str | None = None
        self._ending: asyncio.Task[None] | None = None

    def begin(self) -> asyncio.Task[Ended]:
        """Connect, subscribe and read in a task that ends with the connection."""
        self.task = asyncio.create_task(self._kept())
        return self.task

    async def _kept(self) -> Ended:
        try:
            return await self._run()
        except ssl.SSLCertVerificationError as error:
            host = urlsplit(self._connector.endpoint.websocket).hostname
            said = f"the certificate of {host} is not trusted ({error.verify_message}): somebody may stand in between"
            return Ended(one_line(said), clean=False)
        except (OSError, WebSocketException, httpx.HTTPError, httpx.InvalidURL, VenueError) as error:
            return Ended(one_line(str(error)) or type(error).__name__, clean=False)
        finally:
            self._stream = None

    def is_subscribed(self, leg: Leg) -> bool:
        """Say whether the venue confirmed a pair on this connection."""
        return leg in self._confirmed

    def known_until(self, leg: Leg) -> int:
        """Return the venue's time up to which all of a pair sent here has arrived, as of the last sign of life."""
        return self._known.get(leg, 0)

    def confirm(self, leg: Leg) -> None:
        """Take note that the venue confirmed a pair."""
        self._confirmed.add(leg)
        self._refused.pop(leg, None)
        self._judge()

    def refuse(self, leg: Leg, reason: str) -> None:
        """Take note that the venue does not tell a pair; when it tells none, the connection is given up."""
        self._refused[leg] = (reason, self._clock.now())
        if len(self._refused) == len(self._legs):
            self.give_up(reason)
            return
        leg.refuse(reason)
        self._judge()

    def _judge(self) -> None:
        if self._confirmed and len(self._confirmed) + len(self._refused) == len(self._legs):
            self.subscribed.set()

    def idle(self) -> bool:
        """Say whether there is nothing to read: the machine's buffer for this connection is empty."""
        return self._stream is None or self._stream.idle()

    def give_up(self, reason: str) -> None:
        """End this connection, for a reason."""
        if self._given_up is None and self._stream is not None:
            self._given_up = reason
            self._ending = asyncio.create_task(self._stream.close())

    def leave(self, why: str) -> None:
        """Ask for a successor; this connection goes on until there is one."""
        self.why = self.why or why
        self.to_leave.set()

    async def emptied(self) -> bool:
        """Wait until all that was sent on this connection before now has arrived; False when that can't be known."""
        if self._stream is None:
            return False
        try:
            answered = asyncio.ensure_future(await self._stream.ping())
            timer = asyncio.ensure_future(self._clock.sleep(ANSWER + self._clock.moment().slack))
            await asyncio.wait({answered, timer}, return_when=asyncio.FIRST_COMPLETED)
            timer.cancel()
        except (OSError, WebSocketException):
            return False
        return answered.done() and not answered.cancelled() and answered.exception() is None

    async def _run(self) -> Ended:
        await self._prepare()
        async with connect(
            self._connector.endpoint.websocket,
            create_connection=Stream,
            proxy=None if self._connector.endpoint.local else True,
            compression=None,
            ping_interval=None,  # our own pings keep the bot's time
            max_size=LARGEST_MESSAGE,
            close_timeout=1,
        ) as connection:
            self._stream = stream = cast("Stream", connection)
            stream.take = self._read
            for number, leg in enumerate(self._legs, 1):
                if leg not in self._refused:
                    await stream.send(leg.connector.subscription(number))
            watch = asyncio.create_task(self._watch(stream))
            try:
                await stream.wait_closed()
            except asyncio.CancelledError:  # the bot stops: the venue is told so
                await stream.close(CloseCode.GOING_AWAY)
                raise
            finally:
                watch.cancel()
                await asyncio.gather(watch, return_exceptions=True)
            if self._given_up is not None:
                return Ended(self._given_up, clean=False)
            closed = one_line(f"{stream.close_code} {stream.close_reason or ''}")
            return Ended(f"the connection closed ({closed})", clean=stream.close_code in CLEAN)

    async def _prepare(self) -> None:
        """Let each pair ask what it must know; one that can't be told is refused, unless it is the only one."""
        for leg in self._legs:
            try:
                await leg.connector.prepare(self._client)
            except (VenueError, httpx.HTTPError) as error:
                if len(self._legs) == len(self._refused) + 1:
                    raise
                self.refuse(leg, one_line(str(error)) or type(error).__name__)

    async def _ask_again(self, stream: Stream, now: int) -> None:
        """Ask again for the pairs that were refused a while ago."""
        for number, leg in enumerate(self._legs, 1):
            if leg in self._refused and not 0 <= now - self._refused[leg][1] <= REFUSED_AGAIN:
                self._refused[leg] = (self._refused[leg][0], now)
                try:
                    await leg.connector.prepare(self._client)
                except (VenueError, httpx.HTTPError):
                    continue
                await stream.send(leg.connector.subscription(number))

    def _read(self, texts: list[bytes]) -> None:
        self.heard += len(texts)
        self._take(texts, self)
        self._note()

    def _note(self) -> None:
        for leg in self._legs:
            self._known[leg] = leg.venue.known_until

    @property
    def _newest(self) -> int:
        """The newest time of any pair."""
        return max(leg.venue.newest for leg in self._legs)

    async def _watch(self, stream: Stream) -> None:
        """Ask for signs of life; give the connection up when none comes, leave it when its end is near."""
        began = now = told_at = self._clock.now()
        asked_at, pinged_at, heard, heard_at, told = None, now, -1, now, self._newest
        life = self._connector.life
        self._told = {leg: (leg.venue.newest, 0) for leg in self._legs}
        subscribe_until = now + ANSWER + self._clock.moment().slack
        while True:
            await self._clock.sleep(SECOND / 2)
            now = self._clock.now()
            # A clock that was set back must not lengthen a wait.
            began, told_at, pinged_at, heard_at = (
                min(began, now),
                min(told_at, now),
                min(pinged_at, now),
                min(heard_at, now),
            )
            asked_at = asked_at and min(asked_at, now)
            subscribe_until = min(subscribe_until, now + ANSWER + self._clock.moment().slack)
            if self.heard != heard:
                heard, heard_at, asked_at = self.heard, now, None
            if self._newest != told:
                told, told_at = self._newest, now
            if not self.subscribed.is_set() and now > subscribe_until and self.idle():
                for leg in self._legs:
                    if leg not in self._confirmed and leg not in self._refused:
                        self.refuse(leg, "the subscription was not answered in 10 s")
                if not self._confirmed:
                    return
            if self._refused:
                await self._ask_again(stream, now)
            if asked_at is not None and now - asked_at > ANSWER + self._clock.moment().slack and self.idle():
                self.give_up("a ping was not answered in 10 s")
                return
            silent = now - told_at
            if silent > self._connector.rhythm + self._clock.moment().slack and self.idle():
                self.leave(f"it is open and has told nothing for {silent // SECOND} s")
            self._leave_a_silent_pair(now)
            if life is not None and now - began > life - EARLY:
                self.leave(f"the venue ends a connection after {life // HOUR} h")
            due = self._connector.ping_every is not None and now - pinged_at >= self._connector.ping_every
            if due or (asked_at is None and now - heard_at >= QUIET):
                pinged_at = now
                asked_at = asked_at or now
                await self._ping(stream)

    def _leave_a_silent_pair(self, now: int) -> None:
        """Leave when a pair that was told on this connection is told no more; one that never was may be a quiet one."""
        for leg, (newest, since) in self._told.items():
            if leg.venue.newest != newest or since > now:
                self._told[leg] = leg.venue.newest, now
            elif since and now - since > self._connector.rhythm + self._clock.moment().slack and self.idle():
                self.leave(f"it is open and has told nothing of {leg.symbol} for {(now - since) // SECOND} s")

    async def _ping(self, stream: Stream) -> None:
        if self._connector.ping is not None:
            await stream.send(self._connector.ping)
            return
        answered = asyncio.ensure_future(await stream.ping())
        answered.add_done_callback(self._ponged)

    def _ponged(self, answered: asyncio.Future[float]) -> None:
        if not answered.cancelled() and answered.exception() is None:
            self.heard += 1
            for leg in self._legs:
                leg.heard(self)
            self._note()

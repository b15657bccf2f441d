"""Where the bot's time comes from: the machine, or the simulator it listens to.

Every wait in the bot is a wait on its clock, so with a simulator at 60x the heartbeats, watchdogs, back-offs and
graces run at 60x as well. Instants are UTC ms, durations are ms of this clock.

A clock can leap: a Pi without a battery boots in the past until it is told the time, a laptop sleeps, a simulator
begins anew. `take_leap` tells of it once, so that what was not watched is never taken for quiet.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Protocol, Self

import httpx
import msgspec

from bot.core.times import MINUTE, SECOND, Moment, to_iso
from bot.errors import ConfigurationError

log = logging.getLogger("cvdbot")

PLAUSIBLE = 1_735_689_600_000
"""2025-01-01: no clock that is right says less."""
LOOK_AGAIN = SECOND
LEAP = MINUTE
"""A clock that moves by so much more or less than the time that passed has leapt."""


class Clock(Protocol):
    """The bot's time."""

    def now(self) -> int:
        """Return the time, UTC ms."""
        ...

    def moment(self) -> Moment:
        """Return the time and how far it may be off."""
        ...

    async def fresh(self) -> int:
        """Return a time, UTC ms, that was surely not over when this was called, as exact as can be had."""
        ...

    async def sleep(self, duration: float) -> None:
        """Wait so many ms of this clock."""
        ...

    def take_leap(self) -> tuple[int, int] | None:
        """Return (from, to) when the clock leapt since the last call."""
        ...


class SystemClock:
    """The machine's own clock."""

    def __init__(self) -> None:
        self._seen = (self.now(), time.monotonic())

    def now(self) -> int:
        """Return the machine's time, UTC ms."""
        return time.time_ns() // 1_000_000

    def moment(self) -> Moment:
        """Return the machine's time, taken at its word."""
        return Moment.exact(self.now())

    async def fresh(self) -> int:
        """Return the machine's time."""
        return self.now()

    async def sleep(self, duration: float) -> None:
        """Wait so many ms."""
        await asyncio.sleep(duration / SECOND)

    def take_leap(self) -> tuple[int, int] | None:
        """Return (from, to) when the clock was set, or the machine slept, since the last call."""
        then, passed_then = self._seen
        self._seen = now, passed = self.now(), time.monotonic()
        expected = then + int((passed - passed_then) * SECOND)
        return (expected, now) if abs(now - expected) > LEAP else None


async def plausible(clock: Clock) -> None:
    """Wait while the clock is years off, as a Pi's is at boot until the network tells it the time.

    Of what was stored nothing is touched until then.
    """
    if clock.now() < PLAUSIBLE:
        log.warning("the clock says %s: waiting until the network tells it the time", to_iso(clock.now()))
        while clock.now() < PLAUSIBLE:
            await clock.sleep(LOOK_AGAIN)
        clock.take_leap()  # nothing was missed by it


STEP = 0.25
"""Real seconds that a simulator may send at once before its clock tells so."""
ATTEMPTS, PAUSE = 20, 0.25
"""So often, and so many real seconds apart, the first reading is tried: the simulator may be starting."""


class _Reading(msgspec.Struct):
    now: int
    speed: float
    running: bool


class SimulatedClock:
    """The clock of a simulator, read over HTTP; between two readings it goes on at the simulator's speed.

    Use it as an async context manager: readings go on inside the block. It never runs ahead of the last reading by
    more than two readings' time, so when the simulator stalls, the bot's time stands still with it.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._reading = _Reading(now=0, speed=1.0, running=False)
        self._read_at = self._asked_at = 0.0
        self._last = 0
        self._leap: tuple[int, int] | None = None
        self._task: asyncio.Task[None] | None = None
        self._client = httpx.AsyncClient(timeout=2.0, trust_env=False)

    async def __aenter__(self) -> Self:
        """Take the first reading.

        Raises:
            ConfigurationError: Nothing that is a simulator's clock answers at the address.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._take(*await self._read())
                break
            except (httpx.HTTPError, msgspec.MsgspecError) as error:
                if attempt == ATTEMPTS:
                    await self._client.aclose()
                    raise ConfigurationError(
                        f"clock.url {self.url} does not answer as a simulator's clock"
                        f" ({error or type(error).__name__}); is `cvdbot simulate` running?"
                    ) from None
                await asyncio.sleep(PAUSE)
        self._leap = None
        self._task = asyncio.create_task(self._keep_reading())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._client.aclose()

    def now(self) -> int:
        """Return the simulated time, UTC ms; it never goes back but in a leap."""
        reading = self._reading
        if reading.running:
            passed = min(time.monotonic() - self._read_at, 2 * self._interval)
            self._last = max(self._last, reading.now + int(passed * SECOND * reading.speed))
        return self._last

    def moment(self) -> Moment:
        """Return the simulated time.

        `earliest`: should the simulator have stood still since the last reading. `latest`: if nothing was ever late,
        and the simulator in the longest step it takes at once. `slack`: what it may do in two real seconds, in which
        this process or that one stands still.
        """
        now, speed = self.now(), self._reading.speed
        passed = time.monotonic() - self._asked_at + STEP
        return Moment(
            now=now,
            earliest=now - int(2 * self._interval * SECOND * speed),
            latest=self._reading.now + int(passed * SECOND * speed),
            slack=self._slack,
        )

    @property
    def _slack(self) -> int:
        return int(2 * SECOND * self._reading.speed)

    async def fresh(self) -> int:
        """Ask the simulator now; the latest that it can be when it does not answer."""
        try:
            reading, _ = await self._read()
        except (httpx.HTTPError, msgspec.MsgspecError):
            return self.moment().latest
        return reading.now + 1

    async def sleep(self, duration: float) -> None:
        """Wait so many ms of simulated time; a leap forward ends it, a leap back does not lengthen it.

        While the simulated time stands still, a wait goes on at its speed: a market that waits for its audience would
        else wait for a bot that waits for the market.
        """
        left = duration
        while left > 0:
            then, began = self.now(), time.monotonic()
            await asyncio.sleep(min(max(left / SECOND / self._reading.speed, 0.001), self._interval))
            stood = (time.monotonic() - began) * SECOND * self._reading.speed
            left -= max(self.now() - then, 0) if self._reading.running else stood

    def take_leap(self) -> tuple[int, int] | None:
        """Return (from, to) when the simulator's time leapt since the last call."""
        leap, self._leap = self._leap, None
        return leap

    @property
    def _interval(self) -> float:
        """Real seconds between two readings: a second of the simulation, within what is cheap and fresh enough."""
        return min(max(1.0 / self._reading.speed, 0.02), 0.25)

    async def _read(self) -> tuple[_Reading, float]:
        asked_at = time.monotonic()
        answer = await self._client.get(self.url)
        answer.raise_for_status()
        reading = msgspec.json.decode(answer.content, type=_Reading)
        if reading.speed <= 0:
            raise msgspec.ValidationError(f"speed {reading.speed} is not above 0")
        return reading, asked_at

    def _take(self, reading: _Reading, asked_at: float) -> None:
        expected = self.now()
        self._reading, self._asked_at, self._read_at = reading, asked_at, time.monotonic()
        if abs(reading.now - expected) > LEAP + self._slack:
            start, _ = self._leap or (expected, 0)  # two that nobody has taken yet are one
            self._leap = (start, reading.now)
            self._last = reading.now
        self._last = max(self._last, reading.now)

    async def _keep_reading(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            try:
                self._take(*await self._read())
            except (httpx.HTTPError, msgspec.MsgspecError):
                continue  # time stands still until the simulator answers again

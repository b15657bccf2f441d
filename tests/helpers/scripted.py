"""A WebSocket server that says what the test tells it to, and a clock that runs fast."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, suppress

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from bot.core.times import Moment


class FastClock:
    """The bot's clock at `speed`: a wait of 10 s takes 10 s / speed."""

    def __init__(self, start, speed=50.0):
        self._start, self._speed, self._began = start, speed, time.monotonic()

    def now(self):
        return self._start + int((time.monotonic() - self._began) * 1000 * self._speed)

    def moment(self):
        return Moment.exact(self.now())

    async def fresh(self):
        return self.now()

    async def sleep(self, duration):
        await asyncio.sleep(duration / 1000 / self._speed)

    def take_leap(self):
        return None


@asynccontextmanager
async def scripted(handle, **options):
    """Serve `handle(connection)` for every client; give the address."""

    async def guarded(connection):
        with suppress(ConnectionClosed):
            await handle(connection)

    async with serve(guarded, "127.0.0.1", 0, compression=None, ping_interval=None, **options) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def until(condition, seconds=10.0):
    """Wait until `condition()` holds, looking often; a TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is awaited has no event
            await asyncio.sleep(0.002)

"""Who is connected to a simulated venue: what it subscribed to, when it was last heard of, and how it is cut.

Deadlines (heartbeats, idle cuts, the 24-hour limit) are in simulated time. A client always has `PATIENCE` real seconds
as well: at 600 times the speed of life a busy machine is not a silent client.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING

from websockets.asyncio.server import ServerConnection, broadcast
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from bot.simulator.messages import to_json

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bot.simulator.clock import Clock
    from bot.simulator.messages import Message

PATIENCE = 2.0
"""Real seconds a client has before a deadline of simulated time cuts it."""
CLOSING = 1.5
"""Real seconds a client has to close its side once the connection is closing."""
SLOW = 64 * 2**20
"""Bytes that may wait for a client that doesn't read before it is cut."""
_RESET = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
"""SO_LINGER on, for 0 s: closing sends a TCP reset."""


class Client:
    """One connection: what it subscribed to, and when it was last heard of.

    `silent` is whether nothing is sent or answered any more: it was torn down, or left alone with an open socket.
    """

    def __init__(self, connection: ServerConnection, path: str, number: int, clock: Clock) -> None:
        self.path = path
        self.name = f"{number:08x}"
        self.topics: dict[str, None] = {}
        self.combined = False
        self.gone = False
        self.silent = False
        self.tasks: set[asyncio.Task[None]] = set()
        self._connection = connection
        self._clock = clock
        self._marks: dict[str, tuple[int, float]] = {}
        self._heard: deque[tuple[int, float]] = deque(maxlen=64)
        self._closing = 0.0
        self._holds = 0
        self._held: list[str] = []
        self.mark("opened")

    def send(self, text: str) -> None:
        """Hand a text message to the socket."""
        if self._holds:
            self._held.append(text)
        elif not self.silent:
            broadcast((self._connection,), text)

    def tell(self, message: Message) -> None:
        """Send a message in the client's envelope."""
        self.send(message.combined if self.combined else message.text)

    def reply(self, body: object) -> None:
        """Send `body` as JSON."""
        self.send(to_json(body))

    def mark(self, event: str) -> None:
        """Remember that `event` happened now."""
        self._marks[event] = (self._clock.now, monotonic())

    def forget(self, event: str) -> None:
        """Forget that `event` happened."""
        self._marks.pop(event, None)

    def since(self, event: str) -> int | None:
        """Give the simulated ms since `event`, None if it did not happen."""
        mark = self._marks.get(event)
        return None if mark is None else self._clock.now - mark[0]

    def overdue(self, event: str, limit: int) -> bool:
        """Tell whether `event` happened more than `limit` simulated ms, and `PATIENCE`, ago."""
        mark = self._marks.get(event)
        return mark is not None and self._clock.now - mark[0] > limit and monotonic() - mark[1] > PATIENCE

    def shift(self, leap: int) -> None:
        """Move every mark with a clock that leaps, so that no deadline passes by it."""
        self._marks = {event: (now + leap, real) for event, (now, real) in self._marks.items()}

    def too_many(self, limit: int) -> bool:
        """Count an incoming message; tell whether it is one too many within a second."""
        self._heard.append((self._clock.now, monotonic()))
        if len(self._heard) <= limit:
            return False
        now, real = self._heard[-1 - limit]
        return self._clock.now - now < 1000 and monotonic() - real < 1.0  # noqa: PLR2004 - a second, in either time

    def ping(self) -> None:
        """Send a ping frame and mark it; the mark goes when the pong with the same payload comes.

        What is held sends none.
        """
        if self._holds:
            return
        self.mark("ping sent")
        self.mark("pong awaited")
        self._begin(self._ping())

    async def _ping(self) -> None:
        try:
            await (await self._connection.ping())
        except ConnectionClosed:
            return
        self.forget("pong awaited")

    def cut(self, code: int, reason: str) -> None:
        """Close the connection from our side."""
        if not self.gone and not self.silent:
            self.let_go()
            self.gone = True
            self._begin(self._connection.close(code, reason))

    def drop(self, *, reset: bool = False) -> None:
        """Tear the connection down without a closing handshake, on request by a TCP reset."""
        self.gone = self.silent = True
        self._holds = 0
        self._held.clear()
        transport = self._connection.transport
        if reset and not transport.is_closing():
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        transport.abort()

    def hold(self) -> None:
        """Send and read nothing until every hold is released."""
        if not self.silent:
            self._holds += 1
            self._connection.transport.pause_reading()

    def release(self) -> None:
        """End a hold; after the last one everything that waited is sent at once."""
        if self._holds == 1:
            self.let_go()
        self._holds = max(0, self._holds - 1)

    def let_go(self) -> None:
        """End every hold."""
        if self._holds:
            self._holds = 0
            self._connection.transport.resume_reading()
            held, self._held = self._held, []
            for text in held:
                self.send(text)

    def fall_silent(self) -> None:
        """Leave the socket open and say nothing any more, not even a pong, until the client leaves."""
        self.silent = True
        self._holds = 0
        self._held.clear()
        transport = self._connection.transport
        transport.set_protocol(_Deaf(self._connection))
        transport.resume_reading()

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    @property
    def listening(self) -> bool:
        """Whether neither side has begun to close the connection."""
        return not self.gone and self._connection.state is State.OPEN

    def lost(self) -> bool:
        """Tell whether the client has stopped reading, or does not finish closing."""
        if self._connection.transport.get_write_buffer_size() > SLOW:
            return True
        if self.listening:
            return False
        self._closing = self._closing or monotonic()
        return monotonic() - self._closing > CLOSING


class _Deaf(asyncio.Protocol):
    """Reads without listening; tells the connection when the client has left."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the connection end."""
        self._connection.connection_lost(exc)

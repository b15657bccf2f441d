"""A WebSocket connection that hands each message over the moment its bytes are there.

`recv()` of the library puts every message into a queue and wakes a task for it, which costs about as much as
receiving it. A trade needs no queue: it is counted in under a microsecond. So whole text frames go straight to
`take`, and only what is rare (a message in several frames) takes the library's way. It follows that what was read
from the socket has been counted: when the machine's buffer is empty, nothing waits.
"""

from __future__ import annotations

import select
from typing import TYPE_CHECKING

from websockets.asyncio.client import ClientConnection
from websockets.frames import Frame, Opcode

if TYPE_CHECKING:
    from collections.abc import Callable

    from websockets.protocol import Event

_TEXT = Opcode.TEXT


def _drop(_: bytes) -> None:
    """Stand in for `take` until it is set: nothing is sent before the subscription."""


class Stream(ClientConnection):
    """A connection with a `take` for whole text messages; pass it to `connect(create_connection=Stream)`."""

    take: Callable[[bytes], None] = staticmethod(_drop)

    def process_event(self, event: Event) -> None:
        """Hand a whole text message to `take`; leave the rest to the library."""
        if isinstance(event, Frame) and event.opcode is _TEXT and event.fin:
            self.take(event.data)  # type: ignore[arg-type]
        else:
            super().process_event(event)

    def idle(self) -> bool:
        """Say whether nothing waits to be read in the machine's buffer of this connection."""
        poll = select.poll()
        poll.register(self.transport.get_extra_info("socket").fileno(), select.POLLIN)
        return not poll.poll(0)

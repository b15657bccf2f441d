"""A WebSocket connection that hands each message over the moment its bytes are there.

`recv()` of the library puts every message into a queue and wakes a task for it, which costs about as much as
receiving it. A trade needs no queue: it is counted in about a microsecond. It follows that what was read from the
socket has been counted: when the machine's buffer is empty, nothing waits.
"""

from __future__ import annotations

import select
from typing import TYPE_CHECKING

from websockets.asyncio.client import ClientConnection
from websockets.frames import Frame, Opcode

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from websockets.protocol import Event

_DATA = (Opcode.TEXT, Opcode.CONT, Opcode.BINARY)


def _drop(_: bytes) -> None:
    """Stand in for `take` until it is set: nothing is sent before the subscription."""


class Stream(ClientConnection):
    """A connection with a `take` for whole messages, as bytes; pass it to `connect(create_connection=Stream)`.

    `recv()` never returns anything: every message goes to `take`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the library's own
        super().__init__(*args, **kwargs)
        self.take: Callable[[bytes], None] = _drop
        self._parts: list[bytes] = []

    def process_event(self, event: Event) -> None:
        """Hand a whole message to `take`; leave control frames and the handshake to the library."""
        if isinstance(event, Frame) and event.opcode in _DATA:
            if event.fin and event.opcode is not Opcode.CONT:
                self.take(event.data)  # type: ignore[arg-type]
                return
            self._parts.append(bytes(event.data))
            if event.fin:
                whole = b"".join(self._parts)
                self._parts.clear()
                self.take(whole)
        else:
            super().process_event(event)

    def idle(self) -> bool:
        """Say whether nothing waits to be read in the machine's buffer of this connection."""
        number = self.transport.get_extra_info("socket").fileno()
        if number < 0:  # closed: what had arrived was handed over
            return True
        poll = select.poll()
        poll.register(number, select.POLLIN)
        return not poll.poll(0)

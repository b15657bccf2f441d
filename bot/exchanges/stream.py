"""A WebSocket connection that hands messages over the moment their bytes are there, all of one read at once.

`recv()` of the library puts every message into a queue and wakes a task for it, and its parser steps through a
generator four times a frame: together several times what it costs to count a trade. Nearly everything an exchange
sends is one kind of frame, a whole text message (RFC 6455, 5.2):

    0x81 | length, below 126      | text
    0x81 | 126 | length, 2 bytes  | text

These are cut out of the bytes here. Everything else is the library's: the handshake, pings and pongs, the closing,
messages in several frames, longer ones, and whatever is against the protocol. It follows that what was read from the
socket has been counted: when the machine's buffer is empty, nothing waits.
"""

from __future__ import annotations

import select
from typing import TYPE_CHECKING

from websockets.asyncio.client import ClientConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import State

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from websockets.protocol import Event

_DATA = (Opcode.TEXT, Opcode.CONT, Opcode.BINARY)

_WHOLE_TEXT = 0x81
"""A frame's first byte: the last frame (0x80) of a text message (0x01), no extension."""
_LENGTH_FOLLOWS = 126
"""A frame's second byte: the length is in the next two. Above: in the next eight, or masked, as no server may do."""
_SHORTEST = 2
"""Bytes of a frame without text."""


def _drop(_: list[bytes]) -> None:
    """Stand in for `take` until it is set: nothing is sent before the subscription."""


class Stream(ClientConnection):
    """A connection with a `take` for lists of whole messages, as bytes, in order; none of them is empty.

    Pass it to `connect(create_connection=Stream)`.

    `recv()` never returns anything: every message goes to `take`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the library's own
        super().__init__(*args, **kwargs)
        self.take: Callable[[list[bytes]], None] = _drop
        self._begun = b""  # the beginning of a frame whose end has not arrived
        self._parts: list[bytes] = []  # of a message in several frames

    def data_received(self, data: bytes) -> None:
        """Hand whole text messages to `take` and all else to the library, in the order they came."""
        data, self._begun = self._begun + data, b""
        start, stop = 0, len(data)
        texts: list[bytes] = []
        own = self._is_between_frames()
        while own and stop - start >= _SHORTEST:
            text, size = start + 2, data[start + 1]
            if size >= _LENGTH_FOLLOWS:
                if size > _LENGTH_FOLLOWS:
                    own = False
                    break
                text, size = start + 4, int.from_bytes(data[start + 2 : start + 4])
            end = text + size
            if end > stop:
                break
            if data[start] == _WHOLE_TEXT:
                texts.append(data[text:end])
            else:
                texts = self._handed_over(texts)
                super().data_received(data[start:end])
                own = self._is_between_frames()
            start = end
        self._handed_over(texts)
        if own:
            self._begun = data[start:]
        elif start < stop:
            super().data_received(data[start:])

    def _handed_over(self, texts: list[bytes]) -> list[bytes]:
        """Hand over what there is; return an empty list to go on with."""
        if texts:
            self.take(texts)
        return []

    def _is_between_frames(self) -> bool:
        """Say whether the next byte begins a frame that may be a whole message."""
        protocol = self.protocol
        return protocol.state is State.OPEN and not protocol.reader.buffer and not self._parts

    def process_event(self, event: Event) -> None:
        """Hand a whole message to `take`; leave control frames and the handshake to the library."""
        if isinstance(event, Frame) and event.opcode in _DATA:
            self._parts.append(bytes(event.data))
            if event.fin:
                whole = b"".join(self._parts)
                self._parts.clear()
                self.take([whole])
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

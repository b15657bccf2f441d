"""A venue in a process of its own that sends pre-encoded WebSocket frames as fast as the socket takes them.

Each client gets the same: after its first message (the subscription) the answer and every frame, in one piece.
"""

from __future__ import annotations

import multiprocessing
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection

_READ = 65_536


@contextmanager
def sender(answer: str, texts: Sequence[str], path: str) -> Iterator[str]:
    """Serve `answer` and then `texts` at `path` while the block runs; give the address."""
    frames = b"".join(
        Frame(opcode, data).serialize(mask=False)
        for opcode, data in (
            *((Opcode.TEXT, text.encode()) for text in (answer, *texts)),
            (Opcode.CLOSE, Close(CloseCode.NORMAL_CLOSURE, "").serialize()),
        )
    )
    processes = multiprocessing.get_context("spawn")
    here, there = processes.Pipe()
    process = processes.Process(target=_serve, args=(there, frames), daemon=True)
    process.start()
    there.close()  # so that a sender that died is an EOFError here, not a wait
    try:
        yield f"ws://127.0.0.1:{here.recv()}{path}"
    finally:
        process.terminate()
        process.join()


def _serve(port: Connection, frames: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port.send(listener.getsockname()[1])
        while True:
            client, _ = listener.accept()
            with client:
                _send(client, frames)


def _send(client: socket.socket, frames: bytes) -> None:
    """Shake hands, wait for the subscription, send everything, hang up."""
    protocol = ServerProtocol()
    subscribed = False
    while not subscribed:
        data = client.recv(_READ)
        if not data:
            return
        protocol.receive_data(data)
        for event in protocol.events_received():
            if isinstance(event, Request):
                protocol.send_response(protocol.accept(event))
            else:
                subscribed = True
        client.sendall(b"".join(protocol.data_to_send()))
    client.sendall(frames)
    client.recv(_READ)  # its answer to the last frame; then it is the server who hangs up

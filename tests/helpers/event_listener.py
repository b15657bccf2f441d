"""A page that listens to /api/events, without a socket."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import Message

PATIENCE = 20
"""Seconds an event may take on a busy machine."""


@dataclass(frozen=True)
class Event:
    """A block of a stream as EventSource reads it; a comment has the kind `comment`."""

    kind: str
    data: Any
    id: str | None = None


def parsed(block: str) -> Event:
    """Read what stands between two empty lines."""
    if block.startswith(":"):
        return Event("comment", block[1:].strip())
    fields = dict(line.split(": ", 1) for line in block.splitlines())
    if "data" not in fields:
        return Event("retry", int(fields["retry"]))
    return Event(fields["event"], json.loads(fields["data"]), fields.get("id"))


class Listener:
    """An open stream; leave it as an async context manager."""

    def __init__(self, app: FastAPI, last: str | None = None, host: str = "localhost", query: str = "") -> None:
        headers = [(b"host", host.encode())]
        if last is not None:
            headers.append((b"last-event-id", last.encode()))
        self._app = app
        self._scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/api/events",
            "raw_path": b"/api/events",
            "query_string": query.encode(),
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        self._sent: asyncio.Queue[Message] = asyncio.Queue()
        self._left = asyncio.Event()
        self._asked = False
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._app(self._scope, self._receive, self._sent.put))
        start = await asyncio.wait_for(self._sent.get(), PATIENCE)
        self.status = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return self

    async def __aexit__(self, *_: object) -> None:
        self._left.set()
        await asyncio.wait_for(self._task, PATIENCE)

    async def _receive(self) -> Message:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def next(self) -> Event | None:
        """Wait for the next event or comment; None when the stream has ended."""
        coming = asyncio.ensure_future(self._sent.get())
        await asyncio.wait({coming, self._task}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if not coming.done():
            coming.cancel()
            self._task.result()  # what ended the stream in the middle
        message = coming.result()
        if not message.get("more_body"):
            self.body = message.get("body", b"")
            return None
        event = parsed(message["body"].decode().removesuffix("\n\n"))
        return await self.next() if event.kind == "retry" else event

"""Answers as bytes, for who asks the same again: an answer is the same until there is another snapshot.

Every answer about stored data names its snapshot by its ETag. It is kept here as it was sent, headers and compression
included, under its whole address; looking at the files tells whether its snapshot is still the one a request would get,
without opening the database. What a client has already costs a 304.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from webapp.request.answers import is_known

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from webapp.database import Database

Address = tuple[str, bytes, bytes]
"""Path, query and the encodings that are accepted."""

MOST_BYTES = 32_000_000
"""Of all answers together; the one that was not asked for the longest goes first."""

LARGEST = 4_000_000
"""Bytes of an answer that is kept: about 20,000 candles."""


OF_MORE = {"/api/status", "/api/predictions"}
"""What the snapshot alone does not make: the server's clock, and the predictions beside the database."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was sent.

    tag: its ETag, `"..."`.
    """

    tag: str
    headers: list[tuple[bytes, bytes]]
    body: bytes


class KeptAnswers:
    """ASGI middleware: sends an answer again as long as its snapshot is the newest."""

    def __init__(self, app: ASGIApp, database: Database) -> None:
        self.app = app
        self.database = database
        self._kept: OrderedDict[Address, Kept] = OrderedDict()
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on and keep its answer."""
        path = scope.get("path", "")
        if scope["type"] != "http" or scope["method"] != "GET" or not path.startswith("/api/") or path in OF_MORE:
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        address = (scope["path"], scope["query_string"], headers.get(b"accept-encoding", b""))
        kept = self._kept.get(address)
        if kept is not None and kept.tag == f'"{self.database.current()}"':
            self._kept.move_to_end(address)
            if is_known(kept.tag, headers.get(b"if-none-match", b"").decode("latin-1")):
                small = [(name, value) for name, value in kept.headers if name in {b"etag", b"cache-control", b"vary"}]
                await send({"type": "http.response.start", "status": 304, "headers": small})
                await send({"type": "http.response.body", "body": b""})
            else:
                await send({"type": "http.response.start", "status": 200, "headers": list(kept.headers)})
                await send({"type": "http.response.body", "body": kept.body})
            return
        await self.app(scope, receive, self._keeping(address, send))

    def _keeping(self, address: Address, send: Send) -> Send:
        """Return a `send` that keeps an answer which is sent in one piece."""
        start: Message = {}

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body" and start:
                headers = dict(start["headers"])
                if start["status"] == HTTPStatus.OK and b"etag" in headers and not message.get("more_body"):
                    tag = headers[b"etag"].decode("latin-1").removeprefix("W/")
                    self._keep(address, Kept(tag, list(start["headers"]), message.get("body", b"")))
                start.clear()
            await send(message)

        return keep

    def _keep(self, address: Address, answer: Kept) -> None:
        newest = next(reversed(self._kept.values()), None)
        if newest is not None and newest.tag != answer.tag:
            self._kept.clear()
            self._bytes = 0
        elif (before := self._kept.pop(address, None)) is not None:
            self._bytes -= len(before.body)
        if len(answer.body) > LARGEST:
            return
        self._kept[address] = answer
        self._bytes += len(answer.body)
        while self._bytes > MOST_BYTES:
            _, gone = self._kept.popitem(last=False)
            self._bytes -= len(gone.body)

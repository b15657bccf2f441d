"""What a client may send, and what happens when it leaves.

Bodies are small JSON and taken in whole before anything else happens: a form or a script of another site can send any
text here, but no `application/json` without a preflight, which is refused. A client that leaves (closes the page,
aborts a request) takes its work with it: the task is cancelled, which interrupts its query (webapp/reading/reader.py).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from webapp import limits
from webapp.serving.refusals import refuse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


WATCHED_AFTER_SECONDS = 0.05
"""Until a request's client is watched: most answers are complete before one could leave."""


class Clients:
    """ASGI middleware: limits bodies, and ends the work of who has left."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take in a request's body, and answer while the client is there."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            body = await _body(scope, receive)
        except _TooLargeError:
            refusal = refuse(
                413,
                "body_too_large",
                f"the body is larger than the {limits.BODY_BYTES:,} bytes that are possible",
                headers={"Connection": "close"},
            )
            await refusal(scope, receive, send)
            return
        if body and not _is_json(scope):
            refusal = refuse(415, "not_json", "the body must be JSON: send it with Content-Type: application/json")
            await refusal(scope, receive, send)
        elif body is not None:
            await _Visit(body, receive, send).run(self.app, scope)


def _is_json(scope: Scope) -> bool:
    """Say whether a body is said to be JSON: what a form of another site can send without asking first is not."""
    return Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower() == "application/json"


class _TooLargeError(Exception):
    """The body has more bytes than it may."""


async def _body(scope: Scope, receive: Receive) -> bytes | None:
    """Take in the whole body; None when the client leaves before its end.

    Raises:
        _TooLargeError: It is larger than it may be, by what the client says or by what comes.
    """
    length = Headers(scope=scope).get("content-length", "0")
    if length.isdecimal() and int(length) > limits.BODY_BYTES:
        raise _TooLargeError
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > limits.BODY_BYTES:
            raise _TooLargeError
        if not message.get("more_body"):
            return bytes(body)


class _Visit:
    """One request, from its body to the end of the answer."""

    def __init__(self, body: bytes, receive: Receive, send: Send) -> None:
        self._body: bytes | None = body
        self._receive_from_server = receive
        self._send_to_server = send
        self._answering = asyncio.current_task()
        self._watching: asyncio.Task[None] | None = None
        self._left = False
        self._answered = False

    async def run(self, app: ASGIApp, scope: Scope) -> None:
        """Let the app answer; cancel it when the client leaves before the answer is complete."""
        later = asyncio.get_running_loop().call_later(WATCHED_AFTER_SECONDS, self._watch)
        try:
            await app(scope, self._receive, self._send)
        except asyncio.CancelledError:
            if not self._left or self._answering is None or self._answering.uncancel():
                raise
        finally:
            later.cancel()
            if self._watching is not None:
                self._watching.cancel()

    def _watch(self) -> asyncio.Task[None]:
        if self._watching is None:
            self._watching = asyncio.ensure_future(self._wait_until_left())
        return self._watching

    async def _wait_until_left(self) -> None:
        while (await self._receive_from_server())["type"] != "http.disconnect":
            pass
        if not self._answered and self._answering is not None:
            self._left = True
            self._answering.cancel()

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await asyncio.wait({self._watch()})
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self._answered |= message["type"] == "http.response.body" and not message.get("more_body")
        await self._send_to_server(message)

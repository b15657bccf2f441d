"""Which ETag is of this answer alone? That of its snapshot, of the question, and of the app that answers it.

Inside, an answer's tag is its snapshot. On the way out the version of the app, the path and the query are added as a
short sum, on the way in only tags with that sum are let through: after an upgrade, or asked another question, nobody is
told that he has the answer already.
"""

from __future__ import annotations

import hashlib
import re
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_VERSION = version("cvdbot")


class Tags:
    """ASGI middleware: makes the tag of a snapshot that of one answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with the tags of this question alone, and mark the answer's."""
        if scope["type"] != "http" or not scope.get("path", "").startswith("/api/"):
            await self.app(scope, receive, send)
            return
        mark = marked(scope["path"], scope["query_string"])
        scope = {**scope, "headers": [(name, _own(name, value, mark)) for name, value in scope["headers"]]}

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(name, _told(name, value, mark)) for name, value in message["headers"]]
                message = {**message, "headers": headers}
            await send(message)

        await self.app(scope, receive, tell)


def marked(path: str, query: bytes) -> bytes:
    """Return the sum of a question to this version of the app, as it stands at the end of a tag."""
    asked = b"\0".join((_VERSION.encode(), path.encode(), query))
    return b"." + hashlib.blake2b(asked, digest_size=4).hexdigest().encode()


def _own(name: bytes, value: bytes, mark: bytes) -> bytes:
    """Take the sum off the tags that have it, and leave the others out."""
    if name != b"if-none-match" or value.strip() == b"*":
        return value
    tags = re.findall(rb'(?:W/)?"[^"]*"', value)
    return b", ".join(tag.replace(mark + b'"', b'"') for tag in tags if tag.endswith(mark + b'"'))


def _told(name: bytes, value: bytes, mark: bytes) -> bytes:
    return value[:-1] + mark + b'"' if name == b"etag" and value.endswith(b'"') else value

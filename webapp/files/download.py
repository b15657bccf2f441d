"""A file that is read while it is sent, on one snapshot from its first byte to its last.

The snapshot is let go when the file is sent, or when the client leaves, which ends the reading. The answer begins with
the first piece, so that a database that cannot be read is refused as everywhere; when it cannot be read on later, the
connection is broken, and no client takes what it has for the whole file.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from contextlib import AsyncExitStack

    from starlette.types import Receive, Scope, Send

    from webapp.database import Snapshot


END = b""
"""Comes after the last piece, none of which is empty."""


class Download(Response):
    """Sends the pieces as they come."""

    def __init__(
        self,
        name: str,
        media_type: str,
        pieces: AsyncGenerator[bytes],
        snapshot: Snapshot,
        until_sent: AsyncExitStack,
    ) -> None:
        """Prepare the answer.

        Args:
            name: Of the file: letters, digits, `-`, `_` and `.`.
            media_type: What it is.
            pieces: Its content.
            snapshot: What it is read from.
            until_sent: Closed when nothing is read any more.
        """
        super().__init__(media_type=media_type, headers=as_attachment(name, snapshot))
        del self.headers["content-length"]
        self._until_sent = until_sent
        self._pieces = pieces

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file."""
        async with self._until_sent:
            sending = asyncio.ensure_future(self._send(send))
            leaving = asyncio.ensure_future(_left(receive))
            try:
                await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
                if sending.done():
                    sending.result()
            finally:
                leaving.cancel()
                sending.cancel()
                await asyncio.wait({sending, leaving})

    async def _send(self, send: Send) -> None:
        try:
            piece = await anext(self._pieces, END)
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            while piece is not END:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece = await anext(self._pieces, END)
            await send({"type": "http.response.body", "body": b""})
        finally:
            await self._pieces.aclose()


def as_attachment(name: str, snapshot: Snapshot) -> dict[str, str]:
    """Return the headers of an answer that a browser saves under a name."""
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "ETag": f'"{snapshot.id}"',
        "Cache-Control": "no-cache",
    }


async def _left(receive: Receive) -> None:
    """Wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass

"""A file that is read while it is sent, on one snapshot from its first byte to its last.

The snapshot is let go when the file is sent, or when the client leaves, which ends the reading.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import Response

from webapp import frames

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from contextlib import AsyncExitStack

    from starlette.types import Receive, Scope, Send

    from webapp.database import Snapshot


class Download(Response):
    """Sends the pieces as they come."""

    def __init__(
        self,
        name: str,
        form: frames.FileFormat,
        pieces: AsyncGenerator[bytes],
        snapshot: Snapshot,
        until_sent: AsyncExitStack,
    ) -> None:
        """Prepare the answer.

        Args:
            name: Of the file, without its ending; letters, digits, `-`, `_` and `.`.
            form: Its format, and its ending.
            pieces: Its content.
            snapshot: What it is read from.
            until_sent: Closed when nothing is read any more.
        """
        super().__init__(
            media_type=frames.MEDIA_TYPES[form],
            headers={
                "Content-Disposition": f'attachment; filename="{name}.{form}"',
                "ETag": f'"{snapshot.id}"',
                "Cache-Control": "no-cache",
            },
        )
        del self.headers["content-length"]
        self._until_sent = until_sent
        self._pieces = pieces

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file."""
        async with self._until_sent:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
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
            async for piece in self._pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await self._pieces.aclose()


async def _left(receive: Receive) -> None:
    """Wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass

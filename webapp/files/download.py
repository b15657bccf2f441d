"""A file that is read while it is sent, on one snapshot from its first byte to its last.

The snapshot is let go when the file is sent, or when the client leaves, which ends the reading. The answer begins with
the first piece, so that a database that cannot be read is refused as everywhere; when it cannot be read on later, the
connection is broken, and no client takes what it has for the whole file.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from starlette.responses import StreamingResponse

from webapp.files.frames import encoded

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from contextlib import AsyncExitStack

    from starlette.types import Receive, Scope, Send

    from webapp.database import Snapshot
    from webapp.files.frames import FileFormat
    from webapp.files.table import TableFile


class Download(StreamingResponse):
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
        super().__init__(pieces, media_type=media_type, headers=as_attachment(name, snapshot))
        self._until_sent = until_sent
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file."""
        async with self._until_sent, aclosing(self._pieces):
            self.body_iterator = _after(await anext(self._pieces, None), self._pieces)
            await super().__call__(scope, receive, send)


def read_pieces(snapshot: Snapshot, file: TableFile, form: FileFormat) -> AsyncGenerator[bytes]:
    """Return the pieces of a file as they are read from a snapshot."""
    return encoded(lambda: snapshot.run(lambda _: file.next_batch(form)), file.schema(), form, file.metadata)


async def _after(first: bytes | None, others: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """Yield the first piece, None where there is none, and the others."""
    if first is not None:
        yield first
    async for piece in others:
        yield piece


def as_attachment(name: str, snapshot: Snapshot) -> dict[str, str]:
    """Return the headers of an answer that a browser saves under a name."""
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "ETag": f'"{snapshot.id}"',
        "Cache-Control": "no-cache",
    }

"""How does a table become a file of any length without being in memory? Batch by batch, through polars' sinks.

polars pulls batches and writes pieces from threads of its own; the event loop hands it one batch when it asks and takes
one piece when the client is ready for it. So memory holds a few batches however long the table is, and a slow client
slows the reading down. When the client leaves, the next batch or piece ends the work.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import IO, TYPE_CHECKING, Literal, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Mapping

    import polars as pl

Result = TypeVar("Result")

FileFormat = Literal["csv", "arrow", "parquet"]

MEDIA_TYPES: dict[FileFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "arrow": "application/vnd.apache.arrow.file",
    "parquet": "application/vnd.apache.parquet",
}

PIECES = 2
"""Pieces that may wait for the client."""

ROW_GROUP = 65_536
"""Rows of a row group of Parquet: what a reader must take at once, and what the writer holds."""


ISO = "%Y-%m-%dT%H:%M:%S%.3fZ"
"""How a CSV writes a time of UTC."""

END = b""
"""Stands in the queue after the last piece."""


class _Left(Exception):  # noqa: N818 - not an error: the client left
    """Nobody waits for the file any more."""


async def encoded(
    batches: Callable[[], Coroutine[None, None, pl.DataFrame | None]],
    schema: Mapping[str, pl.DataType | type[pl.DataType]],
    form: FileFormat,
    metadata: Mapping[str, str],
) -> AsyncGenerator[bytes]:
    """Yield the pieces of a file.

    Args:
        batches: Gives the next batch, None after the last one; called in the loop, one call at a time.
        schema: Columns of every batch.
        form: CSV with a header; an Arrow IPC file, not compressed; Parquet with zstd.
        metadata: Written into the file where the format has a place for it that no reader stumbles over (Parquet).
    """
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[bytes] = asyncio.Queue(PIECES)
    left = threading.Event()

    def in_loop(ask: Callable[[], Coroutine[None, None, Result]]) -> Result:
        if left.is_set():
            raise _Left
        return asyncio.run_coroutine_threadsafe(ask(), loop).result()

    def source() -> Iterator[pl.DataFrame]:
        while (batch := in_loop(batches)) is not None:
            yield batch

    class Pipe:
        def write(self, piece: bytes | memoryview) -> int:
            content = bytes(piece)
            if content:
                in_loop(lambda: pieces.put(content))
            return len(content)

    def work() -> None:
        try:
            _sink(source, schema, form, metadata, Pipe())
        finally:
            asyncio.run_coroutine_threadsafe(pieces.put(END), loop).result()

    worker = ThreadPoolExecutor(1, "file")
    working = loop.run_in_executor(worker, work)
    worker.shutdown(wait=False)
    try:
        while (piece := await pieces.get()) is not END:
            yield piece
        await working
    finally:
        left.set()
        while not pieces.empty():  # frees the one that may be waiting for room; after that none waits
            pieces.get_nowait()
        await asyncio.wait({working})
        working.exception()


def _sink(
    source: Callable[[], Iterator[pl.DataFrame]],
    schema: Mapping[str, pl.DataType | type[pl.DataType]],
    form: FileFormat,
    metadata: Mapping[str, str],
    pipe: object,
) -> None:
    """Write all batches to the pipe; polars is only imported when somebody wants a file."""
    import polars as pl
    from polars.io.plugins import register_io_source

    def batches(
        _columns: list[str] | None, _predicate: pl.Expr | None, _rows: int | None, _size: int | None
    ) -> Iterator[pl.DataFrame]:
        return source()

    table = register_io_source(batches, schema=pl.Schema(schema), is_pure=False)
    if form == "csv":
        table.sink_csv(cast("IO[bytes]", pipe), datetime_format=ISO)
    elif form == "arrow":
        table.sink_ipc(cast("IO[bytes]", pipe), compression="uncompressed")
    else:
        table.sink_parquet(cast("IO[bytes]", pipe), row_group_size=ROW_GROUP, metadata=dict(metadata))

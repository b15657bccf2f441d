"""A connection to the database, used from the event loop: work runs in a thread, and can be cut off.

SQLite waits for nothing but the disk, so a query cannot be awaited; it can be interrupted, which ends it within a few
microseconds (sqlite.org/c3ref/interrupt.html). That happens when it takes too long and when nobody wants the answer any
more: the awaiting task is cancelled.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, TypeVar

from webapp import limits
from webapp.errors import ServerBusy

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from concurrent.futures import Executor

Result = TypeVar("Result")

AGAIN_SECONDS = 0.02
"""Until an interrupt is repeated: it may fall between two statements of the same work."""


class Reader:
    """A connection inside a read transaction; one piece of work at a time."""

    def __init__(self, connection: sqlite3.Connection, threads: Executor, done: Callable[[], None]) -> None:
        """Use a connection; `done` takes it back when nothing runs with it any more."""
        self._connection = connection
        self._done: Callable[[], None] | None = done
        self._threads = threads
        self._lock = threading.Lock()

    async def run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do work with the connection, in a thread.

        Raises:
            ServerBusy: It took longer than a query may.
        """
        running = self._threads.submit(self._locked, work)
        waiting = asyncio.wrap_future(running)
        try:
            await asyncio.wait({waiting}, timeout=limits.QUERY_SECONDS)
            if waiting.done():
                return waiting.result()
        except asyncio.CancelledError:
            if not running.cancel():
                await self._cut_off(waiting)
            raise
        if not running.cancel():
            await self._cut_off(waiting)
        raise ServerBusy(
            "query_too_slow", f"the query was cut off after {limits.QUERY_SECONDS:g} s: ask for a shorter range"
        )

    def close(self) -> None:
        """Give the connection back, as soon as nothing runs with it."""
        if self._lock.acquire(blocking=False):
            try:
                self._give_back(self._connection)
            finally:
                self._lock.release()
        else:
            self._threads.submit(self._locked, self._give_back)

    def _give_back(self, _: sqlite3.Connection) -> None:
        done, self._done = self._done, None
        if done is not None:
            done()

    def _locked(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        with self._lock:
            return work(self._connection)

    async def _cut_off(self, waiting: asyncio.Future[Result]) -> None:
        """Interrupt until the work has ended."""
        while not waiting.done():
            self._connection.interrupt()
            await asyncio.wait({waiting}, timeout=AGAIN_SECONDS)
        waiting.exception()

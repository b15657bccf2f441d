"""Work that keeps a core busy: so much at a time, so much that waits, and no more."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from webapp.errors import ServerBusy

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


class Places:
    """Where work of one kind runs."""

    def __init__(self, what: str, running: int, waiting: int) -> None:
        """Begin with all places free.

        Args:
            what: The kind of work, such as `back-tests`.
            running: So much runs at a time.
            waiting: So much waits for a place.
        """
        self._what, self._running, self._most_waiting = what, running, waiting
        self._free = asyncio.Semaphore(running)
        self._waiting = 0

    async def run(self, work: Callable[[], Result]) -> Result:
        """Run work in a thread when there is a place for it.

        Work that has begun cannot be broken off: it keeps its place to its end, also when nobody waits for it any more.

        Raises:
            ServerBusy: As much waits as may.
        """
        if self._free.locked() and self._waiting >= self._most_waiting:
            raise ServerBusy(
                f"too_many_{self._what.replace('-', '')}",
                f"{self._running} {self._what} run and {self._waiting} wait: try again when some have ended",
            )
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
        running = asyncio.get_running_loop().run_in_executor(None, work)
        running.add_done_callback(self._ended)
        return await asyncio.shield(running)

    def _ended(self, running: asyncio.Future[Result]) -> None:
        self._free.release()
        running.exception()

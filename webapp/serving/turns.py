"""Who may begin work that lasts? As many as the limit says; the others are told to come back."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from webapp.errors import ServerBusy

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator


@asynccontextmanager
async def turn(free: asyncio.Semaphore, what: str, limit: int) -> AsyncIterator[None]:
    """Hold one of the places.

    Raises:
        ServerBusy: All are taken.
    """
    if free.locked():
        raise ServerBusy(f"too_many_{what}", f"{limit} {what} are under way already: try again when one has ended")
    async with free:
        yield

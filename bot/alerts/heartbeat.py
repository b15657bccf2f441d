"""A sign of life for a service that raises the alarm when it misses one (healthchecks.io and the like).

An address is asked every few minutes, for as long as candles are stored: a bot that runs and stores nothing is as dead
as one that does not run. Such services count real time, so does this.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from bot.addresses import local

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.journal import Journal

PATIENCE = 10.0
"""Seconds an answer is waited for."""


class Heartbeat:
    """The sign of life to one address."""

    def __init__(self, url: str, every: float, alive: Callable[[], bool], journal: Journal) -> None:
        """Beat every `every` seconds while `alive` says so."""
        self._url = url
        self._every = every
        self._alive = alive
        self._journal = journal
        self._trouble = ""

    async def run(self) -> None:
        """Beat, for ever."""
        async with httpx.AsyncClient(timeout=PATIENCE, follow_redirects=True, trust_env=not local(self._url)) as client:
            while True:
                trouble = await self._beat(client) if self._alive() else "no candle is stored, so there is none"
                if trouble and not self._trouble:
                    self._journal.warning("heartbeat", trouble)
                self._trouble = trouble
                await asyncio.sleep(self._every)

    async def _beat(self, client: httpx.AsyncClient) -> str:
        """Ask the address; return what went wrong. Its path, which is as good as a password, is not repeated."""
        host = urlsplit(self._url).hostname
        try:
            answer = await client.get(self._url)
        except httpx.HTTPError as error:
            return f"{host} is not reached ({type(error).__name__})"
        return "" if answer.is_success else f"{host} answered {answer.status_code}"

"""Several tabs of one browser, what they ask the server, and a market whose copies are published for them."""

from __future__ import annotations

import os
import select
import shutil
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from example_database import MINUTE, START, add_wave, create, publish
from web_page import LISTENING, open_page
from web_server import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page, Request
    from web_page import Complaints

STREAM = "/api/events"
ASKING = """
  window.asking = { open: 0, longest: 0 };
  const ask = window.fetch;
  window.fetch = async (...given) => {
    const began = performance.now();
    asking.open += 1;
    try {
      const answer = await ask(...given);
      const text = await answer.text();
      const { status, headers } = answer;
      return new Response(status === 304 ? null : text, { status, headers });
    } finally {
      asking.open -= 1;
      asking.longest = Math.max(asking.longest, performance.now() - began);
    }
  };
"""
"""Have a page note how many of its questions are under way, and how long the longest took, in ms."""

KEPT = 3
"""Generations that lie there at a time, as `cvdbot sync` keeps a few for who still reads them."""


class Market:
    """A copy that grows by a minute each time; from its `first` minutes on."""

    def __init__(self, folder: Path, first: int) -> None:
        self._data = folder / "data"
        self._source = folder / "trading.db"
        self._writer = create(self._source)
        self._generation = 0
        self.minutes = 0
        self.name = self.grow(first)

    def grow(self, minutes: int = 1) -> Path:
        """Publish a copy with more minutes."""
        add_wave(self._writer, self.minutes, minutes)
        self.minutes += minutes
        return self._publish()

    def correct(self, minute: int, buys: float) -> None:
        """Publish a copy in which a minute of the past is another, as the bot notes it."""
        instant = START + minute * MINUTE
        self._writer.execute("BEGIN")
        self._writer.execute(
            "INSERT INTO candle_corrections (corrected, timestamp, pair) VALUES (?, ?, 'BTC/USDT')",
            (START + self.minutes * MINUTE, instant),
        )
        self._writer.execute("UPDATE candles SET vBuy = ? WHERE timestamp = ?", (buys, instant))
        self._writer.execute("COMMIT")
        self._publish()

    def close(self) -> None:
        """Write no more."""
        self._writer.close()

    def _publish(self) -> Path:
        self._generation += 1
        name = publish(self._data, self._source, self._generation)
        old = self._generation - KEPT
        shutil.rmtree(self._data / "generations" / str(old), ignore_errors=True)
        for suffix in ("", "-wal"):
            (self._data / f"pulled{old}{suffix}").unlink(missing_ok=True)
        return name


@dataclass
class Traffic:
    """Who of the tabs of a browser has an event stream open, and how many other requests there were."""

    streams: list[Page] = field(default_factory=list)
    requests: int = 0

    def listen(self, context: BrowserContext) -> None:
        """Note what is asked from now on."""
        context.on("request", self._began)
        context.on("requestfinished", self._ended)
        context.on("requestfailed", self._ended)

    def listeners(self) -> list[Page]:
        """Give the tabs that have a stream."""
        return [page for page in self.streams if not page.is_closed()]

    def leader(self) -> Page:
        """Give the tab that has the one stream."""
        (page,) = self.listeners()
        return page

    def _began(self, request: Request) -> None:
        if STREAM in request.url:
            self.streams.append(request.frame.page)
        else:
            self.requests += 1

    def _ended(self, request: Request) -> None:
        if STREAM in request.url:
            self.streams.remove(request.frame.page)


@contextmanager
def tabs(first: Page, count: int, address: str, query: str, complaints: Complaints) -> Iterator[list[Page]]:
    """Open tabs of one browser that all listen; they leave before the server ends."""
    pages = [first]
    try:
        for number in range(count):
            if number:
                pages.append(first.context.new_page())
                complaints.listen(pages[-1])
            open_page(pages[-1], address, query)
            pages[-1].wait_for_function(LISTENING)
        yield pages
    finally:
        for page in pages:
            if not page.is_closed():
                page.goto("about:blank")


def seconds_to_end(process: int) -> float:
    """Tell a process to end; how long that took."""
    handle = os.pidfd_open(process)
    try:
        began = time.monotonic()
        os.kill(process, signal.SIGTERM)
        select.select([handle], [], [], PATIENCE)
        return time.monotonic() - began
    finally:
        os.close(handle)

"""The page in a real Chromium: what it complained of, and the chart behind the canvas."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from web_server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",  # two pages of the browser's own with each of ours
]

LISTENING = "() => __chart.state.live.get()"
"""The page is told of new data and does not ask."""


@dataclass
class Complaints:
    """Errors of a page: thrown ones and those on its console."""

    heard: list[str] = field(default_factory=list)
    _meant: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """Hear a page from now on."""
        page.on("pageerror", lambda error: self.heard.append(f"thrown: {error}"))
        page.on("console", lambda said: self.heard.append(said.text) if said.type in {"error", "warning"} else None)

    def mean(self, pattern: str) -> None:
        """Expect complaints of this kind: the test causes them."""
        self._meant.append(pattern)

    def unmeant(self) -> list[str]:
        """What nobody expected."""
        return [said for said in self.heard if not any(re.search(pattern, said) for pattern in self._meant)]


@contextmanager
def served(page: Page, database: Path) -> Iterator[str]:
    """Serve a database for a page, which leaves before the server ends: it would complain of the silence."""
    with serve(database) as address:
        try:
            yield address
        finally:
            page.goto("about:blank")


def open_page(page: Page, address: str, query: str = "") -> None:
    """Load the page and wait until it has drawn bars and knows the status."""
    page.goto(f"{address}/{query}")
    page.wait_for_function(
        """() => {
          const state = window.__chart?.state;
          return state?.newest.get() && !state.loading.get() && state.status.get();
        }"""
    )


def ask(page: Page, expression: str) -> Any:
    """Evaluate with `chart`, `series`, `data()`, `state` and `loader` of the page at hand."""
    return page.evaluate(f"() => {{ const {{ chart, series, data, state, loader }} = __chart; return {expression}; }}")


def look_at(page: Page, first: float, last: float) -> None:
    """Show the slots from one index to another, and wait until they are drawn."""
    page.evaluate(
        """([from, to]) => {
          __chart.chart.timeScale().setVisibleLogicalRange({ from, to });
          return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
        }""",
        [first, last],
    )


def see(page: Page, visibility: str) -> None:
    """Let the page be looked at, or not."""
    page.evaluate(
        """(visibility) => {
          Object.defineProperty(document, 'visibilityState', { value: visibility, configurable: true });
          document.dispatchEvent(new Event('visibilitychange'));
        }""",
        visibility,
    )

"""How soon can the page be used? Two years of minutes stored; nothing cached in the browser; the server is warm.

The clock runs from the navigation to the moment when the candles are drawn and the crosshair tells the values of a bar.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import page_browser, past
from benchmarks.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

GOAL_MS = 1000
ROUNDS = 9


def figures(*, tiny: bool = False) -> Iterator[Figure]:
    """Yield the one figure."""
    minutes, rounds = (20_000, 1) if tiny else (past.MINUTES, ROUNDS)
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "trading.db"
        page_browser.store(database, minutes)
        with page_browser.serving(database) as address, page_browser.chromium() as browser:
            one(browser, f"{address}/?tf=1m")
            ours, bare = [], []
            for _ in range(rounds):
                ours.append(one(browser, f"{address}/?tf=1m"))
                bare.append(one(browser, f"{address}/bare?bars=2000"))
    yield Figure(
        "page.open",
        median(ours),
        "ms from the navigation until the crosshair tells a bar",
        GOAL_MS,
        at_most=True,
        beside={
            "worst_ms": max(ours),
            "bare_chart_ms": median(bare),
            "ratio": median(ours) / median(bare),
            "minutes": minutes,
            "rounds": rounds,
        },
    )


def one(browser: Browser, address: str) -> float:
    """Open a page in a fresh window; ms."""
    with page_browser.window(browser) as (_, page):
        return page_browser.until_answered(page, address)

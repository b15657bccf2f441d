"""How soon can the page be used? Two years of minutes stored; nothing cached in the browser; the server is warm.

The clock runs from the navigation to the moment when the candles are drawn and the crosshair tells the values of a bar;
`layered_ms` until gaps, blocks, crosses, trades, setups, CVD, completeness and the exchanges' lines are there.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import page_browser, past
from benchmarks.figure import Figure
from benchmarks.turns import ratio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

GOAL_MS, GOAL_LAYERS = 600, 2.0
ROUNDS = 9


def figures(*, tiny: bool = False) -> Iterator[Figure]:
    """Yield the time until the page can be used, and that of 500 candles with all layers beside a bare chart."""
    minutes, rounds = (20_000, 1) if tiny else (past.MINUTES, ROUNDS)
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "trading.db"
        page_browser.store(database, minutes)
        with page_browser.serving(database) as address, page_browser.chromium() as browser:
            many, bare_many = _in_turns(browser, f"{address}/?tf=1m", f"{address}/bare?bars=2000", rounds)
            layers = f"{address}/?tf=5m&bars=500&{page_browser.ALL_LAYERS}"
            few, bare_few = _in_turns(browser, layers, f"{address}/bare?bars=500&tf=5m", rounds)
    yield _figure("page.open", many, bare_many, minutes)
    ready, layered = zip(*few, strict=True)
    yield Figure(
        "page.layers",
        ratio(ready, bare_few),
        "x a bare page with the same 500 candles",
        GOAL_LAYERS,
        at_most=True,
        beside={
            "ready_ms": median(ready),
            "layered_ms": median(layered),
            "layered_ratio": ratio(layered, bare_few),
            "bare_chart_ms": median(bare_few),
            "rounds": rounds,
        },
    )


def _figure(name: str, ours: list[tuple[float, float]], bare: list[float], minutes: int) -> Figure:
    ready, layered = zip(*ours, strict=True)
    return Figure(
        name,
        median(ready),
        "ms from the navigation until the crosshair tells a bar",
        GOAL_MS,
        at_most=True,
        beside={
            "worst_ms": max(ready),
            "layered_ms": median(layered),
            "bare_chart_ms": median(bare),
            "ratio": median(ready) / median(bare),
            "minutes": minutes,
            "rounds": len(bare),
        },
    )


def _in_turns(browser: Browser, ours: str, bare: str, rounds: int) -> tuple[list[tuple[float, float]], list[float]]:
    """Open our page and the bare one in turns, each in a fresh window; the first round is thrown away."""
    mine, others = [], []
    for _ in range(rounds + 1):
        with page_browser.window(browser) as (_, page):
            mine.append(page_browser.until_layered(page, ours))
        with page_browser.window(browser) as (_, page):
            others.append(page_browser.until_answered(page, bare))
    return mine[1:], others[1:]

"""Does the chart stutter, and does it grow? Wheel and drag through two years of minutes, then a year of it walked.

Frames are taken from Chromium's trace: the page's own code between one frame and the next, in CPU time. A frame in
which older bars arrive is counted apart. Beside them a bare chart of the library, with as many bars as the page holds
at once, is moved in the same way; it loads nothing. Memory is that of the browser's process for the page, after a
collection.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import page_browser, past
from benchmarks.figure import Figure, VoidError
from benchmarks.page_trace import CATEGORIES, Frame, frames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import CDPSession, Page

FRAME_MS, LOADING_MS, MEMORY_MB = 34, 200, 300
DRAGS, WHEELS = 24, 45
YEAR = 365 * 1440
"""Minutes."""


def figures(*, tiny: bool = False) -> Iterator[Figure]:
    """Yield the longest frame, the longest where bars are loaded, and the memory."""
    minutes, drags, walk = (30_000, 2, 6_000) if tiny else (past.MINUTES, DRAGS, YEAR)
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "trading.db"
        page_browser.store(database, minutes)
        with page_browser.serving(database) as address, page_browser.chromium() as browser:
            with page_browser.window(browser) as (context, page):
                page_browser.until_answered(page, f"{address}/bare?bars=5000")
                bare = traced(page, context.new_cdp_session(page), lambda: move(page, drags))
                bare_mb = page_browser.resident_mb(browser)
            with page_browser.window(browser) as (context, page):
                page_browser.until_layered(page, f"{address}/?tf=1m&{page_browser.ALL_LAYERS}")
                session = context.new_cdp_session(page)
                ours = traced(page, session, lambda: move(page, drags))
            with page_browser.window(browser) as (context, page):  # one whose moves left no trace in its memory
                page_browser.until_answered(page, f"{address}/?tf=1m")
                session = context.new_cdp_session(page)
                walked = walk_back(page, walk)
                session.send("HeapProfiler.collectGarbage")
                megabytes = page_browser.resident_mb(browser)
                heap = page.evaluate("() => performance.memory.usedJSHeapSize") / 1e6
    quiet = [frame for frame in ours if not frame.loaded]
    loading = [frame for frame in ours if frame.loaded]
    if not loading:
        raise VoidError("no older bars were loaded: the page was not dragged far enough")
    beside = {
        "bare_chart_ms": max(frame.script for frame in bare),
        "median_ms": middle([frame.script for frame in quiet]),
        "99_percent_ms": middle([frame.script for frame in quiet], 0.99),
        "longest_wall_ms": max(frame.script_wall for frame in quiet),
        "longest_task_ms": max(frame.task for frame in quiet),
        "bare_chart_longest_task_ms": max(frame.task for frame in bare),
        "frames": len(quiet),
        "minutes": minutes,
    }
    yield Figure(
        "page.frame",
        max(frame.script for frame in quiet),
        "ms of CPU of the page's code in the longest frame of wheel and drag",
        FRAME_MS,
        at_most=True,
        beside=beside,
    )
    yield Figure(
        "page.frame_loading",
        max(frame.script for frame in loading),
        "ms of CPU of the page's code in the longest frame where older bars arrive",
        LOADING_MS,
        at_most=True,
        beside={
            "median_ms": middle([frame.script for frame in loading]),
            "longest_wall_ms": max(frame.script_wall for frame in loading),
            "longest_task_ms": max(frame.task for frame in loading),
            "frames": len(loading),
        },
    )
    yield Figure(
        "page.memory",
        megabytes,
        "MB resident after a year of minutes was walked through",
        MEMORY_MB,
        at_most=True,
        beside={"js_heap_mb": heap, "bare_chart_mb": bare_mb, "days_walked": walked / 1440},
    )


def middle(values: list[float], part: float = 0.5) -> float:
    """Return the value so far up the sorted list; the median by default."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def traced(page: Page, session: CDPSession, act: Callable[[], None]) -> list[Frame]:
    """Do something while Chromium writes its trace; give the frames."""
    events: list[dict[str, Any]] = []
    over: list[bool] = []
    session.on("Tracing.dataCollected", lambda told: events.extend(told["value"]))
    session.on("Tracing.tracingComplete", lambda _: over.append(True))
    session.send("Tracing.start", {"categories": CATEGORIES, "transferMode": "ReportEvents"})
    act()
    session.send("Tracing.end")
    while not over:
        page.wait_for_timeout(20)
    return frames(events)


def move(page: Page, drags: int) -> None:
    """Zoom with the wheel, then drag to the past again and again, as a hand does: a step a frame."""
    page.mouse.move(600, 300)
    for step in range(WHEELS):
        page.mouse.wheel(0, 120 if step % 9 < 6 else -120)  # out, a little in, on the whole out
        page.wait_for_timeout(16)
    for _ in range(drags):
        page.mouse.move(200, 300)
        page.mouse.down()
        for step in range(20):
            page.mouse.move(200 + 40 * step, 300 + step % 3)
            page.wait_for_timeout(16)
        page.mouse.up()
        page.wait_for_timeout(300)  # a reader looks; what the hand held is let go


def walk_back(page: Page, minutes: int) -> int:
    """Go back page by page until so many minutes have been held; give how many were."""
    page.wait_for_function("() => __chart.state.status.get()?.snapshot")
    newest = page.evaluate("() => __chart.state.status.get().snapshot.newest")
    give_up = time.monotonic() + 600
    gone = 0
    while gone < minutes and time.monotonic() < give_up:
        first = page.evaluate("() => __chart.data().times[0]")
        page.keyboard.press("Home")
        page.wait_for_function(
            "(first) => __chart.data().times[0] < first || __chart.state.held.get().complete", arg=first
        )
        gone = int((newest - page.evaluate("() => __chart.data().times[0]")) // 60_000)
        if page.evaluate("() => __chart.state.held.get().complete"):
            break
    return gone

"""Frames in a trace of Chromium: how long did the page's own code run between one frame and the next?

A frame ends where the page's main thread commits it (`BeginCommitCompositorFrame`). Script are the outermost events of
SCRIPT: handlers, timers, animation frames, and the microtasks that go on after an answer. Times are those of the
thread's CPU, which leave out what a shared machine did for others; instants are in us.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CATEGORIES = "devtools.timeline,disabled-by-default-devtools.timeline,blink.user_timing,scheduler,toplevel"
EDGE = "BeginCommitCompositorFrame"
SCRIPT = {
    "BlinkScheduler_PerformMicrotaskCheckpoint",
    "EvaluateScript",
    "EventDispatch",
    "FireAnimationFrame",
    "FunctionCall",
    "TimerFire",
}


@dataclass(slots=True)
class Frame:
    """What ran on the main thread between two frames; ms."""

    script: float = 0.0
    """CPU time of the page's code."""
    script_wall: float = 0.0
    task: float = 0.0
    """CPU time of the longest task: layout, painting and garbage collection included."""
    loaded: bool = False
    """Whether the bars held changed in it."""


def frames(events: Sequence[dict[str, Any]]) -> list[Frame]:
    """Take the frames of the thread that has most of them, in order; not the first and the last, which are cut off."""
    edges_of = Counter((event["pid"], event["tid"]) for event in events if event["name"] == EDGE)
    if not edges_of:
        return []
    thread, _ = edges_of.most_common(1)[0]
    own = [event for event in events if (event["pid"], event["tid"]) == thread]
    edges = sorted(event["ts"] for event in own if event["name"] == EDGE)
    found = [Frame() for _ in range(len(edges) + 1)]
    for event in outermost([event for event in own if event["name"] in SCRIPT and event["ph"] == "X"]):
        frame = found[bisect_right(edges, event["ts"])]
        frame.script += event.get("tdur", 0) / 1000
        frame.script_wall += event.get("dur", 0) / 1000
    for event in own:
        frame = found[bisect_right(edges, event["ts"])]
        if event["name"] == "RunTask":
            frame.task = max(frame.task, event.get("tdur", 0) / 1000)
        elif event["name"] == "held" and "blink.user_timing" in event["cat"]:
            frame.loaded = True
    return found[1:-1]


def outermost(events: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the events that lie in no other, by their beginning."""
    end = -1.0
    for event in sorted(events, key=lambda each: (each["ts"], -each.get("dur", 0))):
        if event["ts"] >= end:
            end = event["ts"] + event.get("dur", 0)
            yield event

"""What is the story of a setup? The rows of `setup_events`, parted into attempts at a trade.

An event is a dict with `timestamp` (open of the bar, UTC ms), `event`, `price` (USDT) and `detail` (what decided, by
name).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.core.setup import EventKind, Phase

if TYPE_CHECKING:
    from collections.abc import Iterable

_WAITING: dict[str, str] = {
    EventKind.SIGNAL: "waiting_for_zone",
    EventKind.GAP: Phase.WAITING_FOR_RETRACEMENT,
    EventKind.ORDER_BLOCK: Phase.WAITING_FOR_RETRACEMENT,
    EventKind.RETRACED: Phase.ENTER,
}
"""What a setup waits for after a step; the others end it, or are its state themselves."""


@dataclass(slots=True)
class Story:
    """The events of one setup, oldest first; an event is a dict with the fields of `Event`."""

    number: int
    configuration: int | None
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Whether nothing more can happen to it."""
        return self.events[-1]["event"] in {EventKind.EXITED, EventKind.ABORTED}

    @property
    def state(self) -> str:
        """Where it stands, as far as its events tell: what it waits for, or how it ended."""
        last: str = self.events[-1]["event"]
        return _WAITING.get(last, last)

    @property
    def entered(self) -> int | None:
        """Open of the bar it was entered on, UTC ms; None when it was not."""
        return next((each["timestamp"] for each in self.events if each["event"] == EventKind.ENTERED), None)

    @property
    def direction(self) -> str | None:
        """Its direction, as its events tell."""
        return next((each["detail"]["direction"] for each in self.events if each["detail"].get("direction")), None)


def stories(rows: Iterable[dict[str, Any]]) -> list[Story]:
    """Part events, in order, into setups.

    A signal always begins one: numbers may come again with another configuration. One that outlives its configuration
    (an open position does) goes on under the next.
    """
    told: list[Story] = []
    unfinished: dict[int, Story] = {}
    for row in rows:
        event = {name: row[name] for name in ("timestamp", "event", "price")} | {"detail": _object(row["detail"])}
        story = None if row["event"] == EventKind.SIGNAL else unfinished.get(row["setup"])
        if story is None:
            story = unfinished[row["setup"]] = Story(row["setup"], row["configuration"])
            told.append(story)
        story.events.append(event)
        if story.over:
            del unfinished[row["setup"]]
    return told


def _object(text: str) -> dict[str, Any]:
    value = json.loads(text)
    return value if isinstance(value, dict) else {"value": value}

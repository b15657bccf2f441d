"""What went wrong so far, when and where?"""

from __future__ import annotations

from collections import Counter, deque
from typing import NamedTuple

AWAY = {
    "cuts", "stalls", "half_open", "outages", "announced", "refused", "rest_429", "rest_5xx", "rest_timeout",
}  # fmt: skip
"""Kinds after which a client may go away and wait in market time before it comes back."""
MOST_ENTRIES = 100_000
GRACE = 120_000
"""Milliseconds after such a fault in which clients may still be on their way, so that time must not stand still."""


class Entry(NamedTuple):
    """A fault of one kind on one venue at an instant (ms), and what more there is to say of it."""

    timestamp: int
    exchange: str
    kind: str
    detail: str = ""


class Log:
    """The faults that were done: counted by kind and venue, the newest ones one by one."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        """(kind, exchange) -> how many; kinds are the keys of the settings."""
        self.entries: deque[Entry] = deque(maxlen=MOST_ENTRIES)
        self._disturbed_until = 0

    def add(self, timestamp: int, exchange: str, kind: str, detail: str = "", *, seconds: float = 0.0) -> None:
        """Note what was done at `timestamp` (ms) and lasts `seconds` market seconds."""
        self.counts[kind, exchange] += 1
        self.entries.append(Entry(timestamp, exchange, kind, detail))
        if kind in AWAY:
            self._disturbed_until = max(self._disturbed_until, timestamp + int(seconds * 1000) + GRACE)

    def count(self, kind: str, exchange: str | None = None) -> int:
        """Count what was done of a kind, on one venue or on all."""
        return sum(number for (each, at), number in self.counts.items() if each == kind and exchange in {None, at})

    def disturbed(self, now: int) -> bool:
        """Tell whether clients may be away at `now` (ms) because of a fault."""
        return now < self._disturbed_until

    def sentence(self) -> str:
        """Say how many of each kind: `faults: 81 cuts, 34 stalls`."""
        kinds = dict.fromkeys(kind for kind, _ in self.counts)
        told = [f"{self.count(kind)} {kind}" for kind in sorted(kinds)]
        return f"faults: {', '.join(told) or 'none'}"

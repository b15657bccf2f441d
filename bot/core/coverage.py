"""Which exchange time did we listen to without a hole?

A connection covers time from the instant its subscription began. Holes are what is not covered: before the first
subscription, from the last sign of life before a break to the next subscription, between two trades whose ids do not
follow, and a leap of our clock. Instants are exchange time, UTC ms; spans are half-open.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hole:
    """A span [start, end) in which trades may be missing."""

    start: int
    end: int


class Coverage:
    """The holes in what was heard of one venue."""

    def __init__(self) -> None:
        self._open_since: int | None = 0  # the break that lasts; None while connected
        self._break: Hole | None = None  # the last break that ended
        self._holes: list[Hole] = []  # earlier breaks, and what was lost within a connection

    def begin(self, instant: int) -> None:
        """End the break that lasts: what is sent from `instant` on arrives."""
        if self._open_since is None:
            return
        if self._break is not None:
            self._holes.append(self._break)
        self._break = Hole(self._open_since, max(self._open_since, instant))
        self._open_since = None

    def refine(self, instant: int) -> None:
        """Say better when the last break ended."""
        if self._break is not None:
            self._break = Hole(self._break.start, max(self._break.start, instant))

    def stop(self, instant: int) -> None:
        """Begin a break: nothing is known from `instant` on."""
        self._open_since = instant

    def lose(self, hole: Hole) -> None:
        """Take note that trades may be missing in `hole`."""
        if self._holes and self._holes[-1].start <= hole.start <= self._holes[-1].end:  # a flood of them is one
            hole = Hole(self._holes[-1].start, max(self._holes[-1].end, hole.end))
            self._holes.pop()
        self._holes.append(hole)

    def holds(self, start: int, end: int) -> bool:
        """Say whether all of [start, end) was listened to."""
        if self._open_since is not None and self._open_since < end:
            return False
        holes = self._holes if self._break is None else [*self._holes, self._break]
        return not any(hole.start < end and hole.end > start for hole in holes)

    @property
    def ended(self) -> int:
        """When the last break ended; 0 before the first subscription."""
        return 0 if self._break is None else self._break.end

    def touched(self, start: int, end: int) -> list[Hole]:
        """Return what of [start, end) was not listened to, in no order; parts may lie over each other."""
        holes = self._holes if self._break is None else [*self._holes, self._break]
        if self._open_since is not None:
            holes = [*holes, Hole(self._open_since, end)]
        return [
            Hole(max(hole.start, start), min(hole.end, end)) for hole in holes if hole.start < end and hole.end > start
        ]

    def forget(self, before: int) -> None:
        """Drop the holes that ended by `before`."""
        self._holes = [hole for hole in self._holes if hole.end > before]

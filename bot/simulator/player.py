"""When is each recorded line sent?

At its receive time, on a clock that begins at the first line's. Lines of several files are played in the order they
were received, whatever file holds them; over a hole of more than a day (files of different years) the clock leaps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.simulator.history import Print
    from bot.simulator.instruments import Instrument
    from bot.simulator.messages import Message

MINUTE = 60_000
DAY = 86_400_000
QUIET = 30_000
"""Milliseconds that still pass after a minute before the clock leaps."""


class Line(NamedTuple):
    """A recorded message, received at `timestamp` (ms), and the trades of the played stream in it."""

    timestamp: int
    exchange: str
    message: Message
    prints: tuple[Print, ...]


@dataclass(frozen=True, slots=True)
class Recording:
    """What one venue recorded: the instrument that is played, its pair as `BASE/QUOTE`, and every line in order.

    `topic` is that of the played trades; `topics` is everything that can be subscribed to.
    """

    traded: Instrument
    pair: str
    topic: str
    topics: frozenset[str]
    lines: tuple[Line, ...]


class Player:
    """The lines of all recordings in the order they were received."""

    def __init__(self, recordings: Sequence[Recording]) -> None:
        self.recordings = recordings
        lines = [line for recording in recordings for line in recording.lines]
        self._lines = sorted(lines, key=lambda line: line.timestamp)
        self._next = 0
        self.start = self._lines[0].timestamp

    def until(self, end: int) -> Iterator[Line]:
        """Yield the lines received before `end` (ms) that were not yielded yet."""
        while self._next < len(self._lines) and self._lines[self._next].timestamp < end:
            line = self._lines[self._next]
            self._next += 1
            yield line

    def leap(self, now: int) -> int:
        """Give the instant of the next line when that is more than a day away, else `now`.

        Not before the minute of the last line is over, and somewhat more: whoever listens is to close it first.
        """
        if self._next in {0, len(self._lines)}:
            return now
        over = (self._lines[self._next - 1].timestamp // MINUTE + 1) * MINUTE + QUIET
        later = self._lines[self._next].timestamp
        return later if now >= over and later - now > DAY else now

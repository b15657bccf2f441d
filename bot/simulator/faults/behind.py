"""A history whose REST interface is behind its stream.

The stream's own messages (heartbeats, the newest trade) know every trade at once; whoever asks over REST is told what
is older than `lag`.
"""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.simulator.history import History

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.simulator.history import Bar, Print


class Behind(History):
    """The newest fills of one pair on one venue, and what REST knows of them: those `lag` ms ago and before."""

    def __init__(self, lag: int) -> None:
        super().__init__()
        self.lag = lag
        self._known = History()
        self._unknown: deque[Print] = deque()
        self._streamed = self.prints

    def add(self, prints: Iterable[Print]) -> None:
        """Take in what was just published."""
        added = tuple(prints)
        super().add(added)
        self._unknown.extend(added)

    @contextmanager
    def asked(self, now: int) -> Iterator[None]:
        """Tell, within the block, what REST knows at `now` (ms)."""
        self.known_until = now - self.lag
        while self._unknown and self._unknown[0].timestamp <= self.known_until:
            self._known.add((self._unknown.popleft(),))
        self.prints = self._known.prints
        try:
            yield
        finally:
            self.prints = self._streamed
            self.known_until = float("inf")

    def bars(self, interval: int, start: int, end: int, *, flat: bool) -> list[Bar]:
        """Give bars, see History; made of what is known where REST asks."""
        if self.prints is self._streamed:
            return super().bars(interval, start, end, flat=flat)
        return self._known.bars(interval, start, end, flat=flat)

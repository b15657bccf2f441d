"""What of a venue's time is missing although the connection held: ids that did not come, messages that were not read.

Trades may come in another order, so an id that is missing counts as lost only when it was missing for 2 s; a span that
ended before is asked about then counts it at once. A message that can't be read was a trade between the newest one
before it and the next one after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.coverage import Hole
from bot.core.times import SECOND

if TYPE_CHECKING:
    from bot.core.sequence import Ids

PATIENCE = 2 * SECOND
"""So long a trade may come after the ones that followed it."""


class Losses:
    """What is missing of one venue within its connections."""

    def __init__(self, ids: Ids) -> None:
        self.gaps = 0
        """How often ids were lost."""
        self._ids = ids
        self._now = 0
        self._refused_at: int | None = None  # the newest time before messages that could not be read

    def gap(self, since: int, timestamp: int) -> None:
        """Take note that the newest missing ids are of trades in [since, timestamp], exchange time."""
        if self._ids.missing:
            newest = self._ids.missing[-1]
            newest.hole, newest.noticed = Hole(since, timestamp + 1), self._now

    def refused(self, newest: int) -> None:
        """Take note that a message could not be read after a trade or heartbeat of this exchange time."""
        if self._refused_at is None:
            self._refused_at = newest

    def judge(self, now: int, newest: int, offset: int) -> tuple[list[Hole], Hole | None]:
        """Return what is lost since the last call: by its ids, and by messages that could not be read.

        Args:
            now: Our clock, UTC ms.
            newest: The newest exchange time seen.
            offset: The venue's clock minus ours.
        """
        self._now = now
        lost = []
        for each in self._ids.missing:
            hole = each.hole
            if hole is None or each.judged:
                continue
            if now >= each.noticed + PATIENCE or newest >= hole.end + PATIENCE:
                each.judged = True
                self.gaps += 1
                lost.append(hole)
        if self._refused_at is None:
            return lost, None
        start, self._refused_at = self._refused_at, None
        return lost, Hole(start, (newest if newest > start else max(now + offset, start)) + 1)

    def within(self, start: int, end: int) -> list[Hole]:
        """Return where ids of [start, end) are missing, as far as that is judged, or lies wholly within."""
        return [
            hole
            for each in self._ids.missing
            if (hole := each.hole) is not None
            and hole.start < end
            and hole.end > start
            and (each.judged or (start <= hole.start and hole.end <= end))
        ]

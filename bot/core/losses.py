"""What of a venue's time is missing although the connection held: ids that did not come, messages that were not read.

Trades may come in another order, so an id that is missing counts as lost only when it was missing for 2 s; a span that
ended before is asked about then counts it at once. A message that can't be read was a trade of about the time between
the newest one before it and the newest one after it: trades may be 10 s late. Until there is one after it, nothing from
there on is known to be whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.coverage import Hole
from bot.core.times import SECOND

if TYPE_CHECKING:
    from bot.core.sequence import Ids

PATIENCE = 2 * SECOND
"""So long a trade may come after the ones that followed it."""
AROUND = 10 * SECOND
"""So far from its neighbours a message that can't be read may belong."""


class Losses:
    """What is missing of one venue within its connections."""

    def __init__(self, ids: Ids) -> None:
        self.gaps = 0
        """How often ids were lost."""
        self._ids = ids
        self._now = 0
        self._refused_at: int | None = None  # the newest time before messages that could not be read
        self._doubted: Hole | None = None  # what an earlier connection may not have brought

    def gap(self, since: int, timestamp: int) -> None:
        """Take note that the newest missing ids are of trades in [since, timestamp], exchange time."""
        if self._ids.missing:
            newest = self._ids.missing[-1]
            newest.hole, newest.noticed = Hole(since, timestamp + 1), self._now

    def refused(self, newest: int) -> None:
        """Take note that a message could not be read after a trade or heartbeat of this exchange time."""
        if self._refused_at is None:
            self._refused_at = newest

    def judge(self, now: int, newest: int) -> tuple[list[Hole], Hole | None]:
        """Return what is lost since the last call: by its ids, and by messages that could not be read.

        Args:
            now: Our clock, UTC ms.
            newest: The newest exchange time seen.
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
        if self._refused_at is None or newest <= self._refused_at:
            return lost, None
        start, self._refused_at = self._refused_at, None
        return lost, Hole(start - AROUND, newest + AROUND)

    def doubt(self, since: int, covered: int) -> None:
        """Take note that one connection follows another: what the first sent after `since` may not have arrived.

        From `covered` on the second surely brings everything; both exchange time.
        """
        self._doubted = Hole(since, max(covered, since + 1))

    def settled(self) -> Hole | None:
        """Return what was doubted, and doubt it no more."""
        doubted, self._doubted = self._doubted, None
        return doubted

    def unsure_from(self) -> int | None:
        """Return from when on nothing is known to be whole, exchange time; None: everything is."""
        since = [] if self._refused_at is None else [self._refused_at - AROUND]
        if self._doubted is not None:
            since.append(self._doubted.start)
        return min(since, default=None)

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

"""What was already read and computed of the stored minutes, shared by all requests.

Indicators remember: an average of true ranges never quite forgets its first bar. So a window is cut from the run over
the whole history. Its minutes are read once, from the side file as far as it goes; each later snapshot adds those that
came or changed. What is computed of them is made anew then, for that takes some hundredths of a second.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from webapp.bars import bars, chunks
from webapp.reading import changes
from webapp.request.timeframes import MINUTE

if TYPE_CHECKING:
    import sqlite3

    from analysis.batch.history import History
    from webapp.bars.grown import Minutes
    from webapp.bars.rollup import Rollup
    from webapp.database import Snapshot

PAIRS = 2
"""Pairs whose history is kept: 60 MB each for two years."""

INDICATOR_BYTES = 200_000_000
"""Of one pair's indicators, with all parameters that were asked for; beyond it all are made anew when asked for."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A pair's history in one snapshot.

    past: what there was in that snapshot, to tell what the next one changed.
    """

    snapshot: str
    past: changes.Past
    minutes: Minutes
    history: History


class Histories:
    """The history of each pair, as of the snapshot that was asked for last."""

    def __init__(self, rollup: Rollup) -> None:
        self._rollup = rollup
        self._kept: dict[str, Kept] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def history(self, snapshot: Snapshot, pair: str) -> History:
        """Return the whole history of a pair."""
        from analysis.batch.history import History

        async with self._turns[pair]:
            kept = self._kept.pop(pair, None)
            if kept is None or kept.snapshot != snapshot.id:
                kept = await snapshot.run(lambda sql: self._followed(sql, snapshot, pair, kept))
            elif kept.history.nbytes() > INDICATOR_BYTES:
                kept = replace(kept, history=History(kept.history.market))
            self._kept[pair] = kept
            while len(self._kept) > PAIRS:
                oldest = next(iter(self._kept))
                del self._kept[oldest], self._turns[oldest]
            return kept.history

    def _followed(self, sql: sqlite3.Connection, snapshot: Snapshot, pair: str, before: Kept | None) -> Kept:
        """Read the minutes of a pair that were not there before or may have changed; before: None reads all."""
        from analysis.batch.history import History
        from webapp.bars.grown import Minutes

        past, changed_from = changes.compared(sql, snapshot, before.past if before else None)
        begin = 0
        if before is not None:
            begin = before.past.until if changed_from is None else min(before.past.until, changed_from)
            begin -= begin % MINUTE
        newest = bars.newest_minute(sql, pair)
        asked = bars.Asked(MINUTE, begin, bars.bar_from(None, MINUTE))
        source = bars.Source(pair, None, 0 if newest is None else newest)
        parts = [] if newest is None else list(self._rollup.read(sql, snapshot, source, asked))
        minutes = (before.minutes if before else Minutes()).followed(
            begin, chunks.joined(parts or [chunks.columns_of([])])
        )
        market = minutes.market(pair)
        return Kept(snapshot.id, past, minutes, before.history.later(market, begin) if before else History(market))

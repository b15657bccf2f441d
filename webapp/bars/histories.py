"""What was already read and computed of the stored minutes, shared by all requests.

Indicators remember: an average of true ranges never quite forgets its first bar. So a window is cut from the run over
the whole history, which is made once for each snapshot that somebody asks about, from the side file as far as it goes.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from webapp.bars import bars, chunks
from webapp.request.timeframes import MINUTE

if TYPE_CHECKING:
    import sqlite3

    from analysis.batch.history import History
    from analysis.batch.market import Market
    from webapp.bars.rollup import Rollup
    from webapp.database import Snapshot

PAIRS = 2
"""Pairs whose history is kept: 60 MB each for two years."""

INDICATOR_BYTES = 200_000_000
"""Of one pair's indicators, with all parameters that were asked for; beyond it all are made anew when asked for."""


class Histories:
    """The history of each pair, as of one snapshot."""

    def __init__(self, rollup: Rollup) -> None:
        self._rollup = rollup
        self._kept: dict[str, tuple[str, History]] = {}
        self._lock = asyncio.Lock()

    async def history(self, snapshot: Snapshot, pair: str) -> History:
        """Return the whole history of a pair."""
        async with self._lock:
            kept = self._kept.pop(pair, None)
            if kept is None or kept[0] != snapshot.id:
                market = await snapshot.run(lambda sql: self._market(sql, snapshot, pair))
                kept = (snapshot.id, _history(market))
            elif kept[1].nbytes() > INDICATOR_BYTES:
                kept = (snapshot.id, _history(kept[1].market))
            self._kept[pair] = kept
            while len(self._kept) > PAIRS:
                del self._kept[next(iter(self._kept))]
            return kept[1]

    def _market(self, sql: sqlite3.Connection, snapshot: Snapshot, pair: str) -> Market:
        """Read all minutes of a pair."""
        import numpy as np

        from analysis.batch.market import Market

        newest = bars.newest_minute(sql, pair)
        every = bars.Asked(MINUTE, 0, bars.bar_from(None, MINUTE))
        parts = [] if newest is None else list(self._rollup.read(sql, snapshot, bars.Source(pair, None, newest), every))
        columns = chunks.joined(parts or [chunks.columns_of([])])
        timestamp, *values = (np.asarray(column) for column in columns[:7])
        return Market(pair, timestamp, *values)  # type: ignore[arg-type] # six columns, as many as there are left


def _history(market: Market) -> History:
    from analysis.batch.history import History

    return History(market)

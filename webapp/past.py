"""What was already read and computed of the stored minutes, shared by all requests."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from webapp import queries

if TYPE_CHECKING:
    from analysis.history import History
    from webapp import database


class Past:
    """The history of each pair, as of one snapshot."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, History]] = {}
        self._lock = asyncio.Lock()

    async def history(self, snapshot: database.Snapshot, pair: str) -> History:
        """Return the whole history of a pair."""
        async with self._lock:
            kept = self._kept.get(pair)
            if kept is None or kept[0] != snapshot.id:
                rows = await snapshot.rows(queries.MINUTES, pair=pair)
                kept = (snapshot.id, await asyncio.to_thread(_history, pair, rows))
                self._kept[pair] = kept
            return kept[1]


def _history(pair: str, rows: list[tuple[object, ...]]) -> History:
    import numpy as np

    from analysis.history import History
    from analysis.market import COLUMNS, from_rows

    return History(from_rows(pair, np.array(rows, dtype=COLUMNS)))

"""Minutes in memory that grow at their end, so that a new one costs what one costs and not what all cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.batch.market import COLUMNS, Market

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from webapp.bars.chunks import Columns

NAMES = COLUMNS.names or ()

SPARE = 1440
"""Minutes of room that are taken at once: all is copied once a day."""


@dataclass(slots=True)
class Room:
    """Columns of equal length, and how many of their rows are taken."""

    columns: list[NDArray[Any]]
    taken: int = 0

    @classmethod
    def of(cls, rows: int) -> Room:
        """Make one for so many rows."""
        return cls([np.empty(rows, dtype=COLUMNS[name]) for name in NAMES])


@dataclass(frozen=True, slots=True)
class Minutes:
    """The first `count` minutes in a room, ascending.

    They never change, for somebody may be computing with them. Whoever fills the room shares it with what follows.
    """

    room: Room = field(default_factory=lambda: Room.of(0))
    count: int = 0

    def market(self, pair: str) -> Market:
        """Return them as the market of a pair; nothing is copied."""
        columns = (column[: self.count] for column in self.room.columns)
        return Market(pair, *columns)  # type: ignore[arg-type] # a column each of NAMES

    def followed(self, begin: int, columns: Columns) -> Minutes:
        """Return these minutes up to `begin`, UTC ms, and then those of `columns`."""
        old = [column[: self.count] for column in self.room.columns]
        new = [np.asarray(column) for column in columns[: len(NAMES)]]
        kept = int(np.searchsorted(old[0], begin))
        known, count = self.count - kept, kept + len(new[0])
        same = all(np.array_equal(column[kept:], fresh[:known]) for column, fresh in zip(old, new, strict=True))
        room, written = self.room, self.count
        if not same or room.taken > self.count or count > len(room.columns[0]):
            room, written = Room.of(count + SPARE), kept
            for column, before in zip(room.columns, old, strict=True):
                column[:kept] = before[:kept]
        for column, fresh in zip(room.columns, new, strict=True):
            column[written:count] = fresh[written - kept :]
        room.taken = count
        return Minutes(room, count)

"""Gaps and order blocks as columns, and when each of them ended."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from bot.core.zones import Direction, EndedBy

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOOK = 16
"""Values looked at for each zone in the first round of `first_below`."""

BULL, BEAR = 1, -1
"""Directions in columns; 0 is none."""

DIRECTIONS = {BULL: Direction.BULL, BEAR: Direction.BEAR, 0: None}

ALIVE, CLOSED, BROKEN, EXPIRED = range(4)
"""How a zone ended, in columns; `ENDED_BY` has the words."""

ENDED_BY = (None, EndedBy.CLOSED, EndedBy.BROKEN, EndedBy.EXPIRED)


@dataclass(frozen=True, slots=True, eq=False)
class Zones:
    """Gaps or order blocks in the order they were found, oldest first."""

    bar: NDArray[np.int64]
    """Index of the bar each was found on."""
    start: NDArray[np.int64]
    """Index of the bar each starts at: for a gap the same, for a block an earlier one."""
    direction: NDArray[np.int8]
    top: NDArray[np.float64]
    bottom: NDArray[np.float64]

    def __len__(self) -> int:
        """How many zones."""
        return len(self.bar)

    def chosen(self, which: NDArray[np.bool_]) -> Zones:
        """Return some of them."""
        return Zones(*(getattr(self, column.name)[which] for column in fields(self)))


@dataclass(frozen=True, slots=True, eq=False)
class Endings:
    """Of each zone the index of the bar it ended on (-1 while it lives) and how it ended."""

    bar: NDArray[np.int64]
    by: NDArray[np.int8]


def zones(found: list[tuple[int, int, int, float, float]]) -> Zones:
    """Make columns of rows (bar, start, direction, top, bottom)."""
    bar, start, direction, top, bottom = zip(*found, strict=True) if found else ((),) * 5
    return Zones(
        np.array(bar, dtype=np.int64),
        np.array(start, dtype=np.int64),
        np.array(direction, dtype=np.int8),
        np.array(top, dtype=np.float64),
        np.array(bottom, dtype=np.float64),
    )


def first_below(
    values: NDArray[np.float64], starts: NDArray[np.int64], ends: NDArray[np.int64], levels: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return for each level the first index in [start, end) whose value is below it; the end when there is none.

    Most are found within a few values: all are looked for in windows side by side, longer ones in later rounds, and
    only those that are not found yet go into the next.
    """
    found = ends.copy()
    waiting, begin, width = np.flatnonzero(starts < ends), 0, LOOK
    while len(waiting):
        window = starts[waiting, np.newaxis] + np.arange(begin, begin + width)
        below = values[np.minimum(window, len(values) - 1)] < levels[waiting, np.newaxis]
        first = below.argmax(axis=1)
        hit = below[np.arange(len(waiting)), first]
        at = starts[waiting] + begin + first
        found[waiting[hit]] = np.minimum(at, ends[waiting])[hit]
        begin, width = begin + width, 2 * width
        waiting = waiting[~hit & (starts[waiting] + begin < ends[waiting])]
    return found


def listed(opens: NDArray[np.int64], found: Zones, endings: Endings, first: int, last: int) -> list[dict[str, object]]:
    """Return the zones that overlap the bars [first, last), in the order they were found; `opens` is of all bars."""
    ends = np.where(endings.bar < 0, len(opens) + 1, endings.bar)
    here = np.flatnonzero((found.start < last) & (ends >= first))
    ended = endings.bar[here]
    columns = (
        opens[found.start[here]],
        opens[found.bar[here]],
        ended,
        opens[ended],
        found.direction[here],
        found.top[here],
        found.bottom[here],
        endings.by[here],
    )
    return [
        {
            "start": start,
            "found": seen,
            "end": end if bar >= 0 else None,
            "direction": DIRECTIONS[direction],
            "top": top,
            "bottom": bottom,
            "ended_by": ENDED_BY[by],
        }
        for start, seen, bar, end, direction, top, bottom, by in zip(
            *(column.tolist() for column in columns), strict=True
        )
    ]

"""Which trades are new, told by their ids: nothing is counted twice, and a missing id is noticed.

Two kinds of venue:

- **Consecutive** ids (Binance, Coinbase) rise by one. A jump means that trades are missing; an id inside a known
  hole is a late arrival; any other id at or below the newest is a repetition. An id far below the newest means that
  the venue began to number anew (or that the newest was nonsense): counting starts again there.
- **Named** ids (Bybit's are names, OKX merges fills so its ids jump) only tell repetitions: the newest 20,000 are
  remembered.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

REPEATED, NEW, AFTER_HOLE = 0, 1, 2
"""What `admit` says: seen before; new; new, and ids before it are missing."""

RESTART = 1_000_000
"""So far below the newest id, an id is not old: the venue numbers anew."""
HOLES_KEPT = 64
NAMES_KEPT = 20_000


class Ids(Protocol):
    """What knows which trades of one venue were seen."""

    def admit(self, identity: int | str) -> int:
        """Say whether a trade with this id is REPEATED, NEW or AFTER_HOLE, and remember it."""
        ...

    @property
    def newest(self) -> int | None:
        """The newest id where ids ascend, for the next start to go on from; None where they are names."""
        ...


class Consecutive:
    """Ids that rise by one."""

    def __init__(self, newest: int | None = None) -> None:
        self._newest = newest
        self._holes: deque[tuple[int, int]] = deque(maxlen=HOLES_KEPT)  # half-open spans of missing ids

    @property
    def newest(self) -> int | None:
        """The newest id seen; None before the first."""
        return self._newest

    def admit(self, identity: int | str) -> int:
        """Say whether the id is new; see `Ids.admit`."""
        newest = self._newest
        if newest is None:
            self._newest = int(identity)
            return NEW
        number = int(identity)
        if number == newest + 1:
            self._newest = number
            return NEW
        if number > newest:
            self._holes.append((newest + 1, number))
            self._newest = number
            return AFTER_HOLE
        if number < newest - RESTART:
            self._holes.clear()
            self._newest = number
            return AFTER_HOLE
        for index, (start, end) in enumerate(self._holes):
            if start <= number < end:
                del self._holes[index]
                self._holes.extend(span for span in ((start, number), (number + 1, end)) if span[0] < span[1])
                return NEW
        return REPEATED


class Named:
    """Ids that are only names: repetitions are known, holes are not."""

    newest = None

    def __init__(self) -> None:
        self._seen: set[int | str] = set()
        self._order: deque[int | str] = deque()

    def admit(self, identity: int | str) -> int:
        """Say whether the id is new; see `Ids.admit`."""
        if identity in self._seen:
            return REPEATED
        self._seen.add(identity)
        self._order.append(identity)
        if len(self._order) > NAMES_KEPT:
            self._seen.remove(self._order.popleft())
        return NEW

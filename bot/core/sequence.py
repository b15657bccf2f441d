"""Which trades are new, told by their ids: nothing is counted twice, and a missing id is noticed.

Two kinds of venue:

- **Consecutive** ids rise by one. A jump means that trades are missing; an id inside a known
  hole is a late arrival; any other id at or below the newest is a repetition. An id far below the newest means that
  the venue began to number anew (or that the newest was nonsense): counting starts again there.
- **Named** ids (they are names, or jump where a venue merges fills) only tell repetitions: the newest 20,000 are
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

    def admit_run(self, first: int, count: int) -> bool:
        """Remember ids that rise by one from `first`, if they are the ones expected next; False, and nothing, else."""
        ...

    @property
    def newest(self) -> int | None:
        """The newest id where ids ascend, for the next start to go on from; None where they are names."""
        ...


class Consecutive:
    """Ids that rise by one."""

    def __init__(self, newest: int | None = None) -> None:
        self._next = None if newest is None else newest + 1
        self._holes: deque[tuple[int, int]] = deque(maxlen=HOLES_KEPT)  # half-open spans of missing ids

    @property
    def newest(self) -> int | None:
        """The newest id seen; None before the first."""
        return None if self._next is None else self._next - 1

    def admit(self, identity: int | str) -> int:
        """Say whether the id is new; see `Ids.admit`."""
        if identity == self._next:  # nearly always
            self._next += 1
            return NEW
        return self._admit_unexpected(int(identity))

    def admit_run(self, first: int, count: int) -> bool:
        """Say whether these are the ids that were expected, and remember them then; see `Ids.admit_run`."""
        if self._next not in (None, first):
            return False
        self._next = first + count
        return True

    def _admit_unexpected(self, number: int) -> int:
        expected = self._next
        if expected is None or number == expected:
            self._next = number + 1
            return NEW
        if number > expected:
            self._holes.append((expected, number))
            self._next = number + 1
            return AFTER_HOLE
        if number < expected - 1 - RESTART:
            self._holes.clear()
            self._next = number + 1
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

    def admit_run(self, first: int, count: int) -> bool:  # noqa: ARG002 - names do not rise
        """Say that nothing is known of names that would follow; see `Ids.admit_run`."""
        return False

"""Which trades are new, told by their ids: nothing is counted twice, and a missing id is noticed.

Two kinds of venue:

- **Consecutive** ids rise by one. A jump means that trades are missing, and which; one that arrives after all takes
  its place in the gap back. Any other id at or below the newest is a repetition. An id far below the newest means that
  the venue began to number anew (or that the newest was nonsense): counting starts again there.
- **Named** ids (they are names, or jump where a venue merges fills) only tell repetitions: the newest 10,000 to 20,000
  are remembered.

What is missing is kept with the exchange time it must have happened in, until it arrives or is given up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.core.coverage import Hole

REPEATED, NEW, AFTER_HOLE, FILLED = 0, 1, 2, 3
"""What `admit` says: seen before; new; new, and ids before it are missing; new, and it was missing."""

RESTART = 1_000_000
"""So far below the newest id, an id is not old: the venue numbers anew."""
HOLES_KEPT = 256
NAMES_KEPT = 10_000
"""So many of the newest names are remembered at least, at most twice as many."""


@dataclass(slots=True)
class Missing:
    """Ids [start, end) that have not arrived."""

    start: int
    end: int
    hole: Hole | None = None
    """The exchange time their trades lie in; None where a break of the connection explains them."""
    noticed: int = 0
    """When that was noticed, by our clock, UTC ms."""
    judged: bool = False
    """Whether they count as lost by now, and not only as late."""


class Ids(Protocol):
    """What knows which trades of one venue were seen."""

    def admit(self, identity: int | str) -> int:
        """Say whether a trade with this id is REPEATED, NEW, AFTER_HOLE or FILLED, and remember it."""
        ...

    def admit_run(self, ids: Sequence[int | str]) -> bool:
        """Remember the ids of a burst, if all are new and none is missing before them; False, and nothing, else."""
        ...

    def expect(self, newest: int) -> bool:
        """Take the venue's word that ids up to `newest` were given; say whether any of them is missing by that."""
        ...

    @property
    def newest(self) -> int | None:
        """The newest id where ids ascend, for the next start to go on from; None where they are names."""
        ...

    @property
    def missing(self) -> Sequence[Missing]:
        """What has not arrived, the oldest first; nothing where ids are names."""
        ...

    @property
    def filled(self) -> Hole | None:
        """The time of the gap into which the newest FILLED id came; None where a break explained it."""
        ...

    def forget(self, before: int) -> list[Hole]:
        """Give up what was missing before an instant of exchange time, or is too much to keep; return those holes."""
        ...


class Consecutive:
    """Ids that rise by one."""

    def __init__(self, newest: int | None = None) -> None:
        self._next = None if newest is None else newest + 1
        self._missing: list[Missing] = []
        self._given_up: list[Hole] = []
        self.filled: Hole | None = None

    @property
    def newest(self) -> int | None:
        """The newest id seen, or told by the venue; None before the first."""
        return None if self._next is None else self._next - 1

    @property
    def missing(self) -> Sequence[Missing]:
        """What has not arrived; see `Ids.missing`."""
        return self._missing

    def admit(self, identity: int | str) -> int:
        """Say whether the id is new; see `Ids.admit`."""
        if identity == self._next:  # nearly always
            self._next += 1
            return NEW
        return self._admit_unexpected(int(identity))

    def admit_run(self, ids: Sequence[int | str]) -> bool:
        """Say whether these, which rise by one, were expected, and remember them then; see `Ids.admit_run`."""
        if self._next not in (None, ids[0]):
            return False
        self._next = int(ids[-1]) + 1
        return True

    def expect(self, newest: int) -> bool:
        """Take note of ids that were given and have not arrived; see `Ids.expect`."""
        if self._next is None or not self._next <= newest < self._next + RESTART:
            return False
        self._missing.append(Missing(self._next, newest + 1))
        self._next = newest + 1
        return True

    def forget(self, before: int) -> list[Hole]:
        """Give up what is old, or too much; see `Ids.forget`."""
        old = [each for each in self._missing if each.hole is not None and each.hole.end <= before]
        old += [each for each in self._missing if each not in old][: max(0, len(self._missing) - len(old) - HOLES_KEPT)]
        self._missing = [each for each in self._missing if each not in old]
        found = [*self._given_up, *(each.hole for each in old if each.hole is not None)]
        self._given_up = []
        return found

    def _admit_unexpected(self, number: int) -> int:
        expected = self._next
        if expected is None or number == expected:
            self._next = number + 1
            return NEW
        if number > expected:
            self._missing.append(Missing(expected, number))
            self._next = number + 1
            return AFTER_HOLE
        if number < expected - 1 - RESTART:
            self._given_up += [each.hole for each in self._missing if each.hole is not None]
            self._missing = [Missing(number, number)]
            self._next = number + 1
            return AFTER_HOLE
        for index, each in enumerate(self._missing):
            if each.start <= number < each.end:
                self.filled = each.hole
                parts = ((each.start, number), (number + 1, each.end))
                self._missing[index : index + 1] = [
                    Missing(start, end, each.hole, each.noticed, each.judged) for start, end in parts if start < end
                ]
                return FILLED
        return REPEATED


class Named:
    """Ids that are only names: repetitions are known, holes are not.

    Two sets take turns, each of half of what is remembered: nothing is ever taken out of one, so they do not grow.
    """

    newest = filled = None
    missing: Sequence[Missing] = ()

    def __init__(self) -> None:
        self._seen: set[int | str] = set()
        self._before: set[int | str] = set()

    def admit(self, identity: int | str) -> int:
        """Say whether the id is new; see `Ids.admit`."""
        if identity in self._seen or identity in self._before:
            return REPEATED
        self._seen.add(identity)
        if len(self._seen) >= NAMES_KEPT:
            self._turn()
        return NEW

    def admit_run(self, ids: Sequence[int | str]) -> bool:
        """Say whether none of them was seen, and remember them then; see `Ids.admit_run`."""
        if len(set(ids)) != len(ids) or not (self._seen.isdisjoint(ids) and self._before.isdisjoint(ids)):
            return False
        self._seen.update(ids)
        if len(self._seen) >= NAMES_KEPT:
            self._turn()
        return True

    def expect(self, newest: int) -> bool:  # noqa: ARG002 - names do not rise
        """Say that names tell nothing of what is missing; see `Ids.expect`."""
        return False

    def forget(self, before: int) -> list[Hole]:  # noqa: ARG002 - there is nothing to give up
        """Give nothing up; see `Ids.forget`."""
        return []

    def _turn(self) -> None:
        self._seen, self._before = set(), self._seen

"""When does what go wrong?

Pure, and decided by a `Random` of its own for each venue and kind: the same seed, faults and calls give the same plan,
whatever else is on. The instants of what happens by the hour don't depend on the trades.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import merge
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from bot.simulator.faults.garbled import garbled
from bot.simulator.faults.settings import ALL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.simulator.faults.settings import Faults
    from bot.simulator.messages import Message

HOUR = 3_600_000
STATUSES = (500, 502, 503)
_LAST = 1.0
"""The order of what opens a window to shuffle: behind everything else in it."""


class Beat(NamedTuple):
    """Something goes wrong at `instant` (ms): what, for how many market seconds, and a chance in [0, 1) of forms."""

    instant: int
    kind: str
    seconds: float = 0.0
    chance: float = 0.0


class Sending(NamedTuple):
    """A message is sent at `due` (ms); those of one instant by `order`, then as they came."""

    due: int
    order: float
    message: Message


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a REST request: `kind` is the fault, empty when there is none.

    `status` is that of `rest_5xx`, `seconds` the Retry-After of `rest_429`, `overlap` how many trades come again.
    """

    kind: str = ""
    status: int = 0
    seconds: int = 0
    overlap: int = 0


def seeded(faults: Faults, exchange: str, kind: str) -> Random:
    """Give the Random of one kind on one venue."""
    return Random(f"{kind} {exchange} {faults.seed}")  # noqa: S311 - a plan, not a secret


def timed(faults: Faults, exchange: str, start: int) -> Iterator[Beat]:
    """Yield what happens by the hour from `start` (ms) on, in time order, without end when anything is on."""
    spans = {"stalls": faults.stall_seconds, "announced": faults.announced_seconds}
    kinds = ("cuts", "stalls", "half_open", "announced", "unasked")
    hourly = [
        _hourly(kind, getattr(faults, kind), spans.get(kind, (0.0, 0.0)), seeded(faults, exchange, kind), start)
        for kind in kinds
    ]
    outages = sorted(
        Beat(start + int(each.after * 1000), "outages", each.seconds)
        for each in faults.outages
        if each.venue in {ALL, exchange}
    )
    return merge(iter(outages), *hourly)


def _hourly(kind: str, an_hour: float, span: tuple[float, float], random: Random, start: int) -> Iterator[Beat]:
    instant = float(start)
    while an_hour > 0:
        instant += random.expovariate(an_hour / HOUR)
        yield Beat(int(instant), kind, random.uniform(*span), random.random())


class Chance:
    """Whether each thing of one kind goes wrong; `random` is for how."""

    __slots__ = ("_probability", "kind", "random")

    def __init__(self, faults: Faults, exchange: str, kind: str) -> None:
        self.kind = kind
        self.random = seeded(faults, exchange, kind)
        self._probability: float = getattr(faults, kind)

    def hits(self) -> bool:
        """Decide of the next one."""
        return self._probability > 0 and self.random.random() < self._probability


class Flow:
    """What becomes of the trade messages of one venue."""

    def __init__(self, faults: Faults, exchange: str) -> None:
        self._faults = faults
        self._missing, self._malformed, self._duplicated, self._late, self._shuffled = (
            Chance(faults, exchange, kind) for kind in ("missing", "malformed", "duplicated", "late", "shuffled")
        )
        self._order = seeded(faults, exchange, "order")
        self._window_ends = 0
        self._in_window = 0

    def take(self, timestamp: int, message: Message) -> tuple[list[Sending], list[str]]:
        """Say when a message of the instant `timestamp` (ms) is sent, how often and as what, and which faults that is.

        Messages are given in time order.
        """
        if self._missing.hits():
            return [], ["missing"]
        done: list[str] = []
        copies = [message]
        if self._duplicated.hits():
            done.append("duplicated")
            copies *= 2 if self._duplicated.random.random() < 0.5 else 3  # noqa: PLR2004
        if self._malformed.hits():
            done.append("malformed")
            random = self._malformed.random
            unreadable = garbled(message, random.random())
            copies = [unreadable] if random.random() < self._faults.malformed_replaces else [*copies, unreadable]
        return [self._sending(timestamp, each, done) for each in copies], done

    def _sending(self, timestamp: int, message: Message, done: list[str]) -> Sending:
        if self._late.hits():
            done.append("late")
            return Sending(
                timestamp + int(self._late.random.uniform(0.0, self._faults.late_seconds) * 1000), 0.0, message
            )
        if timestamp < self._window_ends:
            self._in_window += 1
            if self._in_window == 2:  # noqa: PLR2004 - one alone has no order
                done.append("shuffled")
            return Sending(self._window_ends, self._order.random(), message)
        if self._shuffled.hits():
            self._window_ends, self._in_window = timestamp + self._faults.shuffle_ms, 1
            return Sending(self._window_ends, _LAST, message)
        return Sending(timestamp, 0.0, message)


class Requests:
    """What becomes of the REST requests of one venue."""

    def __init__(self, faults: Faults, exchange: str) -> None:
        self._faults = faults
        self._timeout, self._broken, self._limited, self._overlap = (
            Chance(faults, exchange, kind) for kind in ("rest_timeout", "rest_5xx", "rest_429", "rest_overlap")
        )

    def next(self) -> Fate:
        """Decide of the next request."""
        if self._timeout.hits():
            return Fate("rest_timeout")
        if self._broken.hits():
            return Fate("rest_5xx", status=self._broken.random.choice(STATUSES))
        if self._limited.hits():
            seconds = self._limited.random.uniform(*self._faults.rest_retry_seconds)
            return Fate("rest_429", seconds=max(1, round(seconds)))
        if self._overlap.hits():
            return Fate("rest_overlap", overlap=self._overlap.random.randint(1, self._faults.rest_overlap_trades))
        return Fate()

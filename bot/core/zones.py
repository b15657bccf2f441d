"""What have a fair value gap and an order block in common?

Both are price zones with a direction, found on a confirmed bar. A zone's bounds never move. How a zone ends is told by
`EndedBy`; why a candidate did not become a zone by `Rejection`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Direction(StrEnum):
    """Which way a signal, a zone or a setup points: bull for rising prices, bear for falling ones."""

    BULL = "bull"
    BEAR = "bear"


@dataclass(frozen=True, slots=True)
class Zone:
    """A price range `bottom` to `top` in USDT that begins at `start`, the open time of a bar in UTC ms."""

    start: int
    direction: Direction
    top: float
    bottom: float


class EndedBy(StrEnum):
    """Why a zone is over."""

    CLOSED = "closed"
    """A bar closed beyond the far side of the gap."""
    BROKEN = "broken"
    """The body of a bar reached beyond the far side of the order block."""
    EXPIRED = "expired"
    """Untouched for too long, or displaced by newer ones."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A zone that ended on the bar that opened at `timestamp`."""

    zone: Zone
    timestamp: int
    by: EndedBy


@dataclass(frozen=True, slots=True)
class Rejection:
    """A candidate that failed: the first rule it failed, with the value seen and the limit it had to respect.

    `value` and `limit` are None where the rule is no comparison of two numbers.
    """

    timestamp: int
    direction: Direction
    top: float
    bottom: float
    rule: str
    value: float | None = None
    limit: float | None = None

    def __str__(self) -> str:
        """The reason in a few words, such as `height 0.8 of 1.2`."""
        if self.value is None or self.limit is None:
            return self.rule
        return f"{self.rule} {self.value:.6g} of {self.limit:.6g}"


@dataclass(frozen=True, slots=True)
class Found:
    """What one bar brought: a zone or the candidate it refused, and the zones that ended on it."""

    zone: Zone | None = None
    rejection: Rejection | None = None
    ended: tuple[Ending, ...] = ()


NOTHING = Found()

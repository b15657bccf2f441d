"""Which minute an instant belongs to, and how instants are read and written.

Every instant in this project is an integer: UTC milliseconds since 1970-01-01. A minute is named by its first
millisecond and holds the half-open span [minute, minute + MINUTE).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SECOND = 1_000
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """What our clock says, and how far that may be off; all in UTC ms.

    The machine's clock is taken at its word (`exact`). A simulator's is read over HTTP now and then, and may have stood
    still or run on since; at 600 times the speed of life that is minutes. So three things are kept apart: what was sent
    before `earliest` has surely arrived when something is heard (a sign of life covers so far and no further), nothing
    can be of a time after `latest` (a subscription covers from there), and whoever waits for an answer or a deadline
    gives the other side `slack` more.
    """

    now: int
    earliest: int
    latest: int
    slack: int
    """A duration, ms."""

    @classmethod
    def exact(cls, now: int) -> Moment:
        """Return the moment of a clock that is right."""
        return cls(now, now, now, 0)


def minute_of(instant: int) -> int:
    """Return the first millisecond of the minute that holds `instant`."""
    return instant - instant % MINUTE


def from_datetime(moment: datetime) -> int:
    """Return `moment` (with a time zone) in milliseconds, rounded down; exact, no floating point in between."""
    return (moment - _EPOCH) // _MILLISECOND


def to_iso(instant: int) -> str:
    """Return `instant` as ISO 8601 in UTC, to the second: `2024-08-09T00:00:00Z`."""
    return (_EPOCH + instant * _MILLISECOND).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_iso(text: str) -> int:
    """Read an ISO 8601 date or time, UTC where no zone is given.

    Raises:
        ValueError: The text is not one; the message names it and gives an example.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a date or time; write 2024-08-09 or 2024-08-09T00:00:00Z") from None
    return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=UTC))

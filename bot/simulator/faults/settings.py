"""Which faults, and how often?

Everything is off by default. Rates are a market hour, probabilities a trade message, subscription or REST request,
lengths market seconds. What happens is decided by the seed alone (`plan.py`): the trades of the market are the same
with and without faults.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import isfinite
from typing import TYPE_CHECKING

from bot.core.exchanges import EXCHANGES
from bot.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

ALL = "all"
MOST_AN_HOUR = 3600.0
LONGEST = 3600.0
"""Market seconds; longer than any client waits for anything."""
LONGEST_SHUFFLE = 250
MOST_OVERLAP = 100
LONGEST_LIFE = 24.0 * 366


@dataclass(frozen=True, slots=True)
class Outage:
    """A venue is off the net for `seconds` market seconds, beginning `after` market seconds from the start.

    `venue` is an exchange or `all`. Connections are closed and refused, REST answers nothing.
    """

    venue: str = ALL
    after: float = 0.0
    seconds: float = 60.0

    def __post_init__(self) -> None:
        """Refuse what can't be.

        Raises:
            ConfigurationError: A value is not allowed; it names the key, the value and what is.
        """
        if self.venue != ALL and self.venue not in EXCHANGES:
            raise _refused("outages.venue", self.venue, ", ".join((ALL, *EXCHANGES)))
        if not _number(self.after, 0.0, float("inf")):
            raise _refused("outages.after", self.after, "market seconds, 0 or more")
        if not _number(self.seconds, 0.0, float("inf")) or self.seconds == 0:
            raise _refused("outages.seconds", self.seconds, "market seconds, above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """The faults of one venue, or of each; see bot/simulator/faults.toml.example for what each key does."""

    seed: int = 1

    cuts: float = 0.0
    """An hour: every connection is torn down without a close frame, some of them by a TCP reset."""
    stalls: float = 0.0
    """An hour: nothing is sent or read for `stall_seconds`, then everything at once."""
    stall_seconds: tuple[float, float] = (2.0, 30.0)
    half_open: float = 0.0
    """An hour: the sockets stay open and silent until the client leaves; its pings are not answered."""
    outages: tuple[Outage, ...] = ()
    announced: float = 0.0
    """An hour, where the venue documents an announcement: it comes, and `announced_seconds` later the close."""
    announced_seconds: tuple[float, float] = (10.0, 60.0)
    unasked: float = 0.0
    """An hour: a message of a kind nobody subscribed to."""
    life: float | None = None
    """Hours a connection lives, where the venue documents a limit; None: as documented."""
    refused: float = 0.0
    """Of subscriptions: answered with the venue's own refusal."""

    duplicated: float = 0.0
    """Of trade messages: sent two or three times."""
    shuffled: float = 0.0
    """Of trade messages: what comes within `shuffle_ms` from it on is sent at the end of that, in another order."""
    shuffle_ms: int = LONGEST_SHUFFLE
    late: float = 0.0
    """Of trade messages: sent up to `late_seconds` later."""
    late_seconds: float = 5.0
    missing: float = 0.0
    """Of trade messages: never sent; REST knows the trade."""
    malformed: float = 0.0
    """Of trade messages: a frame that can't be read takes its place or follows it."""
    malformed_replaces: float = 0.5
    """Of those: how many take the place of the trade, so that it is missing."""

    rest_lag: float = 0.0
    """Seconds that REST is behind the stream."""
    rest_429: float = 0.0
    """Of requests: 429 with `Retry-After`; until that has passed every request is refused."""
    rest_retry_seconds: tuple[float, float] = (1.0, 10.0)
    rest_5xx: float = 0.0
    """Of requests: 500, 502 or 503 with a page of HTML."""
    rest_timeout: float = 0.0
    """Of requests: never answered."""
    rest_overlap: float = 0.0
    """Of pages that go on at an id: up to `rest_overlap_trades` trades of the page before come again."""
    rest_overlap_trades: int = 5

    def __post_init__(self) -> None:
        """Refuse what can't be.

        Raises:
            ConfigurationError: A value is not allowed; it names the key, the value and what is.
        """
        for field in fields(self):
            value = getattr(self, field.name)
            sound, allowed = _RULES[field.name]
            if not sound(value):
                raise _refused(field.name, value, allowed)


KEYS = tuple(field.name for field in fields(Faults))
OUTAGE_KEYS = tuple(field.name for field in fields(Outage))


def _number(value: object, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and least <= value <= most


def _whole(least: int, most: int) -> tuple[Callable[[object], bool], str]:
    def sound(value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most

    return sound, f"a whole number, {least} to {most}"


def _span(value: object) -> bool:
    return (
        isinstance(value, tuple)
        and len(value) == 2  # noqa: PLR2004 - least and most
        and all(_number(each, 0.0, LONGEST) for each in value)
        and value[0] <= value[1]
    )


def _refused(key: str, value: object, allowed: str) -> ConfigurationError:
    shown = list(value) if isinstance(value, tuple) else value
    return ConfigurationError(f"{key} is {shown!r}; allowed: {allowed}")


_AN_HOUR = (lambda value: _number(value, 0.0, MOST_AN_HOUR), f"a number an hour, 0 to {MOST_AN_HOUR:g}")
_CHANCE = (lambda value: _number(value, 0.0, 1.0), "a probability, 0 to 1")
_SECONDS = (lambda value: _number(value, 0.0, LONGEST), f"market seconds, 0 to {LONGEST:g}")
_SPAN = (_span, f"two numbers of market seconds, the least and the most, 0 to {LONGEST:g}")

_RULES: dict[str, tuple[Callable[[object], bool], str]] = {
    "seed": (lambda value: isinstance(value, int) and not isinstance(value, bool), "a whole number"),
    "cuts": _AN_HOUR,
    "stalls": _AN_HOUR,
    "stall_seconds": _SPAN,
    "half_open": _AN_HOUR,
    "outages": (
        lambda value: isinstance(value, tuple) and all(isinstance(each, Outage) for each in value),
        "tables, each headed [[outages]]",
    ),
    "announced": _AN_HOUR,
    "announced_seconds": _SPAN,
    "unasked": _AN_HOUR,
    "life": (
        lambda value: value is None or (_number(value, 0.0, LONGEST_LIFE) and value != 0),
        f"hours, above 0 to {LONGEST_LIFE:g}",
    ),
    "refused": _CHANCE,
    "duplicated": _CHANCE,
    "shuffled": _CHANCE,
    "shuffle_ms": _whole(1, LONGEST_SHUFFLE),
    "late": _CHANCE,
    "late_seconds": _SECONDS,
    "missing": _CHANCE,
    "malformed": _CHANCE,
    "malformed_replaces": _CHANCE,
    "rest_lag": _SECONDS,
    "rest_429": _CHANCE,
    "rest_retry_seconds": _SPAN,
    "rest_5xx": _CHANCE,
    "rest_timeout": _CHANCE,
    "rest_overlap": _CHANCE,
    "rest_overlap_trades": _whole(1, MOST_OVERLAP),
}
"""Key -> whether a value is allowed, and what is."""

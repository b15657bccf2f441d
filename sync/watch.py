"""Somebody has to tell him when the Pi is dead: what is wrong, said once, and once when it is over. Pure.

A dead bot tells nothing, so the PC looks after each sync. One cause is one message: while the sync fails, nothing is
said of old candles; while there are no new candles, nothing of single exchanges. After this computer slept, two minutes
pass before anything new is said: what is old then is old because nobody looked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection

MINUTE = 60_000
DAY = 1440 * MINUTE
QUIET = 2 * MINUTE
"""So long after this computer woke nothing new is said."""
WELL = 2
"""So many looks in a row without a cause, and it is over."""
CLOCK = MINUTE
"""Clocks may differ by so much."""
FULL, SHARE = 500_000_000, 0.05
"""A disk with fewer bytes free, or less of it, is nearly full."""
LOOKS = 3
"""A look that comes after so many times the usual pause is one after a sleep."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on something is wrong."""

    stale_minutes: int = 5
    """Without a new candle."""
    silent_minutes: int = 15
    """An exchange without a trade."""
    failures: int = 3
    """Syncs that failed in a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One look, after a sync. Instants are UTC ms by this computer's clock."""

    now: int
    error: str | None
    """Why the sync failed; None when it did not."""
    took: int = 0
    """How long the sync took while this computer was awake, ms."""
    damaged: bool = False
    """The copy was damaged and was kept out."""
    newest: int | None = None
    """Close of the newest published candle."""
    exchanges: dict[str, int | None] | None = None
    """Exchange that the bot listens to -> its newest trade."""
    pairs: dict[str, int] | None = None
    """Pair that the bot follows -> close of its newest candle, or when the bot began with it."""
    offset: int | None = None
    """By how much the exchanges' clocks are ahead of the Pi's, ms."""
    free: int = FULL
    total: int = FULL
    simulated: bool = False
    """A simulated market has a time of its own."""


class Memory(msgspec.Struct):
    """What is known from one look to the next, also by the next process."""

    looked: int = 0
    quiet_until: int = 0
    failures: int = 0
    since: dict[str, int] = {}
    """Cause that was told -> when it was first seen."""
    well: dict[str, int] = {}
    """Cause that was told -> looks in a row without it."""


class Watch:
    """What to say when."""

    def __init__(self, limits: Limits, every: float, memory: Memory | None = None) -> None:
        """Go on from an earlier process's memory; `every`: seconds from one look to the next."""
        self.memory = memory or Memory()
        self._limits = limits
        self._pause = every * 1000

    def look(self, facts: Facts) -> list[str]:
        """Return what is to be said now."""
        memory, now = self.memory, facts.now
        if memory.looked and not 0 <= now - memory.looked <= facts.took + LOOKS * max(self._pause, MINUTE):
            memory.quiet_until = now + QUIET
        memory.looked = now
        memory.failures = memory.failures + 1 if facts.error is not None else 0
        found = self._causes(facts)
        said = [] if now < memory.quiet_until else self._begun(found, now)
        return [*said, *self._over(found, facts)]

    def _begun(self, found: dict[str, str], now: int) -> list[str]:
        new = [cause for cause in found if cause not in self.memory.since]
        for cause in new:
            self.memory.since[cause] = now
        return [found[cause] for cause in new]

    def _over(self, found: dict[str, str], facts: Facts) -> list[str]:
        memory, said = self.memory, []
        for cause in list(memory.since):
            if cause in found or _hidden(cause, found, facts):
                memory.well.pop(cause, None)
                continue
            if _is_gone(cause, facts):  # nobody listens to it any more: there is nothing to say
                del memory.since[cause]
                memory.well.pop(cause, None)
                continue
            memory.well[cause] = memory.well.get(cause, 0) + 1
            if memory.well[cause] >= WELL:
                lasted = _length(facts.now - memory.since.pop(cause))
                del memory.well[cause]
                said.append(f"{_over_sentence(cause)} after {lasted}")
        return said

    def _causes(self, facts: Facts) -> dict[str, str]:
        """Return cause -> its sentence, the root causes alone."""
        limits, found = self._limits, {}
        if facts.free < FULL or facts.free < SHARE * facts.total:
            found["disk"] = f"the disk of this computer is nearly full: {facts.free / 1e6:,.0f} MB are free"
        if facts.damaged:
            found["damaged"] = f"a damaged copy was kept out: {facts.error}"
        elif self.memory.failures >= limits.failures:
            found["sync"] = f"the sync fails, {self.memory.failures} times in a row: {facts.error}"
        if facts.error is not None or facts.simulated or facts.newest is None:
            return found
        age = facts.now - facts.newest
        if -age > CLOCK:
            found["clock"] = f"the newest candle closes {_length(-age)} from now: this computer's clock is behind"
        elif facts.offset is not None and abs(facts.offset) > CLOCK:
            side = "behind" if facts.offset > 0 else "ahead"
            found["clock"] = (
                f"the Pi's clock is {_length(abs(facts.offset))} {side} of the exchanges' clocks: is it told the time?"
            )
        if age > limits.stale_minutes * MINUTE:
            found["stale"] = (
                f"no new candle for {_length(age)}: the newest closed at {_time(facts.newest)}. Is the bot running?"
                " (systemctl status cvdbot on the Pi)"
            )
            return found
        for pair, close in (facts.pairs or {}).items():
            if facts.newest - close > limits.stale_minutes * MINUTE:
                found[f"pair {pair}"] = f"no new candle of {pair} for {_length(facts.newest - close)}"
        for exchange, last in (facts.exchanges or {}).items():
            silent = facts.newest - (last or 0)
            if silent > limits.silent_minutes * MINUTE:
                when = "ever" if last is None else f"for {_length(silent)}"
                found[f"exchange {exchange}"] = f"{exchange} told no trade {when}"
        return found


def _hidden(cause: str, found: dict[str, str], facts: Facts) -> bool:
    """Say whether a cause can't be judged: nothing new was seen, or a greater one stands before it."""
    failed = facts.error is not None
    if cause in ("sync", "damaged"):
        return failed
    unseen = failed or facts.newest is None
    if cause in ("clock", "stale"):
        return unseen
    kind, _, name = cause.partition(" ")
    return bool(name) and (unseen or "stale" in found or _listed(kind, facts) is None)


def _is_gone(cause: str, facts: Facts) -> bool:
    """Say whether the bot was told to leave an exchange or a pair."""
    kind, _, name = cause.partition(" ")
    return bool(name) and name not in (_listed(kind, facts) or {})


def _listed(kind: str, facts: Facts) -> Collection[str] | None:
    """Return which exchanges or pairs the bot listens to; None where that could not be read."""
    return facts.exchanges if kind == "exchange" else facts.pairs


def _over_sentence(cause: str) -> str:
    sentences = {
        "disk": "the disk of this computer has room again",
        "damaged": "the copies are whole again",
        "sync": "the sync works again",
        "clock": "the clocks agree again",
        "stale": "there are new candles again",
    }
    if cause.startswith("pair "):
        return f"there are new candles of {cause.removeprefix('pair ')} again"
    return sentences.get(cause, f"{cause.removeprefix('exchange ')} tells trades again")


def _length(ms: int) -> str:
    minutes = round(ms / MINUTE)
    if minutes < 120:  # noqa: PLR2004 - two hours
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def _time(instant: int) -> str:
    return f"{datetime.fromtimestamp(instant / 1000, UTC):%Y-%m-%d %H:%M} UTC"

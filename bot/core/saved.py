"""What does the strategy need to go on after a restart, and when can a saved form of it still be believed?

The state is kept in the table `state` as JSON, with a version. What was saved by an older version lacks the fields that
came later: `SINCE` names them, and only they take their defaults. A field that is missing although the version had it
means that the state is damaged: it counts as unusable, and the bot goes on from its tables (recovery.py). Names
that are not known, from a newer version, are ignored.

This module is of the standard library only: who reads or writes passes `msgspec` in.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from bot.core.setup import Phase
from bot.core.trader import Trader  # noqa: TC001 - msgspec reads the annotations

T = TypeVar("T")

VERSION = 2
"""Of what is saved today."""

SINCE: dict[str, int] = {"runs.recovered": 2}
"""Field, by its path without indices -> the version it came with, of fields that are younger than version 1."""


ORIGINS = frozenset({"exchanges", "simulated"})
"""What the key `origin` of `state` may say: who made the data."""


class UnusableStateError(ValueError):
    """A saved state that can't be gone on from."""


@dataclass(frozen=True, slots=True)
class Entered:
    """What is known of the open position beside the position itself."""

    configuration: int
    decided: int | None
    """When the entry was decided, UTC ms of our clock; None in a replay."""


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of minutes traded in one account under one configuration."""

    configuration: int
    after: int | None
    """It begins with the first minute after this one; None: with the first of all."""
    mode: str
    recovered: bool = False
    """Whether it began without a saved state: indicators computed anew, a waiting setup aborted."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What a restart needs; it is stored with every candle."""

    trader: Trader
    entered: Entered | None
    runs: tuple[Run, ...]
    """Oldest first."""


class Codec(Protocol):
    """The part of msgspec that is needed here."""

    def convert(self, obj: Any, type: type[T]) -> T: ...  # noqa: A002, ANN401, D102 - as msgspec names it

    def to_builtins(self, obj: Any) -> Any: ...  # noqa: ANN401, D102


def write(saved: Saved, codec: Codec) -> dict[str, object]:
    """Return what `json.dumps` takes and `read` reads back bit by bit."""
    return {"version": VERSION, **codec.to_builtins(saved)}


def read(plain: object, codec: Codec) -> Saved:
    """Return what was saved, by this version or an older one.

    Raises:
        UnusableStateError: It is not a saved state, or one that lacks what its version had.
    """
    version = plain.get("version", 1) if isinstance(plain, dict) else None
    if type(version) is not int or version < 1:
        raise UnusableStateError("it is not the state of a strategy")
    try:
        saved = codec.convert(plain, Saved)
    except (TypeError, ValueError) as error:  # msgspec.ValidationError is a ValueError
        raise UnusableStateError(str(error)) from None
    lacking = [path for path in missing(plain, codec.to_builtins(saved)) if SINCE.get(path, 1) <= version]
    if lacking:
        raise UnusableStateError(f"it lacks {', '.join(sorted(set(lacking)))}")
    setup = saved.trader.setup
    if setup.phase is Phase.ENTERED and (setup.position is None or saved.entered is None):
        raise UnusableStateError("it is in a position that it does not know")
    return saved


def origin(text: str | None) -> str | None:
    """Return the origin that a row of `state` tells of; None where there is none or it can't be read."""
    try:
        value = None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, str) and value in ORIGINS else None


def missing(plain: object, whole: object, path: str = "") -> list[str]:
    """Return the paths, without indices, of the names that `whole` has and `plain` lacks."""
    if isinstance(whole, dict) and isinstance(plain, dict):
        found: list[str] = []
        for name, value in whole.items():
            inner = f"{path}.{name}" if path else name
            found += missing(plain[name], value, inner) if name in plain else [inner]
        return found
    if isinstance(whole, list | tuple) and isinstance(plain, list | tuple):
        return [one for each, value in zip(plain, whole, strict=False) for one in missing(each, value, path)]
    return []

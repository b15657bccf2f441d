"""How much of a span is there? Minutes and bars that are missing, and minutes that lack an exchange."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from analysis.batch.market import Market


State = Literal["whole", "healed", "lacking", "none", "unknown"]


@dataclass(frozen=True, slots=True)
class Missing:
    """What the bars of a span lack."""

    bars: int
    """Bars of which no minute exists."""
    incomplete_bars: int
    """Bars that exist and lack a minute."""
    minutes: int
    """Minutes that do not exist."""
    partial_minutes: int | None
    """Minutes in which a configured exchange was not complete; None where that is not known."""


def missing(market: Market, begin: int, end: int, bar_ms: int, partial_minutes: int | None = None) -> Missing:
    """Return what is missing in the bars of [begin, end), both multiples of `bar_ms`, in UTC ms."""
    first, last = np.searchsorted(market.timestamp, (begin, end))
    _, minutes = np.unique(market.timestamp[first:last] // bar_ms, return_counts=True)
    whole = bar_ms // market.interval_ms
    bars = (end - begin) // bar_ms
    return Missing(
        bars - len(minutes),
        int(np.count_nonzero(minutes < whole)),
        bars * whole - int(last - first),
        partial_minutes,
    )


def state_of(*, stored: int, expected: int, unknown: bool, lacking: bool, healed: bool) -> State:
    """Say whether a bar can be trusted.

    Args:
        stored: Its minutes that exist.
        expected: The minutes it should have by now.
        unknown: Some were stored by the earlier bot, which did not tell.
        lacking: Some lack an exchange.
        healed: Some were made whole afterwards, from what an exchange still told.
    """
    if stored < expected:
        return "none"
    if unknown:
        return "unknown"
    if lacking:
        return "lacking"
    return "healed" if healed else "whole"

"""How much of a span is there? Minutes and bars that are missing, and minutes that lack an exchange."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analysis.batch.market import Market


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

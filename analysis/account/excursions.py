"""How far did a trade run for and against its trader while it was open? Its MFE and MAE, in USDT apart from fees.

The prices are those of the minutes from the entry to the one the trade was left in; of that one only the exit's price
counts, for what else it saw may have come after. The entry is a price too: no MFE is below 0, no MAE above.
"""

from __future__ import annotations

from typing import NamedTuple


class Excursion(NamedTuple):
    """The largest profit and the largest loss while a trade was open, USDT apart from fees."""

    mfe: float
    """At least 0."""
    mae: float
    """At most 0."""


def excursion(
    *, long: bool, size: float, prices: tuple[float, float], extremes: tuple[float | None, float | None]
) -> Excursion:
    """Return how far a trade ran.

    Args:
        long: Its side.
        size: BTC.
        prices: Those of its entry and its exit, USDT.
        extremes: The highest and the lowest price between, USDT; None when no minute lies between.
    """
    entry, _ = prices
    every = [*prices, *(price for price in extremes if price is not None)]
    highest, lowest = max(every) - entry, min(every) - entry
    best, worst = (highest, lowest) if long else (-lowest, -highest)
    return Excursion(best * size + 0.0, worst * size + 0.0)

"""Several made markets at once, each of a pair: their orders in time order.

Each draws from its own seed, so the orders of a pair are the same whatever else is traded.
"""

from __future__ import annotations

from heapq import merge
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.simulator.market import Market
    from bot.simulator.orders import Order


class Markets:
    """The made markets of several pairs that begin at the same instant."""

    def __init__(self, markets: Sequence[Market]) -> None:
        self._markets = tuple(markets)

    def until(self, end: int) -> Iterator[Order]:
        """Yield the orders of all before `end` (ms) that were not given out yet, in time order."""
        return merge(*(market.until(end) for market in self._markets), key=lambda order: order.timestamp)

    def leap(self, now: int) -> int:
        """Give `now`: a made market never pauses for a day."""
        return now

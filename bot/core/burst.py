"""Many trades that came at once, folded into one step: what they do to the minute is the same as one by one.

A busy market sends hundreds of trades between two looks at the socket. Where nothing is special about them (their times
do not fall and lie in one minute, and their ids are in order) their sums are all that the minute needs. Everything else
is counted trade by trade, so a burst decides nothing.

Ids are in order where they rise by one; where they jump, they rise; where they are only names, any order is theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(slots=True)
class Burst:
    """Trades in the order they came, ids in order, times not falling, all in one minute; nobody changes it."""

    ids: Sequence[int | str]
    """Of the trades, at least one."""
    count: int
    """Messages they came in."""
    first: int
    """Exchange time of the first trade, UTC ms."""
    last: int
    """Of the last one."""
    open: float
    """USDT, as high, low and close."""
    high: float
    low: float
    close: float
    buy: float
    """BTC bought by takers."""
    sell: float
    """BTC sold by takers."""
    fills: int
    """Executions they stand for."""

"""Many trades that came at once, folded into one step: what they do to the minute is the same as one by one.

A busy market sends hundreds of trades between two looks at the socket. Where nothing is special about them (their ids
rise by one, their times do not fall and lie in one minute) their sums are all that the minute needs. Everything else
is counted trade by trade, so a burst decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Burst:
    """Trades in the order they came, ids rising by one, times not falling, all in one minute; nobody changes it."""

    id: int
    """Of the first trade."""
    count: int
    """Trades, at least one."""
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

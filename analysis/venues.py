"""How would each trade have gone on one exchange? The aggregated price is nobody's market.

A trader who acts on one venue enters at that venue's close of the entry bar's last minute and sets stop and target at
the trade's distances from there. Then the venue's own minutes decide: the first one that reaches the stop or the
target, the stop where a minute reaches both. Fees are at the trade's own rate. A minute that the venue did not count
in is not looked at, and counted as missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bot.core.ledger import Side
from bot.core.times import MINUTE

if TYPE_CHECKING:
    from analysis.indicators import Floats, Integers
    from analysis.track_record import Closed, TrackRecord

FIRST_LOOK = 256
"""Minutes to search at first; each further search takes four times as many."""


@dataclass(frozen=True, slots=True, eq=False)
class VenueMinutes:
    """The minutes of one exchange as columns in order of time; `timestamp` in UTC ms, prices in USDT."""

    exchange: str
    timestamp: Integers
    high: Floats
    low: Floats
    close: Floats


@dataclass(frozen=True, slots=True)
class VenueTrade:
    """A trade as it would have gone on one exchange."""

    number: int
    late: bool
    entry_price: float | None
    """None where the exchange did not count in the entry bar's last minute; then nothing else is known either."""
    touched: str | None = None
    """`target` or `stop`, None when neither was reached to the end of its minutes."""
    exit_price: float | None = None
    exit_time: int | None = None
    """The minute that reached it, UTC ms."""
    profit: float | None = None
    """Net of fees at the trade's rate, USDT."""
    difference: float | None = None
    """That minus the trade's profit, USDT."""
    missing: int | None = None
    """Minutes that the exchange did not count in, from the entry to the exit."""


@dataclass(frozen=True, slots=True)
class VenueRecord:
    """An account's trades as they would have gone on one exchange."""

    exchange: str
    trades: list[VenueTrade]
    """In the account's order."""

    def ended(self, *, late: bool) -> list[VenueTrade]:
        """Return the trades, late or not, that can be followed to their end on this exchange."""
        return [each for each in self.trades if each.late is late and each.profit is not None]


def on_venue(record: TrackRecord, venue: VenueMinutes) -> VenueRecord:
    """Return the account's trades as they would have gone there; those of unknown size or levels are left out."""
    trades = [
        _followed(trade, trade.size, trade.stop_loss, trade.take_profit, venue, record.prices.bar_ms)
        for trade in record.trades
        if trade.size is not None and trade.stop_loss is not None and trade.take_profit is not None
    ]
    return VenueRecord(venue.exchange, trades)


def _followed(
    trade: Closed, size: float, stop_loss: float, take_profit: float, venue: VenueMinutes, bar_ms: int
) -> VenueTrade:
    last_minute = trade.entry_time + bar_ms - MINUTE
    at = int(np.searchsorted(venue.timestamp, last_minute))
    if at == len(venue.timestamp) or venue.timestamp[at] != last_minute:
        return VenueTrade(trade.number, trade.late, None)
    entry = float(venue.close[at])
    shift = entry - trade.entry_price
    stop, target = stop_loss + shift, take_profit + shift
    out = _touch(venue, at + 1, stop, target)
    if out is None:
        return VenueTrade(trade.number, trade.late, entry)
    minute, stopped = out
    price, time = stop if stopped else target, int(venue.timestamp[minute])
    difference = price - entry if trade.side is Side.LONG else entry - price
    profit = (difference - trade.rate * (entry + price)) * size
    return VenueTrade(
        trade.number,
        trade.late,
        entry,
        "stop" if stopped else "target",
        price,
        time,
        profit,
        profit - trade.profit,
        (time - last_minute) // MINUTE - (minute - at),
    )


def _touch(venue: VenueMinutes, begin: int, stop: float, target: float) -> tuple[int, bool] | None:
    """Return the first minute from `begin` on that reaches stop or target, and whether it was the stop."""
    upper, lower = max(stop, target), min(stop, target)
    size = FIRST_LOOK
    while begin < len(venue.timestamp):
        span = slice(begin, begin + size)
        reached = (venue.high[span] >= upper) | (venue.low[span] <= lower)
        if reached.any():
            minute = begin + int(np.argmax(reached))
            stopped = venue.low[minute] <= stop if stop < target else venue.high[minute] >= stop
            return minute, bool(stopped)
        begin, size = begin + size, size * 4
    return None

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
    from collections.abc import Callable, Sequence

    from analysis.account.track_record import Closed, TrackRecord
    from analysis.batch.indicators import Floats, Integers

    Known = tuple[Closed, float, float, float]
    """A trade of known size, stop and target."""

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
    return VenueRecord(venue.exchange, [_followed(trade, venue, record.prices.bar_ms) for trade in _known(record)])


def on_venues(record: TrackRecord, read: Callable[[int, int], Sequence[VenueMinutes]]) -> list[VenueRecord]:
    """Return the account's trades as they would have gone on each exchange, by name; as `on_venue`.

    Only the minutes of the trades are read, which is quick where an account is seldom in a position. An exchange is
    there when it has minutes around some trade.

    Args:
        record: The account.
        read: Reads the minutes of [begin, end), UTC ms, of each exchange that has some.
    """
    known = _known(record)
    found: dict[str, dict[int, VenueTrade]] = {}
    for at, trade in enumerate(known):
        for exchange, followed in _everywhere(trade, record, read):
            found.setdefault(exchange, {})[at] = followed
    return [
        VenueRecord(
            exchange,
            [there.get(at) or VenueTrade(trade.number, trade.late, None) for at, (trade, *_) in enumerate(known)],
        )
        for exchange, there in sorted(found.items())
    ]


def _everywhere(
    known: Known, record: TrackRecord, read: Callable[[int, int], Sequence[VenueMinutes]]
) -> list[tuple[str, VenueTrade]]:
    """Follow a trade on each exchange, further and further until it has ended on all."""
    trade, bar_ms = known[0], record.prices.bar_ms
    begin, end = trade.entry_time + bar_ms - MINUTE, trade.exit_time + bar_ms
    while True:
        end = min(end, record.end)
        followed = [(venue.exchange, _followed(known, venue, bar_ms)) for venue in read(begin, end)]
        if end == record.end or all(each.touched or each.entry_price is None for _, each in followed):
            return followed
        end += 3 * (end - begin)


def _known(record: TrackRecord) -> list[Known]:
    return [
        (each, each.size, each.stop_loss, each.take_profit)
        for each in record.trades
        if each.size is not None and each.stop_loss is not None and each.take_profit is not None
    ]


def _followed(known: Known, venue: VenueMinutes, bar_ms: int) -> VenueTrade:
    trade, size, stop_loss, take_profit = known
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

"""A venue's trades of one minute, and the candle they make.

A trade counts in the minute of its exchange time. Opening and closing prices are those of the earliest and latest
exchange time; of two trades at one instant the lower id opens and the higher one closes, so the candle does not depend
on the order of arrival. Where ids are only names, the first received opens and the last received closes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.core.times import MINUTE

if TYPE_CHECKING:
    from bot.core.burst import Burst
    from bot.core.trades import Trade

MISSING, WHOLE, HEALED = 0, 1, 2
"""`complete`: something is missing; whole as it streamed; whole after a back-fill."""

DECIMALS = 10
"""Volumes are rounded to so many decimals of a BTC. No venue trades in smaller parts, so the rounding only takes away
what floating point added, and a minute's volume is the same in whatever order, or merged, its trades come."""


@dataclass(frozen=True, slots=True)
class VenueCandle:
    """A minute as one exchange saw it (a row of `exchange_candles`)."""

    timestamp: int
    """Its first millisecond, UTC."""
    open: float
    high: float
    low: float
    close: float
    buy: float
    """BTC bought by takers (`vBuy`)."""
    sell: float
    """BTC sold by takers (`vSell`)."""
    trades: int
    """Fills, so that every way to the same minute counts alike."""
    complete: int
    """MISSING, WHOLE or HEALED."""


def flat(timestamp: int, price: float) -> VenueCandle:
    """Return the candle of a minute that a venue was watched through without a trade: everything at `price`."""
    return VenueCandle(timestamp, price, price, price, price, 0.0, 0.0, 0, WHOLE)


class Bucket:
    """The sums of one venue's minute while its trades come in."""

    __slots__ = ("buy", "close", "first", "first_id", "high", "last", "last_id", "low", "open", "sell", "trades")

    def __init__(self, trade: Trade) -> None:
        self.open = self.high = self.low = self.close = trade.price
        self.first = self.last = trade.timestamp
        self.first_id = self.last_id = trade.id
        self.buy = self.sell = 0.0
        self.trades = trade.fills
        if trade.taker_buy:
            self.buy = trade.size
        else:
            self.sell = trade.size

    @classmethod
    def of(cls, candle: VenueCandle) -> Bucket:
        """Return the bucket of a stored candle; late trades then leave its open and close, whose times are lost."""
        bucket = cls.__new__(cls)
        bucket.open, bucket.high, bucket.low, bucket.close = candle.open, candle.high, candle.low, candle.close
        bucket.first, bucket.last = candle.timestamp, candle.timestamp + MINUTE
        bucket.first_id = bucket.last_id = ""
        bucket.buy, bucket.sell, bucket.trades = candle.buy, candle.sell, candle.trades
        return bucket

    @classmethod
    def begin(cls, burst: Burst) -> Bucket:
        """Return the bucket of a minute that begins with a burst."""
        bucket = cls.__new__(cls)
        bucket.open, bucket.high, bucket.low, bucket.close = burst.open, burst.high, burst.low, burst.close
        bucket.first, bucket.last = burst.first, burst.last
        bucket.first_id, bucket.last_id = burst.ids[0], burst.ids[-1]
        bucket.buy, bucket.sell, bucket.trades = burst.buy, burst.sell, burst.fills
        return bucket

    def add(self, trade: Trade) -> None:
        """Count one more trade of this minute, in any order."""
        timestamp, price, size, identity = trade.timestamp, trade.price, trade.size, trade.id
        if price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price
        named = identity.__class__ is str
        if timestamp > self.last or (timestamp == self.last and (named or identity > self.last_id)):  # type: ignore[operator]
            self.last = timestamp
            self.last_id = identity
            self.close = price
        if timestamp < self.first or (timestamp == self.first and not named and identity < self.first_id):  # type: ignore[operator]
            self.first = timestamp
            self.first_id = identity
            self.open = price
        if trade.taker_buy:
            self.buy += size
        else:
            self.sell += size
        self.trades += trade.fills

    def merge(self, burst: Burst) -> None:
        """Count a burst of this minute, as `add` would one trade after the other, in any order."""
        self.high = max(self.high, burst.high)
        self.low = min(self.low, burst.low)
        first_id, last_id = burst.ids[0], burst.ids[-1]
        named = last_id.__class__ is str
        if burst.last > self.last or (burst.last == self.last and (named or last_id > self.last_id)):  # type: ignore[operator]
            self.last = burst.last
            self.last_id = last_id
            self.close = burst.close
        if burst.first < self.first or (burst.first == self.first and not named and first_id < self.first_id):  # type: ignore[operator]
            self.first = burst.first
            self.first_id = first_id
            self.open = burst.open
        self.buy += burst.buy
        self.sell += burst.sell
        self.trades += burst.fills

    def candle(self, timestamp: int, complete: int) -> VenueCandle:
        """Return the candle so far, of the minute that begins at `timestamp`."""
        buy, sell = round(self.buy, DECIMALS), round(self.sell, DECIMALS)
        return VenueCandle(timestamp, self.open, self.high, self.low, self.close, buy, sell, self.trades, complete)

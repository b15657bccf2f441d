"""What has a venue traded of a pair lately?

The fills its REST interface answers with, and bars made of them. Bounded: the newest `MOST_PRINTS` fills and
`MOST_MINUTES` minutes; bars are kept apart from the fills, so a bar is whole or absent.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_PRINTS = 100_000
MOST_MINUTES = 3 * 1440
MINUTE = 60_000


class Print(NamedTuple):
    """One published trade: `id` as the venue writes it, `timestamp` in ms, `price` in USDT, `size` in the base coin.

    `fills` is how many fills it stands for and `first` the first one's id: 1 and None, except where a recording
    has merged them.
    """

    id: str
    timestamp: int
    price: float
    size: float
    taker_buy: bool
    fills: int = 1
    first: int | None = None


@dataclass(slots=True)
class Bar:
    """A bar from its `timestamp` (ms) on; `volume` and `buy` (taker buys) in the base coin, the quotes in USDT."""

    timestamp: int
    open: float
    high: float
    low: float
    close: float
    volume: float = 0.0
    quote: float = 0.0
    trades: int = 0
    buy: float = 0.0
    buy_quote: float = 0.0


class History:
    """The newest fills of one pair on one venue, and its minutes."""

    def __init__(self) -> None:
        self.prints: deque[Print] = deque(maxlen=MOST_PRINTS)
        self.known_until = float("inf")
        """The instant (ms) up to which REST knows what was traded."""
        self._minutes: dict[int, Bar] = {}

    def add(self, prints: Iterable[Print]) -> None:
        """Take in what was just published."""
        for each in prints:
            self.prints.append(each)
            minute, price, size = each.timestamp // MINUTE * MINUTE, each.price, each.size
            bar = self._minutes.get(minute)
            if bar is None:
                bar = self._minutes[minute] = Bar(minute, price, price, price, price)
                if len(self._minutes) > MOST_MINUTES:
                    del self._minutes[next(iter(self._minutes))]
            bar.high = max(bar.high, price)
            bar.low = min(bar.low, price)
            bar.close = price
            bar.volume += size
            bar.quote += size * price
            bar.trades += each.fills
            if each.taker_buy:
                bar.buy += size
                bar.buy_quote += size * price

    def bars(self, interval: int, start: int, end: int, *, flat: bool) -> list[Bar]:
        """Give the bars of `interval` ms that open in [`start`, `end`), oldest first.

        With `flat` a bar without a trade repeats the close before it, as most venues have it; else it is missing.
        Nothing is told of the time before the first trade.
        """
        bars: dict[int, Bar] = {}
        for timestamp in sorted(self._minutes):
            minute = self._minutes[timestamp]
            opens = timestamp // interval * interval
            bar = bars.get(opens)
            bars[opens] = replace(minute, timestamp=opens) if bar is None else _joined(bar, minute)
        if flat and bars:
            close = 0.0
            for opens in range(next(iter(bars)), end, interval):
                if opens in bars:
                    close = bars[opens].close
                else:
                    bars[opens] = Bar(opens, close, close, close, close)
        return [bars[opens] for opens in sorted(bars) if start <= opens < end]


def _joined(first: Bar, second: Bar) -> Bar:
    return Bar(
        first.timestamp,
        first.open,
        max(first.high, second.high),
        min(first.low, second.low),
        second.close,
        first.volume + second.volume,
        first.quote + second.quote,
        first.trades + second.trades,
        first.buy + second.buy,
        first.buy_quote + second.buy_quote,
    )

"""What is traded, when, by whom and at what price, when nobody recorded it?

A market of one pair made from a seed: taker orders of every venue around one hidden price (`path.py`). Pure: no clock,
no I/O; the same pair, seed, start and calls give the same orders. Takers come in runs (an order follows the side of
the one before it, and the flow of the hour), sizes are heavy-tailed, an order fills against one to five makers at the
same millisecond and walks the book in its own direction.

`rate` may change at any time: fewer orders are larger ones, so volume a minute and the chart stay what they are. A
month of history at a low rate and the live feed at a high one are the same market.
"""

from __future__ import annotations

from math import log, sqrt
from random import Random
from typing import TYPE_CHECKING

from bot.core.exchanges import EXCHANGES
from bot.simulator import coins
from bot.simulator.dialects import instrument
from bot.simulator.orders import Fill, Order
from bot.simulator.path import STEP, PricePath

if TYPE_CHECKING:
    from collections.abc import Iterator

RATE = 2.0
"""Taker orders a second and venue, on average."""

LEAST, MOST = 1.0, 120.0
"""Orders a second, all venues together: never quieter (at a rate below `RATE`, in proportion), never livelier.

An order is 1.6 fills on average.
"""
WITHIN = 1000.0
"""A burst comes within so many ms."""


class Market:
    """The made market from `start` (ms) on.

    `now` is the instant up to which orders were drawn: every order before it has been given out.
    """

    def __init__(
        self,
        market: str = "perpetual",
        *,
        start: int,
        seed: int,
        rate: float = RATE,
        burst: int = 0,
        exchanges: tuple[str, ...] = EXCHANGES,
        pair: str = coins.BITCOIN,
    ) -> None:
        """Begin at `start` (ms since the epoch).

        Ids begin at a quarter of it, those of another coin further on, so that a market started later never repeats an
        id. `burst`: so many orders more come at once, within a second, about once a minute and venue; 0: none do.
        """
        self.market = market
        self.pair = pair
        self.exchanges = exchanges
        self.instruments = tuple(instrument(exchange, market, pair) for exchange in exchanges)
        self.now = start
        sown = f"{seed}" if pair == coins.BITCOIN else f"{seed} {pair}"
        self._path = PricePath(start, sown, coins.price(pair), tuple(each.basis for each in self.instruments))
        self._random = Random(f"orders {sown}")  # noqa: S311 - a market, not a secret
        self._ids = [start // 4 + coins.first_id(pair)] * len(exchanges)
        self._sides = [True] * len(exchanges)
        self._rate = rate
        self._burst = burst
        self._bursts = Random(f"bursts {sown}")  # noqa: S311 - a market, not a secret
        self._left = self._bursting = 0  # orders to come of a burst, and its venue
        self._next = float(start)
        self._next += self._wait()

    @property
    def rate(self) -> float:
        """Taker orders a second and venue, on average; changing it takes effect at `now`."""
        return self._rate

    @rate.setter
    def rate(self, rate: float) -> None:
        self._rate = rate
        self._next = self.now + self._wait()

    def _wait(self) -> float:
        """Milliseconds to the next order of any venue."""
        if self._left:
            return WITHIN / self._burst
        mean = self._rate * len(self.exchanges)
        least = min(LEAST, mean * LEAST / (RATE * len(EXCHANGES)))
        a_second = min(MOST, max(least, mean * self._path.activity))
        return min(-log(1.0 - self._random.random()) / a_second, 1.0 / least) * 1000.0

    def until(self, end: int) -> Iterator[Order]:
        """Yield the orders of [`now`, `end`) in time order and leave `now` at `end`.

        `now` is behind until the iterator is exhausted: after an order it is that order's millisecond.
        """
        path, random = self._path, self._random.random
        venues = len(self.exchanges)
        while (moment := self._next) < end:
            while moment >= path.start + STEP:
                path.step()
            self.now = timestamp = int(moment)
            venue = int(random() * venues)
            if self._burst:
                venue = self._of_burst(venue)
            buy = self._side(venue, random())
            mid = path.open + (path.close - path.open) * (moment - path.start) / STEP
            price = (mid + (random() - 0.5) * path.jitter) * (1.0 + path.basis[venue])
            fills = self._fills(venue, price, buy)
            self._next = moment + self._wait()
            yield Order(self.exchanges[venue], timestamp, buy, fills, self.pair)
        while end >= path.start + STEP:
            path.step()
        self.now = max(self.now, end)

    def leap(self, now: int) -> int:
        """Give `now`: a made market never pauses for a day."""
        return now

    def _of_burst(self, venue: int) -> int:
        """Give the venue of the burst that goes on or now begins, else the one that was drawn."""
        if not self._left and self._bursts.random() < 1.0 / (60.0 * self._rate):
            self._left, self._bursting = self._burst + 1, venue  # beside the order that was due
        if self._left:
            self._left -= 1
            return self._bursting
        return venue

    def _side(self, venue: int, chance: float) -> bool:
        """Two orders of five follow the venue's last one, the others the flow."""
        if chance >= 0.4:  # noqa: PLR2004
            self._sides[venue] = chance < 0.7 + 0.27 * self._path.flow
        return self._sides[venue]

    def _fills(self, venue: int, price: float, buy: bool) -> tuple[Fill, ...]:
        """Fill an order of a random size from `price` on, in the taker's direction."""
        random = self._random.random
        traded = self.instruments[venue]
        ticks = int(price * traded.ticks) + buy
        # u ** -0.5 has a mean of 2 and a tail like that of real order sizes; the cap keeps the largest at 50 means
        mean = traded.volume * traded.lots / (60.0 * min(self._rate, MOST / len(self.exchanges)))
        lots = 1 + int(mean * random() / sqrt(max(random(), 0.0004)))
        first = self._ids[venue]
        chance = random()
        if chance < 0.66 or lots < 5:  # noqa: PLR2004 - two orders of three meet one maker
            self._ids[venue] = first + 1
            return (Fill(first, ticks / traded.ticks, lots / traded.lots),)
        count = 2 if chance < 0.84 else 3 if chance < 0.93 else 4 if chance < 0.98 else 5  # noqa: PLR2004
        self._ids[venue] = first + count
        direction = 1 if buy else -1
        fills = []
        for number in range(count - 1):
            part = 1 + int((lots - count + number) * 0.7 * random())
            lots -= part
            fills.append(Fill(first + number, ticks / traded.ticks, part / traded.lots))
            if random() < 0.5:  # noqa: PLR2004
                ticks += direction
        fills.append(Fill(first + count - 1, ticks / traded.ticks, lots / traded.lots))
        return tuple(fills)

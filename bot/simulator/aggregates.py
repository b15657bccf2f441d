"""The fills of one taker order at one price, published as one trade with an id of its own: an aggTrade."""

from __future__ import annotations

from collections import deque
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bot.simulator.history import Print

MOST_AGGREGATES = 100_000


class Aggregate(NamedTuple):
    """The fills of one taker order at one price, as a REST answer has them; `first` and `last` are fills' ids."""

    id: int
    first: int
    last: int
    timestamp: int
    price: float
    size: float
    taker_buy: bool


class Aggregates:
    """The newest aggregates of one symbol."""

    def __init__(self) -> None:
        self.newest: deque[Aggregate] = deque(maxlen=MOST_AGGREGATES)
        self._next: int | None = None

    def take_number(self, first: int) -> int:
        """Give the next aggregate its id; `first` is the id of a fill in it."""
        number = first // 2 if self._next is None else self._next
        self._next = number + 1
        return number

    def add(self, prints: tuple[Print, ...]) -> list[Aggregate]:
        """Aggregate the fills of an order."""
        made = []
        for price, group in groupby(prints, key=lambda each: each.price):
            fills = list(group)
            size = round(sum(each.size for each in fills), 8)
            first, last, number = int(fills[0].id), int(fills[-1].id), self.take_number(int(fills[0].id))
            made.append(Aggregate(number, first, last, fills[0].timestamp, price, size, fills[0].taker_buy))
        self.newest.extend(made)
        return made

    def replay(self, prints: tuple[Print, ...]) -> None:
        """Keep recorded aggregates as they are; recorded trades are aggregates of one."""
        for each in prints:
            if each.first is None:
                self.add((each,))
            else:
                last = each.first + each.fills - 1
                self.newest.append(Aggregate(int(each.id), each.first, last, *each[1:5]))

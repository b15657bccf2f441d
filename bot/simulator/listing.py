"""What does one venue list? Each pair it serves: what is traded, what was traded lately, and where it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.simulator.history import History
    from bot.simulator.instruments import Instrument


@dataclass(frozen=True, slots=True)
class Listing:
    """A pair on a venue: `history` is what REST tells of it, `topic` what a client subscribes to for its trades."""

    pair: str
    traded: Instrument
    history: History
    topic: str


class Listings:
    """Everything a venue lists, in the order in which it was asked for; there is one at least."""

    def __init__(self, listings: Iterable[Listing]) -> None:
        self.all = tuple(listings)
        self.first = self.all[0]
        self.topics = frozenset(each.topic for each in self.all)
        self._by_pair = {each.pair: each for each in self.all}
        self._by_symbol = {each.traded.symbol: each for each in self.all}

    def of(self, pair: str) -> Listing:
        """Give the listing of a pair that is served."""
        return self._by_pair[pair]

    def named(self, symbol: object) -> Listing | None:
        """Give the listing of a symbol in the venue's spelling, None when it has none."""
        return self._by_symbol.get(symbol) if isinstance(symbol, str) else None

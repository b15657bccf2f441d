"""What is traded on a venue: its symbol, ticks, lots and contract size.

A market read from a recording has its own symbol; Bitcoin's of the made market are in the venues' dialects, and
`coins.py` makes those of the other coins of them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Instrument:
    """One thing traded on one venue.

    `market` is `perpetual` or `spot`; `ticks` how many price steps make 1 USDT; `lots` how many size steps make 1
    of the base coin; `contract` how much of it the venue's size 1 stands for (else 1); `volume` how much is traded a
    minute in the made market; `basis` its usual distance from the hidden mid price, a fraction; `price_places` and
    `size_places` the decimals of the venue's own texts (None: as many as needed).
    """

    exchange: str
    market: str
    symbol: str
    ticks: int = 100
    lots: float = 10**8
    contract: float = 1.0
    volume: float = 5.0
    basis: float = 0.0
    price_places: int | None = None
    size_places: int | None = None

    def price(self, price: float) -> str:
        """Write a price as the venue does."""
        return _text(price, self.price_places, 8)

    def size(self, size: float) -> str:
        """Write a size in the base coin as the venue does, in its own unit."""
        return _text(size / self.contract if self.contract != 1.0 else size, self.size_places, 8)


def _text(value: float, places: int | None, most: int) -> str:
    if places is not None:
        return f"{value:.{places}f}"
    text = f"{value:.{most}f}".rstrip("0")
    return text.removesuffix(".")

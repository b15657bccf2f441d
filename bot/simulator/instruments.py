"""What is traded where: symbols, ticks, lots and contract sizes of BTC on the four venues.

The figures are the venues' own (their instrument pages): Binance USD-M, Bybit linear and OKX swap for `perpetual`,
their spot markets for `spot`; Coinbase is spot in USD either way. A market read from a recording has its own symbol.
"""

from __future__ import annotations

from dataclasses import dataclass

EXCHANGES = ("binance", "bybit", "coinbase", "okx")


@dataclass(frozen=True, slots=True)
class Instrument:
    """One thing traded on one venue.

    `market` is `perpetual` or `spot`; `ticks` how many price steps make 1 USDT; `lots` how many size steps make 1 BTC;
    `contract` how many BTC the venue's size 1 stands for (OKX swaps; else 1); `volume` BTC a minute in the made
    market; `basis` its usual distance from the hidden mid price, a fraction; `price_places` and `size_places` the
    decimals of the venue's own texts (None: as many as needed).
    """

    exchange: str
    market: str
    symbol: str
    ticks: int = 100
    lots: int = 10**8
    contract: float = 1.0
    volume: float = 5.0
    basis: float = 0.0
    price_places: int | None = None
    size_places: int | None = None

    def price(self, price: float) -> str:
        """Write a price as the venue does."""
        return _text(price, self.price_places, 8)

    def size(self, size: float) -> str:
        """Write a size in BTC as the venue does, in its own unit."""
        return _text(size / self.contract if self.contract != 1.0 else size, self.size_places, 8)


def _text(value: float, places: int | None, most: int) -> str:
    if places is not None:
        return f"{value:.{places}f}"
    text = f"{value:.{most}f}".rstrip("0")
    return text.removesuffix(".")


_COINBASE = Instrument(
    "coinbase", "spot", "BTC-USD", ticks=100, volume=4.0, basis=0.0005, price_places=2, size_places=8
)

_INSTRUMENTS = {
    ("binance", "perpetual"): Instrument(
        "binance", "perpetual", "BTCUSDT", 10, 1000, volume=40.0, basis=-0.0002, price_places=2, size_places=3
    ),
    ("bybit", "perpetual"): Instrument("bybit", "perpetual", "BTCUSDT", 10, 1000, volume=20.0, basis=-0.00015),
    ("okx", "perpetual"): Instrument(
        "okx", "perpetual", "BTC-USDT-SWAP", 10, 10_000, contract=0.01, volume=15.0, basis=-0.00025
    ),
    ("binance", "spot"): Instrument(
        "binance", "spot", "BTCUSDT", 100, 100_000, volume=15.0, price_places=8, size_places=8
    ),
    ("bybit", "spot"): Instrument("bybit", "spot", "BTCUSDT", 10, 1_000_000, volume=5.0, basis=0.00005),
    ("okx", "spot"): Instrument("okx", "spot", "BTC-USDT", 10, volume=4.0, basis=-0.00005),
    ("coinbase", "perpetual"): _COINBASE,
    ("coinbase", "spot"): _COINBASE,
}


def instrument(exchange: str, market: str) -> Instrument:
    """Give the venue's BTC instrument of a made market, `market` being `perpetual` or `spot`."""
    return _INSTRUMENTS[exchange, market]

"""What does a coin cost in the made market, and in which steps is it traded?

Bitcoin's instruments are the venues' own (their dialects have them); those of another coin are made of them and of a
row here. Prices are those of November 2025, roughly; ticks, lots and contracts are what the venues publish, the lots
of the perpetuals the coarsest of theirs, so that a size is right on each. A coin that is not known here has a price of
its own, drawn from its name, and steps in proportion.
"""

from __future__ import annotations

from dataclasses import replace
from math import floor, log10
from random import Random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bot.simulator.instruments import Instrument

BITCOIN = "BTC/USDT"
PRICE = 97_000.0
"""Of Bitcoin, in USDT."""
SATOSHI = 10**8
"""Lots a coin of a venue that trades spot in the smallest unit."""
CONTRACT_LOTS = 100
"""Lots a contract: contracts are traded in hundredths."""


class Coin(NamedTuple):
    """A coin: its `price` in USDT, `ticks` a USDT, `lots` a coin on perpetuals, `contract` in coins.

    `share` is what is traded of it, in USDT, as a fraction of what is traded of Bitcoin.
    """

    price: float
    ticks: int
    lots: int
    contract: float
    share: float


_COINS = {
    "ETH": Coin(3500.0, 100, 100, 0.1, 0.6),
    "SOL": Coin(180.0, 100, 10, 1.0, 0.25),
    "BNB": Coin(950.0, 10, 100, 0.01, 0.1),
    "XRP": Coin(2.4, 10_000, 10, 100.0, 0.15),
    "DOGE": Coin(0.18, 100_000, 1, 1000.0, 0.1),
    "ADA": Coin(0.6, 10_000, 1, 100.0, 0.05),
    "LTC": Coin(100.0, 100, 10, 1.0, 0.05),
    "LINK": Coin(16.0, 1000, 10, 1.0, 0.05),
    "AVAX": Coin(18.0, 1000, 1, 1.0, 0.05),
}


def price(pair: str) -> float:
    """Give the price a pair's market begins at."""
    return PRICE if pair == BITCOIN else _coin(pair).price


def first_id(pair: str) -> int:
    """Give the number a pair's ids are ahead of Bitcoin's, so that two pairs have ids of their own."""
    return 0 if pair == BITCOIN else 10**10 * Random(f"ids {pair}").randint(1, 10**5)  # noqa: S311 - not a secret


def instrument(bitcoin: Instrument, pair: str) -> Instrument:
    """Make a pair's instrument on the venue of an instrument of Bitcoin."""
    if pair == BITCOIN:
        return bitcoin
    coin = _coin(pair)
    contract, lots = 1.0, float(coin.lots)
    if bitcoin.contract != 1.0:
        contract, lots = coin.contract, CONTRACT_LOTS / coin.contract
    elif bitcoin.lots == SATOSHI:
        lots = SATOSHI
    elif bitcoin.market == "spot":
        lots = coin.lots * 10
    price_places, size_places = bitcoin.price_places, bitcoin.size_places
    return replace(
        bitcoin,
        symbol=bitcoin.symbol.replace("BTC", pair.partition("/")[0], 1),
        ticks=coin.ticks,
        lots=lots,
        contract=contract,
        volume=bitcoin.volume * PRICE / coin.price * coin.share,
        price_places=None if price_places is None else max(price_places, _places(coin.ticks)),
        size_places=None if size_places is None else max(size_places, _places(lots)),
    )


def _coin(pair: str) -> Coin:
    base = pair.partition("/")[0]
    return _COINS.get(base) or _unknown(base)


def _unknown(base: str) -> Coin:
    """Give a coin of five digits of price, lots of some dollars and contracts of some hundred."""
    digits = Random(f"coin {base}").uniform(-1.0, 2.5)  # noqa: S311 - a market, not a secret
    whole = floor(digits)
    return Coin(round(10.0**digits, 4 - whole), 10 ** (4 - whole), 10 ** max(0, whole), 10.0 ** (2 - whole), share=0.05)


def _places(steps: float) -> int:
    """Count the decimals of a step of which `steps` make 1."""
    return max(0, round(log10(steps)))

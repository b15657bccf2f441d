"""What a trade is, whatever exchange it comes from.

The taker is the side that crossed the spread: a trade with a buying taker adds to vBuy, one with a selling taker to
vSell. Exchanges that name the maker's side are turned round where they are parsed, never later.
"""

from dataclasses import dataclass

LARGEST = 1e12
"""No price in USDT and no size in BTC reaches this; what does is not a number we can count."""


@dataclass(slots=True)
class Trade:
    """One trade as a venue reported it; nobody changes it.

    It is made for every message of a small machine's day, and a `frozen` one costs five times as much to make.
    """

    timestamp: int
    """When it was executed, by the exchange's clock, UTC ms."""
    price: float
    """USDT (USD where the venue's book is in USD); above 0."""
    size: float
    """BTC, whatever the venue sends; above 0."""
    taker_buy: bool
    id: int | str
    """The venue's own: an integer where ids ascend, text where they are names."""
    fills: int = 1
    """How many executions it stands for: some venues merge those of one order at one price."""

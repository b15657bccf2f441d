"""Which coins do the figures of a pair speak of? Sizes are in its base coin, prices and money in its quote.

Units and definitions are written for BTC/USDT; `in_coins` says them of another pair. A pair's name in a text stays.
"""

from __future__ import annotations

import re

WRITTEN = ("BTC", "USDT")
"""Base and quote of the pair that texts are written for."""

_COIN = re.compile(r"(?<![\w/])(?:BTC|USDT)(?![\w/])")


def coins(pair: str) -> tuple[str, str]:
    """Return the base and the quote of a pair such as `ETH/USDT`; those texts are written for where it names none."""
    base, _, quote = pair.partition("/")
    return (base, quote) if base and quote else WRITTEN


def in_coins(text: str, pair: str) -> str:
    """Say a text of BTC/USDT of another pair."""
    said = dict(zip(WRITTEN, coins(pair), strict=True))
    return _COIN.sub(lambda found: said[found[0]], text)

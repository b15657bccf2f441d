"""Two years of minutes that never were: a seeded random walk with volumes, made in a second.

The volatility changes from hour to hour and the takers' sides lean with the price, as real ones do, so that gaps,
signals, stops and targets all come often. Each minute opens at the close before it.
"""

from __future__ import annotations

import numpy as np

from analysis.batch.market import Market
from bot.core.times import HOUR, MINUTE

START = 1_699_999_200_000
"""2023-11-14 22:00 UTC, a full hour."""
MINUTES = 2 * 365 * 24 * 60
SEED = 7
PRICE = 37_000.0
TICK = 0.1


def market(minutes: int = MINUTES) -> Market:
    """Return a market of so many minutes without a gap."""
    draw = np.random.default_rng(SEED)
    hours = np.exp(draw.normal(0.0, 0.5, minutes // (HOUR // MINUTE) + 1)).repeat(HOUR // MINUTE)[:minutes]
    moves = draw.normal(0.0, 0.0004, minutes) * hours
    close = np.round(PRICE * np.exp(np.cumsum(moves)) / TICK) * TICK
    opened = np.append(PRICE, close[:-1])
    wick = np.round(draw.exponential(0.0002, (2, minutes)) * hours * close / TICK) * TICK
    volume = draw.exponential(20.0, minutes) * hours
    buyers = np.clip(0.5 + moves / hours * 200 + draw.normal(0.0, 0.1, minutes), 0.0, 1.0)
    return Market(
        "BTC/USDT",
        START + np.arange(minutes, dtype=np.int64) * MINUTE,
        opened,
        np.maximum(opened, close) + wick[0],
        np.minimum(opened, close) - wick[1],
        close,
        volume * buyers,
        volume * (1 - buyers),
    )

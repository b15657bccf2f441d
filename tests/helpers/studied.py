"""Made markets for the study: one that nobody can predict, and one whose CVD says something of the next candle.

Fat tails, calm and wild hours, takers who push where the price goes: what a study can be fooled by. Only the direction
of a bar is drawn on its own: a fair coin, or one that the CVD at the close before has loaded.
"""

from __future__ import annotations

import math
import random

import numpy as np

from analysis.batch.history import History
from analysis.batch.market import Market
from analysis.study.dataset.columns import LOOK_BACK
from analysis.study.dataset.made import DataSet, data_set
from bot.core.parameters import Parameters

START = 1_746_144_000_000
"""2025-05-02T00:00:00Z."""
BAR = 300_000
ANCHOR = 900_000
P = Parameters()
"""Bars of 5 minutes, the CVD anew each quarter of an hour."""


def market(seed: int, bars: int = 5_000, per_cvd: float = 0.0) -> Market:
    """Make bars of 5 minutes; each unit of the feature `cvd` adds `per_cvd` to the chance that the next bar rises."""
    draw = random.Random(seed)
    price, calm, cvd, anchor = 90_000.0, 0.0, 0.0, -1
    volumes: list[float] = []
    rows = []
    for number in range(bars):
        timestamp = START + number * BAR
        if timestamp // ANCHOR != anchor:
            anchor = timestamp // ANCHOR
            before, cvd = cvd, 0.0
        else:
            before = cvd
        mean = sum(volumes[-LOOK_BACK:]) / LOOK_BACK
        known = before / mean if len(volumes) >= LOOK_BACK else 0.0
        rises = draw.random() < 0.5 + per_cvd * known
        calm = 0.97 * calm + 0.2 * draw.gauss(0, 1)
        wild = math.exp(0.5 * calm)
        size = 0.0008 * wild * abs(draw.gauss(0, 1)) * (3 if draw.random() < 0.02 else 1) + 1e-6
        close = price * math.exp(size if rises else -size)
        wick = 0.0004 * wild
        high = max(price, close) * (1 + wick * draw.random())
        low = min(price, close) * (1 - wick * draw.random())
        volume = 20 * wild * math.exp(0.6 * draw.gauss(0, 1))
        lean = max(-0.9, min(0.9, (1 if rises else -1) * min(1, size / 0.0016) * 0.3 + 0.25 * draw.gauss(0, 1)))
        cvd += lean * volume
        volumes.append(volume)
        rows.append((timestamp, price, high, low, close, volume * (1 + lean) / 2, volume * (1 - lean) / 2))
        price = close
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return Market("BTC/USDT", *columns, interval_ms=BAR)


def studied(seed: int, bars: int = 5_000, per_cvd: float = 0.0) -> DataSet:
    """Return the data set of a made market."""
    return data_set(History(market(seed, bars, per_cvd)), P, origin="simulated")

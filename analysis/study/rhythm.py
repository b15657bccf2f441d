"""When is the market awake? Volume, range and taker-buy share by hour of the day and by weekday, UTC.

Both are of the same cases, the UTC hours of which every minute is stored, so a weekday's volume is that of its average
hour, and one missing minute costs an hour and not a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.account.groups import EPOCH_WEEKDAY, HOURS, WEEKDAYS
from analysis.study.candle_figures import share
from bot.core.times import DAY, HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.batch.indicators import Integers
    from analysis.study.candle_sample import CandleSample, Volumes

LEAST_HOURS = 5
"""Whole hours that a group needs; with fewer all but its number is None."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The whole hours of one hour of the day or weekday."""

    group: int | str
    volume: float | None
    """Mean volume of an hour, BTC."""
    range: float | None
    """Mean high - low of an hour, USDT."""
    taker_buy_share: float | None
    """What takers bought in % of the volume; None without volume."""
    n: int
    """Whole hours."""


def by_hour(sample: CandleSample) -> list[Rhythm]:
    """Return the hours 0 to 23, UTC."""
    return _grouped(sample.hours, sample.hours.timestamp % DAY // HOUR, HOURS)


def by_weekday(sample: CandleSample) -> list[Rhythm]:
    """Return Monday to Sunday, UTC."""
    return _grouped(sample.hours, (sample.hours.timestamp // DAY + EPOCH_WEEKDAY) % 7, WEEKDAYS)


def _grouped(hours: Volumes, key: Integers, names: Sequence[int | str]) -> list[Rhythm]:
    return [_rhythm(name, hours.where(key == number)) for number, name in enumerate(names)]


def _rhythm(name: int | str, hours: Volumes) -> Rhythm:
    count = len(hours.timestamp)
    if count < LEAST_HOURS:
        return Rhythm(name, None, None, None, count)
    traded = hours.buy + hours.sell
    return Rhythm(
        name,
        float(traded.mean()),
        float(np.mean(hours.high - hours.low)),
        share(float(hours.buy.sum()), float(traded.sum())),
        count,
    )

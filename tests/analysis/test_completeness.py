from __future__ import annotations

from dataclasses import astuple

from accounts import START
from batch import from_minutes

from analysis.batch.completeness import missing
from bot.core.bars import Minute

MINUTE = 60_000


def test_of_three_bars_one_is_absent_and_one_lacks_two_minutes():
    minutes = [Minute(START + n * MINUTE, 1, 1, 1, 1, 0, 0) for n in (0, 1, 2, 3, 4, 10, 12, 14)]
    market = from_minutes("BTC/USDT", minutes)
    assert astuple(missing(market, START, START + 15 * MINUTE, 5 * MINUTE)) == (1, 1, 7, None)
    assert astuple(missing(market, START, START + 5 * MINUTE, 5 * MINUTE, 3)) == (0, 0, 0, 3)


def test_quarter_hours_are_whole_without_minutes():
    quarters = [Minute(START + n * 15 * MINUTE, 1, 1, 1, 1, 0, 0) for n in (0, 1, 3)]
    market = from_minutes("BTC/USDT", quarters, 15 * MINUTE)
    assert astuple(missing(market, START, START + 60 * MINUTE, 30 * MINUTE)) == (0, 1, 1, None)

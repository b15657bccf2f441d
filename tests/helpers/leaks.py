"""Does a feature know the future? It is computed again with other candles after a bar, and must not have changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from analysis.batch.market import COLUMNS, Market

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def leaks(make: Callable[[Market], pl.DataFrame], market: Market, cuts: Iterable[int]) -> set[str]:
    """Return the columns of `make` that tell anything of candles at or after one of the cuts (numbers of candles).

    Rows of bars that closed before the cut are compared, null for null and bit for bit: of the whole market, of the
    market that ends there, and of one that goes on differently.
    """
    whole, found = make(market), set()
    for cut in cuts:
        closed = int(market.timestamp[cut]) if cut < len(market) else int(market.timestamp[-1]) + market.interval_ms
        others = [market.between(0, closed), _otherwise(market, cut)]
        for other in map(make, others):
            bars = other.filter(pl.col("timestamp") + _bar(whole) <= closed)
            same = whole.filter(pl.col("timestamp") + _bar(whole) <= closed)
            found |= {name for name in whole.columns if not bars[name].equals(same[name])}
    return found


def _bar(frame: pl.DataFrame) -> int:
    return int(frame["timestamp"].diff().drop_nulls().min() or 0)


def _otherwise(market: Market, cut: int) -> Market:
    """Return the market with other candles from `cut` on: turned over, and ten times as lively."""
    columns = {name: getattr(market, name).copy() for name in COLUMNS.names or ()}
    anchor = columns["close"][max(0, cut - 1)]
    for name in ("open", "high", "low", "close"):
        columns[name][cut:] = anchor * (anchor / getattr(market, name)[cut:]) ** 10
    columns["high"], columns["low"] = (
        np.maximum.reduce([columns[name] for name in ("open", "high", "low", "close")]),
        np.minimum.reduce([columns[name] for name in ("open", "high", "low", "close")]),
    )
    columns["buy"][cut:], columns["sell"][cut:] = market.sell[cut:] * 7, market.buy[cut:]
    return replace(market, **columns)

"""Recorded market data of the folder `../shared`, which is not part of the project.

A test that reads it is skipped, with the reason, where that folder is absent.
"""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pytest

from bot.core.bars import Minute

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

needs_recorded = pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data, recorded market data")


def recorded_day() -> list[Minute]:
    """The thousand minutes of 2025-05-02 that the earlier bot recorded."""
    rows = json.loads((DATA / "candles_1m_2025-05-02.json").read_text())
    return [
        Minute(row["timestamp"], row["open"], row["high"], row["low"], row["close"], row["vBuy"], row["vSell"])
        for row in rows
    ]


def klines(name: str) -> list[Minute]:
    """A Binance archive with taker volume."""
    with gzip.open(DATA / "klines" / name, "rt") as lines:
        return [
            Minute(
                int(row["open_time"]),
                float(row["open"]),
                float(row["high"]),
                float(row["low"]),
                float(row["close"]),
                float(row["taker_buy_base"]),
                float(row["volume"]) - float(row["taker_buy_base"]),
            )
            for row in csv.DictReader(lines)
        ]

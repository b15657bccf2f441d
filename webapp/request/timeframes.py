"""The timeframes the app draws, aligned to the epoch."""

from __future__ import annotations

from typing import Literal

MINUTE = 60_000
"""Length of a stored minute in ms."""

DAY = 1440 * MINUTE
"""Length of a UTC day in ms; every bar lies within one."""

Timeframe = Literal["1m", "3m", "5m", "15m", "30m", "1h", "4h", "1d"]

SPANS: dict[Timeframe, int] = {
    "1m": MINUTE,
    "3m": 3 * MINUTE,
    "5m": 5 * MINUTE,
    "15m": 15 * MINUTE,
    "30m": 30 * MINUTE,
    "1h": 60 * MINUTE,
    "4h": 240 * MINUTE,
    "1d": 1440 * MINUTE,
}
"""Timeframe -> length of its bars in ms."""

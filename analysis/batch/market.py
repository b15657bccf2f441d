"""The candles that everything here starts from: columns of one pair, in order of time.

A market may be one of 1-minute candles, as the database holds them, or of a kline archive's own interval, which then
takes the place of the minute.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bot.core.bars import Minute
from bot.core.parameters import DeltaSource, ParameterError
from bot.core.times import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bot.core.parameters import Parameters

COLUMNS = np.dtype([("timestamp", np.int64)] + [(name, np.float64) for name in Minute._fields[1:]])
"""A row of candles as read from a source, in the order of `Minute`."""


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """Candles of one pair as columns of equal length, ascending; prices in USDT, volumes in BTC."""

    pair: str
    timestamp: NDArray[np.int64]
    """Opens in UTC ms, strictly ascending, multiples of `interval_ms`."""
    open: NDArray[np.float64]
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]
    buy: NDArray[np.float64]
    sell: NDArray[np.float64]
    interval_ms: int = MINUTE
    """The length of a candle."""
    sides_known: bool = True
    """Whether `buy` and `sell` tell takers apart; if not, `buy` is the whole volume."""

    def __len__(self) -> int:
        """How many candles."""
        return len(self.timestamp)

    def minutes(self) -> Iterator[Minute]:
        """Yield the candles one by one, as the streaming core takes them."""
        columns = (self.timestamp, self.open, self.high, self.low, self.close, self.buy, self.sell)
        return (Minute(*row) for row in zip(*(column.tolist() for column in columns), strict=True))

    def between(self, begin: int, end: int) -> Market:
        """Return the candles that open in [begin, end), UTC ms."""
        part = slice(*np.searchsorted(self.timestamp, (begin, end)).tolist())
        columns = {name: getattr(self, name)[part] for name in COLUMNS.names or ()}
        return replace(self, **columns)

    def check(self, parameters: Parameters) -> None:
        """Raise ParameterError when these candles cannot make the bars or deltas that are asked for."""
        if parameters.chart_ms % self.interval_ms:
            raise ParameterError(
                "chart_timeframe",
                parameters.chart_timeframe,
                f"a multiple of {timeframe(self.interval_ms)}, the length of these candles",
            )
        if parameters.delta_source is DeltaSource.TRADES and not self.sides_known:
            raise ParameterError(
                "delta_source", parameters.delta_source, "polarity: these candles have no taker volume"
            )


def from_rows(pair: str, rows: NDArray[np.void], interval_ms: int = MINUTE, sides_known: bool = True) -> Market:
    """Make a market of rows of `COLUMNS` in ascending order."""
    columns = {name: np.ascontiguousarray(rows[name]) for name in COLUMNS.names or ()}
    return Market(pair, **columns, interval_ms=interval_ms, sides_known=sides_known)


def timeframe(length_ms: int) -> str:
    """Write a length the way timeframes are: 900000 is `15m`."""
    for unit, name in ((DAY, "d"), (HOUR, "h")):
        if length_ms % unit == 0:
            return f"{length_ms // unit}{name}"
    return f"{length_ms / MINUTE:g}m"

"""Which candles are figures and patterns of? The confirmed bars that open in `[from, to)`.

Candles before `from` only warm indicators up, and bars that open from `to` on are not looked at: what is said of a span
that is past does not change any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from webapp import queries
from webapp.errors import RequestRefused
from webapp.limits import FIGURE_MINUTES
from webapp.request.ranges import END_OF_TIME, Whole
from webapp.request.timeframes import MINUTE, SPANS, Timeframe

if TYPE_CHECKING:
    import sqlite3

    from analysis.batch.market import Market

WARM_UP = 1_000
"""Bars before a span for the indicators to warm up: an average over 60 bars has then forgotten how it began."""

DAY = 1440 * MINUTE


class Span(BaseModel):
    """The bars of a range."""

    model_config = ConfigDict(extra="forbid")

    timeframe: Timeframe = Field(default="5m", description="Length of a bar, aligned to the epoch.", examples=["15m"])
    from_: Whole | None = Field(
        default=None,
        alias="from",
        ge=0,
        le=END_OF_TIME,
        description=f"First open, UTC ms, inclusive; by default the first of the last {FIGURE_MINUTES:,} minutes.",
    )
    to: Whole | None = Field(default=None, ge=0, le=END_OF_TIME, description="First open no longer wanted, UTC ms.")
    pair: str | None = Field(default=None, description="Such as `BTC/USDT`; the first followed one by default.")

    @property
    def bar_ms(self) -> int:
        """Length of a bar in ms."""
        return SPANS[self.timeframe]

    def refuse_backwards(self) -> None:
        """Refuse a range that ends before it begins.

        Raises:
            RequestRefused: `from` is after `to`.
        """
        if self.from_ is not None and self.to is not None and self.from_ > self.to:
            raise RequestRefused(
                "invalid_parameter", f"from ({self.from_}) must not be after to ({self.to})", field="from"
            )

    def bounds(self, sql: sqlite3.Connection, pair: str | None) -> tuple[int, int]:
        """Return the opens of the first bar and of the one after the last, as far as minutes are stored.

        Raises:
            RequestRefused: It is more than FIGURE_MINUTES.
        """
        oldest, newest = sql.execute(queries.EDGES_OF_PAIR, {"pair": pair}).fetchone()
        if newest is None:
            return 0, 0
        end = self._open_from(min(newest + MINUTE if self.to is None else self.to, newest + MINUTE))
        if self.from_ is None:
            return max(oldest - oldest % self.bar_ms, self._open_from(end - FIGURE_MINUTES * MINUTE)), end
        begin = min(self._open_from(max(self.from_, oldest - oldest % self.bar_ms)), end)
        if end - begin > FIGURE_MINUTES * MINUTE:
            raise RequestRefused(
                "range_too_long",
                f"from {begin} to {end} are {(end - begin) // MINUTE:,} minutes; at most {FIGURE_MINUTES:,} are "
                "looked at",
                field="from",
            )
        return begin, end

    def warm_up_from(self, begin: int) -> int:
        """Return where to begin reading for bars from `begin` on: a UTC day, so that the CVD is anchored as ever."""
        return max(0, (begin - WARM_UP * self.bar_ms) // DAY * DAY)

    def _open_from(self, instant: int) -> int:
        """Open of the first bar at or after an instant."""
        return -(-instant // self.bar_ms) * self.bar_ms


def read_minutes(sql: sqlite3.Connection, pair: str | None, begin: int, end: int) -> Market:
    """Return the stored minutes of [begin, end), UTC ms."""
    import numpy as np

    from analysis.batch.market import COLUMNS, from_rows

    rows = sql.execute(queries.MINUTES_OF_SPAN, {"pair": pair, "from": begin, "to": end})
    return from_rows(pair or "", np.fromiter(rows, dtype=COLUMNS))

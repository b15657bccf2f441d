"""GET /api/statistics: what is there to say about an account? Every figure with its unit, its n and its definition.

The figures are those of docs/statistics.md and of `cvdbot backtest`; analysis/ computes them, and is imported when it
is first needed. Late trades stand apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from webapp import queries
from webapp.request.accounts import AccountName, OfAccount, read_record, traded_pair
from webapp.request.answers import Snapshot, answer, unchanged

if TYPE_CHECKING:
    import sqlite3

    from analysis.account.fills import VenueMinutes
    from analysis.account.track_record import TrackRecord
    from webapp.bars.prices import KeptPrices

router = APIRouter()


class Late(BaseModel):
    """A figure of the late trades alone."""

    value: float | None
    n: int


class Figure(BaseModel):
    """A number with what it is."""

    value: float | None = Field(description="Null: too few cases, or it would divide by nothing.")
    unit: str
    n: int = Field(description="Of how many trades, bars or days it is.")
    definition: str
    note: str | None = Field(description="`before fees`, where it is; else null.")
    late: Late | None = Field(description="Of the late trades alone; null where there are none.")


class _Groups(BaseModel):
    trades: list[int]
    wins: list[int | None] = Field(description="Null without a trade, as all that follows.")
    win_rate: list[float | None] = Field(description="%.")
    profit: list[float | None] = Field(description="Sum, net of fees, USDT.")
    average_profit: list[float | None] = Field(description="USDT a trade.")


class LateWeekdays(_Groups):
    """The late trades by weekday."""

    group: list[str] = Field(description="Monday to Sunday, UTC.")


class Weekdays(LateWeekdays):
    """Trades by the weekday of their entry bar's open, UTC; late ones apart."""

    late: LateWeekdays | None = Field(description="Null where there are none.")


class LateHours(_Groups):
    """The late trades by hour of the day."""

    group: list[int] = Field(description="0 to 23, UTC.")


class Hours(LateHours):
    """Trades by the hour of the day of their entry bar's open, UTC; late ones apart."""

    late: LateHours | None = Field(description="Null where there are none.")


class Matrix(BaseModel):
    """Trades by weekday and hour of their entry bar's open, UTC: a row a weekday, Monday first, of 24 hours."""

    trades: list[list[int]]
    profit: list[list[float | None]] = Field(description="Sum, net of fees, USDT; null without a trade.")


class Entries(BaseModel):
    """A row a trade, in the order they were closed; columns of equal length."""

    tradeNumber: list[int]  # noqa: N815 - the tables' name
    late: list[bool]
    leverage: list[float | None] = Field(description="Notional / balance at the entry; null where unknown.")
    both_hit: list[bool] = Field(description="Its last bar reached both stop and target; the stop counts.")


class VenueSums(BaseModel):
    """Sums over the trades that ended on an exchange."""

    n: int
    profit: float | None = Field(description="USDT; null without one.")
    difference: float | None = Field(description="That minus the account's profit of the same trades, USDT.")


class VenueTrades(BaseModel):
    """A row a trade of known size and levels."""

    tradeNumber: list[int]  # noqa: N815 - the tables' names
    entryPrice: list[float | None] = Field(description="Null: the exchange did not count in that minute.")  # noqa: N815
    touched: list[str | None] = Field(description="`target`, `stop`; null: neither.")
    exitPrice: list[float | None]  # noqa: N815
    exitTime: list[int | None] = Field(description="The minute that touched, UTC ms.")  # noqa: N815
    profit: list[float | None] = Field(description="Net of fees, USDT.")
    difference: list[float | None]
    missing: list[int | None] = Field(description="Minutes from entry to exit that it did not count in.")


class Venue(VenueSums):
    """The account's trades as they would have gone on one exchange's own candles."""

    exchange: str
    late: VenueSums | None
    trades: VenueTrades


class StatisticsAnswer(BaseModel):
    """Figures of one account over a span."""

    snapshot: Snapshot
    account: AccountName
    from_: int = Field(alias="from", description="Begin of the span, UTC ms.")
    to: int = Field(description="Its end, UTC ms.")
    conclusion: str = Field(description="What the trades allow to conclude, in words.")
    figures: dict[str, Figure]
    weekdays: Weekdays
    hours: Hours
    matrix: Matrix = Field(description="Both together; late trades are not in it.")
    entries: Entries
    venues: list[Venue] = Field(description="One an exchange that has candles of its own around some trade.")


@router.get("/api/statistics", response_model=StatisticsAnswer)
async def statistics(request: Request, asked: Annotated[OfAccount, Query()]) -> Response:
    """Every figure of one account; weekdays, hours and days are UTC."""
    asked.refuse_backwards()
    async with request.app.state.database.snapshot() as snapshot:
        pair = await traded_pair(snapshot, asked.pair)
        if (known := unchanged(request, snapshot)) is not None:
            return known
        prices: KeptPrices = request.app.state.prices
        found = await snapshot.run(lambda sql: _figures(sql, read_record(sql, pair, asked, prices.of(snapshot))))
        prices.pursue(request.app.state.database)
        return answer(StatisticsAnswer(snapshot=Snapshot.of(snapshot), **found), snapshot)


def _figures(sql: sqlite3.Connection, record: TrackRecord) -> dict[str, Any]:
    import numpy as np

    from analysis.account.fills import on_venues
    from analysis.account.statistics import statistics as say
    from analysis.results import statistics_as_plain
    from analysis.stored import EXCHANGE_COLUMNS, parted

    def minutes(begin: int, end: int) -> list[VenueMinutes]:
        names = {"pair": record.pair, "from": begin, "to": end}
        return parted(np.fromiter(sql.execute(queries.VENUE_MINUTES, names), dtype=EXCHANGE_COLUMNS))

    return statistics_as_plain(say(record, on_venues(record, minutes)))

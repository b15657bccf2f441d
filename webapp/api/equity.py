"""GET /api/equity: what was an account worth, and how far had it fallen?

A row a bar of the strategy's own timeframe: the balance, and marked to market with the open position. A long span is
thinned to what a screen shows, and keeps its extremes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from webapp import limits
from webapp.request.accounts import AccountName, OfAccount, read_record, traded_pair
from webapp.request.answers import Snapshot, answer, unchanged
from webapp.request.ranges import Whole  # noqa: TC001 - pydantic reads it

if TYPE_CHECKING:
    from analysis.account.track_record import TrackRecord
    from webapp.bars.prices import KeptPrices

router = APIRouter()

LEAST_POINTS = 20
"""Rows of the thinnest curve: the extremes of all its columns."""


class Asked(OfAccount):
    """Which account, and how fine."""

    points: Whole = Field(
        default=limits.DEFAULT_POINTS,
        ge=LEAST_POINTS,
        le=limits.EQUITY_POINTS,
        description="Rows at most. Of more bars the first, the last, and of equal stretches the lowest and highest "
        "rows are given.",
    )


class EquityAnswer(BaseModel):
    """Columns of equal length, a row a bar; what it was worth is as of the bar's close, in USDT."""

    snapshot: Snapshot
    account: AccountName
    from_: int = Field(serialization_alias="from", description="Begin of the span, UTC ms.")
    to: int = Field(description="Its end, UTC ms.")
    bar_ms: int = Field(description="Length of a bar, ms.")
    bars: int = Field(description="Bars of the span; more than rows where these are thinned.")
    initial_balance: float = Field(description="At the begin of the span, USDT.")
    timestamp: list[int] = Field(description="Opens of bars, UTC ms.")
    balance: list[float] = Field(description="After the trades that were closed.")
    marked: list[float] = Field(description="With what closing the open position would bring, fees taken off.")
    drawdown: list[float] = Field(description="How far the marked value lies below its highest so far, 0 or more.")
    balance_drawdown: list[float] = Field(description="How far the balance lies below its highest so far, 0 or more.")
    buy_and_hold: list[float] = Field(
        description="What the initial balance would be worth if the strategy's position size had been bought at the "
        "first bar's close and were sold at this one's, fees taken off."
    )


@router.get("/api/equity", response_model=EquityAnswer)
async def equity(request: Request, asked: Annotated[Asked, Query()]) -> Response:
    """Balance, value marked to market and drawdowns of one account, late trades included."""
    asked.refuse_backwards()
    async with request.app.state.database.snapshot() as snapshot:
        pair = await traded_pair(snapshot, asked.pair)
        if (known := unchanged(request, snapshot)) is not None:
            return known
        prices: KeptPrices = request.app.state.prices
        columns = await snapshot.run(
            lambda sql: _columns(read_record(sql, pair, asked, prices.of(snapshot)), asked.points)
        )
        body = EquityAnswer(snapshot=Snapshot.of(snapshot), account=AccountName(pair=pair, mode=asked.mode), **columns)
        prices.pursue(request.app.state.database)
        return answer(body, snapshot)


def _columns(record: TrackRecord, points: int) -> dict[str, Any]:
    from analysis.account.equity import equity as worth
    from analysis.account.fees_and_luck import held
    from analysis.account.thinning import thinned_together

    found = worth(record)
    columns = {
        "balance": found.balance,
        "marked": found.marked,
        "drawdown": found.drawdown,
        "balance_drawdown": found.balance_drawdown,
        "buy_and_hold": record.initial_balance + held(record),
    }
    rows = thinned_together([found.marked, found.drawdown, found.balance, columns["buy_and_hold"]], points)
    return {
        "from_": record.begin,
        "to": record.end,
        "bar_ms": record.prices.bar_ms,
        "bars": len(found.timestamp),
        "initial_balance": record.initial_balance,
        "timestamp": found.timestamp[rows].tolist(),
        **{name: column[rows].tolist() for name, column in columns.items()},
    }

"""GET /api/candles: what did the market do? Bars of any timeframe, made of the stored minutes in SQL.

A bar belongs to a range when its open does, and is always made of all its stored minutes, also when the range begins
or ends inside it. A bar with a missing minute has `sources` 0; the newest bar expects minutes only up to the pair's
newest stored one, also when an exchange asked for alone has none so new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from webapp import queries
from webapp.answers import Snapshot, answer, unchanged
from webapp.parameters import LAST_BARS, MAX_BARS, Range, chosen_exchange, chosen_pair
from webapp.timeframes import MINUTE, SPANS, Timeframe

if TYPE_CHECKING:
    from webapp import database

router = APIRouter()

_FAR = 2**62
"""An instant after every bar, small enough to add a bar to."""


class Candles(BaseModel):
    """Columns of equal length, ordered by open."""

    timestamp: list[int] = Field(description="Opens, UTC ms.")
    open: list[float] = Field(description="USDT.")
    high: list[float]
    low: list[float]
    close: list[float]
    vBuy: list[float] = Field(description="Taker buys, BTC.")  # noqa: N815 - the tables' name
    vSell: list[float] = Field(description="Taker sells, BTC.")  # noqa: N815
    sources: list[int | None] = Field(
        description="Exchanges complete in every minute of the bar; 0 when a minute is missing, null when unknown."
    )
    configured: list[int | None] = Field(description="Of so many exchanges; null when unknown.")


class CandlesAnswer(BaseModel):
    """Bars of one pair."""

    timeframe: Timeframe
    pair: str | None
    exchange: str | None = Field(description="Null: all exchanges together.")
    snapshot: Snapshot
    forming: bool = Field(description="The last bar may still grow: not all its minutes are stored yet.")
    candles: Candles


@router.get("/api/candles", response_model=CandlesAnswer)
async def candles(request: Request, asked: Annotated[Range, Query()]) -> Response:
    """Bars of a pair, columnar."""
    asked.refuse_backwards()
    exchange = chosen_exchange(asked.exchange)
    async with request.app.state.database.snapshot() as snapshot:
        pair = await chosen_pair(snapshot, asked.pair)
        if (known := unchanged(request, snapshot)) is not None:
            return known
        series = queries.OF_EXCHANGE if exchange else queries.AGGREGATED
        rows, forming = await _bars(snapshot, series, asked, {"pair": pair, "exchange": exchange})
        columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in Candles.model_fields]
        body = CandlesAnswer(
            timeframe=asked.timeframe,
            pair=pair,
            exchange=exchange,
            snapshot=Snapshot.of(snapshot),
            forming=forming,
            candles=Candles.model_validate(dict(zip(Candles.model_fields, columns, strict=True))),
        )
        return answer(body, snapshot)


async def _bars(
    snapshot: database.Snapshot, series: queries.Series, asked: Range, names: dict[str, str | None]
) -> tuple[list[tuple[Any, ...]], bool]:
    """Read the bars of a range, and tell whether the last of them may still grow."""
    span = SPANS[asked.timeframe]
    newest = await snapshot.row(queries.NEWEST_OF_PAIR, pair=names["pair"])
    if newest is None:
        return [], False
    edges = await snapshot.row(
        series.last if asked.from_ is None else series.first,
        **names,
        **{"from": _bar_from(asked.from_ or 0, span), "to": _bar_from(_FAR if asked.to is None else asked.to, span)},
        span=span,
        limit=asked.limit or (LAST_BARS if asked.from_ is None else MAX_BARS),
    )
    if edges is None or edges[0] is None:
        return [], False
    first, last = edges
    rows = await snapshot.rows(
        series.minutes if span == MINUTE else series.bars,
        **names,
        **{"from": first, "to": last + span},
        span=span,
        newest=newest[0],
    )
    return rows, last + span > newest[0] + MINUTE


def _bar_from(instant: int, span: int) -> int:
    """Open of the first bar at or after an instant."""
    return -(-min(instant, _FAR) // span) * span

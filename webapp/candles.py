"""GET /api/candles: what did the market do? Bars of any timeframe, made of the stored minutes in SQL.

A bar belongs to a range when its open does, and is always made of all its stored minutes, also when the range begins
or ends inside it. A bar with a missing minute has `sources` 0; the newest bar expects minutes only up to the pair's
newest stored one, also when an exchange asked for alone has none so new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from webapp import bars
from webapp.answers import Snapshot, answer, unchanged
from webapp.exports import formatted
from webapp.parameters import LAST_BARS, MAX_BARS, Bars, Range, chosen_exchange, chosen_pair
from webapp.timeframes import MINUTE, SPANS, Timeframe

if TYPE_CHECKING:
    import sqlite3

router = APIRouter()


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
    if asked.format != "json":
        return await formatted(request, asked, asked.format)
    async with request.app.state.database.snapshot() as snapshot:
        pair = await chosen_pair(snapshot, asked.pair)
        if (known := unchanged(request, snapshot)) is not None:
            return known
        rows, forming = await snapshot.run(lambda sql: _bars(sql, asked, pair, exchange))
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


def _bars(sql: sqlite3.Connection, asked: Bars, pair: str | None, exchange: str | None) -> tuple[list[bars.Row], bool]:
    """Read the bars of a range, and tell whether the last of them may still grow."""
    newest = bars.newest_minute(sql, pair)
    if pair is None or newest is None:
        return [], False
    source, span = bars.Source(pair, exchange, newest), SPANS[asked.timeframe]
    begin, end = bars.bar_from(asked.from_ or 0, span), bars.bar_from(asked.to, span)
    if asked.from_ is None:
        rows = bars.last_bars(sql, source, span, begin, end, asked.limit or LAST_BARS)
    else:
        windows = bars.first_bars(sql, source, span, begin, end, asked.limit or MAX_BARS)
        rows = [row for window in windows for row in window]
    return rows, bool(rows) and rows[-1][0] + span > newest + MINUTE

"""GET /api/candles: what did the market do? Bars of any timeframe, made of the stored minutes in SQL.

A bar belongs to a range when its open does, and is always made of all its stored minutes, also when the range begins
or ends inside it. A bar with a missing minute has `sources` 0; the newest bar expects minutes only up to the pair's
newest stored one, also when an exchange asked for alone has none so new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from webapp.api.exports import formatted
from webapp.bars import bars, chunks
from webapp.request.answers import Snapshot, packed, unchanged
from webapp.request.pairs import pair_of
from webapp.request.ranges import Bars, Range, chosen_exchange
from webapp.request.timeframes import MINUTE, SPANS, Timeframe

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from webapp import database
    from webapp.bars.rollup import Rollup
    from webapp.database import Database

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
    newest: int | None = Field(description="Open of the pair's newest stored minute, UTC ms; null without one.")
    forming: bool = Field(description="The last bar may still grow: not all its minutes are stored yet.")
    candles: Candles


@router.get("/api/candles", response_model=CandlesAnswer)
async def candles(request: Request, asked: Annotated[Range, Query()]) -> Response:
    """Bars of a pair, columnar."""
    asked.refuse_backwards()
    exchange = chosen_exchange(asked.exchange)
    if asked.format != "json":
        return await formatted(request, asked, asked.format)
    rollup: Rollup = request.app.state.rollup
    app_database: Database = request.app.state.database
    if (answer := _at_hand(request, app_database.known(), rollup, asked, exchange)) is not None:
        return answer
    async with app_database.snapshot() as snapshot:

        def work(sql: sqlite3.Connection) -> Response:
            pair = pair_of(sql, asked.pair)
            if (known := unchanged(request, snapshot)) is not None:
                return known
            newest = bars.newest_minute(sql, pair)
            if pair is None or newest is None:
                return _answer(snapshot, asked, pair, exchange, newest, ())
            rollup.remember(snapshot, asked.pair, bars.Source(pair, None, newest))
            columns = rollup.read(sql, snapshot, bars.Source(pair, exchange, newest), asked.wanted())
            return _answer(snapshot, asked, pair, exchange, newest, columns)

        answer = await snapshot.run(work)
    rollup.pursue(app_database)
    return answer


def _at_hand(
    request: Request, snapshot: database.Snapshot | None, rollup: Rollup, asked: Bars, exchange: str | None
) -> Response | None:
    """Answer without the database, when all that is asked for is at hand."""
    if snapshot is None or exchange is not None or (source := rollup.remembered(snapshot, asked.pair)) is None:
        return None
    if (known := unchanged(request, snapshot)) is not None:
        return known
    columns = rollup.at_hand(snapshot, source, asked.wanted())
    return None if columns is None else _answer(snapshot, asked, source.pair, None, source.newest, columns)


def _answer(
    snapshot: database.Snapshot,
    asked: Bars,
    pair: str | None,
    exchange: str | None,
    newest: int | None,
    columns: Iterable[chunks.Columns],
) -> Response:
    """Send the columns of a range."""
    lists = chunks.lists(columns)
    opens, span = lists[0], SPANS[asked.timeframe]
    body = {
        "timeframe": asked.timeframe,
        "pair": pair,
        "exchange": exchange,
        "snapshot": Snapshot.of(snapshot).model_dump(),
        "newest": newest,
        "forming": newest is not None and bool(opens) and opens[-1] + span > newest + MINUTE,
        "candles": dict(zip(bars.COLUMNS, lists, strict=True)),
    }
    return packed(body, snapshot)

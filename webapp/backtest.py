"""POST /api/backtest: what would the strategy have done with other parameters? As `cvdbot backtest --json`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from webapp import queries
from webapp.answers import Snapshot
from webapp.errors import RequestRefused
from webapp.parameters import END_OF_TIME, chosen_pair
from webapp.strategy import made_of

if TYPE_CHECKING:
    from analysis.history import History
    from bot.core.parameters import Parameters

router = APIRouter()


class WhatIf(BaseModel):
    """What to run."""

    model_config = ConfigDict(extra="forbid")

    parameters: dict[str, str | int | float | bool] = Field(
        default={}, description="Those that differ from the strategy's defaults.", examples=[{"risk": "low"}]
    )
    from_: int | None = Field(default=None, alias="from", ge=0, le=END_OF_TIME, description="First bar, UTC ms.")
    to: int | None = Field(default=None, ge=0, le=END_OF_TIME, description="First bar left out, UTC ms.")
    pair: str | None = None
    points: int | None = Field(default=None, ge=10, le=100_000, description="Rows of the equity at most.")


@router.post("/api/backtest")
async def backtest(request: Request, asked: WhatIf) -> Response:
    """Run the strategy over the stored candles."""
    parameters = made_of(asked.parameters)
    async with request.app.state.database.snapshot() as snapshot:
        pair = await chosen_pair(snapshot, asked.pair)
        history = await request.app.state.past.history(snapshot, pair or "")
        result = await asyncio.to_thread(_run, history, parameters, asked)
        origin = await snapshot.row(queries.ORIGIN)
        body = {**result, "origin": None if origin is None else msgspec.json.decode(origin[0])}
        body["snapshot"] = Snapshot.of(snapshot).model_dump()
    return Response(msgspec.json.encode(body), media_type="application/json", headers={"Cache-Control": "no-store"})


def _run(history: History, parameters: Parameters, asked: WhatIf) -> dict[str, object]:
    from analysis.backtest import backtest as run
    from analysis.completeness import missing
    from analysis.equity import equity
    from analysis.results import as_plain
    from analysis.statistics import statistics
    from analysis.track_record import of_result

    result = run(history, parameters, asked.from_, asked.to)
    if result.begin is None or result.end is None:
        raise RequestRefused("empty_range", f"no whole bar of {parameters.chart_timeframe} opens in the range", "from")
    record = of_result(history, result)
    lacking = missing(history.market, result.begin, result.end, parameters.chart_ms)
    return as_plain(result, statistics(record), equity(record), lacking)

"""POST /api/backtest: what would the strategy have done with other parameters? As `cvdbot backtest --json`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from bot.core import saved
from bot.core.parameters import NAMES
from webapp import limits, queries
from webapp.errors import RequestRefused
from webapp.request.answers import Snapshot
from webapp.request.pairs import chosen_pair
from webapp.request.ranges import END_OF_TIME
from webapp.request.strategy import StrategyParameters, made_of

if TYPE_CHECKING:
    from pydantic.config import JsonDict

    from analysis.batch.history import History
    from bot.core.parameters import Parameters

router = APIRouter()


def _describe(schema: JsonDict) -> None:
    """Describe the parameters one by one."""
    known = StrategyParameters.model_json_schema()
    each = {name: known["properties"][name]["anyOf"][0] for name in NAMES}
    names = {name: one["$ref"].rpartition("/")[2] for name, one in each.items() if "$ref" in one}
    schema["properties"] = each | {name: known["$defs"][choices] for name, choices in names.items()}
    schema["additionalProperties"] = False


class WhatIf(BaseModel):
    """What to run."""

    model_config = ConfigDict(extra="forbid")

    parameters: dict[str, str | int | float | bool] = Field(
        default={},
        description="Those that differ from the strategy's defaults.",
        examples=[{"risk": "low"}],
        json_schema_extra=_describe,
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
        history = await request.app.state.histories.history(snapshot, pair or "")
        _refuse_too_long(history, asked)
        result = await request.app.state.backtests.run(partial(_run, history, parameters, asked))
        request.app.state.rollup.pursue(request.app.state.database)
        origin = await snapshot.row(queries.ORIGIN)
        body = {**result, "origin": saved.origin(None if origin is None else origin[0])}
        body["snapshot"] = Snapshot.of(snapshot).model_dump()
    return Response(msgspec.json.encode(body), media_type="application/json", headers={"Cache-Control": "no-store"})


def _refuse_too_long(history: History, asked: WhatIf) -> None:
    """Refuse a range of more minutes than may be.

    Raises:
        RequestRefused: It is longer.
    """
    minutes = history.market.timestamp
    begin = 0 if asked.from_ is None else int(minutes.searchsorted(asked.from_))
    end = len(minutes) if asked.to is None else int(minutes.searchsorted(asked.to))
    if end - begin > limits.BACKTEST_BARS:
        raise RequestRefused(
            "range_too_long",
            f"the range has {end - begin:,} minutes, at most {limits.BACKTEST_BARS:,} are possible: begin later",
            field="from",
        )


def _run(history: History, parameters: Parameters, asked: WhatIf) -> dict[str, object]:
    from analysis.account.equity import equity
    from analysis.account.statistics import statistics
    from analysis.account.track_record import of_result
    from analysis.batch.backtest import backtest as run
    from analysis.batch.completeness import missing
    from analysis.results import as_plain

    result = run(history, parameters, asked.from_, asked.to)
    if result.begin is None or result.end is None:
        raise RequestRefused("empty_range", f"no whole bar of {parameters.chart_timeframe} opens in the range", "from")
    record = of_result(history, result)
    lacking = missing(history.market, result.begin, result.end, parameters.chart_ms)
    return as_plain(history, result, statistics(record), equity(record), lacking)

"""GET /api/completeness: which bars can be trusted? One state a stored bar, made in SQL of what each exchange saw.

A bar is `whole` when every configured exchange is complete in every minute as it streamed; `healed` when some of that
had to be fetched afterwards; `lacking` when an exchange lacks something, and `missing` names it; `none` when a minute
of the bar is not stored at all; `unknown` when the earlier bot stored it without telling. The newest bar expects
minutes only up to the pair's newest stored one.
"""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from webapp import queries
from webapp.bars import bars
from webapp.request.answers import Snapshot, answer, unchanged
from webapp.request.pairs import chosen_pair
from webapp.request.ranges import LAST_BARS, MAX_BARS, Bars
from webapp.request.timeframes import MINUTE, SPANS, Timeframe

if TYPE_CHECKING:
    import sqlite3

router = APIRouter()

State = Literal["whole", "healed", "lacking", "none", "unknown"]

Judged = tuple[int, State, list[str]]
"""Open of a bar, UTC ms, its state, and who lacks something in it."""


class Completeness(BaseModel):
    """Columns of equal length, ordered by open; a row a stored bar."""

    timestamp: list[int] = Field(description="Opens, UTC ms.")
    state: list[State] = Field(description="How much of the bar the configured exchanges saw.")
    missing: list[list[str]] = Field(description="The exchanges that lack something in the bar, sorted.")


class CompletenessAnswer(BaseModel):
    """How complete the bars of one pair are."""

    timeframe: Timeframe
    pair: str | None
    snapshot: Snapshot
    exchanges: list[str] = Field(description="The configured exchanges, sorted; empty when none was ever configured.")
    completeness: Completeness


@router.get("/api/completeness", response_model=CompletenessAnswer)
async def completeness(request: Request, asked: Annotated[Bars, Query()]) -> Response:
    """How complete each bar of a pair is, columnar."""
    asked.refuse_backwards()
    async with request.app.state.database.snapshot() as snapshot:
        pair = await chosen_pair(snapshot, asked.pair)
        if (known := unchanged(request, snapshot)) is not None:
            return known
        exchanges, judged = await snapshot.run(lambda sql: _states(sql, asked, pair))
        body = CompletenessAnswer(
            timeframe=asked.timeframe,
            pair=pair,
            snapshot=Snapshot.of(snapshot),
            exchanges=exchanges,
            completeness=Completeness(
                timestamp=[bar[0] for bar in judged],
                state=[bar[1] for bar in judged],
                missing=[bar[2] for bar in judged],
            ),
        )
        return answer(body, snapshot)


def _states(sql: sqlite3.Connection, asked: Bars, pair: str | None) -> tuple[list[str], list[Judged]]:
    """Name the configured exchanges, sorted, and judge the bars of a range."""
    from analysis.batch.completeness import state_of

    newest = bars.newest_minute(sql, pair)
    row = sql.execute(queries.EXCHANGES_CONFIGURED, {"pair": pair}).fetchone()
    exchanges = sorted(json.loads(row[0])) if row else []
    if pair is None or newest is None:
        return exchanges, []
    source, span = bars.Source(pair, None, newest), SPANS[asked.timeframe]
    begin, end = bars.bar_from(asked.from_ or 0, span), bars.bar_from(asked.to, span)
    if asked.from_ is None:
        opens = bars.last_bars(sql, source, span, begin, end, asked.limit or LAST_BARS)
    else:
        opens = list(chain.from_iterable(bars.first_bars(sql, source, span, begin, end, asked.limit or MAX_BARS)))
    if not opens:
        return exchanges, []
    scope = {"pair": pair, "span": span, "from": opens[0][0], "to": opens[-1][0] + span}
    flawed: defaultdict[int, list[tuple[str, int, int]]] = defaultdict(list)
    for opened, exchange, healed, incomplete in sql.execute(queries.SEEN, scope):
        flawed[opened].append((exchange, healed, incomplete))
    complete: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for opened, exchange, minutes in sql.execute(queries.SEEN_OF_PARTIAL, scope):
        complete[opened][exchange] = minutes
    judged = []
    for opened, minutes, unknown, partial in sql.execute(queries.STORED, scope):
        missing = {exchange for exchange, _, incomplete in flawed[opened] if incomplete}
        if partial:
            missing |= {exchange for exchange in exchanges if complete[opened].get(exchange, 0) < partial}
        state = state_of(
            stored=minutes,
            expected=(min(opened + span, newest + MINUTE) - opened) // MINUTE,
            unknown=bool(unknown),
            lacking=bool(partial or missing),
            healed=any(healed for _, healed, _ in flawed[opened]),
        )
        judged.append((opened, state, sorted(missing)))
    return exchanges, judged

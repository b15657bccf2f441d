"""GET /api/report.pdf: what did an account do in a period, on paper?

It is read from one snapshot and made in a process of its own (webapp/report/made.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from webapp import limits
from webapp.files.download import as_attachment
from webapp.report.made import pressed, report_of
from webapp.request.accounts import OfAccount, read_record, traded_pair
from webapp.request.answers import unchanged
from webapp.serving.turns import turn

if TYPE_CHECKING:
    from webapp.database import Database

router = APIRouter()

PDF = "application/pdf"
FILE: dict[int | str, dict[str, Any]] = {200: {"content": {PDF: {}}, "description": "The report"}}


@router.get("/api/report.pdf", response_class=Response, responses=FILE)
async def report(request: Request, asked: Annotated[OfAccount, Query()]) -> Response:
    """One account over a period as PDF: price and trades, equity and drawdown, every figure, the trades one by one."""
    asked.refuse_backwards()
    database: Database = request.app.state.database
    async with turn(request.app.state.reports, "reports", limits.REPORTS), database.snapshot() as snapshot:
        pair = await traded_pair(snapshot, asked.pair)
        if (known := unchanged(request, snapshot)) is not None:
            return known
        bars = request.app.state.prices.of(snapshot)
        history = await request.app.state.histories.history(snapshot, pair)
        name, contents = await snapshot.run(
            lambda sql: report_of(sql, read_record(sql, pair, asked, bars), asked, snapshot, lambda: history)
        )
        headers = as_attachment(f"{name}.pdf", snapshot)
        return Response(await pressed(contents), media_type=PDF, headers=headers)

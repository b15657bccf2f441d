"""GET /api/report.pdf: what did an account do in a period, on paper?

What is in the report is read from one snapshot; it is drawn and set in a process of its own (webapp/report/press.py),
which ends when nobody waits for it any more.
"""

from __future__ import annotations

import asyncio
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from webapp import limits, queries
from webapp.errors import ServerBusy
from webapp.files.download import as_attachment
from webapp.files.table import SIMULATED, file_name, read_origin
from webapp.request.accounts import OfAccount, read_record, traded_pair
from webapp.request.answers import unchanged
from webapp.request.trades import told
from webapp.serving.turns import turn

if TYPE_CHECKING:
    import sqlite3

    from analysis.account.track_record import TrackRecord
    from webapp.database import Database, Snapshot
    from webapp.report.shapes import Contents

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
        name, contents = await snapshot.run(
            lambda sql: _contents(sql, read_record(sql, pair, asked, bars), asked, snapshot)
        )
        headers = as_attachment(f"{name}.pdf", snapshot)
        return Response(await _pressed(contents), media_type=PDF, headers=headers)


def _contents(
    sql: sqlite3.Connection, record: TrackRecord, asked: OfAccount, snapshot: Snapshot
) -> tuple[str, Contents]:
    """Return the name of the file, without its ending, and what is in it."""
    from analysis.account.statistics import statistics
    from webapp.report.contents import contents

    names = {"pair": record.pair, "mode": record.mode, "from": record.begin, "to": record.end}
    cursor = sql.execute(queries.TRADES, names)
    columns = [column[0] for column in cursor.description]
    trades = told(dict(zip(columns, row, strict=True)) for row in cursor)
    origin = read_origin(sql)
    made = contents(
        record,
        statistics(record),
        trades,
        asked=(asked.from_, asked.to),
        simulated=origin == SIMULATED,
        published=snapshot.published,
        version=version("cvdbot"),
    )
    span = (record.begin, record.end) if record.end > record.begin else (None, None)
    return file_name("report", record.pair, origin, *span, record.mode), made


async def _pressed(contents: Contents) -> bytes:
    """Have the report drawn and set.

    Raises:
        ServerBusy: It took too long.
    """
    import msgspec

    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "webapp.report.press",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(limits.REPORT_SECONDS):
            made, complaint = await process.communicate(msgspec.json.encode(contents))
    except TimeoutError:
        raise ServerBusy(
            "report_too_slow", f"the report was given up after {limits.REPORT_SECONDS:g} s: ask for a shorter period"
        ) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise RuntimeError(f"the report could not be set: {complaint.decode(errors='replace')}")
    return made

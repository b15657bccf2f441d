"""A report from a snapshot to its bytes: read here, drawn and set in a process of its own (press.py).

The process ends when nobody waits for it any more.
"""

from __future__ import annotations

import asyncio
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

from webapp import limits, queries
from webapp.errors import ServerBusy
from webapp.files.table import SIMULATED, file_name, read_origin
from webapp.request.trades import told

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from analysis.account.track_record import TrackRecord
    from analysis.batch.history import History
    from webapp.database import Snapshot
    from webapp.report.shapes import Contents
    from webapp.request.accounts import OfAccount


def report_of(
    sql: sqlite3.Connection,
    record: TrackRecord,
    asked: OfAccount,
    snapshot: Snapshot,
    history: Callable[[], History],
) -> tuple[str, Contents]:
    """Return the name of the file, without its ending, and what is in it.

    Args:
        sql: The snapshot's connection.
        record: What the account did.
        asked: Which account and period were asked for.
        snapshot: What is read.
        history: Gives all candles of the pair.
    """
    from analysis.account.statistics import statistics
    from webapp.report import background
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
        background.read(sql, record, history),
        asked=(asked.from_, asked.to),
        simulated=origin == SIMULATED,
        published=snapshot.published,
        version=version("cvdbot"),
    )
    span = (record.begin, record.end) if record.end > record.begin else (None, None)
    return file_name("report", record.pair, origin, *span, record.mode), made


async def pressed(contents: Contents) -> bytes:
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

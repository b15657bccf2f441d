"""The report without a server: what `cvdbot report` does."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from bot.core.times import from_iso
from webapp import queries
from webapp.database import Database
from webapp.errors import DatabaseUnavailable, RequestRefused, ServerBusy, WebError
from webapp.report.made import pressed, report_of
from webapp.request.accounts import Mode, OfAccount, read_record, traded_pair

if TYPE_CHECKING:
    import sqlite3

    from analysis.batch.history import History


def make(database: Path, begin: str | None, end: str | None, mode: Mode, pair: str | None, out: Path | None) -> Path:
    """Write a report and return where it is.

    Args:
        database: It is only read.
        begin: Trades closed from here on, ISO 8601, UTC without a zone; None: from the account's beginning.
        end: First instant no longer wanted; None: to its end.
        mode: Of which account.
        pair: Of which pair; None: the first followed one.
        out: The file; None: named after account and period, in the working folder. One that is there is replaced.

    Raises:
        WebError: An instant cannot be read, the database or the pair is not there, or the file cannot be written.
    """
    asked = OfAccount(**{"from": _instant("--from", begin), "to": _instant("--to", end)}, pair=pair, mode=mode)
    try:
        name, content = asyncio.run(_made(Database(database), asked))
    except (DatabaseUnavailable, ServerBusy, RequestRefused) as error:
        raise WebError(error.message) from error
    path = out or Path(f"{name}.pdf")
    try:
        path.write_bytes(content)
    except OSError as error:
        raise WebError(f"{path}: {error.strerror}") from error
    return path


async def _made(database: Database, asked: OfAccount) -> tuple[str, bytes]:
    asked.refuse_backwards()
    async with database.snapshot() as snapshot:
        pair = await traded_pair(snapshot, asked.pair)
        name, contents = await snapshot.run(
            lambda sql: report_of(sql, read_record(sql, pair, asked), asked, snapshot, lambda: _history(sql, pair))
        )
        return name, await pressed(contents)


def _instant(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return from_iso(text)
    except ValueError as error:
        raise WebError(f"{option}: {error}") from None


def _history(sql: sqlite3.Connection, pair: str) -> History:
    import numpy as np

    from analysis.batch.history import History
    from analysis.batch.market import COLUMNS, from_rows

    return History(from_rows(pair, np.fromiter(sql.execute(queries.MINUTES, {"pair": pair}), dtype=COLUMNS)))

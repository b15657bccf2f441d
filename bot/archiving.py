"""When old rows move to the archives, and what is said of it: `cvdbot archive`, and the bot once a month.

The bot moves what has grown older than it keeps by a month, so each run has a month's rows to move. Meanwhile nothing
is stored: what there is to store waits in memory, and trading goes on.
"""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from bot.core.times import DAY, SECOND, to_iso
from bot.errors import ConfigurationError, DatabaseError
from bot.store import archive
from bot.store.database import PATIENT, open_for_writing

if TYPE_CHECKING:
    from pathlib import Path

    from bot.config import ArchiveSettings
    from bot.store.archive import Moved
    from bot.store.database import Database

MONTH = 30 * DAY
_NEWEST = "SELECT timestamp FROM main.candles ORDER BY timestamp DESC LIMIT 1"
_NAMES = {"candles": "candles", "exchange_candles": "exchanges' candles", "candle_corrections": "corrections"}


def run(path: Path, day: str, *, as_json: bool) -> None:
    """Move the rows before a day (`YYYY-MM-DD`, UTC) while the bot is stopped, and say what went where.

    Raises:
        ConfigurationError: It is no such day, or later than a day before the newest candle.
        DatabaseError: There is no such database, another program writes it, or the disk is full.
    """
    before = _instant(day)
    if not path.exists():
        raise DatabaseError(f"there is no database at {path}: name one with --db")
    size = path.stat().st_size
    with closing(open_for_writing(path, attempts=PATIENT)) as database:
        with database.transaction() as sql:
            newest = sql.execute(_NEWEST).fetchone()
        if newest is not None and before > newest[0] - DAY:
            raise ConfigurationError(
                f"--before is {day}; allowed: a day up to {to_iso(newest[0] - DAY)[:10]}, one before the newest candle"
            )
        with Console(stderr=True).status("moving rows"):
            moved = archive.move(database, dict.fromkeys(archive.TABLES, before))
    if as_json:
        typer.echo(json.dumps([{"archive": str(each.archive), "rows": dict(each.rows)} for each in moved]))
        return
    for each in moved:
        typer.echo(told(each))
    if moved:
        typer.echo(f"{path}: {size / 1e6:.1f} MB -> {path.stat().st_size / 1e6:.1f} MB")
    else:
        typer.echo(f"{path} holds nothing from before {day}")


def due(database: Database, settings: ArchiveSettings, now: int) -> dict[str, int]:
    """Return table -> the instant (UTC ms) before which its rows move; none before the oldest is a month too old."""
    keep = {
        "exchange_candles": settings.retention_days,
        "candles": settings.candle_days,
        "candle_corrections": settings.candle_days,
    }
    before = {table: now // DAY * DAY - days * DAY for table, days in keep.items() if days}
    with database.transaction() as sql:
        oldest = archive.oldest(sql, [table for table in before if table != "candle_corrections"])
    late = [table for table, instant in oldest.items() if instant < before[table] - MONTH]
    return before if late else {}


def told(moved: Moved) -> str:
    """Say what went to the archive of a year."""
    rows = ", ".join(f"{count:,} {_NAMES[table]}" for table, count in moved.rows.items() if count)
    return f"{moved.archive}: {rows or 'nothing new'}"


def _instant(day: str) -> int:
    try:
        parsed = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise ConfigurationError(f"--before is {day!r}; allowed: a day, UTC, such as 2025-01-01") from None
    return int(parsed.timestamp()) * SECOND

"""Old rows move to `archive_YYYY.db` beside the database, so that what changes daily stays small.

Candles, exchanges' candles and corrections move, each to the archive of its year (UTC); accounts, events and
configurations stay. One year after the other:

1. the archive is made anew beside its place, of what it held and what moves: in rollback mode, checked from the first
   page to the last, row by row equal to what it is made of, and on the disk;
2. it gets its name while no pull of the PC is under way (`.lock`);
3. the rows leave the main file, in one transaction.

At last the main file gives the room back. A crash or a power cut leaves a row in one file or in both, never in none;
the reader (bot/core/archives.py) counts it once, and the next run goes on. A pull never sees the rows in neither: who
begins to copy after step 2 has the archive.

The newest correction always stays: its id is what the next one counts on from, so no id is ever given twice.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.core.archives import PREFIX, Connection
from bot.core.times import SECOND
from bot.errors import DatabaseError
from bot.store import whole
from bot.store.database import explained

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from bot.store.database import Database

TABLES = ("candles", "exchange_candles", "candle_corrections")
"""Whose rows move, by their `timestamp`."""

PULL_SECONDS = 60.0
"""So long a pull of the PC is waited for; one takes seconds."""

_MAKE = "SELECT sql FROM live.sqlite_schema WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type DESC"
_THERE = "SELECT 1 FROM main.sqlite_schema WHERE name = ?"
_OLDEST = "SELECT timestamp FROM main.{table} WHERE true{stays} ORDER BY timestamp LIMIT 1"
_MOVES = "timestamp >= :start AND timestamp < :end"
_STAYS = {"candle_corrections": " AND id < (SELECT max(id) FROM {schema}.candle_corrections)"}


@dataclass(frozen=True, slots=True)
class Moved:
    """What went to the archive of one year."""

    archive: Path
    rows: Mapping[str, int]
    """Table -> rows that left the main file."""


def move(database: Database, before: Mapping[str, int]) -> list[Moved]:
    """Move the rows before an instant of each table, UTC ms, to the archives of their years, the oldest first.

    Raises:
        DatabaseError: The disk is full, a pull never ended, an archive is damaged. What has moved has moved whole.
    """
    moved = [_move_year(database, each) for each in _years(database, before)]
    if moved:
        database.compact()
    return moved


def oldest(sql: sqlite3.Connection, tables: Iterable[str]) -> dict[str, int]:
    """Return table -> the oldest instant in the main file that may move, UTC ms, where there is one."""
    found = {}
    for table in tables:
        stays = _STAYS.get(table, "").format(schema="main")
        if row := sql.execute(_OLDEST.format(table=table, stays=stays)).fetchone():
            found[table] = row[0]
    return found


@dataclass(frozen=True, slots=True)
class _Year:
    """The stretch of a year that moves: table -> [start, end), UTC ms."""

    year: int
    spans: Mapping[str, tuple[int, int]]


def _years(database: Database, before: Mapping[str, int]) -> Iterator[_Year]:
    """Yield the years that have something to move, the oldest first."""
    with database.transaction() as sql:
        first_of = oldest(sql, before)
    due = {table: (first, before[table]) for table, first in first_of.items() if first < before[table]}
    if not due:
        return
    first = min(start for start, _ in due.values())
    last = max(end for _, end in due.values()) - 1
    for year in range(_year_of(first), _year_of(last) + 1):
        spans = {
            table: (max(start, _begin(year)), min(end, _begin(year + 1)))
            for table, (start, end) in due.items()
            if start < _begin(year + 1) and end > _begin(year)
        }
        if spans:
            yield _Year(year, spans)


def _move_year(database: Database, moving: _Year) -> Moved:
    archive = database.path.with_name(f"{PREFIX}{moving.year}.db")
    beside = archive.with_name(f".{archive.name}.part")
    with explained(archive):
        try:
            _make(beside, archive, database.path, moving.spans)
            with database.alone(PULL_SECONDS) as alone:
                if not alone:
                    raise DatabaseError(f"a pull of {database.path.parent} did not end: nothing was moved, try again")
                whole.name(beside, archive)
        except OSError as error:
            raise DatabaseError(f"{archive} can't be written: {error.strerror or error}; nothing was moved") from None
        finally:
            whole.remove(beside)
    with database.transaction() as sql:
        rows = {
            table: sql.execute(
                f"DELETE FROM main.{table} WHERE {_which(table, 'main')}",  # noqa: S608
                {"start": start, "end": end},
            ).rowcount
            for table, (start, end) in moving.spans.items()
        }
    return Moved(archive, rows)


def _make(beside: Path, archive: Path, database: Path, spans: Mapping[str, tuple[int, int]]) -> None:
    """Make an archive of the one that is there and the rows of the database that move, and check it."""
    whole.remove(beside)
    if archive.exists():
        shutil.copyfile(archive, beside)
    with closing(sqlite3.connect(beside.as_uri(), uri=True, isolation_level=None, factory=Connection)) as sql:
        whole.check(sql, archive)
        sql.execute("PRAGMA journal_mode = DELETE")
        sql.execute(f"ATTACH '{database.as_uri().replace(chr(39), '%27')}?mode=ro' AS live")
        sql.execute("BEGIN")
        for table in TABLES:
            if sql.execute(_THERE, (table,)).fetchone() is None:
                for (statement,) in sql.execute(_MAKE, (table,)).fetchall():
                    sql.execute(statement)
        for table, (start, end) in spans.items():
            columns = ", ".join(f'"{name}"' for name in _columns(sql, table))
            sql.execute(
                f"INSERT OR REPLACE INTO main.{table} ({columns}) "  # noqa: S608
                f"SELECT {columns} FROM live.{table} WHERE {_which(table, 'live')} ORDER BY timestamp",
                {"start": start, "end": end},
            )
        (version,) = sql.execute("PRAGMA live.user_version").fetchone()
        sql.execute(f"PRAGMA main.user_version = {version}")
        sql.execute("COMMIT")
        for table, (start, end) in spans.items():
            _compare(sql, table, start, end)
        sql.execute("DETACH live")
        whole.check(sql, archive)
    beside.chmod(0o640)  # the PC's user reads it as a member of the bot's group


def _compare(sql: sqlite3.Connection, table: str, start: int, end: int) -> None:
    """Refuse an archive that lacks a row that is going to leave the main file, or has it otherwise."""
    columns = ", ".join(f'"{name}"' for name in _columns(sql, table))
    (lacking,) = sql.execute(
        f"SELECT count(*) FROM (SELECT {columns} FROM live.{table} WHERE {_which(table, 'live')} "  # noqa: S608
        f"EXCEPT SELECT {columns} FROM main.{table} WHERE {_MOVES})",
        {"start": start, "end": end},
    ).fetchone()
    if lacking:
        raise DatabaseError(f"{lacking} rows of {table} did not reach the archive: nothing was moved")


def _columns(sql: sqlite3.Connection, table: str) -> Iterable[str]:
    """Return the columns of the main file's table; an archive of an older minor version gets those it lacks."""
    there = {row[1] for row in sql.execute(f"PRAGMA main.table_info({table})")}
    wanted = [(row[1], row[2]) for row in sql.execute(f"PRAGMA live.table_info({table})")]
    for name, kind in wanted:
        if name not in there:
            sql.execute(f'ALTER TABLE main.{table} ADD COLUMN "{name}" {kind}')
    return [name for name, _ in wanted]


def _which(table: str, schema: str) -> str:
    """Say which rows of a table move."""
    return _MOVES + _STAYS.get(table, "").format(schema=schema)


def _begin(year: int) -> int:
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * SECOND


def _year_of(instant: int) -> int:
    return datetime.fromtimestamp(instant // SECOND, UTC).year

"""Rows that moved to `archive_YYYY.db` beside the database, answered as if they had stayed: the one reader of both.

Old rows of candles and their corrections move (bot/store/archive.py): the new archive is put into the folder first and
the rows are deleted afterwards. So every row is in at least one of the files; after a crash in between it is in two.

**How.** Where archives lie beside the database, they are attached, and a temporary view hides each table that may have
rows in them: `candles` is then the archives' rows and the main file's. Statements need not know; those that write name
`main.candles`.

**Each row once.** Candles move by age, so time is divided: each archive answers up to where the next file begins, the
main file from its oldest row on. Where that is not so (somebody imported into the time of an archive), for who writes,
and for the small table always, a row of an archive counts unless the main file has the same.

**Speed.** SQLite searches the keys of both files for a plain range, but not where a view is joined. Bars are therefore
made of one file at a time (`joined`).

An archive that cannot be read is left out and told. The page then shows the rest: what is traded now is of more use
than nothing. Who computes from the whole history refuses (`refused`).
"""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal

from bot.core.schema import MAJOR, major

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

Row = tuple[Any, ...]

PREFIX = "archive_"
PATTERN = f"{PREFIX}[0-9][0-9][0-9][0-9].db"

MOST = 10
"""Databases that SQLite attaches at most; the newest are taken."""

BY_AGE = {"candles": ("timestamp", "pair"), "exchange_candles": ("timestamp", "pair", "exchange")}
"""Tables whose rows move by age -> their key."""

BY_ID = {"candle_corrections": "timestamp"}
"""The other table with rows in archives -> what tells, with the id, that two rows are the same."""

FOREVER = 2**63 - 1

STRETCH = 45 * 86_400_000
"""How much time a copy of rows holds at most, ms."""

_TABLES = """
SELECT count(*) FROM {name}.sqlite_schema
WHERE type = 'table' AND name IN ('candles', 'exchange_candles', 'candle_corrections')
"""
_OLDEST = "SELECT timestamp FROM {schema}.{table} ORDER BY timestamp LIMIT 1"
_NEWEST = "SELECT timestamp FROM {schema}.{table} ORDER BY timestamp DESC LIMIT 1"
_COUNT = "SELECT count(*) FROM {schema}.{table} WHERE timestamp >= ? AND timestamp < ?"

ArchiveState = Literal["ok", "newer", "corrupt", "foreign", "unreadable"]


@dataclass(frozen=True, slots=True)
class Archive:
    """A file beside the database, and what was found in it.

    schema: the name it is attached by; None: it is left out.
    message: why, and what to do.
    """

    name: str
    size: int
    state: ArchiveState
    message: str | None
    schema: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """The stretch of time [begin, end), UTC ms, that one file answers for."""

    schema: str
    begin: int
    end: int


class Connection(sqlite3.Connection):
    """A connection that knows which file answers for which time.

    schemas: the attached archives, the newest first.
    parts: table -> its parts in order of time, together all time; empty when time is not divided.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - as sqlite3.connect takes them
        super().__init__(*arguments, **options)
        self.schemas: list[str] = []
        self.parts: dict[str, list[Part]] = {}


def beside(database: Path) -> list[Path]:
    """List the archives in the folder of a database, the newest first."""
    names = os.listdir(database.parent)  # noqa: PTH208 - each request asks, and this is quick
    found = sorted((name for name in names if name.startswith(PREFIX) and fnmatchcase(name, PATTERN)), reverse=True)
    return [database.parent / name for name in found]


def signature(database: Path) -> list[tuple[str, int, int, int]]:
    """Tell which archives there are: name, inode, size and modification time (ns). They are replaced, never changed.

    Raises:
        FileNotFoundError: One was replaced just now: look again.
    """
    files = [(file.name, file.stat()) for file in beside(database)]
    return [(name, status.st_ino, status.st_size, status.st_mtime_ns) for name, status in files]


def attach(sql: Connection, database: Path, options: str, *, divided: bool = True) -> tuple[Archive, ...]:
    """Attach the archives beside a database, and put views over what is in several files.

    Args:
        sql: A connection inside a read transaction; outside of one when it is going to write.
        database: The main file.
        options: Of the address each is opened by, such as `mode=ro`.
        divided: Divide time among the files. Who writes into the time of an archive does not.
    """
    # What is read of the main file is of a moment before the look into the folder: rows that move then are in both.
    sql.execute("SELECT 1 FROM main.sqlite_schema").fetchone()
    found = tuple(_attached(sql, file, number, options) for number, file in enumerate(beside(database)))
    sql.schemas = [archive.schema for archive in found if archive.schema is not None]
    sql.parts = {}
    if sql.schemas:
        for table in BY_AGE if divided else ():
            sql.parts[table] = _divided(sql, table)
        for table in (*BY_AGE, *BY_ID):
            _show(sql, table, _all_of(sql, table))
    return found


def detach(sql: Connection) -> None:
    """Let the archives go, outside of a transaction."""
    if sql.schemas:
        for table in (*BY_AGE, *BY_ID):
            sql.execute(f"DROP VIEW IF EXISTS temp.{table}")
    for (name,) in sql.execute("SELECT name FROM pragma_database_list WHERE name GLOB 'archive_*'").fetchall():
        sql.execute(f"DETACH {name}")
    sql.schemas, sql.parts = [], {}


def refused(found: Sequence[Archive]) -> str | None:
    """Say which archive keeps the history from being whole; None where none does."""
    return next((each.message for each in found if each.state != "ok"), None)


def joined(
    sql: sqlite3.Connection,
    tables: Sequence[str],
    span: int,
    begin: int,
    end: int,
    read: Callable[[int, int], list[Row]],
) -> list[Row]:
    """Read a range piece by piece, so that tables can be joined there with the speed of one file.

    Args:
        sql: A connection inside a read transaction.
        tables: Those of BY_AGE that are joined.
        span: Length of a bar, ms; no bar is cut.
        begin: Open of a bar, UTC ms.
        end: Open of a bar, UTC ms.
        read: Reads the rows of [begin, end), in order of time.
    """
    if not isinstance(sql, Connection) or not sql.schemas:
        return read(begin, end)
    rows: list[Row] = []
    try:
        while begin < end:
            until = min(_reach(sql.parts[table], span, begin, end) for table in tables)
            for table in tables:
                _show(sql, table, _one_of(sql, table, begin, until))
            rows += read(begin, until)
            begin = until
    finally:
        for table in tables:
            _show(sql, table, _all_of(sql, table))
    return rows


def _attached(sql: Connection, file: Path, number: int, options: str) -> Archive:
    """Attach one archive."""

    def left_out(state: ArchiveState, message: str) -> Archive:
        return Archive(file.name, size, state, f"{file} is left out: {message}", None)

    name, size = file.stem, file.stat().st_size
    if number >= MOST:
        return left_out("unreadable", f"only the newest {MOST} archives can be read")
    try:
        sql.execute(f"ATTACH '{file.absolute().as_uri().replace(chr(39), '%27')}?{options}' AS {name}")
        (version,) = sql.execute(f"PRAGMA {name}.user_version").fetchone()
        (ours,) = sql.execute(_TABLES.format(name=name)).fetchone()
        if ours:
            for table in BY_AGE:  # as far as time is divided by it, it must be readable
                _edges(sql, name, table)
    except sqlite3.Error as error:
        damaged = error.sqlite_errorname.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))
        if damaged:
            return left_out(
                "corrupt", f"it is damaged ({error}); copy it again with `cvdbot sync`, or restore a backup"
            )
        return left_out("unreadable", f"it cannot be read ({error}); check its permissions")
    if major(version) > MAJOR:
        return left_out("newer", f"it has schema {major(version)}, this app knows up to {MAJOR}; update cvdbot here")
    if version == 0 or ours < len(BY_AGE) + len(BY_ID):
        return left_out("foreign", "it is not an archive of cvdbot; move it away, or copy it again")
    return Archive(file.name, size, "ok", None, name)


def _divided(sql: Connection, table: str) -> list[Part]:
    """Divide time among the files; empty when the rows of one lie among those of another."""
    oldest = sql.execute(_OLDEST.format(schema="main", table=table)).fetchone()
    parts = [Part("main", oldest[0] if oldest else FOREVER, FOREVER)]
    for schema in sql.schemas:
        edges = _edges(sql, schema, table)
        if edges is None:
            continue
        (begin, end), later = edges, parts[0].begin
        if end >= later:
            here = _count(sql, table, schema, later, end + 1)
            there = sum(
                _count(sql, table, part.schema, max(part.begin, later), min(part.end, end + 1)) for part in parts
            )
            if here != there:
                return []
        if begin < later:
            parts.insert(0, Part(schema, begin, later))
    first = parts[0]
    return [Part(first.schema, 0, first.end), *parts[1:]]


def _edges(sql: Connection, schema: str, table: str) -> tuple[int, int] | None:
    """Return the oldest and the newest instant of a table in one file, UTC ms."""
    oldest, newest = (sql.execute(text.format(schema=schema, table=table)).fetchone() for text in (_OLDEST, _NEWEST))
    return None if oldest is None else (oldest[0], newest[0])


def _count(sql: Connection, table: str, schema: str, begin: int, end: int) -> int:
    count: int = sql.execute(_COUNT.format(schema=schema, table=table), (begin, end)).fetchone()[0]
    return count


def _all_of(sql: Connection, table: str) -> str:
    """Say how all rows of a table are read."""
    if parts := sql.parts.get(table):
        return " UNION ALL ".join(
            f"SELECT {_columns(sql, part.schema, table)} FROM {part.schema}.{table} "  # noqa: S608
            f"WHERE timestamp >= {part.begin} AND timestamp < {part.end}"
            for part in parts
        )
    key = BY_AGE.get(table) or ("id", BY_ID[table])
    selects = []
    for number, schema in enumerate(["main", *sql.schemas]):
        others = [
            f"NOT EXISTS (SELECT 1 FROM {other}.{table} AS other WHERE "  # noqa: S608
            + " AND ".join(f"other.{column} = this.{column}" for column in key)
            + ")"
            for other in ["main", *sql.schemas][:number]
        ]
        select = f"SELECT {_columns(sql, schema, table)} FROM {schema}.{table} AS this"  # noqa: S608
        selects.append(select + (f" WHERE {' AND '.join(others)}" if others else ""))
    return " UNION ALL ".join(selects)


def _columns(sql: Connection, schema: str, table: str) -> str:
    """Name the columns of the main file's table, null where a file of an older minor version lacks one."""
    wanted, there = ([row[1] for row in sql.execute(f"PRAGMA {name}.table_info({table})")] for name in ("main", schema))
    return ", ".join(f'"{column}"' if column in there else f'NULL AS "{column}"' for column in wanted)


def _one_of(sql: Connection, table: str, begin: int, end: int) -> str:
    """Say how the rows of a piece are read: from the file that has them, else from a copy of them."""
    for part in sql.parts[table]:
        if part.begin <= begin and end <= part.end:
            return f"SELECT {_columns(sql, part.schema, table)} FROM {part.schema}.{table}"  # noqa: S608
    piece = f"{table}_piece"
    columns = ", ".join(f"{row[1]} {row[2]}" for row in sql.execute(f"PRAGMA main.table_info({table})"))
    key = ", ".join(BY_AGE[table])
    sql.execute(f"CREATE TEMP TABLE IF NOT EXISTS {piece} ({columns}, PRIMARY KEY ({key})) WITHOUT ROWID")
    sql.execute(f"DELETE FROM temp.{piece}")  # noqa: S608
    sql.execute(
        f"INSERT INTO temp.{piece} SELECT * FROM ({_all_of(sql, table)}) WHERE timestamp >= ? AND timestamp < ?",  # noqa: S608
        (begin, end),
    )
    return f"SELECT * FROM temp.{piece}"  # noqa: S608


def _reach(parts: Sequence[Part], span: int, begin: int, end: int) -> int:
    """Return where a piece that starts at `begin` ends."""
    for part in parts:
        until = min(part.end - part.end % span, end)
        if part.begin <= begin < until:
            return until
    return min(end, begin + (span if parts else max(STRETCH - STRETCH % span, span)))


def _show(sql: sqlite3.Connection, table: str, select: str) -> None:
    """Have a table's name mean a query."""
    sql.execute(f"DROP VIEW IF EXISTS temp.{table}")
    sql.execute(f"CREATE TEMP VIEW {table} AS {select}")

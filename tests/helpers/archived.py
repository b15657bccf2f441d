"""Archives beside a database as they may be found, also after a crash: `cvdbot archive` makes whole ones."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from example_database import SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

TIMES = {
    "candles": "timestamp",
    "exchange_candles": "timestamp",
    "candle_corrections": "timestamp",
}
"""Tables whose rows move -> by which of their instants."""


def archive_beside(database: Path, year: int) -> Path:
    """Name the archive of a year."""
    return database.with_name(f"archive_{year}.db")


def make_archive(database: Path, year: int, before: int, since: int = 0) -> Path:
    """Copy the rows of [since, before), UTC ms, to a new archive; they stay in the main file as after a crash."""
    made = database.with_name(f"{year}.new")
    with closing(sqlite3.connect(made, isolation_level=None)) as sql:
        sql.executescript(SCHEMA.read_text())
        sql.execute("PRAGMA user_version = 1")
        sql.execute("ATTACH ? AS live", (str(database),))
        for table, time in TIMES.items():
            sql.execute(
                f"INSERT INTO {table} SELECT * FROM live.{table} WHERE {time} >= ? AND {time} < ?", (since, before)
            )
    return made.replace(archive_beside(database, year))


def delete_archived(database: Path, before: int) -> None:
    """Take away what was archived."""
    with closing(sqlite3.connect(database, isolation_level=None)) as sql:
        sql.execute("BEGIN")
        for table, time in TIMES.items():
            sql.execute(f"DELETE FROM {table} WHERE {time} < ?", (before,))
        sql.execute("COMMIT")

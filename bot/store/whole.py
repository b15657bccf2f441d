"""A file that has its name is whole: it is made beside its place, checked, put on the disk and only then named."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bot.errors import DatabaseError

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path


def check(sql: sqlite3.Connection, named: Path) -> None:
    """Read every page of the database that `sql` has opened.

    Raises:
        DatabaseError: It is damaged; the sentence names `named`.
    """
    found = [line for (line,) in sql.execute("PRAGMA integrity_check")]
    if found != ["ok"]:
        raise DatabaseError(f"{named} is damaged ({found[0]}): nothing was made of it")


def name(beside: Path, path: Path) -> None:
    """Give a whole file its name, so that it is there after a power cut."""
    for each in (beside, path.parent):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if each is beside:
            beside.replace(path)


def remove(beside: Path) -> None:
    """Take away what was not named, and what SQLite keeps beside it."""
    for side in ("", "-wal", "-shm", "-journal"):
        beside.with_name(beside.name + side).unlink(missing_ok=True)

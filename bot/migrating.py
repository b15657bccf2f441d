"""`cvdbot migrate`: would this version take the database, and what does it make of it?"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import typer

from bot.errors import DatabaseError
from bot.store.database import explained, open_for_writing

if TYPE_CHECKING:
    from pathlib import Path


def run(path: Path) -> None:
    """Bring a database up to date and say from which version to which.

    Raises:
        DatabaseError: There is none, or it can't be used.
    """
    if not path.is_file():
        raise DatabaseError(f"there is no database at {path}: `cvdbot run` makes it")
    before = _version(path)
    open_for_writing(path).close()
    after = _version(path)
    typer.echo(f"database version {after}" + ("" if after == before else f", brought up from {before}"))


def _version(path: Path) -> int:
    with explained(path), closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as sql:
        version: int = sql.execute("PRAGMA user_version").fetchone()[0]
        return version

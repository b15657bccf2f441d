"""Damage that a failing card does to a database, and a disk that is full."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing

from botprocess import CVDBOT


def damage(path, table):
    """Overwrite the first page of a table, the WAL folded in before: the file opens, the table can't be read."""
    with closing(sqlite3.connect(path)) as sql:
        assert sql.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        (size,) = sql.execute("PRAGMA page_size").fetchone()
        (page,) = sql.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


def says_on_a_full_disk(blocks, *arguments, cwd):
    """Run `cvdbot ARGUMENTS` where no file can grow beyond so many blocks of 512 bytes; return what it complains of."""
    command = ["sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh", *CVDBOT, *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2, done.stderr
    return done.stderr

"""Why does every generation carry a -shm file that nobody may write?

Generations share the inode of an unchanged main file, and inside one process SQLite goes by that inode: two connections
to two generations would share one index of the WAL (the -shm file of whichever was opened first), and the second would
see the first one's moment, or end in an I/O error (sqlite.org/howtocorrupt.html warns of files with several links).
When SQLite may not write the -shm file, each connection builds an index of its own from the WAL beside it. So the file
is made before a generation is published, at the main file's mode, 0444. That holds for every user but root, whom no
mode stops.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def leave_index(database: Path) -> None:
    """Let SQLite make the -shm file of a copy; what it can't read is left for the checks to name."""
    uri = f"{database.absolute().as_uri()}?mode=ro"
    with suppress(sqlite3.Error), closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as sql:
        sql.execute("SELECT 1 FROM sqlite_schema").fetchone()

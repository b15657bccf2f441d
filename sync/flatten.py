"""One plain file of the published copy, without WAL: for mail, an archive or a drive without links."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from sync import verify
from sync.errors import SyncError

if TYPE_CHECKING:
    from pathlib import Path

    from sync.layout import Layout


def flatten(layout: Layout, file: Path) -> int:
    """Write the published copy to `file`, which must not exist; returns its size in bytes.

    The file appears when it is whole and checked, never half. Raises `SyncError`.
    """
    if not layout.database.exists():
        raise SyncError(f"nothing is published in {layout.data} yet: run `cvdbot sync --once` first")
    if file.exists():
        raise SyncError(f"{file} is there already: name a new file")
    half = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with closing(sqlite3.connect(f"{layout.database.absolute().as_uri()}?mode=ro", uri=True)) as sql:
            sql.execute("VACUUM INTO ?", (str(half),))
        verify.check_whole(half)
        with half.open("rb") as written:
            os.fsync(written.fileno())
        half.rename(file)
    except sqlite3.Error as error:
        raise SyncError(f"{file} can't be written: {error}") from error
    except OSError as error:
        raise SyncError(f"{file} can't be written: {error.strerror}") from error
    finally:
        half.unlink(missing_ok=True)
    return file.stat().st_size

"""One verified file that holds everything, and a database that goes on from one.

A backup is made through SQLite's own interface, in one look at the database, while the bot writes on. It is written
beside its place, checked from the first page to the last, and only then gets its name, `trading-<UTC time>.db`; so what
has a name is whole. Archives are replaced, never changed: those that the folder lacks, or has of an earlier month, are
copied as they are and checked.

A restore takes a backup, or the copy that `cvdbot sync` published on the PC (with its WAL, where it has one), and makes
the database of it, where none is. The bot then goes on with its account and its open position.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.core.times import DAY, SECOND, to_iso
from bot.errors import DatabaseError
from bot.store import whole
from bot.store.database import explained, open_for_reading
from bot.store.lock import WriterLock

if TYPE_CHECKING:
    from pathlib import Path

KEEP = 14
"""So many backups are kept by default."""
OLD = 2 * DAY
"""A newest backup so old is none: one is made a day."""
MARKER = ".backup"
"""Beside the database: when the newest backup was made, and where it lies."""
_NAME = re.compile(r"trading-\d{8}T\d{6}Z\.db")
_ARCHIVES = "archive_*.db"
FAT_SECONDS = 2
"""A USB stick keeps the time of a file to so many seconds."""
_NEWEST = "SELECT max(timestamp) FROM candles"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made."""

    path: Path
    made: int
    """UTC ms."""
    newest: int | None
    """Open of its newest candle, UTC ms."""
    removed: int
    """Older backups that went to make room."""


def make(database: Path, folder: Path, now: int, keep: int = KEEP) -> Backup:
    """Back a database up into a folder at an instant, UTC ms, and keep so many.

    Raises:
        DatabaseError: There is no such database or folder, it is damaged, or it can't be written. No backup that was
            there is touched then. Or an archive beside it can't be copied: all else is in the backup.
    """
    database = database.absolute()
    name = f"trading-{to_iso(now).replace('-', '').replace(':', '')}.db"
    beside = folder / f".{name}.part"
    try:
        if not folder.is_dir():
            raise DatabaseError(f"the backup folder {folder} is not there: make it, or mount the disk that it is on")
        try:
            _sweep(folder)
            with closing(open_for_reading(database)) as source, explained(database):
                newest = _copied(source, beside)
            whole.name(beside, folder / name)
        finally:
            whole.remove(beside)
        removed = _thin(folder, name, keep)
    except OSError as error:
        raise DatabaseError(f"no backup could be written to {folder}: {error.strerror or error}") from None
    with suppress(OSError):  # a full disk: the backup is made all the same
        marker = {"made": now, "path": str(folder / name)}
        (database.parent / MARKER).write_text(json.dumps(marker), encoding="utf-8")
    # After the database: what moves to an archive in between is in both, never in neither.
    _copy_archives(database.resolve().parent, folder)
    return Backup(folder / name, now, newest, removed)


def last(database: Path) -> tuple[int, str] | None:
    """Return when the newest backup of a database was made, UTC ms, and its path; None where nobody knows of one."""
    try:
        marker = json.loads((database.absolute().parent / MARKER).read_text(encoding="utf-8"))
        return int(marker["made"]), str(marker["path"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def restore(file: Path, database: Path) -> int | None:
    """Make a database of a backup or of the PC's copy; return the open of its newest candle, UTC ms.

    Raises:
        DatabaseError: There is no such file, it is damaged, foreign or newer than this program, or there is a database
            already, or another archive of a year. Nothing that is there is changed then.
    """
    if not file.is_file():
        raise DatabaseError(f"there is no file {file} to restore from")
    database = database.absolute()
    for there in (database, database.with_name(database.name + "-wal")):
        if there.exists():
            raise DatabaseError(f"{there} is there already: move it away first, a restore replaces nothing")
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseError(f"the folder {database.parent} can't be made: {error.strerror}") from None
    with closing(WriterLock(database.parent)):
        beside = database.with_name(f".{database.name}.part")
        try:
            _refuse_other_archives(file.resolve().parent, database.parent)
            newest = _restored(file, beside)
            _copy_archives(file.resolve().parent, database.parent)
            whole.name(beside, database)
        except OSError as error:
            raise DatabaseError(f"{database} can't be written: {error.strerror or error}") from None
        finally:
            whole.remove(beside)
        return newest


def _sweep(folder: Path) -> None:
    """Take away what a backup that was killed, or lost its power, left half made."""
    for part in folder.glob(".trading-*.part"):
        with suppress(OSError):  # its maker may be at its end just now
            if time.time() - part.stat().st_mtime > DAY / SECOND:
                whole.remove(part)


def _thin(folder: Path, made: str, keep: int) -> int:
    """Remove the oldest backups, never the one just made, so that so many stay; return how many went.

    One that can't be removed is tried again the next day.
    """
    others = sorted(each for each in folder.iterdir() if _NAME.fullmatch(each.name) and each.name != made)
    removed = 0
    for each in others[: max(0, len(others) + 1 - keep)]:
        with suppress(OSError):
            each.unlink()
            removed += 1
    return removed


def _same(archive: Path, copy: Path) -> bool:
    """Say whether an archive was copied since it was made."""
    if not copy.exists():
        return False
    one, other = archive.stat(), copy.stat()
    return one.st_size == other.st_size and abs(one.st_mtime - other.st_mtime) < FAT_SECONDS


def _copy_archives(source: Path, folder: Path) -> None:
    """Copy the archives that a folder lacks or has of an earlier month.

    Raises:
        DatabaseError: One could not be copied; the others are.
    """
    troubles = []
    for archive in sorted(source.glob(_ARCHIVES)):
        try:
            if not _same(archive, folder / archive.name):
                _copy_archive(archive, folder)
        except DatabaseError as error:
            troubles.append(error)
        except OSError as error:
            troubles.append(DatabaseError(f"{archive} can't be copied to {folder}: {error.strerror or error}"))
    if troubles:
        raise troubles[0]


def _copy_archive(archive: Path, folder: Path) -> None:
    """Copy an archive with its times, and check it."""
    beside = folder / f".{archive.name}.part"
    try:
        shutil.copyfile(archive, beside)
        with explained(archive), closing(sqlite3.connect(f"{beside.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            whole.check(copy, archive)
        shutil.copystat(archive, beside)
        beside.chmod(0o640)  # one that sync publishes is read-only
        whole.name(beside, folder / archive.name)
    finally:
        whole.remove(beside)


def _refuse_other_archives(source: Path, folder: Path) -> None:
    """Refuse to put an archive in the place of another one, which may hold more."""
    for archive in sorted(source.glob(_ARCHIVES)):
        there = folder / archive.name
        if there.exists() and not _same(archive, there):
            raise DatabaseError(
                f"{there} is there already, and {archive} is another: move one of them away (what grew longer is the"
                " larger), a restore replaces nothing"
            )


def _copied(source: sqlite3.Connection, beside: Path) -> int | None:
    """Copy what `source` sees into one file and check it; return the open of its newest candle."""
    beside.unlink(missing_ok=True)
    with closing(sqlite3.connect(beside, isolation_level=None)) as copy:
        source.backup(copy)  # all pages in one step: one look, whoever writes meanwhile
        copy.execute("PRAGMA journal_mode = DELETE")
        whole.check(copy, beside)
        newest: int | None = copy.execute(_NEWEST).fetchone()[0]
        return newest


def _restored(file: Path, beside: Path) -> int | None:
    """Copy a database with its WAL into one file and check it; return the open of its newest candle."""
    source = file.resolve()  # a published copy is a link, and its WAL lies beside what it points to
    shutil.copyfile(source, beside)
    wal = source.with_name(source.name + "-wal")
    if wal.exists():
        shutil.copyfile(wal, beside.with_name(beside.name + "-wal"))
    beside.chmod(0o640)  # what sync publishes is read-only
    with explained(file):
        with closing(sqlite3.connect(beside, isolation_level=None)) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")  # the WAL becomes part of the file
            whole.check(copy, file)
        with closing(open_for_reading(beside)) as copy:  # ours, and of a version we know
            newest: int | None = copy.execute(_NEWEST).fetchone()[0]
            return newest

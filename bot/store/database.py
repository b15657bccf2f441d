"""Opening the database: is it ours, of which version, may we write it, and what is one transaction?

`open_for_writing` is for the one writer (the bot; an import, archive or restore while the bot is stopped),
`open_for_reading` for anyone who looks. What is refused is refused before a byte of the file changes, in a sentence;
`explained` makes one of what SQLite says later on of the file and the disk.
"""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from bot.core import archives
from bot.core.schema import MAJOR, major
from bot.errors import DatabaseError, DatabaseInUseError
from bot.store.freeze import FrozenFile
from bot.store.lock import WriterLock
from bot.store.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OUR_TABLES = frozenset({"candles", "exchange_candles", "trades", "state"})
"""Tables that every version of the database has."""

PATIENT = 60
"""Attempts to begin a transaction, of `BUSY_SECONDS` each, for a program that has nothing else to do."""

_OF_THE_FILE = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)
"""What SQLite says of the file, the disk and other programs; anything else is a wrong statement, a defect of ours."""

log = logging.getLogger(__name__)


class Database:
    """The database while this program is its one writer; made by `open_for_writing`."""

    def __init__(self, path: Path, file: FrozenFile, writer: WriterLock, attempts: int) -> None:
        self.path = path
        self._attempts = attempts
        self._file = file
        self._writer = writer

    @property
    def frozen(self) -> bool:
        """Whether the main file is held still between pulls (see freeze.py)."""
        return self._file.frozen

    @contextmanager
    def transaction(self, *, history: bool = False) -> Iterator[sqlite3.Connection]:
        """Write everything the block does, or nothing.

        `history`: what is read includes the archives beside the database; one that can't be read is refused.

        On return the rows are on the disk (fsync) and will survive a power cut. An exception inside rolls back and goes
        on to the caller. Raises `DatabaseInUseError` when another program keeps the write lock: nothing of the block
        has run. Raises `DatabaseError` for a full disk, a damaged page and the like. After either the caller may try
        again.
        """
        sql = self._file.sql
        with explained(self.path), _attached(sql, self.path, history=history):
            self._begin(sql)
            try:
                yield sql
                sql.execute("COMMIT")
            except BaseException:
                if sql.in_transaction:
                    sql.execute("ROLLBACK")
                raise
        self._file.committed()

    @contextmanager
    def alone(self, wait_seconds: float) -> Iterator[bool]:
        """Hold off pulls of the PC inside the block; False when one went on for so many seconds."""
        with self._file.alone(wait_seconds) as alone:
            yield alone

    def compact(self) -> None:
        """Give the room of deleted rows back to the disk; it needs as much again meanwhile.

        Raises:
            DatabaseError: The disk is full. Nothing is lost.
        """
        with explained(self.path):
            self._file.sql.execute("VACUUM")
        self._file.committed()

    def close(self) -> None:
        """Close the file, leaving main file and WAL as they are, and let the next program write."""
        self._file.close()
        self._writer.close()

    def _begin(self, sql: sqlite3.Connection) -> None:
        for attempt in range(self._attempts):
            try:
                sql.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                if attempt == 0 and self._attempts > 1:
                    log.warning("another program holds the write lock of %s: waiting for it", self.path)
            else:
                return
        raise DatabaseInUseError(
            f"another program holds the write lock of {self.path} (a transaction or a checkpoint by hand, in a sqlite3"
            " shell?): end it; nothing was written"
        )


def open_for_writing(path: Path, *, fold_at_bytes: int | None = None, attempts: int = 1) -> Database:
    """Open the database as its one writer; folder, file and tables are made or brought up to date.

    A transaction is attempted so many times, each of `BUSY_SECONDS`, while another program holds the write lock: once
    for the bot, which must go on listening and tries again by itself, `PATIENT` for a command that can wait.

    Raises `DatabaseInUseError` when another program is the writer, `DatabaseError` for a file that is not ours, newer
    than this program, damaged or read-only.
    """
    path = path.absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseError(f"the folder {path.parent} can't be made: {error.strerror}") from None
    path = path.resolve()
    writer = WriterLock(path.parent)
    try:
        if path.exists() and path.stat().st_size > 0:
            _refuse_a_published_copy(path)
            _connect_to_read(path, oldest=0).close()
        file = FrozenFile(path, migrate, fold_at_bytes=fold_at_bytes)
    except sqlite3.Error as error:
        writer.close()
        raise DatabaseError(_trouble(path, error)) from error
    except BaseException:
        writer.close()
        raise
    return Database(path, file, writer, attempts)


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Read one moment of a database and the archives beside it.

    Raises:
        DatabaseError: As `open_for_reading`; or an archive can't be read, so that the history is not whole.
    """
    with closing(open_for_reading(path)) as sql, explained(path):
        sql.execute("BEGIN")
        _attach(sql, path)
        yield sql


def open_for_reading(path: Path) -> archives.Connection:
    """Open the database read-only, in autocommit mode and without archives, whoever writes it meanwhile.

    Raises `DatabaseError` when there is none, or it is not ours, of another version, or damaged.
    """
    path = path.absolute()
    if not path.exists():
        raise DatabaseError(f"there is no database at {path}: `cvdbot run` makes it on the Pi, `cvdbot sync` on the PC")
    return _connect_to_read(path, oldest=MAJOR)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise what SQLite says of the file at `path` or its disk inside the block as a `DatabaseError` in a sentence."""
    try:
        yield
    except sqlite3.Error as error:
        if _code(error) not in _OF_THE_FILE:
            raise
        raise DatabaseError(_trouble(path.absolute(), error)) from error


def _connect_to_read(path: Path, *, oldest: int) -> archives.Connection:
    """Connect without changing the file, and make sure that it is ours and of a major version from `oldest` to today's.

    The file is looked at through SQLite alone. To open and close it by other means would end the POSIX locks of a
    connection that this process may have, and with them all safety from other processes.
    """
    try:
        sql = sqlite3.connect(
            f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=10, factory=archives.Connection
        )
        try:
            _refuse_strangers(path, sql, oldest)
        except BaseException:
            sql.close()
            raise
    except sqlite3.Error as error:
        raise DatabaseError(_trouble(path, error)) from error
    return sql


@contextmanager
def _attached(sql: archives.Connection, path: Path, *, history: bool) -> Iterator[None]:
    """Have the archives at hand inside the block, if they are asked for, for who is going to write."""
    try:
        if history:
            _attach(sql, path, divided=False)
        yield
    finally:
        if history:
            archives.detach(sql)


def _attach(sql: archives.Connection, path: Path, *, divided: bool = True) -> None:
    if why := archives.refused(archives.attach(sql, path.resolve(), "mode=ro", divided=divided)):
        raise DatabaseError(why)


def _refuse_a_published_copy(path: Path) -> None:
    if path.stat().st_mode & 0o222 == 0:  # by its mode: nothing else would stop root
        raise DatabaseError(f"{path} is read-only, a copy that `cvdbot sync` publishes: write where the bot runs")


def _refuse_strangers(path: Path, sql: sqlite3.Connection, oldest: int) -> None:
    tables = {name for (name,) in sql.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    (version,) = sql.execute("PRAGMA user_version").fetchone()
    if version == 0 and not tables:
        if oldest > 0:
            raise DatabaseError(f"{path} has no tables yet: `cvdbot run` makes them")
        return
    if version < 1 or not tables >= OUR_TABLES:
        raise DatabaseError(f"{path} is the database of another program: name another file")
    if major(version) > MAJOR:
        raise DatabaseError(
            f"{path} was written by a newer cvdbot (database version {major(version)}, this one knows {MAJOR}):"
            " update cvdbot here"
        )
    if major(version) < oldest:
        raise DatabaseError(
            f"{path} was written by an older cvdbot (database version {major(version)}, this one reads {oldest}):"
            " start `cvdbot run` once, it brings the file up to date"
        )


def _trouble(path: Path, error: sqlite3.Error) -> str:
    code = _code(error)
    if code == sqlite3.SQLITE_NOTADB:
        return f"{path} is not a SQLite database: name another file"
    if code == sqlite3.SQLITE_CORRUPT:
        return f"{path} is damaged ({error}): put the PC's copy in its place (docs/sync.md)"
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return f"{path} is locked by another program ({error}): close it and try again"
    return f"{path} can't be used ({error}): look at the permissions of the file and its folder, and the free space"


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code; 0 where the error is not of SQLite itself."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # a text that is not UTF-8 is found by Python's module, in a page that is damaged
        return sqlite3.SQLITE_CORRUPT if isinstance(error, sqlite3.OperationalError) else 0
    return int(code) & 0xFF

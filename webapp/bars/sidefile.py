"""What does the app remember of candles between two copies of the database? Bars of whole days, packed, in a file.

trading.db is never written. The side file can be deleted at any time: it holds nothing that the minutes do not say.
Several processes may use one; each write is one transaction. `past` says of which stored minutes the bars were made,
and its `generation` changes whenever some of them were thrown away.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from webapp.bars import chunks
from webapp.reading.changes import Past
from webapp.request.timeframes import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from webapp.bars.bars import Asked
    from webapp.bars.chunks import Columns

SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS past (
    one INTEGER PRIMARY KEY CHECK (one = 1), generation INTEGER NOT NULL, past TEXT
) STRICT;
INSERT OR IGNORE INTO past VALUES (1, 0, NULL);
CREATE TABLE IF NOT EXISTS progress (
    pair TEXT NOT NULL, span INTEGER NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (pair, span)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS chunks (
    id INTEGER PRIMARY KEY,
    pair TEXT NOT NULL,
    span INTEGER NOT NULL,
    start INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS chunks_by_start ON chunks (pair, span, start);
COMMIT;
"""
GENERATION = "SELECT generation FROM past"
PAST = "SELECT past FROM past"
REMEMBER = "UPDATE past SET past = ?"
NEW_GENERATION = "UPDATE past SET generation = generation + 1"
PROGRESS = "SELECT until FROM progress WHERE pair = ? AND span = ?"
ALL_PROGRESS = "SELECT pair, span, until FROM progress"
PUT_PROGRESS = "INSERT OR REPLACE INTO progress VALUES (?, ?, ?)"
ONE = "SELECT data, checksum FROM chunks WHERE pair = ? AND span = ? AND start = ?"
ASCENDING = "SELECT data, checksum FROM chunks WHERE pair = ? AND span = ? AND start >= ? AND start < ? ORDER BY start"
DESCENDING = f"{ASCENDING} DESC"
PUT = """
INSERT INTO chunks (pair, span, start, checksum, data) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (pair, span, start) DO UPDATE SET checksum = excluded.checksum, data = excluded.data
"""
REMOVE = "DELETE FROM chunks WHERE pair = ? AND span = ? AND start >= ?"

WAIT_SECONDS = 1.0
"""How long to wait for another process that writes."""

PAGE = 16_384
"""Bytes of a page: a chunk fills about two."""

BATCH = 32
"""Chunks that are read at a time, a megabyte."""


class SideFileError(Exception):
    """The side file cannot be used.

    busy: another process holds it; the next time may be better.
    damaged: it is not what was written; it has to be made anew.
    """

    def __init__(self, message: str, *, busy: bool = False, damaged: bool = False) -> None:
        super().__init__(message)
        self.busy = busy
        self.damaged = damaged


class SideFile:
    """An open side file; what is asked of it is asked inside `reading` or `writing`, one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open or make it.

        Raises:
            SideFileError: It cannot be made here, or is damaged.
        """
        self._lock = threading.Lock()
        with _told():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._sql = sqlite3.connect(path, isolation_level=None, timeout=WAIT_SECONDS, check_same_thread=False)
            try:
                self._sql.execute(f"PRAGMA page_size = {PAGE}")
                self._sql.execute("PRAGMA journal_mode = WAL")
                self._sql.execute("PRAGMA synchronous = NORMAL")
                self._sql.executescript(SCHEMA)
            except BaseException:
                self._sql.close()
                raise

    def close(self) -> None:
        """Close it."""
        with self._lock:
            self._sql.close()

    @contextmanager
    def reading(self, *, wait: bool = True) -> Iterator[int]:
        """Hold one moment of the file; give its generation.

        Raises:
            SideFileError: Another thread uses it, and that should not be waited for.
        """
        with self._transaction("BEGIN", wait=wait):
            yield self._sql.execute(GENERATION).fetchone()[0]

    @contextmanager
    def writing(self) -> Iterator[int]:
        """Change it, all or nothing; give its generation as it was."""
        with self._transaction("BEGIN IMMEDIATE"):
            yield self._sql.execute(GENERATION).fetchone()[0]

    def past(self) -> Past | None:
        """Return what the bars were made of; None before the first."""
        (text,) = self._sql.execute(PAST).fetchone()
        return None if text is None else msgspec.json.decode(text, type=Past)

    def remember(self, past: Past) -> None:
        """Note what the bars are made of from now on."""
        self._sql.execute(REMEMBER, (msgspec.json.encode(past).decode(),))

    def until(self, pair: str, span: int) -> int:
        """Return the open up to which the bars of a span are here, UTC ms; 0 without any."""
        row = self._sql.execute(PROGRESS, (pair, span)).fetchone()
        return row[0] if row else 0

    def reached(self) -> int:
        """Return the open up to which there may be bars of some pair and span, UTC ms."""
        return max((until for _, _, until in self._sql.execute(ALL_PROGRESS)), default=0)

    def append(self, pair: str, span: int, columns: Columns, until: int) -> None:
        """Add bars that follow those here; up to `until` all are here now."""
        stretch, opens = span * chunks.CHUNK, columns[0]
        while len(opens):
            start = opens[0] - opens[0] % stretch
            part = chunks.between(columns, start, start + stretch)
            columns = chunks.cut(columns, len(part[0]), None)
            opens = columns[0]
            known = self._sql.execute(ONE, (pair, span, start)).fetchone()
            if known is not None:
                part = chunks.joined([_checked(*known), part])
            data, checksum = chunks.pack(part)
            self._sql.execute(PUT, (pair, span, start, checksum, data))
        self._sql.execute(PUT_PROGRESS, (pair, span, until))

    def forget(self, since: int) -> None:
        """Throw away all that was made of minutes from `since` on, UTC ms, and begin a new generation."""
        day = since - since % DAY
        self._sql.execute(NEW_GENERATION)
        for pair, span, until in self._sql.execute(ALL_PROGRESS).fetchall():
            start = day - day % (span * chunks.CHUNK)
            if start < until:
                self._sql.execute(REMOVE, (pair, span, start))
                self._sql.execute(PUT_PROGRESS, (pair, span, start))

    def first(self, pair: str, span: int, begin: int, end: int, limit: int) -> list[Columns]:
        """Return the first bars that open in [begin, end), UTC ms: at most `limit`, of BATCH chunks at most.

        There is none only when nothing is returned.
        """
        start = begin - begin % (span * chunks.CHUNK)
        parts = []
        for row in self._sql.execute(ASCENDING, (pair, span, start, end)).fetchmany(_chunks(limit)):
            part = chunks.cut(chunks.between(_checked(*row), begin, end), 0, limit)
            limit -= len(part[0])
            parts.append(part)
        return [part for part in parts if len(part[0])]

    def last(self, pair: str, span: int, begin: int, end: int, limit: int) -> list[Columns]:
        """Return the last bars that open in [begin, end), UTC ms, the newest chunk first; bounded as `first` is."""
        start = begin - begin % (span * chunks.CHUNK)
        parts = []
        for row in self._sql.execute(DESCENDING, (pair, span, start, end)).fetchmany(_chunks(limit)):
            part = chunks.between(_checked(*row), begin, end)
            part = chunks.cut(part, max(0, len(part[0]) - limit), None)
            limit -= len(part[0])
            parts.append(part)
        return [part for part in parts if len(part[0])]

    def few(self, pair: str, asked: Asked) -> list[Columns] | None:
        """Return the bars of some chunks, in order, with all that are asked for here; None when those are in more.

        They may be more than are asked for: the limit is not applied.
        """
        stretch = asked.span * chunks.CHUNK
        begin, end, most = asked.begin - asked.begin % stretch, asked.end, _chunks(asked.limit)
        order = DESCENDING if asked.newest_first else ASCENDING
        parts = [_checked(*row) for row in self._sql.execute(order, (pair, asked.span, begin, end)).fetchmany(most)]
        if asked.newest_first:
            parts.reverse()
        parts = [chunks.between(part, asked.begin, end) for part in parts]
        enough = len(parts) < most or sum(len(part[0]) for part in parts) >= asked.limit
        return parts if enough else None

    @contextmanager
    def _transaction(self, begin: str, *, wait: bool = True) -> Iterator[None]:
        if not self._lock.acquire(blocking=wait):
            raise SideFileError("another thread uses it", busy=True)
        try:
            with _told():
                self._sql.execute(begin)
                try:
                    yield
                except BaseException:
                    if self._sql.in_transaction:
                        self._sql.execute("ROLLBACK")
                    raise
                self._sql.execute("COMMIT")
        finally:
            self._lock.release()


@contextmanager
def _told() -> Iterator[None]:
    """Turn what went wrong into the one error of this module."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        raise SideFileError(
            str(error),
            busy=name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_INTERRUPT")),
            damaged=name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_ERROR")),
        ) from error
    except msgspec.MsgspecError as error:
        raise SideFileError(str(error), damaged=True) from error
    except OSError as error:
        raise SideFileError(str(error)) from error


def _chunks(limit: int) -> int:
    """Return in how many chunks so many bars are, unless bars are missing."""
    return min(BATCH, limit // chunks.CHUNK + 2)


def _checked(data: bytes, checksum: int) -> Columns:
    if not chunks.is_whole(data, checksum):
        raise SideFileError("a chunk is not as it was written", damaged=True)
    return chunks.unpack(data)

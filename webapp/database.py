"""One consistent look at trading.db, whoever writes or replaces it meanwhile.

Every request looks at the files anew and reads inside one transaction, read-only: it sees a new copy at once, and it
finishes on the copy it began with. SQLite resolves links when it opens, so a generation that sync publishes and a
live file of a bot are the same to us. Archives beside it are part of it (bot/core/archives.py).
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from bot.core import archives
from bot.core.schema import MAJOR, major
from webapp import limits, queries
from webapp.errors import DatabaseUnavailable
from webapp.reading.fingerprint import Files, identity, is_published, main_file, published, published_fingerprint, size
from webapp.reading.idle import SECONDS, Idle
from webapp.reading.reader import Reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from concurrent.futures import Future
    from pathlib import Path

Result = TypeVar("Result")

LOCK_SECONDS = 2.0
"""How long to wait for a writer that locks readers out (only outside WAL mode)."""

UNSHARED = "&vfs=unix-none"
"""How a published copy is opened, with exclusive locking: the index of its log in this connection's own memory.

Two generations whose main file did not change share an inode, and SQLite shares one index of the log among all
connections of a process to one inode: the second generation would be read with the first one's log. A published copy
never changes, so it needs no locks and no shared index.
"""

REMEMBERED = 100
"""Contents of which it is known when they got their place."""

ATTEMPTS = 50
"""How often to begin again when a commit or a new copy comes in between."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A read transaction: everything asked of it is of one moment.

    id: equal only while the content is; the ETag.
    published: UTC ms, when this content got its place.
    newest: UTC ms of the newest stored minute of any pair; None without one.
    schema: the file's `PRAGMA user_version`.
    size: bytes, the log included, archives not.
    file: which main file it is, and whether somebody wrote to it; the log left out.
    archives: what lies beside it, also what cannot be read.
    """

    id: str
    published: int
    newest: int | None
    schema: int
    size: int
    file: str
    archives: tuple[archives.Archive, ...]
    _reader: Reader

    async def run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do synchronous work with the connection, in a thread.

        Raises:
            ServerBusy: It took longer than a query may.
        """
        return await self._reader.run(work)

    async def rows(self, sql: str, **parameters: object) -> list[tuple[Any, ...]]:
        """Run a query of webapp/queries.py."""
        return await self.run(lambda connection: connection.execute(sql, parameters).fetchall())

    async def row(self, sql: str, **parameters: object) -> tuple[Any, ...] | None:
        """Run a query that gives at most one row."""
        return next(iter(await self.rows(sql, **parameters)), None)

    async def records(self, sql: str, **parameters: object) -> list[dict[str, Any]]:
        """Run a query and name the columns of each row."""

        def read(connection: sqlite3.Connection) -> list[dict[str, Any]]:
            cursor = connection.execute(sql, parameters)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

        return await self.run(read)

    def close(self) -> None:
        """End the transaction, as soon as nothing runs in it."""
        self._reader.close()


class Database:
    """The file the app shows, which may not be there yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files = Files()
        self._idle = Idle(self._files.disconnect)
        self._tidying: asyncio.TimerHandle | None = None
        self._last: tuple[str, Snapshot] | None = None
        self._noting = threading.Lock()
        self._published: OrderedDict[str, int] = OrderedDict()
        self._threads = ThreadPoolExecutor(limits.QUERIES, thread_name_prefix="query")

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        """Begin a read transaction and hold it.

        Raises:
            DatabaseUnavailable: There is nothing to read, with what to do about it.
        """
        try:
            snapshot = await self._opened()
            try:
                yield snapshot
            finally:
                snapshot.close()
                if self._tidying is None:
                    self._tidying = asyncio.get_running_loop().call_later(SECONDS, self._tidy)
        except sqlite3.Error as error:
            raise self._unavailable(error) from error

    def _tidy(self) -> None:
        more = self._idle.tidy()
        self._tidying = asyncio.get_running_loop().call_later(SECONDS, self._tidy) if more else None

    def current(self) -> str | None:
        """Tell the id a snapshot would have now, by a look at the files; None where only opening can tell."""
        try:
            file = self.path.resolve(strict=True)
            found = published_fingerprint(file)
            if found is not None:
                return found
            self._files.connect()
            try:
                return self._files.fingerprint(file)
            finally:
                self._files.disconnect()
        except (OSError, RuntimeError):
            return None

    def known(self) -> Snapshot | None:
        """Describe the snapshot a request would get now, when it is a published copy that was read before.

        It has no transaction: nothing can be asked of it.
        """
        last = self._last
        return last[1] if last is not None and self.current() == last[1].id else None

    def _again(self) -> Snapshot | None:
        """Begin once more on the published copy that was read last: nothing has to be read for that, so no thread."""
        last = self._last
        if last is None or self.current() != last[1].id:
            return None
        place, known = last
        connection = self._idle.take(place)
        if connection is None:
            return None
        connection.execute("BEGIN")
        return replace(known, _reader=Reader(connection, self._threads, lambda: self._idle.give(place, connection)))

    async def _opened(self) -> Snapshot:
        if (again := self._again()) is not None:
            return again
        opening = self._threads.submit(self._open)
        try:
            return await asyncio.wrap_future(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(self._nobody_wants)
            raise

    def _nobody_wants(self, opening: Future[Snapshot]) -> None:
        """Close what was opened after its request had ended."""
        if not opening.cancelled() and opening.exception() is None:
            opening.result().close()

    def _open(self) -> Snapshot:
        """Connect and begin; know what the file was at that moment."""
        for _ in range(ATTEMPTS):
            file, named = self._resolve()
            try:
                snapshot = self._begun(file, named)
            except FileNotFoundError:
                continue  # replaced in between
            if snapshot is not None:
                return snapshot
        raise DatabaseUnavailable("locked", f"{self.path} is being written without a pause: try again")

    def _begun(self, file: Path, named: tuple[int, int]) -> Snapshot | None:
        """Connect to a file and begin; None when a commit or a new copy came in between."""
        still = is_published(file)
        options = f"mode=ro{UNSHARED if still else ''}"
        place = _place(file)
        connection = self._idle.take(place) or self._connected(file, options)
        try:
            if still:
                connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            before = self._look(connection, file, still)
            connection.execute("BEGIN")
            reader = Reader(connection, self._threads, lambda: self._idle.give(place, connection))
            snapshot = self._described(reader, connection, file, before or "", options)
            if before is not None and before == self._look(connection, file, still) and identity(file) == named:
                self._last = (place, snapshot) if still else None
                return snapshot
        except BaseException:
            self._idle.close(connection)
            raise
        self._idle.close(connection)
        return None

    def _connected(self, file: Path, options: str) -> archives.Connection:
        self._files.connect()
        try:
            connection = sqlite3.connect(
                f"{file.as_uri()}?{options}",
                uri=True,
                isolation_level=None,
                timeout=LOCK_SECONDS,
                check_same_thread=False,
                factory=archives.Connection,
            )
        except BaseException:
            self._files.disconnect()
            raise
        return connection

    def _look(self, connection: sqlite3.Connection, file: Path, still: bool) -> str | None:
        connection.execute(queries.TOUCH).fetchall()
        return published_fingerprint(file) if still else self._files.fingerprint(file)

    def _resolve(self) -> tuple[Path, tuple[int, int]]:
        try:
            file = self.path.resolve(strict=True)
            named = identity(file)
        except FileNotFoundError:
            raise DatabaseUnavailable(
                "missing",
                f"{self.path} does not exist yet: start `cvdbot sync` (or the bot on this machine), "
                "or name another file with --db",
            ) from None
        except (OSError, RuntimeError) as error:
            raise DatabaseUnavailable("unreadable", f"{self.path} cannot be read: {error}") from error
        if not file.is_file():
            raise DatabaseUnavailable("unreadable", f"{self.path} is not a file: name a database with --db")
        return file, named

    def _described(
        self, reader: Reader, connection: archives.Connection, file: Path, fingerprint: str, options: str
    ) -> Snapshot:
        schema, tables, ours = connection.execute(queries.SCHEMA).fetchone()
        if major(schema) > MAJOR:
            raise DatabaseUnavailable(
                "newer", f"{self.path} has schema {major(schema)}, this app knows up to {MAJOR}: update cvdbot here"
            )
        if tables == 0:
            raise DatabaseUnavailable("empty", f"{self.path} has no tables yet: the bot makes them when it starts")
        if not ours or schema == 0:
            raise DatabaseUnavailable("foreign", f"{self.path} is not a database of cvdbot: name another with --db")
        found = archives.attach(connection, file, options)
        newest = connection.execute(queries.NEWEST).fetchone()
        return Snapshot(
            id=fingerprint,
            published=self._first_seen(fingerprint, file),
            newest=newest[0] if newest else None,
            schema=schema,
            size=size(file),
            file=main_file(file),
            archives=found,
            _reader=reader,
        )

    def _first_seen(self, fingerprint: str, file: Path) -> int:
        """Tell when a content got its place; the same for one content, though the next may be coming already."""
        with self._noting:
            if fingerprint not in self._published:
                self._published[fingerprint] = published(self.path, file)
                while len(self._published) > REMEMBERED:
                    self._published.popitem(last=False)
            return self._published[fingerprint]

    def _unavailable(self, error: sqlite3.Error) -> Exception:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return DatabaseUnavailable("locked", f"{self.path} is locked by another program: try again when it is done")
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            return DatabaseUnavailable(
                "corrupt",
                f"{self.path} or an archive beside it is damaged ({error}): copy it again with `cvdbot sync`, "
                "or restore a backup",
            )
        if name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM", "SQLITE_IOERR")):
            return DatabaseUnavailable(
                "unreadable", f"{self.path} cannot be read ({error}): check the permissions of the file and its folder"
            )
        return error


def _place(file: Path) -> str:
    """Name a published copy, so that its connections can be used again; "" for a file that may be written."""
    return f"{file} {main_file(file)}" if is_published(file) else ""

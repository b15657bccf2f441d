"""One consistent look at trading.db, whoever writes or replaces it meanwhile.

Every request opens the file anew, read-only, and reads inside one transaction: it sees a new copy at once, and it
finishes on the copy it began with. SQLite resolves links when it opens, so a generation that sync publishes and a
live file of a bot are the same to us.
"""

from __future__ import annotations

import sqlite3
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import aiosqlite

from webapp import queries
from webapp.errors import DatabaseUnavailable
from webapp.fingerprint import Files, identity, is_published, published, published_fingerprint, size

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

Result = TypeVar("Result")

SCHEMA = 1
"""The newest `PRAGMA user_version` this app understands."""

LOCK_SECONDS = 2.0
"""How long to wait for a writer that locks readers out (only outside WAL mode)."""

UNSHARED = "&vfs=unix-none"
"""How a published copy is opened, with exclusive locking: the index of its log in this connection's own memory.

Two generations whose main file did not change share an inode, and SQLite shares one index of the log among all
connections of a process to one inode: the second generation would be read with the first one's log. A published copy
never changes, so it needs no locks and no shared index.
"""

ATTEMPTS = 50
"""How often to begin again when a commit or a new copy comes in between."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A read transaction: everything asked of it is of one moment.

    id: equal only while the content is; the ETag.
    published: UTC ms, when this content got its place.
    newest: UTC ms of the newest stored minute of any pair; None without one.
    schema: the file's `PRAGMA user_version`.
    size: bytes, the log included.
    """

    id: str
    published: int
    newest: int | None
    schema: int
    size: int
    _connection: aiosqlite.Connection

    async def run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do synchronous work with the connection, in its own thread."""
        return await self._connection._execute(work, self._connection._conn)  # type: ignore[no-any-return, no-untyped-call]  # noqa: SLF001

    async def rows(self, sql: str, **parameters: object) -> list[tuple[Any, ...]]:
        """Run a query of webapp/queries.py."""
        return list(await self._connection.execute_fetchall(sql, parameters))  # type: ignore[arg-type]

    async def row(self, sql: str, **parameters: object) -> tuple[Any, ...] | None:
        """Run a query that gives at most one row."""
        return next(iter(await self.rows(sql, **parameters)), None)

    async def records(self, sql: str, **parameters: object) -> list[dict[str, Any]]:
        """Run a query and name the columns of each row."""
        async with self._connection.execute(sql, parameters) as cursor:
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class _Copy:
    """What a transaction began on, seen from outside SQLite."""

    fingerprint: str
    published: int
    size: int


class Database:
    """The file the app shows, which may not be there yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files = Files()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        """Begin a read transaction and hold it.

        Raises:
            DatabaseUnavailable: There is nothing to read, with what to do about it.
        """
        try:
            with self._files.while_connected():
                connection, copy = await self._begin()
                try:
                    yield await self._describe(connection, copy)
                finally:
                    await connection.close()
        except sqlite3.Error as error:
            raise self._unavailable(error) from error

    async def _begin(self) -> tuple[aiosqlite.Connection, _Copy]:
        """Connect and begin; give the connection and what its file was at that moment."""
        for _ in range(ATTEMPTS):
            file, named = self._resolve()
            still = is_published(file)
            connection = await aiosqlite.connect(
                f"{file.as_uri()}?mode=ro{UNSHARED if still else ''}",
                uri=True,
                isolation_level=None,
                timeout=LOCK_SECONDS,
            )
            try:
                if still:
                    await connection.execute("PRAGMA locking_mode = EXCLUSIVE")
                before = await self._look(connection, file)
                await connection.execute("BEGIN")
                after = await self._look(connection, file)
                if before is not None and before == after and identity(file) == named:
                    return connection, _Copy(before, published(self.path, file), size(file))
            except BaseException as error:
                await connection.close()
                if not isinstance(error, FileNotFoundError):
                    raise
                continue
            await connection.close()
        raise DatabaseUnavailable("locked", f"{self.path} is being written without a pause: try again")

    async def _look(self, connection: aiosqlite.Connection, file: Path) -> str | None:
        await connection.execute_fetchall(queries.TOUCH)
        return published_fingerprint(file) if is_published(file) else self._files.fingerprint(file)

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

    async def _describe(self, connection: aiosqlite.Connection, copy: _Copy) -> Snapshot:
        ((schema, tables, ours),) = await connection.execute_fetchall(queries.SCHEMA)
        if schema > SCHEMA:
            raise DatabaseUnavailable(
                "newer", f"{self.path} has schema {schema}, this app knows up to {SCHEMA}: update cvdbot here"
            )
        if tables == 0:
            raise DatabaseUnavailable("empty", f"{self.path} has no tables yet: the bot makes them when it starts")
        if not ours or schema == 0:
            raise DatabaseUnavailable("foreign", f"{self.path} is not a database of cvdbot: name another with --db")
        ((newest,),) = await connection.execute_fetchall(queries.NEWEST)
        return Snapshot(copy.fingerprint, copy.published, newest, schema, copy.size, connection)

    def _unavailable(self, error: sqlite3.Error) -> Exception:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return DatabaseUnavailable("locked", f"{self.path} is locked by another program: try again when it is done")
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            return DatabaseUnavailable(
                "corrupt", f"{self.path} is damaged ({error}): copy it again with `cvdbot sync`, or restore a backup"
            )
        if name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM", "SQLITE_IOERR")):
            return DatabaseUnavailable(
                "unreadable", f"{self.path} cannot be read ({error}): check the permissions of the file and its folder"
            )
        return error

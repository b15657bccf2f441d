"""Is the pulled copy one whole moment of the right database, and not an older one than the PC has?

Every copy: SQLite reads it, its tables and version are known, its newest candle is not older than the published one,
and main file and WAL belong together. The whole of it (`integrity_check`) when the main file is a new one, when the bot
says that it could not hold the main file still (`frozen` = 0), and once a day.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.errors import RefusedError, SyncError, TornError
from sync.layout import ARCHIVES, DATABASE, WAL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAJOR = 1
"""The major version of the database that the programs on the PC read, in any of its minors.

`PRAGMA user_version` is 1000 x major + minor; a number below 1000 is a major version by itself.
"""

OUR_TABLES = frozenset({"candles", "exchange_candles", "trades", "state"})

_WAL_HEADER_BYTES = 32
_EPOCH = slice(12, 24)
"""Checkpoint number and both salts in the WAL's header: new whenever the WAL was folded in and begins again."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What one copy holds."""

    rows: int
    """Candles of all pairs."""
    newest: int | None
    """Open of the newest candle, UTC ms; None without candles."""
    frozen: bool
    """Whether the bot held the main file still when this was written."""
    wal_bytes: int


def look(folder: Path) -> Facts:
    """Read what a copy holds; raises `TornError` when SQLite can't, `RefusedError` when it is not ours to read."""
    with _translated(folder / DATABASE), closing(_connect(folder / DATABASE)) as sql:
        tables = {name for (name,) in sql.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        (version,) = sql.execute("PRAGMA user_version").fetchone()
        if version == 0 and not tables:
            raise RefusedError("the database on the Pi has no tables yet: the bot has not finished its first start")
        if not tables >= OUR_TABLES:
            raise RefusedError("trading.db on the Pi is another program's database: look at the path in the key's line")
        if (major := version if version < 1000 else version // 1000) != MAJOR:  # noqa: PLR2004
            raise RefusedError(
                f"the database on the Pi has version {major}, this computer's cvdbot reads version {MAJOR}:"
                f" update cvdbot {'here' if major > MAJOR else 'on the Pi'}"
            )
        rows, newest = sql.execute("SELECT count(*), max(timestamp) FROM candles").fetchone()
        frozen = sql.execute("SELECT value FROM state WHERE key = 'frozen'").fetchone()
        return Facts(
            rows=rows,
            newest=newest,
            frozen=frozen == ("1",),
            wal_bytes=_size(folder / WAL),
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check that passed found."""

    new_main: bool
    """The main file is another one than the published copy's."""
    in_full: bool
    """Every page was read."""


def check(copy: Path, published: Path | None, *, fresh: bool, in_full: bool) -> Verdict:
    """Check a staged copy, against the published one where there is one; `in_full` asks for every page.

    `fresh`: all of it was pulled anew, so nothing of it can be left from before. Raises `TornError` or `RefusedError`.
    """
    facts = look(copy)
    new_main = published is None or not _same(copy / DATABASE, published / DATABASE)
    if published is not None:
        if not new_main and _restarted(published / WAL, copy / WAL):
            raise TornError("the WAL was restarted while the main file stayed as it was")
        _refuse_older(facts.newest, _newest(published), fresh=fresh)
    in_full = in_full or new_main or not facts.frozen
    if in_full:
        check_whole(copy / DATABASE)
    for archive in copy.glob(ARCHIVES):
        if published is None or not _same(archive, published / archive.name):
            check_whole(archive)
    return Verdict(new_main=new_main, in_full=in_full)


def check_whole(database: Path) -> None:
    """Read every page; raises `TornError`."""
    with _translated(database), closing(_connect(database)) as sql:
        (verdict,) = sql.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise TornError(f"{database.name} is damaged: {' '.join(verdict.split())}")


def _newest(published: Path) -> int | None:
    """Newest candle of the published copy; None as well when something has damaged it since, so that it is replaced."""
    try:
        return look(published).newest
    except SyncError:
        return None


def _refuse_older(newest: int | None, published: int | None, *, fresh: bool) -> None:
    if published is None or (newest is not None and newest >= published):
        return
    sentence = f"the newest candle of the copy ({newest}) is older than the published one ({published})"
    if not fresh:
        raise TornError(sentence)
    raise RefusedError(
        f"{sentence}, although all of it was pulled anew: the Pi has an older database. If that is meant (it was"
        " restored), remove data/current"
    )


def _restarted(before: Path, after: Path) -> bool:
    """Whether a WAL that held something was folded in since: then the main file must have changed."""
    old, new = _header(before), _header(after)
    return len(old) == _WAL_HEADER_BYTES and old[_EPOCH] != new[_EPOCH]


def _same(one: Path, other: Path) -> bool:
    return other.exists() and one.samefile(other)


def _header(wal: Path) -> bytes:
    try:
        with wal.open("rb") as file:
            return file.read(_WAL_HEADER_BYTES)
    except FileNotFoundError:
        return b""


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@contextmanager
def _translated(database: Path) -> Iterator[None]:
    """Turn what SQLite says into errors: damage is the copy's, anything else this computer's."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            raise TornError(f"{database.name} is damaged: {error}") from error
        raise SyncError(f"{database} can't be read: {error}") from error


def _connect(database: Path) -> sqlite3.Connection:
    """Open a copy, which nobody changes: the index of its WAL is kept in memory, in place of a file of 32 KB a look."""
    address = f"{database.absolute().as_uri()}?mode=ro&vfs=unix-none"  # no locks: exclusive without asking
    sql = sqlite3.connect(address, uri=True, isolation_level=None)
    sql.execute("PRAGMA locking_mode = EXCLUSIVE")
    return sql

"""How the PC may copy the live database file by file: the main file stands still, and only the WAL grows.

An ordinary WAL database can't be copied with rsync: a checkpoint rewrites pages of the main file, and the next commit
overwrites the WAL, while the copy is being made. Here both happen only inside the exclusive pull lock:

- nobody checkpoints by the way (`wal_autocheckpoint=0`), so commits only append to the WAL (synchronous=FULL: a power
  cut loses no commit);
- the **guard**, a second connection, holds a read transaction that began on an empty WAL. It reads the main file
  alone, so SQLite lets no process change that file while it lasts, a foreign checkpoint included;
- to fold the WAL into the main file: take the lock, end the guard's transaction, `wal_checkpoint(TRUNCATE)`, begin the
  guard's transaction anew, free the lock. It must be TRUNCATE: after PASSIVE or RESTART the next commit would restart
  the WAL outside the lock.

Whoever copies main file and WAL, in this order and under the shared lock, gets one whole moment of the database.

When a reader on the Pi holds an old snapshot, TRUNCATE answers "busy" and the WAL stays. The guard then begins on a WAL
that is not empty and may no longer hold the main file still. The puller is told so (`frozen` = 0 in `state`) and checks
its copy in full; folding is tried again after every commit. The row matters by itself: it is a frame beyond the guard's
snapshot, no checkpoint can fold it in before the guard lets go, and a WAL with such a frame is never restarted. So even
then the WAL, copied after the main file, holds every page of it that a checkpoint may have changed meanwhile.
"""

from __future__ import annotations

import json
import logging
import math
import sqlite3
import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from bot.core.archives import Connection
from bot.store.lock import PullLock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MIB = 1024 * 1024

MOST_BYTES, LEAST_BYTES = 4 * MIB, MIB // 4
"""The WAL is folded in at such a size at the latest, and at the earliest."""
A_MINUTE_BYTES = 25_000
"""By so much the WAL grows a minute: what the rows of a pair change, six whole pages."""

WARN_AT_BYTES = 64 * MIB
"""Size of the WAL that shows that folding has failed for days."""

START_WAIT_SECONDS = 30.0
"""How long opening waits for a pull in flight; a client that froze frees the lock after about 21 s."""

BUSY_SECONDS = 1.0
"""How long one statement waits for another program's write lock; the bot hears no exchange meanwhile."""

log = logging.getLogger(__name__)


def fold_at(size: int) -> int:
    """Return at which size of the WAL it is folded into a main file of `size` bytes.

    The PC writes the whole WAL anew each minute, half of this on average, and the whole main file after each fold. Both
    together are least where they are equal: at sqrt(2 x main file x growth a minute).
    """
    return min(MOST_BYTES, max(LEAST_BYTES, math.isqrt(2 * size * A_MINUTE_BYTES)))


class FrozenFile:
    """The writer's connection to a database whose main file changes only under the exclusive pull lock.

    `sql` is in autocommit mode; call `committed` after each commit made with it. One thread at a time.
    """

    def __init__(
        self,
        path: Path,
        prepare: Callable[[sqlite3.Connection], None],
        *,
        fold_at_bytes: int | None = None,
        warn_at_bytes: int = WARN_AT_BYTES,
        start_wait_seconds: float = START_WAIT_SECONDS,
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        """Open `path`, let `prepare` bring its tables up to date, fold in what an earlier run left, and freeze it.

        `fold_at_bytes`: size of the WAL from which a commit is followed by an attempt to fold it in; None: by the size
        of the file.
        """
        self._path = path
        self._wal = path.with_name(path.name + "-wal")
        self._fold_at_bytes = fold_at_bytes
        self._warn_at_bytes = warn_at_bytes
        self._busy_seconds = busy_seconds
        self._warned = False
        self._lock = PullLock(path.parent)
        try:
            with self._lock.exclusive(wait_seconds=start_wait_seconds) as alone, ExitStack() as failed:
                self.sql = sqlite3.connect(
                    path.absolute().as_uri(),
                    uri=True,  # so that archives can be attached by theirs
                    isolation_level=None,
                    timeout=busy_seconds,
                    check_same_thread=False,
                    factory=Connection,
                )
                failed.callback(self.sql.close)
                self.sql.execute("PRAGMA journal_mode = WAL")
                self.sql.execute("PRAGMA synchronous = FULL")
                self.sql.execute("PRAGMA wal_autocheckpoint = 0")
                self.sql.execute("PRAGMA foreign_keys = ON")
                prepare(self.sql)
                self._guard = sqlite3.connect(
                    f"{path.absolute().as_uri()}?mode=ro",
                    uri=True,
                    isolation_level=None,
                    timeout=busy_seconds,
                    check_same_thread=False,
                )
                failed.callback(self._guard.close)
                row = self.sql.execute("SELECT value FROM state WHERE key = 'frozen'").fetchone()
                self._told = {"0": 0, "1": 1}.get(row[0]) if row else None
                self._frozen = False
                self._freeze(fold=alone)
                failed.pop_all()  # nothing has: all stays open
        except BaseException:  # outside the block, which frees the lock by the descriptor that is closed here
            self._lock.close()
            raise

    @property
    def frozen(self) -> bool:
        """Whether the guard holds the main file still, so that a pull needs no full check."""
        return self._frozen

    def committed(self) -> None:
        """Fold the WAL into the main file if it is due and no pull is running. Never raises, the commit is safe."""
        size = self._wal_bytes()
        if self._frozen and size < (self._fold_at_bytes or fold_at(_bytes(self._path))):
            return
        with self._lock.exclusive() as alone:
            if alone:
                self._freeze(fold=True)
        self._warn_of_a_long_wal()

    @contextmanager
    def alone(self, wait_seconds: float) -> Iterator[bool]:
        """Hold off pulls inside the block, while files of the folder are replaced; False when one went on and on."""
        with self._lock.exclusive(wait_seconds) as alone:
            yield alone

    def close(self) -> None:
        """Close, the guard last: so neither close folds the WAL in outside the lock."""
        self.sql.close()
        self._guard.close()
        self._lock.close()

    def _freeze(self, *, fold: bool) -> None:
        if self._guard.in_transaction:
            self._guard.execute("ROLLBACK")
        empty = fold and self._truncate()
        with suppress(sqlite3.Error):  # not frozen then, and tried again after the next commit
            self._guard.execute("BEGIN")
            self._guard.execute("SELECT 1 FROM sqlite_schema").fetchall()
        self._frozen = empty and self._guard.in_transaction and self._wal_bytes() == 0
        if not self._frozen or self._told != 1:
            self._tell_the_puller(frozen=int(self._frozen))

    def _truncate(self) -> bool:
        """Fold the whole WAL in and empty it, at once or not at all: with a wait, commits elsewhere would stall."""
        self.sql.execute("PRAGMA busy_timeout = 0")
        try:
            busy, _, _ = self.sql.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            log.warning("the WAL could not be folded into the main file: %s", error)
            return False
        finally:
            self.sql.execute(f"PRAGMA busy_timeout = {round(self._busy_seconds * 1000)}")
        return bool(busy == 0)

    def _tell_the_puller(self, *, frozen: int) -> None:
        try:
            self.sql.execute(
                "INSERT INTO state (key, value, updated) VALUES ('frozen', ?, ?)"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated = excluded.updated",
                (json.dumps(frozen), time.time_ns() // 1_000_000),
            )
        except sqlite3.Error as error:
            log.warning("state.frozen could not be written: %s", error)
        else:
            self._told = frozen

    def _warn_of_a_long_wal(self) -> None:
        size = self._wal_bytes()
        if size < self._warn_at_bytes:
            self._warned = False
        elif not self._warned:
            self._warned = True
            log.warning(
                "the WAL has grown to %d MB because it could not be folded into the main file: look for a program"
                " that keeps the database open (sqlite3?) or a pull that never ends",
                size // MIB,
            )

    def _wal_bytes(self) -> int:
        return _bytes(self._wal)


def _bytes(path: Path) -> int:
    """Return a file's size; 0 where there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0

"""A fast writer and the laws that every copy of its database must obey.

One transaction appends a minute, moves volume between two minutes far apart, and counts: so a copy with pages of two
moments shows. `python fast_writer.py DATABASE HOW FOLD_AT_BYTES` writes until its standard input closes, then prints
how much it did, as JSON. HOW is `frozen` (as the bot does), `unguarded` (the same without the guard) or `default`
(SQLite as it comes).
"""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.store.freeze import FrozenFile
from bot.store.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator

MINUTE = 60_000
VOLUME = 1000

REST_SECONDS = {"frozen": 0.002, "unguarded": 0.002, "default": 0.0}
"""Between two transactions: some 350 a second where a foreign program checkpoints as well. Without a rest it would
never catch up with the writer, and the WAL never be restarted under a copy. SQLite as it comes fails at full speed."""


def add_minute(sql: sqlite3.Connection, number: int, chance: random.Random) -> None:
    """Write minute `number` (from 0, each once) in one transaction."""
    sql.execute("BEGIN IMMEDIATE")
    sql.execute(
        "INSERT INTO candles VALUES (?, 'BTC/USDT', 1, 2, 0.5, 1.5, ?, 0, 4, 4)", (number * MINUTE, float(VOLUME))
    )
    for change in (1, -1):
        sql.execute(
            "UPDATE candles SET vBuy = vBuy + ? WHERE timestamp = ?", (change, chance.randint(0, number) * MINUTE)
        )
    sql.execute(
        "INSERT INTO state VALUES ('count', ?, 0) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (json.dumps(number + 1),),
    )
    sql.execute("COMMIT")


def broken_law(sql: sqlite3.Connection) -> str | None:
    """Name the first law that a copy breaks; None when it is one whole moment. Reads in one transaction."""
    try:
        sql.execute("BEGIN")
        try:
            (verdict,) = sql.execute("PRAGMA integrity_check(1)").fetchone()
            if verdict != "ok":
                return f"damaged: {verdict}"
            rows, newest, volume = sql.execute(
                "SELECT count(*), ifnull(max(timestamp), -60000), ifnull(sum(vBuy), 0) FROM candles"
            ).fetchone()
            counted = sql.execute("SELECT value FROM state WHERE key = 'count'").fetchone()
        finally:
            sql.execute("ROLLBACK")
    except sqlite3.DatabaseError as error:
        return f"unreadable: {error}"
    if newest != (rows - 1) * MINUTE:
        return f"minutes are missing: {rows} rows, the newest is minute {newest // MINUTE}"
    if volume != rows * VOLUME:
        return f"volume is not conserved: {volume} in {rows} rows"
    if rows != (json.loads(counted[0]) if counted else 0):
        return f"{rows} rows, {counted[0]} counted"
    return None


def broken_law_of(database: Path) -> tuple[str | None, int]:
    """Open a copy read-only; returns the law it breaks, if any, and the newest minute's number."""
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as sql:
        broken = broken_law(sql)
        if broken is not None:
            return broken, -1
        (newest,) = sql.execute("SELECT ifnull(max(timestamp), -60000) FROM candles").fetchone()
    return None, newest // MINUTE


@dataclass
class Writer:
    """A writer at work; `summary` is filled when it has stopped."""

    summary: dict[str, int]


@contextmanager
def writing(database: Path, *, how: str = "frozen", fold_at_bytes: int = 1024 * 1024) -> Iterator[Writer]:
    """Let a process write hundreds of transactions a second."""
    command = [sys.executable, __file__, str(database), how, str(fold_at_bytes)]
    writer = Writer({})
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        try:
            yield writer
        finally:
            process.stdin.close()
            said = process.stdout.read()
    assert process.returncode == 0, "the writer failed"
    writer.summary.update(json.loads(said))


def write(database: Path, how: str, fold_at_bytes: int, stop: threading.Event) -> dict[str, int]:
    """Write minutes until told to stop."""
    chance = random.Random(1)
    held_off = folds = number = 0
    if how == "default":
        sql = sqlite3.connect(database, isolation_level=None, timeout=10)
        sql.execute("PRAGMA journal_mode = WAL")
        migrate(sql)
        sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        committed = lambda: None  # noqa: E731
    else:
        file = FrozenFile(database, migrate, fold_at_bytes=fold_at_bytes)
        sql, committed = file.sql, file.committed
        if how == "unguarded":
            file._guard.execute("ROLLBACK")
            file._guard.close()
            file._guard = _NoGuard()  # type: ignore[assignment]
    add_minute(sql, number, chance)
    sys.stdout.write("writing\n")
    sys.stdout.flush()
    wal = database.with_name("trading.db-wal")
    while not stop.is_set():
        number += 1
        stop.wait(REST_SECONDS[how])
        add_minute(sql, number, chance)
        due = wal.stat().st_size >= fold_at_bytes
        committed()
        if due:
            folded = wal.stat().st_size == 0
            folds += folded
            held_off += not folded
    sql.close()
    if how == "frozen":
        file.close()
    return {"commits": number + 1, "folds": folds, "held_off": held_off}


class _NoGuard:
    """In the guard's place: does nothing, as if the guard had never been thought of."""

    in_transaction = True

    def execute(self, _: str) -> _NoGuard:
        return self

    def fetchall(self) -> list[tuple[int]]:
        return []

    def close(self) -> None:
        pass


def main() -> None:
    database, how, fold_at_bytes = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    stop = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        stop.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    sys.stdout.write(json.dumps(write(database, how, fold_at_bytes, stop)) + "\n")


if __name__ == "__main__":
    main()

"""Opening the database for writing and for reading, one transaction, and every refusal as a sentence."""

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from bot.core.schema import MAJOR, NEWEST, major
from bot.errors import BotError, DatabaseError, DatabaseInUseError
from bot.store.database import open_for_reading, open_for_writing
from bot.store.migrations import STEPS, migrate

LOG = "INSERT INTO logs (timestamp, level, event, message) VALUES (?, 'info', 'test', 'a line')"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "db" / "trading.db"


def lines(path: Path) -> list[int]:
    with closing(open_for_reading(path)) as sql:
        return [timestamp for (timestamp,) in sql.execute("SELECT timestamp FROM logs ORDER BY id")]


def other_program(path: Path, version: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as sql:
        sql.execute("CREATE TABLE bookmarks (url TEXT)")
        sql.execute(f"PRAGMA user_version = {version}")


def test_folder_file_and_tables_are_made(path: Path) -> None:
    database = open_for_writing(path)
    with database.transaction() as sql:
        tables = {name for (name,) in sql.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        assert sql.execute("PRAGMA user_version").fetchone() == (1,)
    assert tables == {
        "candles",
        "exchange_candles",
        "trades",
        "orders",
        "configurations",
        "candle_corrections",
        "setup_events",
        "exchange_status",
        "verifications",
        "logs",
        "state",
    }
    assert database.frozen
    database.close()


def test_a_transaction_is_written_whole_or_not_at_all(path: Path) -> None:
    database = open_for_writing(path)
    with database.transaction() as sql:
        sql.execute(LOG, (1,))
        sql.execute(LOG, (2,))
    assert lines(path) == [1, 2]
    with pytest.raises(sqlite3.IntegrityError, match="NOT NULL"), database.transaction() as sql:
        sql.executemany(LOG, [(3,), (None,)])
    with suppress(KeyboardInterrupt), database.transaction() as sql:
        sql.execute(LOG, (4,))
        raise KeyboardInterrupt
    assert lines(path) == [1, 2]
    with database.transaction() as sql:
        sql.execute(LOG, (5,))
    assert lines(path) == [1, 2, 5]
    database.close()


def test_a_reader_sees_a_transaction_only_when_it_is_committed(path: Path) -> None:
    database = open_for_writing(path)
    with database.transaction() as sql:
        sql.execute(LOG, (1,))
        assert lines(path) == []
    assert lines(path) == [1]
    database.close()


def test_the_wal_is_folded_in_by_transactions_alone(path: Path) -> None:
    database = open_for_writing(path, fold_at_bytes=32 * 1024)
    before = path.stat().st_mtime_ns
    for number in range(20):
        with database.transaction() as sql:
            sql.execute(LOG, (number,))
    assert path.stat().st_mtime_ns > before
    assert path.with_name("trading.db-wal").stat().st_size < 40 * 1024
    database.close()


def test_one_program_writes_at_a_time_and_the_next_after_it(path: Path) -> None:
    database = open_for_writing(path)
    with pytest.raises(DatabaseInUseError, match=f"process {os.getpid()} "):
        open_for_writing(path)
    database.close()
    open_for_writing(path).close()


@pytest.mark.parametrize(("asked", "attempts"), [({}, 1), ({"attempts": 3}, 3)])
def test_a_lock_held_by_a_foreign_program_is_tried_as_often_as_asked_and_nothing_is_lost(
    path: Path, asked: dict[str, int], attempts: int
) -> None:
    database = open_for_writing(path, **asked)
    assert database._file.sql.execute("PRAGMA busy_timeout").fetchone() == (1000,)
    database._file.sql.execute("PRAGMA busy_timeout = 20")
    statements: list[str] = []
    with closing(sqlite3.connect(path, isolation_level=None)) as foreign:
        foreign.execute("BEGIN IMMEDIATE")
        database._file.sql.set_trace_callback(statements.append)
        with pytest.raises(DatabaseInUseError, match="nothing was written"), database.transaction():
            pytest.fail("the block must not run")
        foreign.execute("ROLLBACK")
    assert statements == ["BEGIN IMMEDIATE"] * attempts
    with database.transaction() as sql:
        sql.execute(LOG, (1,))
    assert lines(path) == [1]
    database.close()


def test_a_full_disk_is_a_sentence_and_the_same_transaction_works_when_there_is_room(path: Path) -> None:
    database = open_for_writing(path)
    (pages,) = database._file.sql.execute("PRAGMA page_count").fetchone()
    database._file.sql.execute(f"PRAGMA max_page_count = {pages}")
    for _ in range(2):
        with (
            pytest.raises(DatabaseError, match=r"database or disk is full.*free space") as refused,
            database.transaction() as sql,
        ):
            sql.executemany(LOG, [(number,) for number in range(1000)])
        assert not isinstance(refused.value, DatabaseInUseError)
    database._file.sql.execute("PRAGMA max_page_count = 1000")
    with database.transaction() as sql:
        sql.executemany(LOG, [(number,) for number in range(1000)])
    assert lines(path) == list(range(1000))
    database.close()


WRITE_AND_WAIT = f"""
import sys
from pathlib import Path
from bot.store.database import open_for_writing
database = open_for_writing(Path(sys.argv[1]))
for number in range(3):
    with database.transaction() as sql:
        sql.execute({LOG!r}, (number,))
with database.transaction() as sql:
    sql.execute({LOG!r}, (99,))
    print("in the middle", flush=True)
    sys.stdin.read()
"""


def test_kill_9_in_a_transaction_keeps_every_commit_before_it_and_frees_the_locks(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITE_AND_WAIT, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"in the middle\n"
        writer.send_signal(signal.SIGKILL)
    assert lines(path) == [0, 1, 2]
    database = open_for_writing(path)
    with database.transaction() as sql:
        sql.execute(LOG, (3,))
    assert lines(path) == [0, 1, 2, 3]
    database.close()


def test_a_missing_database_says_who_makes_it(path: Path) -> None:
    with pytest.raises(DatabaseError, match=r"there is no database at .*trading.db"):
        open_for_reading(path)
    assert not path.parent.exists()


@pytest.mark.parametrize("version", [0, 1, 7])
@pytest.mark.parametrize("open_it", [open_for_writing, open_for_reading])
def test_another_programs_database_is_refused_and_left_as_it_was(
    path: Path, version: int, open_it: Callable[[Path], object]
) -> None:
    other_program(path, version)
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(DatabaseError, match="the database of another program"):
        open_it(path)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before


@pytest.mark.parametrize("open_it", [open_for_writing, open_for_reading])
def test_a_newer_database_is_refused_with_what_to_do(path: Path, open_it: Callable[[Path], object]) -> None:
    open_for_writing(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as sql:
        sql.execute("PRAGMA user_version = 2000")
    with pytest.raises(DatabaseError, match=r"version 2, this one knows 1.*: update cvdbot here"):
        open_it(path)


def test_a_version_is_1000_times_its_major_and_1_stands_for_1000() -> None:
    assert [major(version) for version in (1, 1000, 1001, 1999, 2000, 2001)] == [1, 1, 1, 1, 2, 2]
    assert (max(STEPS), MAJOR) == (NEWEST, major(NEWEST))


@pytest.mark.parametrize("open_it", [open_for_writing, open_for_reading])
def test_a_newer_minor_of_the_same_major_is_opened(path: Path, open_it: Callable[[Path], object]) -> None:
    open_for_writing(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as sql:
        migrate(sql, {**STEPS, 1001: "ALTER TABLE candles ADD COLUMN note TEXT;"})
        assert sql.execute("PRAGMA user_version").fetchone() == (1001,)
    with closing(open_it(path)):
        pass


@pytest.mark.parametrize("open_it", [open_for_writing, open_for_reading])
def test_a_file_that_is_not_sqlite_is_refused(path: Path, open_it: Callable[[Path], object]) -> None:
    path.parent.mkdir()
    path.write_text("timestamp,open,high,low,close\n")
    with pytest.raises(DatabaseError, match="is not a SQLite database"):
        open_it(path)


def test_a_damaged_database_is_a_sentence(path: Path) -> None:
    open_for_writing(path).close()
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 4000)
    path.with_name("trading.db-wal").unlink()
    with pytest.raises(DatabaseError, match=r"is damaged .*put the PC's copy"):
        open_for_reading(path)
    with pytest.raises(DatabaseError, match=r"is damaged .*put the PC's copy"):
        open_for_writing(path)


def test_a_copy_published_by_sync_is_never_written(path: Path) -> None:
    open_for_writing(path).close()
    published = path.parent / "published" / "trading.db"
    published.parent.mkdir()
    path.chmod(0o444)
    published.symlink_to(path)
    with pytest.raises(DatabaseError, match="a copy that `cvdbot sync` publishes"):
        open_for_writing(published)


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DatabaseError, match="can't be made"):
        open_for_writing(tmp_path / "file" / "db" / "trading.db")


def test_a_refusal_frees_the_writer_lock(path: Path) -> None:
    other_program(path)
    for _ in range(2):
        with pytest.raises(DatabaseError, match="another program: name"):
            open_for_writing(path)


def test_errors_end_the_command_with_exit_code_2() -> None:
    assert BotError.exit_code == DatabaseInUseError.exit_code == 2


def test_a_failed_migration_leaves_the_version_before_it(tmp_path: Path) -> None:
    steps = {**STEPS, 2: "ALTER TABLE logs ADD COLUMN source TEXT; INSERT INTO nowhere VALUES (1);"}
    with closing(sqlite3.connect(tmp_path / "trading.db", isolation_level=None)) as sql:
        with pytest.raises(sqlite3.OperationalError, match="nowhere"):
            migrate(sql, steps)
        assert sql.execute("PRAGMA user_version").fetchone() == (1,)
        assert "source" not in {row[1] for row in sql.execute("PRAGMA table_info(logs)")}
        migrate(sql, {**STEPS, 2: "ALTER TABLE logs ADD COLUMN source TEXT;"})
        assert sql.execute("PRAGMA user_version").fetchone() == (2,)
        assert "source" in {row[1] for row in sql.execute("PRAGMA table_info(logs)")}


def test_an_empty_file_is_made_a_database_and_not_read_as_one(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    with pytest.raises(DatabaseError, match=r"has no tables yet: `cvdbot run` makes them"):
        open_for_reading(path)
    open_for_writing(path).close()
    assert lines(path) == []


OPEN_AND_CLOSE = """
import sqlite3, sys
sql = sqlite3.connect(sys.argv[1])
sql.execute("SELECT count(*) FROM logs").fetchone()
sql.close()
"""


def test_reading_in_the_writers_own_process_leaves_its_locks(path: Path) -> None:
    """Else another process would think that it is the last to close, and remove the WAL beneath the writer."""
    database = open_for_writing(path)
    open_for_reading(path).close()
    with database.transaction() as sql:
        sql.execute(LOG, (1,))
    subprocess.run([sys.executable, "-c", OPEN_AND_CLOSE, str(path)], check=True)
    with database.transaction() as sql:
        sql.execute(LOG, (2,))
    assert path.with_name("trading.db-wal").exists()
    database.close()
    assert lines(path) == [1, 2]

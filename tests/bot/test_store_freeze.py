"""The main file changes only under the exclusive pull lock, whoever else touches the database."""

import logging
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.store.freeze import FrozenFile, fold_at
from bot.store.migrations import migrate

KIB = 1024
MINUTE = 60_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trading.db"


def write_minutes(file: FrozenFile, first: int, count: int) -> None:
    """Commit one candle a minute, as the bot does."""
    for number in range(first, first + count):
        file.sql.execute("INSERT INTO candles VALUES (?, 'BTC/USDT', 1, 2, 0.5, 1.5, 10, 12, 4, 4)", (number * MINUTE,))
        file.committed()


def fingerprint(path: Path) -> str:
    """Read by another process: a file closed in this one would end its locks on the database."""
    return subprocess.run(["cksum", str(path)], capture_output=True, text=True, check=True).stdout


def wal_bytes(path: Path) -> int:
    return path.with_name("trading.db-wal").stat().st_size


def told(path: Path) -> str:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as sql:
        return str(sql.execute("SELECT value FROM state WHERE key = 'frozen'").fetchone()[0])


@contextmanager
def a_pull(path: Path) -> Iterator[None]:
    """Hold the pull lock shared, as the forced command of the PC's key does."""
    command = ["flock", "--shared", str(path.with_name(".lock")), "sh", "-c", "echo pulling; read _"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as pull:
        assert pull.stdout is not None
        assert pull.stdout.readline() == b"pulling\n"
        yield
        pull.communicate(b"\n")


CHECKPOINT = """
import sqlite3, sys
sql = sqlite3.connect(sys.argv[1], timeout=0)
sql.execute(f"PRAGMA wal_checkpoint({sys.argv[2]})").fetchall()
sql.close()
"""


def foreign_checkpoint(path: Path, mode: str) -> None:
    """Let another process open the database, checkpoint and close it."""
    subprocess.run([sys.executable, "-c", CHECKPOINT, str(path), mode], check=True)


def test_commits_append_to_the_wal_and_leave_the_main_file_alone(path: Path) -> None:
    file = FrozenFile(path, migrate, fold_at_bytes=1024 * KIB)
    before, begin = fingerprint(path), wal_bytes(path)
    write_minutes(file, 0, 100)
    assert fingerprint(path) == before
    assert wal_bytes(path) > begin + 100 * 4096
    file.close()


def test_a_commit_that_takes_the_wal_past_its_threshold_folds_it_in(path: Path) -> None:
    file = FrozenFile(path, migrate, fold_at_bytes=64 * KIB)
    before = fingerprint(path)
    sizes = []
    for number in range(100):
        write_minutes(file, number, 1)
        sizes.append(wal_bytes(path))
    assert max(sizes) < 64 * KIB + 8 * KIB
    assert 0 in sizes
    assert fingerprint(path) != before
    assert file.frozen
    assert told(path) == "1"
    file.close()


def test_a_wal_left_by_a_crash_is_folded_in_at_start(path: Path) -> None:
    first = FrozenFile(path, migrate)
    write_minutes(first, 0, 50)
    first.close()
    before, left = fingerprint(path), wal_bytes(path)
    second = FrozenFile(path, migrate)
    assert left > 50 * 4096
    assert wal_bytes(path) == 0
    assert fingerprint(path) != before
    assert second.sql.execute("SELECT count(*) FROM candles").fetchone() == (50,)
    second.close()


@pytest.mark.parametrize("mode", ["PASSIVE", "FULL", "RESTART", "TRUNCATE"])
def test_no_foreign_checkpoint_changes_the_main_file(path: Path, mode: str) -> None:
    file = FrozenFile(path, migrate)
    write_minutes(file, 0, 20)
    before, wal = fingerprint(path), wal_bytes(path)
    foreign_checkpoint(path, mode)
    write_minutes(file, 20, 20)
    assert fingerprint(path) == before
    assert wal_bytes(path) > wal
    file.close()


def test_without_the_guard_a_foreign_checkpoint_does_change_it(path: Path) -> None:
    """The negative control: what the test above would miss if the guard did nothing."""
    file = FrozenFile(path, migrate)
    write_minutes(file, 0, 20)
    file._guard.execute("ROLLBACK")
    before = fingerprint(path)
    foreign_checkpoint(path, "PASSIVE")
    assert fingerprint(path) != before
    file.close()


def test_a_clean_stop_changes_neither_main_file_nor_wal(path: Path) -> None:
    file = FrozenFile(path, migrate)
    write_minutes(file, 0, 5)
    before, wal = fingerprint(path), wal_bytes(path)
    file.close()
    assert fingerprint(path) == before
    assert wal_bytes(path) == wal
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as sql:
        assert sql.execute("SELECT count(*) FROM candles").fetchone() == (5,)


def test_a_clean_stop_without_the_guard_folds_the_wal_in(path: Path) -> None:
    """The negative control: the last connection to close checkpoints, outside the lock."""
    file = FrozenFile(path, migrate)
    write_minutes(file, 0, 5)
    before = fingerprint(path)
    file._guard.close()
    file.sql.close()
    assert fingerprint(path) != before
    assert not path.with_name("trading.db-wal").exists()


def test_an_hour_of_minutes_under_a_held_lock_is_folded_in_when_it_is_free_again(path: Path) -> None:
    file = FrozenFile(path, migrate, fold_at_bytes=32 * KIB)
    before = fingerprint(path)
    with a_pull(path):
        write_minutes(file, 0, 60)
        assert fingerprint(path) == before
        assert wal_bytes(path) > 60 * 4096
        assert file.frozen
    write_minutes(file, 60, 1)
    assert wal_bytes(path) == 0
    assert fingerprint(path) != before
    assert file.sql.execute("SELECT count(*), max(timestamp) FROM candles").fetchone() == (61, 60 * MINUTE)
    file.close()


def test_an_old_snapshot_on_the_pi_is_told_to_the_puller_until_it_ends(path: Path) -> None:
    file = FrozenFile(path, migrate, fold_at_bytes=32 * KIB)
    write_minutes(file, 0, 2)
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM candles").fetchone()
        write_minutes(file, 2, 10)
        assert not file.frozen
        assert told(path) == "0"
        assert wal_bytes(path) > 32 * KIB
        assert reader.execute("SELECT count(*) FROM candles").fetchone() == (2,)
        reader.execute("ROLLBACK")
        write_minutes(file, 12, 1)
    assert file.frozen
    assert told(path) == "1"
    assert file.sql.execute("SELECT count(*) FROM candles").fetchone() == (13,)
    file.close()


def test_a_wal_that_could_not_be_emptied_is_not_restarted_outside_the_lock(path: Path) -> None:
    """A reader of the newest snapshot lets TRUNCATE fold every frame in, and then answers busy.

    SQLite would let the next commit write from the WAL's start again once that reader is gone, and a pull running at
    that moment would get an old WAL beneath a new one.
    """
    file = FrozenFile(path, migrate, fold_at_bytes=32 * KIB)
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)) as reader:
        with a_pull(path):
            write_minutes(file, 0, 20)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM candles").fetchone()
        file.committed()
        assert not file.frozen
        reader.execute("ROLLBACK")
        wal = path.with_name("trading.db-wal").read_bytes()
        with a_pull(path):
            write_minutes(file, 20, 20)
            assert path.with_name("trading.db-wal").read_bytes()[: len(wal)] == wal
    write_minutes(file, 40, 1)
    assert file.frozen
    file.close()


def test_a_start_during_a_pull_waits_for_it_and_then_goes_on_unfrozen(path: Path) -> None:
    FrozenFile(path, migrate).close()
    with a_pull(path):
        file = FrozenFile(path, migrate, start_wait_seconds=0.1)
        before = fingerprint(path)
        write_minutes(file, 0, 1)
        assert not file.frozen
        assert told(path) == "0"
        assert fingerprint(path) == before
    write_minutes(file, 1, 1)
    assert file.frozen
    assert told(path) == "1"
    file.close()


def test_a_long_wal_is_warned_of_once(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = FrozenFile(path, migrate, fold_at_bytes=16 * KIB, warn_at_bytes=48 * KIB)
    with caplog.at_level(logging.WARNING), a_pull(path):
        write_minutes(file, 0, 30)
    assert [record.message[:17] for record in caplog.records] == ["the WAL has grown"]
    file.close()


def test_every_commit_is_synced_before_it_returns(path: Path) -> None:
    file = FrozenFile(path, migrate)
    assert file.sql.execute("PRAGMA synchronous").fetchone() == (2,)
    assert file.sql.execute("PRAGMA wal_autocheckpoint").fetchone() == (0,)
    file.close()


@pytest.mark.parametrize(
    ("size", "wal"),
    [(0, 256 * KIB), (10_000_000, 707_106), (200_000_000, 3_162_277), (1_000_000_000, 4096 * KIB)],
)
def test_the_log_is_folded_in_where_the_pc_writes_least(size, wal):
    """At 10 MB the PC writes 354 KB of log a minute on average, and the 10 MB once in 28 minutes: 354 KB a minute."""
    assert fold_at(size) == wal

"""A fast writer, and every published copy one whole moment of its database, never older than the one before.

`make test` runs 50 pulls, and 30 with a foreign program, `make testmore` 100 and 60; `make torture` 2,000, and the
negative controls: the ways of copying that look as good must be seen to fail, else this torture proves nothing.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import pytest
from copy_reader import reading
from fast_writer import broken_law_of, writing
from pc import Pc, without_ssh

from sync import publish, pull
from sync.errors import SyncError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sshd import Pi


def pull_whole_copies(pc: Pc, pulls: int) -> int:
    """Sync that often; every copy must obey the laws and be no older. Returns how many had a new main file."""
    before, new_main_files = -1, 0
    for number in range(pulls):
        status = pc.sync()
        assert status.ok, status
        assert status.tries == 1
        new_main_files += status.epoch_changed
        broken, newest = broken_law_of(pc.layout.database)
        assert broken is None, f"pull {number}: {broken}"
        assert newest >= before
        before = newest
        if number % 20 == 0:
            publish.prune(pc.layout, now=time.time() + 3600)
    return new_main_files


@pytest.mark.long
@pytest.mark.parametrize("pulls", [50, pytest.param(100, marks=pytest.mark.more)])
def test_pulls_of_a_fast_writer_are_whole_and_so_is_every_read_over_as_many_replacements(
    pi: Pi, pc: Pc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pulls: int
) -> None:
    """A fifth of the pulls go through the real sshd, the others run its forced command directly."""
    new_main_files = 0
    with writing(pi.database) as writer:
        assert pc.sync().ok
        with reading(pc.layout.database, "request") as requests, reading(pc.layout.database, "long") as long_reads:
            new_main_files += pull_whole_copies(pc, pulls // 5)
            with monkeypatch.context() as patch:
                without_ssh(pi, tmp_path / "bin", patch)
                new_main_files += pull_whole_copies(pc, pulls - pulls // 5)
    assert writer.summary["commits"] > 5 * pulls
    assert writer.summary["folds"] > pulls // 20
    assert new_main_files > pulls // 20
    assert requests.complaints == long_reads.complaints == []
    assert requests.reads > pulls // 4
    assert long_reads.reads > pulls // 20


@pytest.mark.torture
def test_2000_pulls_of_a_fast_writer_are_whole(pi: Pi, pc: Pc) -> None:
    with writing(pi.database) as writer:
        assert pc.sync().ok
        with reading(pc.layout.database, "request") as requests, reading(pc.layout.database, "long") as long_reads:
            new_main_files = pull_whole_copies(pc, 2000)
    print(f"2000 of 2000 pulls good, {new_main_files} with a new main file", writer.summary)  # noqa: T201
    print(f"{requests.reads} requests and {long_reads.reads} long reads good")  # noqa: T201
    assert requests.complaints == long_reads.complaints == []


@dataclass
class Meddler:
    """A foreign program on the Pi that opens the database, checkpoints and closes it, all the time."""

    database: Path
    rounds: int = 0

    def __enter__(self) -> Self:
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.work)
        self.thread.start()
        return self

    def work(self) -> None:
        while not self.stop.is_set():
            with closing(sqlite3.connect(self.database, timeout=5, isolation_level=None)) as sql:
                sql.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            self.rounds += 1

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()


@pytest.fixture
def direct(pi: Pi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pulls run the forced command directly: for torture, the time goes into pulls and not into handshakes."""
    without_ssh(pi, tmp_path / "bin", monkeypatch)


@pytest.mark.usefixtures("direct")
@pytest.mark.parametrize("pulls", [30, pytest.param(60, marks=pytest.mark.more)])
def test_pulls_are_whole_while_a_foreign_program_checkpoints(pi: Pi, pc: Pc, pulls: int) -> None:
    with writing(pi.database) as writer, Meddler(pi.database) as meddler:
        new_main_files = pull_whole_copies(pc, pulls)
    assert meddler.rounds > pulls
    assert writer.summary["folds"] > pulls // 20
    assert new_main_files > pulls // 20


@pytest.mark.torture
@pytest.mark.usefixtures("direct")
def test_2000_pulls_are_whole_while_a_foreign_program_checkpoints(pi: Pi, pc: Pc) -> None:
    with writing(pi.database) as writer, Meddler(pi.database) as meddler:
        new_main_files = pull_whole_copies(pc, 2000)
    print(f"2000 of 2000 pulls good, {new_main_files} with a new main file", writer.summary, meddler.rounds)  # noqa: T201


@pytest.mark.more
@pytest.mark.usefixtures("direct")
def test_a_snapshot_held_on_the_pi_now_and_then_tears_no_pull(pi: Pi, pc: Pc) -> None:
    """Folding fails for a while (`frozen` = 0), a foreign program checkpoints, and the copies stay whole."""
    chance = random.Random(7)
    in_full = 0
    uri = f"{pi.database.as_uri()}?mode=ro"
    with writing(pi.database, fold_at_bytes=256 * 1024), Meddler(pi.database):
        for _ in range(20):
            with closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=5)) as reader:
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM candles").fetchone()
                pull_whole_copies(pc, chance.randint(1, 3))
                with closing(sqlite3.connect(pc.layout.database)) as copy:
                    in_full += copy.execute("SELECT value FROM state WHERE key = 'frozen'").fetchone() == ("0",)
                reader.execute("ROLLBACK")
            pull_whole_copies(pc, chance.randint(1, 3))
    assert in_full > 5


# What looks as good, and is not


def pulls_until_bad(copy_once: Iterator[Path], limit: int) -> int | None:
    """Copy until a copy breaks a law; returns its number."""
    before = -1
    for number, copy in zip(range(1, limit + 1), copy_once, strict=False):
        broken, newest = broken_law_of(copy)
        if broken is not None or newest < before:
            print(f"copy {number}: {broken or 'older than the one before'}")  # noqa: T201
            return number
        before = newest
    return None


def plain_rsync(pi: Pi, target: Path, *names: str) -> Iterator[Path]:
    """Copy the live files with plain rsync, without any lock, as tutorials say."""
    mirror, copy = target / "mirror", target / "copy"
    mirror.mkdir(parents=True)
    while True:
        command = ["rsync", "-rtI", "--include=/trading.db*", "--exclude=*", f"{pi.folder}/", f"{mirror}/"]
        subprocess.run(command, check=True)
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir(parents=True)
        for name in names:
            if (mirror / name).exists():
                shutil.copy(mirror / name, copy / name)
        yield copy / "trading.db"


@pytest.mark.torture
@pytest.mark.parametrize("names", [("trading.db",), ("trading.db", "trading.db-wal")])
def test_control_plain_rsync_of_a_live_database_is_seen_to_fail(pi: Pi, tmp_path: Path, names: tuple[str, ...]) -> None:
    with writing(pi.database, how="default"):
        assert pulls_until_bad(plain_rsync(pi, tmp_path / "plain", *names), 2000) is not None


@pytest.mark.torture
@pytest.mark.usefixtures("direct")
def test_control_without_the_guard_a_foreign_checkpoint_is_seen_to_tear_a_pull(pi: Pi, pc: Pc) -> None:
    """The pulled files are looked at before the puller's own checks, which would keep the torn ones back."""

    def copies() -> Iterator[Path]:
        copy = pc.layout.data / "copy"
        while True:
            try:
                pull.pull(pc.config, pc.layout)
            except SyncError:
                continue
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(pc.layout.mirror, copy)
            yield copy / "trading.db"

    publish.prepare(pc.layout)
    with writing(pi.database, how="unguarded"), Meddler(pi.database):
        assert pulls_until_bad(copies(), 2000) is not None

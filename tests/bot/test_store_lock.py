"""Two locks beside the database: one writer for life, and pulls against changes of the main file."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import DatabaseError, DatabaseInUseError
from bot.store.lock import PullLock, WriterLock

HOLD = """
import sys, time
from pathlib import Path
from bot.store.lock import WriterLock
lock = WriterLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def hold_the_writer_lock(folder: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def test_a_second_writer_is_refused_and_told_who_writes(tmp_path: Path) -> None:
    with hold_the_writer_lock(tmp_path) as holder:
        with pytest.raises(DatabaseInUseError) as refusal:
            WriterLock(tmp_path)
        holder.kill()
    assert f"process {holder.pid} (-c {tmp_path})" in str(refusal.value)
    assert "stop that one first" in str(refusal.value)


def test_a_killed_writer_leaves_the_lock_free(tmp_path: Path) -> None:
    with hold_the_writer_lock(tmp_path) as holder:
        os.kill(holder.pid, signal.SIGKILL)
    WriterLock(tmp_path).close()


def test_a_shorter_holder_overwrites_the_name_of_a_longer_one(tmp_path: Path) -> None:
    (tmp_path / ".writer").write_text("1234567 " + "x" * 300)
    lock = WriterLock(tmp_path)
    assert (tmp_path / ".writer").read_text().startswith(f"{os.getpid()} ")
    assert "x" * 10 not in (tmp_path / ".writer").read_text()
    lock.close()


def test_the_pull_lock_can_be_read_by_the_group_and_not_by_others(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        PullLock(tmp_path).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / ".lock").stat().st_mode) == 0o640


def test_a_pull_holds_the_writer_off_and_the_writer_does_not_wait(tmp_path: Path) -> None:
    lock = PullLock(tmp_path)
    with subprocess.Popen(
        ["flock", "--shared", str(tmp_path / ".lock"), "sh", "-c", "echo pulling; read _"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as pull:
        assert pull.stdout is not None
        assert pull.stdout.readline() == b"pulling\n"
        with lock.exclusive() as alone:
            assert not alone
        pull.communicate(b"\n")
    with lock.exclusive() as alone:
        assert alone
        late = subprocess.run(["flock", "--shared", "--nonblock", str(tmp_path / ".lock"), "true"], check=False)
        assert late.returncode == 1
    again = subprocess.run(["flock", "--shared", "--nonblock", str(tmp_path / ".lock"), "true"], check=False)
    assert again.returncode == 0
    lock.close()


def test_a_folder_that_is_missing_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="must be writable by the user who runs this"):
        WriterLock(tmp_path / "nowhere")

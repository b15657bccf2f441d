"""The command as a user runs it: `cvdbot sync` and `python -m sync`, what they print and how they end."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pc import Pc, without_ssh, write_minutes
from sshd import Pi

from bot.store.database import Database

CVDBOT = str(Path(sys.executable).with_name("cvdbot"))
BOTH = pytest.mark.parametrize(
    "command", [[CVDBOT, "sync"], [sys.executable, "-m", "sync"]], ids=["cvdbot", "python -m"]
)
SYNC = [sys.executable, "-m", "sync"]


def without_watch(said: str) -> str:
    """Return what is complained of, but for the watch's word that candles of 1970 are old."""
    return "".join(line for line in said.splitlines(keepends=True) if not line.startswith("watch: no new candle"))


def run(*command: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=folder)


@BOTH
def test_once_prints_one_status_line_and_ends_with_0(bot: Database, pc: Pc, command: list[str]) -> None:
    write_minutes(bot, 0, 2)
    done = run(*command, "--once", "--config", str(pc.toml))
    assert (done.returncode, without_watch(done.stderr)) == (0, "")
    status = json.loads(done.stdout)
    assert (status["ok"], status["rows"], status["newest"], status["error"]) == (True, 2, 60_000, None)
    assert json.loads(pc.layout.status.read_text()) == status


def test_sync_toml_of_the_working_folder_is_used(bot: Database, pc: Pc) -> None:
    write_minutes(bot, 0, 1)
    done = run(*SYNC, "--once", folder=pc.toml.parent)
    assert done.returncode == 0, done.stderr
    assert (pc.toml.parent / "data" / "trading.db").exists()


@BOTH
def test_a_failure_ends_with_1_and_its_sentence(pi: Pi, pc: Pc, command: list[str]) -> None:
    pi.known_hosts_file.write_text("")
    done = run(*command, "--once", "--config", str(pc.toml))
    assert done.returncode == 1
    assert json.loads(done.stdout)["ok"] is False
    assert "the host key of 127.0.0.1 is not in" in done.stderr
    assert "Traceback" not in done.stderr


@BOTH
def test_settings_that_are_refused_end_with_2_and_a_sentence(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "sync.toml").write_text('hots = "pi"')
    done = run(*command, "--once", "--config", str(tmp_path / "sync.toml"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "unknown key 'hots'; the keys are host, user" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_says_what_is_ready_and_copies_nothing(bot: Database, pc: Pc) -> None:
    write_minutes(bot, 0, 1)
    done = run(*SYNC, "--check", "--config", str(pc.toml))
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["ok:"] * 5
    assert "127.0.0.1 lets" in done.stdout
    assert not pc.layout.database.exists()
    assert list(pc.layout.mirror.iterdir()) == []


def test_check_ends_at_the_first_thing_that_is_missing(pi: Pi, pc: Pc) -> None:
    (pi.home / "authorized_keys").write_text("")
    done = run(*SYNC, "--check", "--config", str(pc.toml))
    assert done.returncode == 1
    assert "does not take the key" in done.stderr


def test_flatten_writes_one_plain_file(bot: Database, pc: Pc, tmp_path: Path) -> None:
    write_minutes(bot, 0, 4)
    pc.sync()
    done = run(*SYNC, "--flatten", str(tmp_path / "mail.db"), "--config", str(pc.toml))
    assert (done.returncode, without_watch(done.stderr)) == (0, "")
    with closing(sqlite3.connect(tmp_path / "mail.db")) as sql:
        assert sql.execute("SELECT count(*) FROM candles").fetchone() == (4,)
    assert not (tmp_path / "mail.db-wal").exists()


@pytest.mark.parametrize(("stop", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_syncs_again_and_again_until_it_is_told_to_stop(
    pi: Pi, bot: Database, pc: Pc, stop: signal.Signals, code: int
) -> None:
    pi.sync_toml(pc.toml, every=1)
    write_minutes(bot, 0, 1)
    command = [*SYNC, "--config", str(pc.toml)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["rows"] == 1
        write_minutes(bot, 1, 1)
        while (status := json.loads(process.stdout.readline()))["rows"] == 1:
            assert status["ok"]
        assert status["rows"] == 2
        second = run(*SYNC, "--once", "--config", str(pc.toml))
        assert second.returncode == 1
        assert f"another sync (process {process.pid}) keeps" in second.stderr
        process.send_signal(stop)
        assert process.wait(timeout=30) == code
        assert without_watch(process.stderr.read()) == ""
    assert run(*SYNC, "--once", "--config", str(pc.toml)).returncode == 0


@pytest.fixture
def stuck(pi: Pi, pc: Pc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[bytes]]:
    """A sync in the middle of its transfer: its ssh waits until something is written to `tmp_path/go`."""
    os.mkfifo(tmp_path / "begun")
    os.mkfifo(tmp_path / "go")
    without_ssh(pi, tmp_path / "bin", monkeypatch)
    stand_in = tmp_path / "bin" / "ssh"
    wait = f"[ -e {tmp_path}/once ] || {{ touch {tmp_path}/once; echo > {tmp_path}/begun; read _ < {tmp_path}/go; }}\n"
    stand_in.write_text(stand_in.read_text().replace("shift 3", f"{wait}shift 3"))
    command = [*SYNC, "--once", "--config", str(pc.toml)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        (tmp_path / "begun").read_text()
        yield process
        process.kill()


def lock_is_free(pc: Pc) -> bool:
    return run("flock", "--nonblock", str(pc.layout.private / "lock"), "true").returncode == 0


def test_a_transfer_that_outlives_its_killed_sync_keeps_the_next_one_waiting(
    bot: Database, pc: Pc, stuck: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """Else two would write into one mirror."""
    write_minutes(bot, 0, 3)
    stuck.kill()
    stuck.wait()
    assert not lock_is_free(pc)
    command = [*SYNC, "--once", "--config", str(pc.toml)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as following:
        (tmp_path / "go").write_text("\n")
        said = following.communicate(timeout=60)[0]
    assert json.loads(said)["rows"] == 3


def test_a_sync_that_is_told_to_stop_takes_its_transfer_along(
    bot: Database, pc: Pc, stuck: subprocess.Popen[bytes]
) -> None:
    write_minutes(bot, 0, 3)
    stuck.terminate()
    assert stuck.wait(timeout=60) == 0
    assert lock_is_free(pc)
    assert list(pc.layout.mirror.iterdir()) == []
    assert pc.sync().rows == 3


def test_help_names_every_option() -> None:
    done = run(CVDBOT, "sync", "--help")
    assert done.returncode == 0
    for option in ("--once", "--config", "--check", "--flatten"):
        assert option in done.stdout

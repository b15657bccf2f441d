"""What the PC's key may do on the Pi: copy one folder, and nothing else. Each refusal by the real sshd."""

import shlex
import subprocess
from pathlib import Path

import pytest
from pc import Pc
from sshd import Pi, free_port

from sync.pull import ssh_config


@pytest.fixture
def ssh(pi: Pi, pc: Pc, tmp_path: Path) -> list[str]:
    """The options of ssh with the key and a Pi whose folder holds a database, `secret` beside it."""
    pi.database.write_text("the database")
    (pi.folder / ".lock").touch()
    (tmp_path / "secret").write_text("nothing for the PC")
    (tmp_path / "ssh_config").write_text(ssh_config(pc.config))
    return ["-F", str(tmp_path / "ssh_config")]


def run(*command: str, send: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, input=send, capture_output=True, text=True, timeout=60, check=False)


def test_the_key_copies_the_folder(ssh: list[str], tmp_path: Path) -> None:
    """The control: so a refusal below is one."""
    done = run("rsync", "-e", shlex.join(["ssh", *ssh]), "pi:/trading.db", str(tmp_path / "copy.db"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "copy.db").read_text() == "the database"


def test_no_shell(ssh: list[str], tmp_path: Path) -> None:
    done = run("ssh", *ssh, "pi", send=f"touch {tmp_path}/owned\n")
    assert done.returncode != 0
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("command", ["id", "cat ../secret", "sh -c id", "rsync --version; id"])
def test_no_command(ssh: list[str], command: str) -> None:
    done = run("ssh", *ssh, "pi", command)
    assert done.returncode != 0
    assert "uid=" not in done.stdout
    assert "nothing for the PC" not in done.stdout


@pytest.mark.parametrize("path", ["../secret", "/../secret", "{tmp}/secret"])
def test_nothing_outside_the_folder(ssh: list[str], tmp_path: Path, path: str) -> None:
    done = run("rsync", "-e", shlex.join(["ssh", *ssh]), f"pi:{path.format(tmp=tmp_path)}", f"{tmp_path}/stolen")
    assert done.returncode != 0
    assert not (tmp_path / "stolen").exists()


def test_no_writing(ssh: list[str], pi: Pi, tmp_path: Path) -> None:
    (tmp_path / "trading.db").write_text("worse")
    before = pi.database.read_bytes()
    done = run("rsync", "-e", shlex.join(["ssh", *ssh]), f"{tmp_path}/trading.db", "pi:/trading.db")
    assert done.returncode != 0
    assert pi.database.read_bytes() == before


@pytest.mark.parametrize("legacy", [["-O"], []])
def test_no_scp(ssh: list[str], tmp_path: Path, legacy: list[str]) -> None:
    done = run("scp", *legacy, *ssh, "pi:trading.db", str(tmp_path / "stolen"))
    assert done.returncode != 0
    assert not (tmp_path / "stolen").exists()


def test_no_sftp(ssh: list[str], tmp_path: Path) -> None:
    done = run("sftp", *ssh, "-b", "-", "pi", send=f"get trading.db {tmp_path}/stolen\n")
    assert done.returncode != 0
    assert not (tmp_path / "stolen").exists()


@pytest.mark.parametrize("way", ["-L", "-R"])
def test_no_forwarding(ssh: list[str], pi: Pi, way: str) -> None:
    """A tunnel to the sshd itself: a connection through it would be greeted."""
    port = free_port()
    options = [
        *ssh,
        *("-o", "ClearAllForwardings=no", "-o", "ExitOnForwardFailure=yes", "-v"),
        *(way, f"127.0.0.1:{port}:127.0.0.1:{pi.port}"),
    ]
    if way == "-R":
        done = run("ssh", *options, "-N", "pi")
        assert done.returncode != 0
        assert "remote port forwarding failed" in done.stderr
    else:
        done = run("ssh", *ssh, "-W", f"127.0.0.1:{pi.port}", "pi")
        assert "SSH-2.0" not in done.stdout
        assert "administratively prohibited" in done.stderr


def test_the_example_of_the_documentation_is_the_command_that_is_tested(pi: Pi) -> None:
    page = (Path(__file__).parents[2] / "docs" / "sync.md").read_text()
    tested = (pi.home / "authorized_keys").read_text().split(" ssh-ed25519")[0]
    assert tested.replace(str(pi.folder), "/srv/bot/db") in page

"""A Pi to copy from: a real sshd on loopback, its key bound to `flock ... rrsync -ro FOLDER` as in docs/sync.md.

It runs as the user who runs the tests, on a free port, with host key, user key and authorized_keys of its own.
"""

from __future__ import annotations

import getpass
import os
import re
import shutil
import socket
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FORCED = "flock --shared --timeout {lock_wait} -E 75 {folder}/.lock timeout 300 rrsync -ro {folder}"
"""The forced command of docs/sync.md."""

_SSHD_CONFIG = """\
ListenAddress 127.0.0.1:{port}
HostKey "{home}/host_key"
PidFile "{home}/sshd.pid"
AuthorizedKeysFile "{home}/authorized_keys"
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100
Subsystem sftp internal-sftp
"""


@dataclass(frozen=True)
class Pi:
    """Where the Pi's database folder, keys and port are."""

    folder: Path
    """The folder that the key may copy, /srv/bot/db on a real Pi."""
    home: Path
    """Keys and settings of the server and of the client."""
    port: int

    @property
    def database(self) -> Path:
        return self.folder / "trading.db"

    @property
    def user(self) -> str:
        return getpass.getuser()

    @property
    def identity_file(self) -> Path:
        return self.home / "key"

    @property
    def known_hosts_file(self) -> Path:
        return self.home / "known_hosts"

    def authorize(self, command: str | None = None, *, lock_wait: int = 20) -> None:
        """Bind the key to a command; the one of docs/sync.md by default."""
        if command is None:
            command = FORCED.format(folder=self.folder, lock_wait=lock_wait)
        key = (self.home / "key.pub").read_text()
        (self.home / "authorized_keys").write_text(f'restrict,command="{command}" {key}')

    def trust(self, public_key: Path | None = None) -> None:
        """Write the client's known_hosts; with the server's own key by default."""
        kind, key = (public_key or self.home / "host_key.pub").read_text().split()[:2]
        self.known_hosts_file.write_text(f"[127.0.0.1]:{self.port} {kind} {key}\n")

    def sync_toml(self, file: Path, **changes: object) -> Path:
        """Write a sync.toml for a PC that copies from here into `data` beside it; `changes` replace or add keys."""
        keys: dict[str, object] = {
            "host": "127.0.0.1",
            "user": self.user,
            "port": self.port,
            "identity_file": str(self.identity_file),
            "known_hosts_file": str(self.known_hosts_file),
            **changes,
        }
        lines = [f"{key} = {value}" if isinstance(value, int) else f'{key} = "{value}"' for key, value in keys.items()]
        file.write_text("\n".join(lines) + "\n")
        return file


@contextmanager
def running_pi(home: Path, folder: Path) -> Iterator[Pi]:
    """Run a Pi's sshd; `home` and `folder` are made when they are missing."""
    sshd = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    assert sshd is not None, "sshd is not installed: scripts/system-packages.sh sshd"
    assert shutil.which("rrsync") is not None, "rrsync is not installed: scripts/system-packages.sh rsync"
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    home.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("host_key", "key"):
        make_key(home / name)
    for _ in range(5):
        pi = Pi(folder=folder, home=home, port=free_port())
        process = _start(sshd, pi)
        if process is not None:
            break
    else:
        raise AssertionError((home / "sshd.log").read_text())
    try:
        pi.authorize()
        pi.trust()
        yield pi
    finally:
        process.terminate()
        process.wait(timeout=10)


def make_key(file: Path) -> None:
    """Make an ed25519 key pair, `file` and `file`.pub, unless it is there."""
    if not file.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True)


def free_port() -> int:
    """Give a port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(sshd: str, pi: Pi) -> subprocess.Popen[str] | None:
    """Start the server; None when another program took the port first."""
    settings = _SSHD_CONFIG.format(port=pi.port, home=pi.home)
    if _version(sshd) >= (9, 8):
        settings += "PerSourcePenalties no\n"  # refused keys are part of the tests
    (pi.home / "sshd_config").write_text(settings)
    process = subprocess.Popen(
        [sshd, "-D", "-e", "-f", str(pi.home / "sshd_config")],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    listening = threading.Event()
    reader = threading.Thread(target=_record, args=(process.stderr, pi.home / "sshd.log", listening), daemon=True)
    reader.start()
    listening.wait(timeout=30)
    if process.poll() is None:
        return process
    process.wait()
    return None


def _record(lines: IO[str], log: Path, listening: threading.Event) -> None:
    """Write what the server says to a file; tell when it listens, or has ended."""
    with lines, log.open("a") as file:
        for line in lines:
            file.write(line)
            file.flush()
            if line.startswith("Server listening"):
                listening.set()
    listening.set()


def _version(sshd: str) -> tuple[int, ...]:
    answer = subprocess.run([sshd, "-V"], capture_output=True, text=True, check=False).stderr
    found = re.search(r"OpenSSH_(\d+)\.(\d+)", answer)
    return tuple(int(number) for number in found.groups()) if found else (0, 0)

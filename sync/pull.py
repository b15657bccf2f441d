"""One pull: rsync over ssh, from the Pi's folder into the mirror.

The Pi's key is bound to `flock --shared ... rrsync -ro FOLDER`, so that main file and WAL are copied in one call under
one lock, while the main file stands still and the WAL only grows. The options matter, each was measured:

- `--modify-window=-1`: compare times in nanoseconds; a page may change within a second without the size changing;
- no `--inplace`: a changed file is a new inode, so a published link to the old one never changes under a reader;
- no `--append`: a WAL that was emptied and grew again would stay stale for ever;
- `-B16384`: few checksums to send for a WAL of some MB; `-z` with rsync's own choice of compressor;
- `--delete` takes away a WAL that the Pi no longer has; archives are kept whatever the Pi does (filter `P`).
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.errors import PullError, SyncError
from sync.failures import explain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sync.config import Config
    from sync.layout import Layout

RSYNC = (
    "rsync",
    "-rt",
    "--modify-window=-1",
    "-z",
    "-B16384",
    "--timeout=20",
    "--delete",
    "--filter=P /archive_*.db",
    "--include=/trading.db",
    "--include=/trading.db-wal",
    "--include=/archive_*.db",
    "--exclude=*",
    "--stats",
    "-e",
    "ssh -F ssh_config",
)
"""Run inside the private folder, so that no path of the user's has to be quoted for rsync."""

FROM_TO = ("pi:/", "mirror/")

PULL_SECONDS = 330
"""A pull is given up after this; the Pi ends it after 300 s."""

_SSH_CONFIG = """\
Host pi
    HostName {host}
    Port {port}
    User {user}
    IdentityFile "{identity_file}"
    IdentitiesOnly yes
    UserKnownHostsFile "{known_hosts_file}"
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
    CheckHostIP no
    UpdateHostKeys no
    BatchMode yes
    PreferredAuthentications publickey
    ConnectTimeout 5
    ServerAliveInterval 5
    ServerAliveCountMax 3
    ForwardAgent no
    ForwardX11 no
    ClearAllForwardings yes
    PermitLocalCommand no
    ControlPath none
    RequestTTY no
    Compression no
    LogLevel VERBOSE
"""

_NUMBER = r"([\d,.]+)"
_SENT_RECEIVED = re.compile(rf"Total bytes sent: {_NUMBER}\s+Total bytes received: {_NUMBER}")
_SSH_TOTALS = re.compile(r"Transferred: sent (\d+), received (\d+) bytes")


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull cost."""

    payload: int
    """Bytes of rsync's protocol, both ways."""
    wire: int | None
    """Bytes of the ssh connection, both ways and with its handshake; None when ssh did not tell."""
    seconds: float


def ssh_config(config: Config) -> str:
    """Give the whole of ssh's configuration: neither the user's nor the system's is read."""
    return _SSH_CONFIG.format(
        host=config.host.replace("%", "%%"),
        port=config.port,
        user=config.user,
        identity_file=str(config.identity_file).replace("%", "%%"),
        known_hosts_file=str(config.known_hosts_file).replace("%", "%%"),
    )


def pull(config: Config, layout: Layout, *, hold: Sequence[int] = (), dry: bool = False) -> Pulled:
    """Make the mirror equal to the Pi's folder; raises `PullError`.

    `hold` are descriptors that rsync inherits: the instance lock lives as long as a transfer does, even when this
    process is killed. `dry` copies nothing and may run beside another pull.
    """
    if not dry:
        _sweep(layout.mirror)
    _write_ssh_config(layout.private / "ssh_config", ssh_config(config))
    began = time.monotonic()
    code, output, complaints = _run([*RSYNC, *(["--dry-run"] if dry else []), *FROM_TO], layout.private, hold)
    seconds = time.monotonic() - began
    if code != 0 or "failed verification" in complaints:
        raise explain(code, complaints, config)
    figures = _SENT_RECEIVED.search(output)
    totals = _SSH_TOTALS.search(complaints)
    return Pulled(
        payload=sum(int(re.sub(r"\D", "", number)) for number in figures.groups()) if figures else 0,
        wire=sum(int(number) for number in totals.groups()) if totals else None,
        seconds=seconds,
    )


def rsync_version() -> tuple[int, ...]:
    """Tell which rsync is installed here; raises `SyncError` when none or not a usable one is."""
    try:
        answer = subprocess.run(["rsync", "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S607
    except FileNotFoundError:
        raise SyncError("rsync is not installed on this computer: install it (Debian: apt install rsync)") from None
    found = re.match(r"rsync +version v?(\d+)\.(\d+)", answer)
    version = tuple(int(number) for number in found.groups()) if found else (0, 0)
    if version < (3, 2):
        first = (answer.splitlines() or ["an unknown one"])[0]
        raise SyncError(f"rsync 3.2 or newer is needed, here is '{first}': install it (macOS: brew install rsync)")
    return version


def _sweep(mirror: Path) -> None:
    """Remove what a killed rsync left half-done: its temporary files begin with a dot."""
    for leftover in mirror.glob(".*"):
        leftover.unlink()


def _write_ssh_config(file: Path, text: str) -> None:
    new = file.with_name(f".{file.name}.{os.getpid()}")
    new.write_text(text, encoding="utf-8")
    new.replace(file)


def _run(command: list[str], folder: Path, hold: Sequence[int]) -> tuple[int, str, str]:
    """Run a command to its end, in its own process group, which is ended with us."""
    surroundings = {key: value for key, value in os.environ.items() if not key.startswith("RSYNC_")}
    try:
        process = subprocess.Popen(  # noqa: S603 - a constant command line
            command,
            cwd=folder,
            env={**surroundings, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
            pass_fds=hold,
        )
    except FileNotFoundError:
        raise PullError(
            f"{command[0]} is not installed on this computer: install it (Debian: apt install rsync)",
            code=127,
            retry=False,
        ) from None
    try:
        output, complaints = process.communicate(timeout=PULL_SECONDS)
    except subprocess.TimeoutExpired:
        _end(process)
        raise PullError(f"the copy took more than {PULL_SECONDS} s and was given up", code=30, retry=True) from None
    except BaseException:
        _end(process)
        raise
    return process.returncode, output, complaints


def _end(process: subprocess.Popen[str]) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=5)
            return

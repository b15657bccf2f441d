"""A systemd user manager for a test: real services of a home folder of its own, seen by nobody else.

It lives in namespaces where systemd seems to run the machine and in a control group of its own, which needs root. What
it runs ends with it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE_SECONDS = 60.0
PROGRAM = next((one for one in ("/lib/systemd/systemd", "/usr/lib/systemd/systemd") if Path(one).exists()), "")
BEGIN = f"""
echo $$ > "$GROUP/cgroup.procs" || exit 1
exec unshare --mount --cgroup --propagation private sh -c '
    mount -t tmpfs own /run && mkdir -p /run/systemd/system &&
    mount -t tmpfs own /sys/fs/cgroup && mount -t cgroup2 own /sys/fs/cgroup && exec {PROGRAM} --user
'
"""


@dataclass(frozen=True)
class UserManager:
    """Where it is: what a command must have in its environment to speak with it."""

    environment: dict[str, str]

    def systemctl(self, *words: str) -> str:
        done = subprocess.run(
            ["systemctl", "--user", *words], env=self.environment, capture_output=True, text=True, check=False
        )
        return done.stdout.strip() or done.stderr.strip()

    def is_up(self) -> bool:
        return self.systemctl("is-active", "default.target") == "active"


@contextmanager
def user_manager(home: Path) -> Iterator[UserManager]:
    """Run one for a home folder; skips the test, with the reason, where there can be none."""
    if not PROGRAM or shutil.which("unshare") is None:
        pytest.skip("systemd and unshare are not installed")
    if os.geteuid() != 0:
        pytest.skip("only root may give systemd namespaces of its own")
    with tempfile.TemporaryDirectory(prefix="cvdbot-") as runtime, control_group() as group:  # a socket's path is short
        environment = {"HOME": str(home), "XDG_RUNTIME_DIR": runtime, "PATH": os.environ["PATH"]}
        manager = UserManager(environment)
        with subprocess.Popen(
            ["sh", "-c", BEGIN], env={**environment, "GROUP": str(group)}, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                until(
                    lambda: process.poll() is not None or manager.systemctl("is-active", "default.target") == "active"
                )
                if process.poll() is not None and process.stderr is not None:
                    pytest.skip(f"no systemd user manager runs here: {process.stderr.read()[-200:]}")
                yield manager
            finally:
                end(group)


def end(group: Path) -> None:
    """Kill what lives in a control group and below, its own ones alone."""

    def empty() -> bool:
        for file in group.rglob("cgroup.procs"):
            with suppress(OSError):
                for pid in set(file.read_text().split()) - {"0"}:  # 0: of another namespace, and would mean us
                    os.kill(int(pid), signal.SIGKILL)
        return "populated 0" in (group / "cgroup.events").read_text()

    until(empty)


def until(happened: Callable[[], object]) -> None:
    """Look again and again until another process has done what is waited for."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@contextmanager
def control_group() -> Iterator[Path]:
    """Make a control group below our own, and remove it and what is below when its processes have ended."""
    found = subprocess.run(
        ["findmnt", "--noheadings", "--first-only", "--types", "cgroup2", "--output", "TARGET"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    ours = [line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::")]
    if not found or not ours:
        pytest.skip("there are no control groups of version 2")
    group = Path(found) / ours[0].strip("/") / f"cvdbot-test-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made: {error}")
    try:
        yield group
    finally:
        end(group)
        for one in sorted((one for one in group.rglob("*") if one.is_dir()), reverse=True):
            one.rmdir()
        group.rmdir()

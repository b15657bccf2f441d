"""A job as a user service of systemd, by `systemctl --user`."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from background import files
from background.errors import BackgroundError, NoManagerError
from background.texts import unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from background.job import Job

BOOTED = Path("/run/systemd/system")
"""There where systemd runs the machine: sd_booted(3)."""


def place(name: str) -> Path:
    """Return where a user's unit stands: systemd.unit(5)."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user" / f"{name}.service"


def install(job: Job) -> Iterator[str]:
    """Write the unit, enable it and let it run; a sentence a step.

    Raises:
        NoManagerError: No systemd manages this user's services.
        BackgroundError: A service of that name is somebody else's, or a step fails.
    """
    file = place(job.name)
    _refuse_other(job.name, file)
    done = files.put(file, unit(job))
    if done == "kept" and all(_asked("--quiet", one, job.name).returncode == 0 for one in ("is-enabled", "is-active")):
        yield f"{job.name} is installed already and runs: nothing is changed"
    else:
        _do("daemon-reload")
        _do("enable", "--quiet", job.name)
        _do("restart", job.name)
        yield f"{done} {file}"
        yield f"{job.name} runs now, and from every login on"
    yield f"its log: journalctl --user -u {job.name} -f"
    yield "it ends when you log out, unless you once say `loginctl enable-linger`: then it runs from boot on"


def uninstall(name: str) -> Iterator[str]:
    """End the service and remove its unit; a sentence a step.

    Raises:
        NoManagerError: No systemd manages this user's services.
        BackgroundError: The unit is somebody else's, or a step fails.
    """
    file = place(name)
    _refuse_other(name, file)
    if not files.refuse_foreign(file):
        yield f"{name} is not installed: there is no {file}"
        return
    _do("disable", "--quiet", "--now", name)
    files.remove(file)
    _do("daemon-reload")
    yield f"{name} is ended, and {file} removed"


def _refuse_other(name: str, file: Path) -> None:
    """Let only our own file be the unit of that name."""
    answer = _asked("show", "--property=FragmentPath", "--value", f"{name}.service")
    if answer.returncode != 0:
        raise NoManagerError(_said(answer))
    other = answer.stdout.strip()
    if other and Path(other).exists() and not (file.exists() and file.samefile(other)):
        raise BackgroundError(f"there is a service {name} of somebody else's, {other}: nothing is changed")


def _do(*words: str) -> None:
    answer = _asked(*words)
    if answer.returncode != 0:
        raise BackgroundError(f"systemctl --user {' '.join(words)}: {_said(answer)}")


def _asked(*words: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - our own words
            ["systemctl", "--user", *words],  # noqa: S607 - where the system keeps it
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise NoManagerError("there is no systemctl") from None


def _said(answer: subprocess.CompletedProcess[str]) -> str:
    return " ".join(answer.stderr.split()) or f"exit code {answer.returncode}"

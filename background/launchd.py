"""A job as an agent of launchd, by `launchctl`, in the session of the logged-in user."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from background import files
from background.errors import BackgroundError
from background.texts import agent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from background.job import Job

ENDS_SECONDS = 30.0
"""How long an agent may take to end."""


def place(name: str) -> Path:
    """Return where a user's agent stands: launchd.plist(5)."""
    return Path.home() / "Library" / "LaunchAgents" / f"{name}.plist"


def install(job: Job) -> Iterator[str]:
    """Write the agent and let it run; a sentence a step.

    Raises:
        BackgroundError: An agent of that name is somebody else's, or a step fails.
    """
    file = place(job.name)
    log = Path.home() / "Library" / "Logs" / f"{job.name}.log"
    done = files.put(file, agent(job, log))
    if done == "kept" and _loaded(job.name):
        yield f"{job.name} is installed already and runs: nothing is changed"
    else:
        _end(job.name)
        _do("bootstrap", _domain(), str(file))
        yield f"{done} {file}"
        yield f"{job.name} runs now, and from every login on"
    yield f"its log: tail -f {log}"


def uninstall(name: str) -> Iterator[str]:
    """End the agent and remove its file; a sentence a step.

    Raises:
        BackgroundError: The file is somebody else's, or a step fails.
    """
    file = place(name)
    if not files.refuse_foreign(file):
        yield f"{name} is not installed: there is no {file}"
        return
    _end(name)
    files.remove(file)
    yield f"{name} is ended, and {file} removed"


def _domain() -> str:
    return f"gui/{os.getuid()}"


def _loaded(name: str) -> bool:
    return _asked("print", f"{_domain()}/{name}").returncode == 0


def _end(name: str) -> None:
    """End the agent when it is loaded, and wait: one that still ends can't be begun again."""
    if not _loaded(name):
        return
    _do("bootout", f"{_domain()}/{name}")
    deadline = time.monotonic() + ENDS_SECONDS
    while _loaded(name):
        if time.monotonic() >= deadline:
            raise BackgroundError(f"{name} does not end: ask again in a minute")
        time.sleep(0.2)


def _do(*words: str) -> None:
    answer = _asked(*words)
    if answer.returncode != 0:
        said = " ".join(answer.stderr.split()) or f"exit code {answer.returncode}"
        raise BackgroundError(f"launchctl {' '.join(words)}: {said}; are you logged in at this Mac's own screen?")


def _asked(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own words
        ["launchctl", *words],  # noqa: S607 - where the system keeps it
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )

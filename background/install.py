"""Which system runs a job here, and handing it over: systemd, launchd, or a line that the user gives to cron."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from background import launchd, systemd
from background.errors import BackgroundError, NoManagerError, OnlyCronError
from background.texts import cron_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from background.job import Job


def install(job: Job) -> Iterator[str]:
    """Let a job run by itself from now on; a sentence a step, the next one last.

    Raises:
        OnlyCronError: Neither systemd nor launchd runs here; what was told is a line for cron.
        BackgroundError: It can't be, or it is somebody else's.
    """
    _refuse_sudo()
    if sys.platform == "darwin":
        yield from launchd.install(job)
        return
    try:
        yield from systemd.install(job)
    except NoManagerError:
        if systemd.BOOTED.exists():
            raise
        yield cron_line(job)
        raise OnlyCronError from None


def uninstall(name: str) -> Iterator[str]:
    """Let a job run by itself no more; a sentence a step.

    Raises:
        BackgroundError: It can't be removed, or it is somebody else's.
    """
    _refuse_sudo()
    if sys.platform == "darwin":
        yield from launchd.uninstall(name)
        return
    try:
        yield from systemd.uninstall(name)
    except NoManagerError:
        if systemd.BOOTED.exists():
            raise
        yield "systemd does not run here, so nothing is installed; `crontab -e` removes what cron has"


def _refuse_sudo() -> None:
    """Raise where it would be installed for another user than the one who asks, or for nobody."""
    if os.name == "nt":
        raise BackgroundError("Windows has its own Task Scheduler: docs/sync.md says how, under 'By itself'")
    user = os.environ.get("SUDO_USER")
    if user and os.geteuid() == 0:
        raise BackgroundError(f"it would run as root, not as {user}: ask without sudo")

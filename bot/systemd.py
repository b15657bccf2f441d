"""Telling systemd how the bot is: it is ready, it is alive, it stops (sd_notify(3)).

A service of `Type=notify` is started when it says so itself, and one with a watchdog is killed and begun again when it
has been silent for too long: so both are said by the loop that closes minutes, which is what must not hang. Started by
anything but systemd, nothing is told to anyone.
"""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_MICROSECONDS = 1_000_000


class Systemd:
    """The systemd that started this process, or nobody."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        if self._address.startswith("@"):  # an abstract socket, which is no file
            self._address = "\0" + self._address[1:]
        for_us = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        limit = environment.get("WATCHDOG_USEC", "") if for_us else ""
        self._every = int(limit) / _MICROSECONDS / 2 if limit.isdecimal() else None
        self._next = 0.0
        self._ready = False

    def alive(self, status: str) -> None:
        """Say that the work goes on, as often as it likes: told at once when it begins, then twice a watchdog's time.

        `status` is what `systemctl status` shows.
        """
        if self._ready and (self._every is None or time.monotonic() < self._next):
            return
        if not self._tell("WATCHDOG=1" if self._ready else "READY=1", f"STATUS={status}"):
            return  # the next turn tries again
        self._ready = True
        if self._every is not None:
            self._next = time.monotonic() + self._every

    def stopping(self) -> None:
        """Say that the end has begun."""
        self._tell("STOPPING=1")

    def _tell(self, *lines: str) -> bool:
        """Say it; False where there was no room for it."""
        if not self._address:
            return True
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to:
                to.setblocking(False)  # a manager that does not read must not hold up a minute
                to.connect(self._address)
                to.send("\n".join(lines).encode())
        except OSError:
            return False
        return True

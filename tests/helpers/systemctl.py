"""A systemctl for one unit: it really starts what the unit says, waits for its READY=1, and really ends it.

Run as `systemctl.py daemon-reload | enable | disable | start | stop | is-active [--quiet] [cvdbot]`. CVDBOT_UNIT names
the unit's file; beside it stand what was asked for (`.asked`), the pid (`.pid`) and the output (`.log`).
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

UNIT = Path(os.environ["CVDBOT_UNIT"])
ASKED, PID, LOG = (UNIT.with_suffix(suffix) for suffix in (".asked", ".pid", ".log"))
PATIENCE = 60.0
"""Seconds until READY=1, and from SIGTERM to the end."""


def alive(pid):
    """Whether it runs; nobody waits for it once we have ended, so it may stay a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (OSError, IndexError):
        return False


def start():
    """Start the unit; the exit code is 1 when it ends before it is ready."""
    (command,) = re.findall(r"^ExecStart=(.+)$", UNIT.read_text(), flags=re.MULTILINE)
    address = f"@cvdbot-test-{os.getpid()}"  # abstract: a path below a test's folder may be too long
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices, LOG.open("a") as log:
        notices.bind(f"\0{address[1:]}")
        notices.settimeout(0.1)
        process = subprocess.Popen(
            command.split(),
            env={**os.environ, "NOTIFY_SOCKET": address},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        PID.write_text(str(process.pid))
        until = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < until:
            try:
                if b"READY=1" in notices.recv(4096).split(b"\n"):
                    return 0
            except TimeoutError:
                continue
    return 1


def stop():
    """End it, and wait until it has."""
    if PID.exists() and alive(pid := int(PID.read_text())):
        os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + PATIENCE
        while alive(pid):
            if time.monotonic() > until:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
    PID.unlink(missing_ok=True)
    return 0


def is_active():
    """Tell whether it runs, by the exit code."""
    return 0 if PID.exists() and alive(int(PID.read_text())) else 3


if __name__ == "__main__":
    verb = sys.argv[1]
    with ASKED.open("a") as asked:
        asked.write(f"{verb}\n")
    sys.exit({"start": start, "stop": stop, "is-active": is_active}.get(verb, int)())

"""A Dask scheduler and its workers as processes of their own on loopback, ended one by one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0
"""Seconds that anything may take to be there."""


class Cluster:
    """What was started; `close` ends it."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.started = []
        self.workers = []
        self.scheduler = self.start("scheduler", "--host", "127.0.0.1", "--port", self.port, "--no-dashboard")
        self._until(self._answers)

    def worker(self, path=ROOT):
        """Start a worker of one thread that imports from `path` first."""
        name = f"worker-{len(self.workers)}"
        options = ("--nthreads", 1, "--no-nanny", "--no-dashboard", "--host", "127.0.0.1", "--name", name)
        process = self.start("worker", self.address, *options, "--local-directory", self.folder, path=path, log=name)
        self.workers.append(process)
        self._until(lambda: "Registered to" in (self.folder / f"{name}.log").read_text())
        return process

    def start(self, kind, *options, path=ROOT, log=None):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(path), str(ROOT)))}
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *map(str, options)]
        with (self.folder / f"{log or kind}.log").open("wb") as file:
            process = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=file, stderr=file)
        self.started.append(process)
        return process

    def close(self):
        for process in reversed(self.started):
            process.kill()
            process.wait(timeout=PATIENCE)

    def _answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def _until(self, happened):
        end = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < end, "\n".join(each.read_text() for each in self.folder.glob("*.log"))
            assert all(each.poll() is None for each in self.started[-1:])
            time.sleep(0.05)


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]

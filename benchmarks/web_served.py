"""Servers of their own process, and what a request costs them: CPU-seconds of the process, wall-clock of the client."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.turns import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0
"""Seconds a server may take to begin, and for one answer."""


class Served:
    """A server process."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port

    def cpu(self) -> float:
        """CPU-seconds of the process with all its threads, by its clock (clock_getcpuclockid(3), Linux)."""
        return time.clock_gettime(~self.process.pid << 3 | 2)

    def resident_kb(self) -> int:
        """Return the resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])

    def asked(
        self, paths: Sequence[str], headers: Mapping[str, str] | None = None, body: str | None = None
    ) -> tuple[Reading, http.client.HTTPResponse, bytes]:
        """Ask one after the other over one connection; give what one request took, and the last answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        method = "GET" if body is None else "POST"
        sent = {"Content-Type": "application/json"} if body is not None else {}
        start, cpu = time.perf_counter(), self.cpu()
        for path in paths:
            connection.request(method, path, body=body, headers={**sent, **(headers or {})})
            answer = connection.getresponse()
            content = answer.read()
            if answer.status not in {200, 304}:
                raise RuntimeError(f"{path}: {answer.status} {content[:300]!r}")
        taken = Reading((time.perf_counter() - start) / len(paths), (self.cpu() - cpu) / len(paths))
        connection.close()
        return taken, answer, content


@contextmanager
def bot(database: Path, cache: Path) -> Iterator[Served]:
    """Serve with `cvdbot web`; its side files lie in `cache`."""
    command = [sys.executable, "-m", "cvdbot", "web", "--db", str(database), "--port", "0"]
    with _running(command, {"XDG_CACHE_HOME": str(cache)}) as process:
        assert process.stdout
        line = process.stdout.readline()
        yield _answering(process, int(line.split()[0].rsplit(":", 1)[1]), "/api/status")


@contextmanager
def bare(database: Path) -> Iterator[Served]:
    """Serve benchmarks/web_bare.py with the server our app has."""
    port = _free()
    options = ["--port", str(port), "--log-level", "warning", "--no-access-log", "--no-server-header"]
    command = [sys.executable, "-m", "uvicorn", "benchmarks.web_bare:app", *options]
    with _running(command, {"BARE_DATABASE": str(database)}) as process:
        yield _answering(process, port, "/nothing")


@contextmanager
def datasette(database: Path) -> Iterator[Served]:
    """Serve with datasette, its limits raised; the file is immutable to it, as ours is to us."""
    port = _free()
    limits = ["--setting", "max_returned_rows", "100000", "--setting", "sql_time_limit_ms", "60000"]
    command = [sys.executable, "-m", "datasette", "serve", "-i", str(database), "--port", str(port), *limits]
    with _running(command, {}) as process:
        yield _answering(process, port, "/-/versions.json")


@contextmanager
def _running(command: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def _answering(process: subprocess.Popen[str], port: int, path: str) -> Served:
    served, give_up = Served(process, port), time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        with suppress(ConnectionError):
            served.asked([path])
            return served
        time.sleep(0.05)
    raise TimeoutError(f"nothing answered on port {port}")


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])

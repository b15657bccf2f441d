"""`cvdbot web` as a process of its own, on a free port, for as long as a test needs it."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

TEST_PAGE = Path(__file__).parents[2] / "webapp" / "page-test"
"""The build with a handle on the chart (`window.__chart`)."""

PATIENCE = 30
"""Seconds a server may take to answer."""


@contextmanager
def serve(database: Path, port: int = 0, page: Path = TEST_PAGE) -> Iterator[str]:
    """Serve a database, which may come later; give the address, such as http://127.0.0.1:40123.

    The server answers when the block begins and has ended when the block is left.
    """
    with serving(database, port, page) as (address, _):
        yield address


@contextmanager
def serving(database: Path, port: int = 0, page: Path = TEST_PAGE) -> Iterator[tuple[str, int]]:
    """Serve a database, as `serve` does; give the address and the id of the process."""
    command = [sys.executable, "-m", "cvdbot", "web", "--db", database, "--port", str(port), "--page", page]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        line = process.stdout.readline()
        assert line.startswith("http://127.0.0.1:"), f"cvdbot web printed {line!r}"
        address = line.split()[0]
        _wait_for(address)
        yield address, process.pid
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def _wait_for(address: str) -> None:
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            httpx.get(f"{address}/api/status").raise_for_status()
        except httpx.TransportError:
            if time.monotonic() > give_up:
                raise
        else:
            return

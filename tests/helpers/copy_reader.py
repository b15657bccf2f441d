"""A program on the PC that reads `data/trading.db` all the while.

`python copy_reader.py DATABASE request` opens it, checks the laws and closes it, again and again, as a web app does a
request; `long` keeps one connection for two seconds at a time, over many replacements. Reads until its standard input
closes, then prints how often it read and what was wrong, as JSON.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fast_writer import broken_law, broken_law_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Reads:
    """What a reader saw; filled when it has stopped."""

    reads: int = 0
    complaints: list[str] = field(default_factory=list)


@contextmanager
def reading(database: Path, how: str) -> Iterator[Reads]:
    """Let a process of its own read."""
    result = Reads()
    command = [sys.executable, __file__, str(database), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield result
        finally:
            process.stdin.close()
            said = process.stdout.read()
    assert process.returncode == 0, "the reader failed"
    result.reads, result.complaints = json.loads(said)


def read_again_and_again(database: Path, stop: threading.Event) -> Reads:
    """Open, read, close; no copy may be older than the one before."""
    result, before = Reads(), -1
    while not stop.wait(0.05):
        broken, newest = broken_law_of(database)
        if broken is not None or newest < before:
            result.complaints.append(broken or f"{newest} after {before}")
        before = newest
        result.reads += 1
    return result


def keep_open(database: Path, stop: threading.Event) -> Reads:
    """Hold one connection over many replacements: it must go on seeing what it opened."""
    result = Reads()
    uri = f"{database.absolute().as_uri()}?mode=ro"
    while not stop.is_set():
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as sql:
            first = sql.execute("SELECT count(*) FROM candles").fetchone()
            for _ in range(8):
                stop.wait(0.25)
                broken, rows = broken_law(sql), sql.execute("SELECT count(*) FROM candles").fetchone()
                if broken is not None or rows != first:
                    result.complaints.append(broken or f"{rows} after {first}")
                result.reads += 1
    return result


def main() -> None:
    database, how = Path(sys.argv[1]), sys.argv[2]
    stop = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        stop.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    result = {"request": read_again_and_again, "long": keep_open}[how](database, stop)
    sys.stdout.write(json.dumps([result.reads, result.complaints]) + "\n")


if __name__ == "__main__":
    main()

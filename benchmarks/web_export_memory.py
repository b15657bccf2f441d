"""Does memory grow while a client downloads all candles ten times? A real server's peak, and what one part took.

The server's peak of resident memory after ten downloads of all minutes, in each format, beside its peak after two
downloads of the first tenth: what polars and the other libraries take once is in both.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.request import urlopen

from benchmarks import past
from benchmarks.figure import Figure
from bot.core.times import MINUTE
from bot.store import rows
from bot.store.database import open_for_writing

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMS = ("csv", "arrow", "parquet")
TIMES = 10
PIECE = 1 << 16


def figures(*, tiny: bool = False) -> Iterator[Figure]:
    """Yield a figure a format."""
    minutes = 20_000 if tiny else past.MINUTES
    with TemporaryDirectory() as folder:
        database = Path(folder) / "trading.db"
        _store(database, minutes)
        for form in FORMS:
            with _served(database) as (address, process):
                for _ in range(2):
                    _download(f"{address}/api/export/candles.{form}?to={past.START + minutes // 10 * MINUTE}")
                part, held = _megabytes(process, "VmHWM"), _megabytes(process, "VmRSS")
                sent = [_download(f"{address}/api/export/candles.{form}") for _ in range(TIMES)]
                peak = _megabytes(process, "VmHWM")
                yield Figure(
                    name=f"web.export_memory.{form}",
                    value=peak / part,
                    unit="x the peak of a tenth",
                    goal=1.25,
                    at_most=True,
                    beside={
                        "peak_mb": peak,
                        "peak_of_a_tenth_mb": part,
                        "resident_after_a_tenth_mb": held,
                        "resident_after_ten_mb": _megabytes(process, "VmRSS"),
                        "file_mb": sent[0] / 1e6,
                        "downloads": TIMES,
                        "minutes": minutes,
                    },
                )


def _store(path: Path, minutes: int) -> None:
    market = past.market(minutes)
    columns = (market.timestamp, market.open, market.high, market.low, market.close, market.buy, market.sell)
    database = open_for_writing(path)
    with database.transaction() as sql:
        rows.claim_origin(sql, "simulated", past.START)
        sql.executemany(
            "INSERT INTO candles VALUES (?, ?, ?, ?, ?, ?, ?, ?, 4, 4)",
            ((minute, market.pair, *row) for minute, *row in zip(*(each.tolist() for each in columns), strict=True)),
        )
    database.close()


@contextmanager
def _served(database: Path) -> Iterator[tuple[str, int]]:
    command = [sys.executable, "-m", "cvdbot", "web", "--db", str(database), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().split()[0], process.pid
        finally:
            process.terminate()


def _download(url: str) -> int:
    """Take a file and keep nothing of it; return its bytes."""
    with urlopen(url) as answer:
        return sum(len(piece) for piece in iter(lambda: answer.read(PIECE), b""))


def _megabytes(process: int, field: str) -> float:
    text = Path(f"/proc/{process}/status").read_text()
    return int(text.split(f"{field}:")[1].split()[0]) * 1024 / 1e6

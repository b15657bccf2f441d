"""Two years of minutes from a kline archive: into the database, and into a back-test.

- `imports.klines`: `cvdbot import` beside `sqlite-utils insert --csv` of the same rows into a plain table.
- `imports.bulk`: the reader of `backtest --klines` beside a bare `polars.read_csv`, both in this process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import polars as pl

from analysis.batch import archive
from benchmarks import past
from benchmarks.figure import Figure, VoidError
from benchmarks.turns import Reading, cpu, in_turns, ratio, wall

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "BTCUSDT-1m-2023-2025.csv"
NAMES = (
    *("open_time", "open", "high", "low", "close", "volume", "close_time", "quote_volume", "count"),
    *("taker_buy_volume", "taker_buy_quote_volume", "ignore"),
)


def figures(*, tiny: bool = False) -> Iterator[Figure]:
    """Yield both figures."""
    minutes, rounds = (5_000, 1) if tiny else (past.MINUTES, 3)
    with tempfile.TemporaryDirectory(prefix="cvdbot-import-") as folder:
        file = Path(folder) / NAME
        write(file, minutes)
        yield _imported(file, minutes, rounds)
        yield _read(file, minutes, rounds * 3)


def write(file: Path, minutes: int) -> None:
    """Write the market of `past` as an archive."""
    market = past.market(minutes)
    volume = market.buy + market.sell
    columns = (
        *(market.timestamp, market.open, market.high, market.low, market.close, volume, market.timestamp + 59_999),
        *(volume * market.close, market.timestamp // 60_000 % 90 + 1, market.buy, market.buy * market.close),
        market.timestamp * 0,
    )
    pl.DataFrame(dict(zip(NAMES, columns, strict=True))).write_csv(file)


def _imported(file: Path, minutes: int, rounds: int) -> Figure:
    number = 0
    most = {"import": 0, "sqlite_utils": 0}

    def run(name: str, command: list[str]) -> Reading:
        nonlocal number
        number += 1
        start = Reading.now()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        _, status, used = os.wait4(process.pid, 0)
        if status:
            raise VoidError(f"{name} failed: {process.stderr.read().decode() if process.stderr else ''}")
        most[name] = max(most[name], used.ru_maxrss)
        return Reading(Reading.now().since(start).wall, used.ru_utime + used.ru_stime)

    def into(name: str) -> str:
        return str(file.parent / f"{name}-{number}.db")

    taken = in_turns(
        {
            "import": lambda: run("import", [sys.executable, "-m", "cvdbot", "import", str(file), "--db", into("bot")]),
            "sqlite_utils": lambda: run(
                "sqlite_utils",
                [sys.executable, "-m", "sqlite_utils", "insert", into("plain"), "klines", str(file), "--csv"],
            ),
        },
        rounds,
    )
    waited = {name: wall(each) for name, each in taken.items()}
    return Figure(
        "imports.klines",
        ratio(waited["sqlite_utils"], waited["import"]),
        "x the rows a second of sqlite-utils",
        2.0,
        {
            "rows_per_s": minutes / median(waited["import"]),
            "sqlite_utils_rows_per_s": minutes / median(waited["sqlite_utils"]),
            "import_mb": most["import"] / 1000,
            "sqlite_utils_mb": most["sqlite_utils"] / 1000,
            "rounds": rounds,
        },
    )


def _read(file: Path, minutes: int, rounds: int) -> Figure:
    def bulk() -> Reading:
        start = Reading.now()
        found = archive.bulk(file, "BTC/USDT", past.START + (minutes + 1) * 60_000)
        if found is None or len(found) != minutes:
            raise VoidError("the archive was not read in bulk")
        return Reading.now().since(start)

    def bare() -> Reading:
        start = Reading.now()
        pl.read_csv(file)
        return Reading.now().since(start)

    taken = in_turns({"bulk": bulk, "polars": bare}, rounds)
    spent = {name: cpu(each) for name, each in taken.items()}
    return Figure(
        "imports.bulk",
        ratio(spent["bulk"], spent["polars"]),
        "x a bare polars.read_csv",
        2.0,
        {f"{name}_cpu_ms": 1000 * median(each) for name, each in spent.items()}
        | {"minutes": minutes, "rounds": rounds},
        at_most=True,
    )

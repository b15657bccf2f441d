"""Two years of minutes as sync publishes them, with the side file the app makes of them; made once, kept in the cache.

The market is that of `benchmarks.past`. The file is read-only, as a published copy is.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks import past
from webapp.bars.agreement import side_file_of
from webapp.bars.rollup import Rollup
from webapp.config import Settings
from webapp.database import Database

SCHEMA = Path(__file__).parents[1] / "bot" / "store" / "schema.sql"
PAIR = "BTC/USDT"
VERSION = 2
"""Of what is made here."""

INSERT = "INSERT INTO candles VALUES (?, ?, ?, ?, ?, ?, ?, ?, 4, 4)"


@dataclass(frozen=True, slots=True)
class Stored:
    """Where the market lies.

    folder: what `XDG_CACHE_HOME` is to be, so that the app finds the side file.
    newest: UTC ms of the newest minute.
    """

    database: Path
    folder: Path
    minutes: int
    newest: int


def stored(minutes: int) -> Stored:
    """Return the market, made when it is not there yet."""
    base = Settings().cache / "benchmarks"
    folder = base / f"{minutes}-{VERSION}"
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _write(folder / "trading.db", minutes)
        asyncio.run(_roll_up(folder / "trading.db", folder))
        (folder / "made").touch()
    return Stored(folder / "trading.db", folder, minutes, past.START + (minutes - 1) * 60_000)


def _write(path: Path, minutes: int) -> None:
    market = past.market(minutes)
    columns = (market.open, market.high, market.low, market.close, market.buy, market.sell)
    rows = zip(market.timestamp.tolist(), [PAIR] * minutes, *(each.tolist() for each in columns), strict=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as sql:
        sql.executescript(SCHEMA.read_text())
        sql.execute("PRAGMA user_version = 1")
        sql.execute("BEGIN")
        sql.executemany(INSERT, rows)
        sql.execute("INSERT INTO configurations VALUES (1, ?, ?, '{}', 'perpetual', '[]', '1')", (past.START, PAIR))
        sql.execute("INSERT INTO state VALUES ('origin', '\"simulated\"', 0)")
        sql.execute("COMMIT")
    os.chmod(path, 0o444)  # noqa: PTH101


async def _roll_up(path: Path, folder: Path) -> None:
    database, rollup = Database(path), Rollup(side_file_of(path, folder / "cvdbot"))
    rollup.follow(PAIR)
    rollup.pursue(database)
    await rollup.finished()

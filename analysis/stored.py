"""Candles from trading.db, read-only and of one moment."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import SourceError
from analysis.market import COLUMNS, Market, from_rows

if TYPE_CHECKING:
    from pathlib import Path

PAIRS = "SELECT DISTINCT pair FROM candles WHERE timestamp IN (SELECT max(timestamp) FROM candles) ORDER BY pair"
CONFIGURED = "SELECT pair FROM configurations GROUP BY pair ORDER BY min(id) LIMIT 1"
ORIGIN = "SELECT value FROM state WHERE key = 'origin'"
CANDLES = "SELECT timestamp, open, high, low, close, vBuy, vSell FROM candles WHERE pair = ? ORDER BY timestamp"


def read(path: Path, pair: str | None = None) -> tuple[Market, str | None]:
    """Return all candles of a pair and the database's origin (`exchanges`, `simulated`, None where it does not say).

    Without `pair` it is the first configured one, else one of the newest candle's.

    Raises:
        SourceError: There is no such database, or it holds no candles of the pair.
    """
    if not path.is_file():
        raise SourceError(f"{path} does not exist: name a database with --db, or an archive with --klines")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as sql:
            sql.execute("BEGIN")
            pair = pair or _first_pair(sql)
            rows = np.fromiter(sql.execute(CANDLES, (pair,)), dtype=COLUMNS)
            origin = sql.execute(ORIGIN).fetchone()
    except sqlite3.Error as error:
        raise SourceError(f"{path} cannot be read as a database of cvdbot ({error})") from error
    if not len(rows):
        raise SourceError(f"{path} holds no candles" + (f" of {pair}" if pair else ""))
    return from_rows(pair or "", rows), json.loads(origin[0]) if origin else None


def _first_pair(sql: sqlite3.Connection) -> str | None:
    row = sql.execute(CONFIGURED).fetchone() or sql.execute(PAIRS).fetchone()
    return row[0] if row else None

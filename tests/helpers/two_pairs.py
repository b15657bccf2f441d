"""A database with two traded pairs: that of tests/helpers/traded.py, and as much again of ETH/USDT.

The second is another market at a price of about 3,500, written by the same importer and bot into a database of its
own and copied in with ids behind those of the first. The rows of both lie at the same minutes. The fixtures
`two_pairs_once` (to read) and `two_pairs` (a copy) give it.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING
from unittest.mock import patch

import traded
from offline import market
from traded import END, at

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND = "BTC/USDT", "ETH/USDT"
SEED, SCALE = 13, 0.036

AFTER = 10_000
"""Ids of the second pair's rows come after this one."""

OF_PAIRS = {
    "candles": (),
    "exchange_candles": (),
    "candle_corrections": ("id",),
    "configurations": ("id",),
    "trades": ("id", "configuration"),
    "orders": ("configuration",),
    "setup_events": ("id", "configuration"),
}
"""Table -> its columns of ids."""


def build(first: Path, path: Path) -> None:
    """Write the database from a built one of the first pair; `path` is in an empty folder."""
    folder = path.parent / "second"
    folder.mkdir()
    with patch.object(traded, "market", _market):
        traded.build(folder / "trading.db")
    traded.copy(first, path)
    with closing(sqlite3.connect(path)) as sql, sql:
        sql.execute("ATTACH ? AS second", (str(folder / "trading.db"),))
        for table, ids in OF_PAIRS.items():
            _take(sql, table, ids)
        sql.execute(
            "UPDATE trades SET entryPrice = entryPrice * :by, exitPrice = exitPrice * :by "
            "WHERE pair = :pair AND mode = 'imported'",
            {"by": SCALE, "pair": SECOND},
        )
        ((text,),) = sql.execute("SELECT value FROM second.state WHERE key = ?", (f"strategy:{FIRST}",)).fetchall()
        strategy = json.loads(text)
        for each in (*strategy["runs"], strategy["entered"]):
            each["configuration"] += AFTER
        sql.execute("INSERT INTO state VALUES (?, ?, ?)", (f"strategy:{SECOND}", json.dumps(strategy), at(END)))
    follow(path, FIRST, SECOND)


def _market(minutes: int, seed: int) -> list[traded.Row]:
    """Another market, at other prices."""
    return [(*(round(price * SCALE, 2) for price in row[:4]), *row[4:]) for row in market(minutes, seed + SEED)]


def follow(path: Path, *pairs: str) -> None:
    """Let the bot follow these pairs from now on."""
    with closing(sqlite3.connect(path)) as sql, sql:
        sql.execute("REPLACE INTO state VALUES ('followed', ?, ?)", (json.dumps(pairs), at(END)))


def _take(sql: sqlite3.Connection, table: str, ids: tuple[str, ...]) -> None:
    """Copy a table's rows as those of the second pair."""
    columns = [name for (name,) in sql.execute("SELECT name FROM pragma_table_info(?)", (table,))]
    values = [
        f"'{SECOND}'" if name == "pair" else f'"{name}" + {AFTER}' if name in ids else f'"{name}"' for name in columns
    ]
    sql.execute(f"INSERT INTO main.{table} SELECT {', '.join(values)} FROM second.{table}")

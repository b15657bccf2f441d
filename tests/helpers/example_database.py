"""Databases with minutes a person can check, written as the bot does, and published as sync does."""

from __future__ import annotations

import itertools
import json
import math
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MINUTE = 60_000
DAY = 86_400_000
START = 1_746_316_800_000
"""2025-05-04 00:00 UTC."""

SCHEMA = Path(__file__).parents[2] / "bot" / "store" / "schema.sql"


def create(path: Path) -> sqlite3.Connection:
    """Make an empty database of the bot's schema; every statement commits by itself."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.executescript(SCHEMA.read_text())
    connection.execute("PRAGMA user_version = 1")
    return connection


def add_minutes(
    connection: sqlite3.Connection, minutes: Iterable[tuple[int, *tuple[float | None, ...]]], pair: str = "BTC/USDT"
) -> None:
    """Commit candles together.

    Args:
        minutes: (minutes since START, open, high, low, close, vBuy, vSell, sources, configured)
    """
    rows = [(START + number * MINUTE, pair, *values) for number, *values in minutes]
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO candles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    connection.execute("COMMIT")


def add_flat_minutes(connection: sqlite3.Connection, first: int, count: int, price: float = 100.0) -> None:
    """Commit minutes that only differ in time: 1 BTC bought and 2 sold at one price, all 4 exchanges complete."""
    add_minutes(connection, [(n, price, price, price, price, 1.0, 2.0, 4, 4) for n in range(first, first + count)])


def add_example(connection: sqlite3.Connection) -> None:
    """Fill a small market: 30 minutes, two of them missing, one with a venue missing; two venues; an open position."""
    minutes = [
        (n, 97000.0 + n, 97010.1 + n, 96990.2 + n, 97005.3 + n, 1.5 + n / 8, 2.25, 3 if n == 7 else 4, 4)
        for n in range(30)
        if n not in {12, 13}
    ]
    add_minutes(connection, minutes)
    for number, opening, high, low, close, buys, sells, _, _ in minutes:
        for exchange, share in (("binance", 0.75), ("okx", 0.25)):
            connection.execute(
                "INSERT INTO exchange_candles VALUES (?, 'BTC/USDT', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    START + number * MINUTE,
                    exchange,
                    opening,
                    high,
                    low,
                    close,
                    buys * share,
                    sells * share,
                    40,
                    0 if number == 7 and exchange == "okx" else 1,
                ),
            )
    end = START + 30 * MINUTE
    connection.execute(
        "INSERT INTO configurations VALUES (1, ?, 'BTC/USDT', ?, 'perpetual', ?, '0.1.0')",
        (START, json.dumps({"chart_timeframe": "5m"}), json.dumps(["binance", "okx"])),
    )
    for exchange, connected in (("binance", 1), ("okx", 0)):
        connection.execute(
            "INSERT INTO exchange_status VALUES (?, ?, ?, 2, 1, 0, ?)", (exchange, connected, end - 500, end)
        )
    connection.execute(
        "INSERT INTO orders VALUES (2, 'BTC/USDT', 'Long', 97012.5, ?, 1, 96600.25, 97247.5, 5, 1, ?)",
        (START + 20 * MINUTE, START + 20 * MINUTE + 2100),
    )
    connection.execute(
        "INSERT INTO trades VALUES (1, 1, 'BTC/USDT', 'paper', 'Short', 97010, ?, 96980.5, ?, 29.5, 'take profit', "
        "10029.5, 1, 97400, 96980.5, 0, 4, 1, ?)",
        (START + 5 * MINUTE, START + 9 * MINUTE, START + 5 * MINUTE + 1900),
    )
    connection.execute("INSERT INTO verifications VALUES (1, ?, ?, ?, 1, '[]')", (end, START, end))
    connection.execute("INSERT INTO logs VALUES (1, ?, 'info', 'hour', 'candles saved: 28, trades: 1')", (end,))
    connection.execute("INSERT INTO state VALUES ('origin', '\"simulated\"', ?)", (end,))


def publish(data: Path, source: Path, generation: int) -> Path:
    """Publish what `source` holds now as sync does: a generation of hard links, named by two links.

    Returns:
        The name readers open.
    """
    folder = data / "generations" / str(generation)
    folder.mkdir(parents=True)
    for suffix in ("", "-wal"):
        pulled = data / f"pulled{generation}{suffix}"
        before = data / f"pulled{generation - 1}{suffix}"
        content = Path(f"{source}{suffix}").read_bytes()
        if before.exists() and before.read_bytes() == content:
            os.link(before, pulled)  # a file that did not change stays the same inode, in both generations
        else:
            pulled.write_bytes(content)
        os.link(pulled, folder / f"trading.db{suffix}")
        pulled.chmod(0o444)
    name = data / "trading.db"
    if not name.is_symlink():
        name.symlink_to("current/trading.db")
    fresh = data / "current.new"
    fresh.symlink_to(folder.relative_to(data))
    fresh.replace(data / "current")
    return name


def add_wave(connection: sqlite3.Connection, first: int, count: int) -> None:
    """Commit minutes of a market that goes up and down by 500 in 4 hours, 4 of 4 exchanges complete."""
    prices = [97000 + 500 * math.sin(n * math.tau / 240) for n in range(first, first + count + 1)]
    add_minutes(
        connection,
        [
            (first + n, now, max(now, then) + 5, min(now, then) - 5, then, 10 + (then - now) / 4, 10.0, 4, 4)
            for n, (now, then) in enumerate(itertools.pairwise(prices))
        ],
    )

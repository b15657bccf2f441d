"""Candles and accounts from trading.db, read-only; each function reads one moment of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import numpy as np

from analysis.account.accounts import Account, Row, parameters_of
from analysis.account.fills import VenueMinutes
from analysis.batch.market import COLUMNS, Market, from_rows
from analysis.errors import SourceError
from analysis.study.entered import gap_sizes
from bot.core import saved
from bot.core.schema import MAJOR, major

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

PAIRS = "SELECT DISTINCT pair FROM candles WHERE timestamp IN (SELECT max(timestamp) FROM candles) ORDER BY pair"
CONFIGURED = "SELECT pair FROM configurations GROUP BY pair ORDER BY min(id) LIMIT 1"
ORIGIN = "SELECT value FROM state WHERE key = 'origin'"
CANDLES = "SELECT timestamp, open, high, low, close, vBuy, vSell FROM candles WHERE pair = ? ORDER BY timestamp"
PARTIAL = "SELECT count(*) FROM candles WHERE pair = ? AND timestamp >= ? AND timestamp < ? AND sources < configured"
EXCHANGE_CANDLES = (
    "SELECT exchange, timestamp, high, low, close FROM exchange_candles "
    "WHERE pair = ? AND timestamp >= ? AND timestamp < ? ORDER BY timestamp"
)

ACCOUNT = (
    "SELECT tradeNumber, entryType, entryPrice, entryTime, exitPrice, exitTime, profit, newBalance, size, stopLoss, "
    "takeProfit, fees, configuration, decided FROM trades WHERE pair = ? AND mode = ? ORDER BY exitTime, tradeNumber"
)
"""As analysis.account.accounts.Row has them."""
STRATEGIES = "SELECT id, since, parameters FROM configurations WHERE pair = ? ORDER BY id"
SETUPS_OF_TRADES = "SELECT tradeNumber, setup, entryTime FROM trades WHERE pair = ? AND mode = ? AND setup IS NOT NULL"
GAPS_TAKEN = (
    "SELECT setup, timestamp, detail FROM setup_events "
    "WHERE pair = ? AND mode = ? AND event = 'gap' ORDER BY timestamp, id"
)
OUR_TABLES = frozenset({"candles", "exchange_candles", "trades", "state"})
"""Tables that every version of the database has."""

VENUE_COLUMNS = ("timestamp", "high", "low", "close")
EXCHANGE_COLUMNS = np.dtype(
    [("exchange", "U16"), ("timestamp", np.int64), *((name, np.float64) for name in VENUE_COLUMNS[1:])]
)
"""A row of EXCHANGE_CANDLES."""


def read(path: Path, pair: str | None = None) -> tuple[Market, str | None]:
    """Return all candles of a pair and the database's origin (`exchanges`, `simulated`, None where it does not say).

    Without `pair` it is the first configured one, else one of the newest candle's.

    Raises:
        SourceError: There is no such database, a newer cvdbot or another program wrote it, or it holds no candles of
            the pair.
    """
    if not path.is_file():
        raise SourceError(f"{path} does not exist: name a database with --db, or an archive with --klines")
    with _reading(path) as sql:
        pair = pair or _first_pair(sql)
        rows = np.fromiter(sql.execute(CANDLES, (pair,)), dtype=COLUMNS)
        origin = sql.execute(ORIGIN).fetchone()
    if not len(rows):
        raise SourceError(f"{path} holds no candles" + (f" of {pair}" if pair else ""))
    return from_rows(pair or "", rows), saved.origin(origin[0] if origin else None)


def venues(path: Path, pair: str, begin: int, end: int) -> list[VenueMinutes]:
    """Return the minutes of [begin, end), UTC ms, of each exchange that has some, by name.

    Raises:
        SourceError: The file cannot be read.
    """
    with _reading(path) as sql:
        return parted(np.fromiter(sql.execute(EXCHANGE_CANDLES, (pair, begin, end)), dtype=EXCHANGE_COLUMNS))


def parted(rows: NDArray[np.void]) -> list[VenueMinutes]:
    """Part rows of EXCHANGE_COLUMNS, in order of time, by exchange."""
    found = []
    for exchange in np.unique(rows["exchange"]).tolist():
        own = rows[rows["exchange"] == exchange]
        found.append(VenueMinutes(exchange, *(np.ascontiguousarray(own[name]) for name in VENUE_COLUMNS)))
    return found


def partial_minutes(path: Path, pair: str, begin: int, end: int) -> int:
    """Return in how many minutes of [begin, end), UTC ms, a configured exchange was not complete.

    Raises:
        SourceError: The file cannot be read.
    """
    with _reading(path) as sql:
        (count,) = sql.execute(PARTIAL, (pair, begin, end)).fetchone()
    return int(count)


def account(path: Path, pair: str, mode: str) -> tuple[Account, dict[int, float]]:
    """Return an account without its open position, and the size in ATR of the gap each trade took, by its number.

    Raises:
        SourceError: The file cannot be read.
    """
    with _reading(path) as sql:
        strategies = sql.execute(STRATEGIES, (pair,)).fetchall()
        rows = tuple(Row(*row) for row in sql.execute(ACCOUNT, (pair, mode)))
        gaps = gap_sizes(sql.execute(SETUPS_OF_TRADES, (pair, mode)), sql.execute(GAPS_TAKEN, (pair, mode)))
    known = {number: parameters_of(text) for number, _, text in strategies}
    return Account(pair, mode, rows, None, known, strategies[0][1] if strategies else None), gaps


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the database for one read transaction."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as sql:
            sql.execute("BEGIN")
            _refuse_strangers(path, sql)
            yield sql
    except sqlite3.Error as error:
        raise SourceError(f"{path} cannot be read as a database of cvdbot ({error})") from error


def _refuse_strangers(path: Path, sql: sqlite3.Connection) -> None:
    tables = {name for (name,) in sql.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    (version,) = sql.execute("PRAGMA user_version").fetchone()
    if version == 0 and not tables:
        raise SourceError(f"{path} has no tables yet: `cvdbot run` makes them")
    if version < 1 or not tables >= OUR_TABLES:
        raise SourceError(f"{path} is the database of another program: name another file")
    if major(version) > MAJOR:
        raise SourceError(
            f"{path} was written by a newer cvdbot (database version {major(version)}, this one knows {MAJOR}):"
            " update cvdbot here"
        )


def _first_pair(sql: sqlite3.Connection) -> str | None:
    row = sql.execute(CONFIGURED).fetchone() or sql.execute(PAIRS).fetchone()
    return row[0] if row else None

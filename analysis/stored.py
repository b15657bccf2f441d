"""Candles and accounts from trading.db and its archives, read-only; each function reads one moment of them."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import numpy as np

from analysis.account.accounts import Account, Row, parameters_of
from analysis.account.fills import VenueMinutes
from analysis.batch.market import COLUMNS, Market, from_rows
from analysis.errors import SourceError
from analysis.study.dataset.features import VenueBars
from analysis.study.entered import gap_sizes
from bot.core import archives, saved
from bot.core.schema import MAJOR, major
from bot.core.times import MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from bot.core.parameters import Parameters

PAIRS = (
    "SELECT DISTINCT pair FROM candles "
    "WHERE timestamp = (SELECT timestamp FROM candles ORDER BY timestamp DESC LIMIT 1) ORDER BY pair"
)
FOLLOWED = "SELECT json_extract(value, '$[0]') FROM state WHERE key = 'followed' AND json_valid(value)"
CONFIGURED = "SELECT pair FROM configurations GROUP BY pair ORDER BY min(id) LIMIT 1"
ORIGIN = "SELECT value FROM state WHERE key = 'origin'"
NEWEST = "SELECT timestamp FROM candles WHERE pair = ? ORDER BY timestamp DESC LIMIT 1"
CANDLES = (
    "SELECT timestamp, open, high, low, close, vBuy, vSell FROM candles "
    "WHERE pair = ? AND timestamp >= ? ORDER BY timestamp"
)
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

VENUE_BARS = (
    "SELECT exchange, timestamp / :bar * :bar AS opened, max(timestamp), close, sum(vBuy), sum(vSell) "
    "FROM exchange_candles WHERE pair = :pair AND timestamp >= :since GROUP BY exchange, opened "
    "HAVING count(*) = :minutes AND sum(complete = 0) = 0 ORDER BY exchange, opened"
)
"""Bars of an exchange of which every minute is complete; the close is that of the newest minute."""

VENUE_COLUMNS = ("timestamp", "high", "low", "close")
EXCHANGE_COLUMNS = np.dtype(
    [("exchange", "U16"), ("timestamp", np.int64), *((name, np.float64) for name in VENUE_COLUMNS[1:])]
)
"""A row of EXCHANGE_CANDLES."""
VENUE_BAR = np.dtype(
    [("exchange", "U16"), ("opened", np.int64), ("last", np.int64)]
    + [(name, np.float64) for name in ("close", "buy", "sell")]
)
"""A row of VENUE_BARS."""


def read(path: Path, pair: str | None = None, since: int = 0) -> tuple[Market, str | None]:
    """Return the candles of a pair that open at or after `since` (UTC ms), and the database's origin.

    The origin is `exchanges` or `simulated`, None where the database does not say.

    Without `pair` it is the first that the bot follows, else one of the newest candle's.

    Raises:
        SourceError: There is no such database, a newer cvdbot or another program wrote it, or it holds no candles of
            the pair.
    """
    _refuse_missing(path)
    with _reading(path) as sql:
        pair = pair or _first_pair(sql)
        rows = np.fromiter(sql.execute(CANDLES, (pair, since)), dtype=COLUMNS)
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


def venue_bars(path: Path, pair: str, bar_ms: int, since: int = 0) -> list[VenueBars]:
    """Return the bars of `bar_ms` of each exchange, by name: those since an instant of which all minutes are complete.

    Raises:
        SourceError: The file cannot be read.
    """
    with _reading(path) as sql:
        asked = {"bar": bar_ms, "pair": pair, "since": since, "minutes": bar_ms // MINUTE}
        rows = np.fromiter(sql.execute(VENUE_BARS, asked), dtype=VENUE_BAR)
    columns = ("opened", "close", "buy", "sell")
    return [
        VenueBars(name, *(np.ascontiguousarray(rows[column][rows["exchange"] == name]) for column in columns))
        for name in np.unique(rows["exchange"]).tolist()
    ]


def configured(path: Path, pair: str) -> Parameters | None:
    """Return the parameters the bot newest ran the pair with; None where it never did, or a newer one wrote them.

    Raises:
        SourceError: The file cannot be read.
    """
    with _reading(path) as sql:
        rows = sql.execute(STRATEGIES, (pair,)).fetchall()
    return parameters_of(rows[-1][2]) if rows else None


def newest(path: Path, pair: str | None = None) -> tuple[str, int]:
    """Return the pair, the one of `read` where none is named, and the open of its newest candle, UTC ms.

    Raises:
        SourceError: As `read`.
    """
    _refuse_missing(path)
    with _reading(path) as sql:
        pair = pair or _first_pair(sql)
        found = sql.execute(NEWEST, (pair,)).fetchone()
    if found is None:
        raise SourceError(f"{path} holds no candles" + (f" of {pair}" if pair else ""))
    return pair or "", found[0]


def _refuse_missing(path: Path) -> None:
    if not path.is_file():
        raise SourceError(f"{path} does not exist: name a database with --db, or an archive with --klines")


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
        file = path.resolve()
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, factory=archives.Connection)) as sql:
            sql.execute("BEGIN")
            _refuse_strangers(path, sql)
            if why := archives.refused(archives.attach(sql, file, "mode=ro")):
                raise SourceError(why)
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
    told = sql.execute(FOLLOWED).fetchone()
    if told is not None and told[0] is not None:
        return str(told[0])
    row = sql.execute(CONFIGURED).fetchone() or sql.execute(PAIRS).fetchone()
    return row[0] if row else None

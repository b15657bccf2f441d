"""What was predicted, and what came: `analysis.db`, beside the database and never in it.

A prediction is stored before the bar it speaks of has closed, or not at all; what came is filled in once that bar is
known. So the live track record is of predictions that somebody could have read in time.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING

from analysis.errors import StudyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

NAME = "analysis.db"
VERSION = 1

TABLE = """
CREATE TABLE IF NOT EXISTS predictions (
    pair TEXT NOT NULL,
    timeframe TEXT NOT NULL,
    bar INTEGER NOT NULL,
    closes INTEGER NOT NULL,
    made INTEGER NOT NULL,
    probability_up REAL NOT NULL,
    model TEXT NOT NULL,
    trained_from INTEGER NOT NULL,
    trained_to INTEGER NOT NULL,
    edge INTEGER NOT NULL,
    insisted INTEGER NOT NULL,
    accuracy REAL,
    margin REAL,
    n INTEGER NOT NULL,
    came INTEGER,
    PRIMARY KEY (pair, timeframe, bar)
) STRICT, WITHOUT ROWID
"""
PUT = "INSERT OR REPLACE INTO predictions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
LOOK = """
SELECT (SELECT user_version FROM pragma_user_version), count(*), count(*) FILTER (WHERE name = 'predictions')
FROM sqlite_schema WHERE type = 'table'
"""
UNDECIDED = "SELECT bar FROM predictions WHERE pair = ? AND timeframe = ? AND came IS NULL ORDER BY bar"
CAME = "UPDATE predictions SET came = ? WHERE pair = ? AND timeframe = ? AND bar = ?"
NEWEST = """
SELECT pair, timeframe, bar, closes, made, probability_up, model, trained_from, trained_to, edge, insisted, accuracy,
       margin, n, came
FROM predictions WHERE pair = ? ORDER BY closes DESC, made DESC LIMIT 1
"""
"""The columns as Prediction has them."""
RECORD = (
    "SELECT count(*), coalesce(sum((probability_up > 0.5) = came), 0) FROM predictions "
    "WHERE pair = ? AND timeframe = ? AND came IS NOT NULL"
)
PATIENCE = 2.0
"""Seconds that another process may hold the file."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """A row of the table; instants are UTC ms."""

    pair: str
    timeframe: str
    bar: int
    """Open of the bar it speaks of."""
    closes: int
    """When that bar closes."""
    made: int
    """When it was made; always before that."""
    probability_up: float
    """That the bar closes above its open, 0 to 1."""
    model: str
    trained_from: int
    trained_to: int
    edge: bool
    """Whether the evaluation found one for the next candle."""
    insisted: bool
    """Whether it is to be shown without one."""
    accuracy: float | None
    """How often the model was right in the evaluation, 0 to 1; None without one."""
    margin: float | None
    """Half the 99 % interval of that."""
    n: int
    """Cases of the evaluation."""
    came: bool | None
    """Whether the bar rose; None while that is not known, and of one that stood still."""


@dataclass(frozen=True, slots=True)
class Live:
    """The predictions of a pair and timeframe that were made in time and are decided."""

    n: int
    right: int


def beside(database: Path) -> Path:
    """Return the path of the predictions for a database, beside its path as it is named."""
    return database.parent / NAME


def store(path: Path, prediction: Prediction, closed: Mapping[int, bool]) -> None:
    """Store a prediction, and of earlier ones what came; `closed`: bar (open, UTC ms) -> whether it rose.

    Raises:
        StudyError: The file cannot be written.
    """
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE)) as sql, sql:
            sql.execute("BEGIN IMMEDIATE")
            _written(sql, path)
            sql.execute(TABLE)
            sql.execute(f"PRAGMA user_version = {VERSION}")
            of = (prediction.pair, prediction.timeframe)
            for (bar,) in sql.execute(UNDECIDED, of).fetchall():
                if bar in closed:
                    sql.execute(CAME, (closed[bar], *of, bar))
            sql.execute(PUT, astuple(prediction))
    except sqlite3.Error as error:
        raise StudyError(f"{path} cannot be written ({error})") from error


def newest(path: Path, pair: str) -> tuple[Prediction, Live] | None:
    """Return a pair's newest prediction and its live track record; None where there is none.

    Raises:
        StudyError: The file is there and cannot be read.
    """
    with _reading(path) as sql:
        row = None if sql is None else sql.execute(NEWEST, (pair,)).fetchone()
        if sql is None or row is None:
            return None
        found = Prediction(*row)
        came = None if found.came is None else bool(found.came)
        found = replace(found, edge=bool(found.edge), insisted=bool(found.insisted), came=came)
        return found, Live(*sql.execute(RECORD, (pair, found.timeframe)).fetchone())


def live(path: Path, pair: str, timeframe: str) -> Live:
    """Return the live track record of a pair and timeframe.

    Raises:
        StudyError: The file is there and cannot be read.
    """
    with _reading(path) as sql:
        return Live(0, 0) if sql is None else Live(*sql.execute(RECORD, (pair, timeframe)).fetchone())


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection | None]:
    """Open the file for one read transaction; None where nothing was written yet."""
    try:
        if not path.exists():
            yield None
            return
        if not path.is_file():
            raise StudyError(f"{path} is not a file: move it away")
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=PATIENCE)) as sql:
            sql.execute("BEGIN")
            yield sql if _written(sql, path) else None
    except (sqlite3.Error, OSError) as error:
        raise StudyError(f"{path} cannot be read ({error})") from error


def _written(sql: sqlite3.Connection, path: Path) -> bool:
    """Tell whether the table is there; in a file that was just made nothing is.

    Raises:
        StudyError: It is another program's file, or of a newer version.
    """
    version, tables, ours = sql.execute(LOOK).fetchone()
    if version > VERSION:
        raise StudyError(f"{path} was written by a newer cvdbot: update cvdbot here, or move the file away")
    if tables and not (ours and version):
        raise StudyError(f"{path} is a database of something else: move it away")
    return bool(tables)

"""Everything that is stored, as files in a folder, without a server: what `cvdbot export` does.

Candles, what each exchange saw, trades and statistics are the files of `/api/export`, of every pair and account; the
other tables are files of their own. All are of one snapshot, archives included. A file has its name when it is whole.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp import queries
from webapp.bars import bars, chunks
from webapp.database import Database
from webapp.errors import DatabaseUnavailable, ServerBusy, WebError
from webapp.files.candles import Kind, Wanted, candle_file
from webapp.files.download import read_pieces
from webapp.files.figures import statistics_csv, statistics_name
from webapp.files.table import BATCH, SIMULATED, TableFile, read_origin
from webapp.files.trades import trade_file
from webapp.request.accounts import OfAccount, read_record

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import polars as pl

    from webapp.database import Snapshot
    from webapp.files.frames import FileFormat

OF_PAIRS: tuple[Kind, ...] = ("candles", "exchange_candles")

INSTANTS = ("timestamp", "since", "corrected", "entryTime", "decided", "last_trade", "updated", "from", "to")
"""Columns of the other tables in UTC ms."""

UNFINISHED = ".part"


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written."""

    path: Path
    size: int
    """Bytes."""


def export(database: Path, folder: Path, form: FileFormat, tell: Callable[[Written], None]) -> None:
    """Write every table of a database into a folder, which is made.

    Args:
        database: It is only read.
        folder: Where to.
        form: Of all files but the statistics, which are CSV.
        tell: Told of each file.

    Raises:
        WebError: The database cannot be read, a file is there already, or one cannot be written.
    """
    try:
        asyncio.run(_export(Database(database), folder, form, tell))
    except (DatabaseUnavailable, ServerBusy) as error:
        raise WebError(error.message) from error
    except OSError as error:
        raise WebError(f"{error.filename or folder}: {error.strerror}") from error


async def _export(database: Database, folder: Path, form: FileFormat, tell: Callable[[Written], None]) -> None:
    async with database.snapshot() as snapshot:
        tables, texts = await snapshot.run(_files)
        names = [*(f"{table.name}.{form}" for table in tables), *(f"{name}.csv" for name in texts)]
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        for name in names:
            if (folder / name).exists():
                raise WebError(f"{folder / name} is there already, and nothing is written over: choose another --to")
        for table in tables:
            tell(await _write(snapshot, table, form, folder / f"{table.name}.{form}"))
        for name, text in texts.items():
            (folder / f"{name}.csv").write_text(text)
            tell(Written(folder / f"{name}.csv", len(text.encode())))


async def _write(snapshot: Snapshot, table: TableFile, form: FileFormat, path: Path) -> Written:
    size, unfinished = 0, path.with_name(path.name + UNFINISHED)
    with unfinished.open("wb") as file:
        async for piece in read_pieces(snapshot, table, form):
            size += file.write(piece)
    unfinished.rename(path)
    return Written(path, size)


def _files(sql: sqlite3.Connection) -> tuple[list[TableFile], dict[str, str]]:
    """Return the tables to write, and the statistics by name."""
    from analysis.account.statistics import statistics

    origin = read_origin(sql)
    accounts = [(pair, mode) for pair, mode, *_ in sql.execute(queries.ACCOUNTS).fetchall()]
    pairs = [pair for (pair,) in sql.execute(queries.ALL_PAIRS)]
    tables = [candle_file(sql, _everything(kind), pair, _reader(sql)) for pair in pairs for kind in OF_PAIRS]
    tables += [trade_file(sql, pair, None, None, None) for pair in pairs]
    tables += [_whole(sql, name, origin) for name in _others(sql)]
    found = [statistics(read_record(sql, pair, OfAccount(mode=mode))) for pair, mode in accounts]
    return tables, {statistics_name(each, origin): statistics_csv(each) for each in found}


def _everything(kind: Kind) -> Wanted:
    return Wanted(kind, "csv", "1m", None, None, None, None)


def _reader(sql: sqlite3.Connection) -> Callable[[bars.Source, bars.Asked], Iterator[chunks.Columns]]:
    return lambda source, asked: map(chunks.columns_of, bars.windows(sql, source, asked))


def _others(sql: sqlite3.Connection) -> list[str]:
    """Return the tables that are no candles and no trades, by name."""
    names = [name for (name,) in sql.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table' ORDER BY name")]
    return [name for name in names if name not in {*OF_PAIRS, "trades"} and not name.startswith("sqlite_")]


def _whole(sql: sqlite3.Connection, name: str, origin: str) -> TableFile:
    """Begin to read a table as it is."""
    columns = _columns(sql, name)
    cursor = sql.execute(f"SELECT {', '.join(_quoted(each) for each in columns)} FROM {_quoted(name)}")  # noqa: S608
    return TableFile(
        f"{name}_{SIMULATED}" if origin == SIMULATED else name,
        columns,
        {"origin": origin},
        iter(lambda: cursor.fetchmany(BATCH), []),
        [each for each in INSTANTS if each in columns],
    )


def _columns(sql: sqlite3.Connection, name: str) -> dict[str, type[pl.DataType]]:
    import polars as pl

    kinds = {"INTEGER": pl.Int64, "REAL": pl.Float64}
    told = sql.execute("SELECT name, type FROM pragma_table_info(?, 'main')", (name,)).fetchall()
    return {column: kinds.get(kind, pl.String) for column, kind in told}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

"""What is in a file of trades, and which rows come next?

The rows of /api/trades: the columns of the table, and what follows from them. A trade belongs to the range in which it
was closed, and the rows are in that order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webapp import queries
from webapp.files.table import BATCH, TableFile, file_name, read_origin
from webapp.request.excursions import with_excursions
from webapp.request.trades import RanTrade, told

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    import polars as pl

FAR = 2**62
"""An instant after every trade."""


def trade_file(
    sql: sqlite3.Connection, pair: str | None, mode: str | None, begin: int | None, end: int | None
) -> TableFile:
    """Begin to read a file on the connection of a snapshot; it is read to its end with the same connection.

    Args:
        sql: A connection inside a read transaction.
        pair: Of which pair; None when there is none yet.
        mode: Of which account; None: of all of the pair.
        begin: Trades closed from here on, UTC ms; None: all.
        end: First instant no longer wanted, UTC ms; None: open.
    """
    origin = read_origin(sql)
    names = {"pair": pair, "mode": mode, "from": begin or 0, "to": FAR if end is None else end}
    return TableFile(
        file_name("trades", pair, origin, begin, end, mode or "all"),
        _columns(),
        {"pair": pair or "", "mode": mode or "all", "origin": origin},
        _batches(sql, names),
        ("entryTime", "exitTime", "decided"),
    )


def _batches(sql: sqlite3.Connection, asked: dict[str, Any]) -> Iterator[list[tuple[Any, ...]]]:
    cursor = sql.execute(queries.TRADES, asked)
    names = [column[0] for column in cursor.description]
    while rows := cursor.fetchmany(BATCH):
        records = with_excursions(sql, told(dict(zip(names, row, strict=True)) for row in rows))
        yield [tuple(record[name] for name in RanTrade.model_fields) for record in records]


def _columns() -> dict[str, type[pl.DataType]]:
    import polars as pl

    texts = dict.fromkeys(("pair", "mode", "entryType", "outcome"), pl.String)
    amounts = (
        *("entryPrice", "exitPrice", "profit", "newBalance", "size", "stopLoss", "takeProfit", "fees"),
        *("r", "mfe", "mae"),
    )
    known = {**texts, **dict.fromkeys(amounts, pl.Float64), "late": pl.Boolean}
    return {name: known.get(name, pl.Int64) for name in RanTrade.model_fields}

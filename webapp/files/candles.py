"""What is in a file of candles, what is it called, and which rows come next?

`candles` are the bars of all exchanges together, or of one; `exchange_candles` are what each exchange saw, ordered by
open and exchange, with `trades` and `complete`: 0 when a minute is missing or not whole, 2 when one was healed, else 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bot.core.exchanges import EXCHANGES
from webapp import queries
from webapp.bars import bars, chunks
from webapp.files.table import TableFile, file_name, read_origin
from webapp.request.timeframes import SPANS, Timeframe

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator

    import polars as pl

    from webapp.bars.chunks import Columns
    from webapp.files.frames import FileFormat
    from webapp.files.table import Batch

    Read = Callable[[bars.Source, bars.Asked], Iterator[Columns]]

Kind = Literal["candles", "exchange_candles"]

ROWS = 16_384
"""Rows of a batch at least, unless there are fewer."""

EVERYTHING = 2**62
"""More bars than there are."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bars a file holds: those of [begin, end), UTC ms; None is open.

    limit: the first so many with `begin`, else the last; None: all.
    """

    kind: Kind
    form: FileFormat
    timeframe: Timeframe
    exchange: str | None
    begin: int | None
    end: int | None
    limit: int | None


def candle_file(sql: sqlite3.Connection, wanted: Wanted, pair: str | None, read: Read) -> TableFile:
    """Begin to read a file on the connection of a snapshot; it is read to its end with the same connection.

    Args:
        sql: The connection.
        wanted: Which bars.
        pair: Whose.
        read: Reads bars piece by piece on this connection.
    """
    span, origin = SPANS[wanted.timeframe], read_origin(sql)
    newest, oldest = bars.newest_minute(sql, pair), sql.execute(queries.OLDEST_OF_PAIR, {"pair": pair}).fetchone()
    batches: Iterator[Batch] = iter(())
    begin, end = wanted.begin, wanted.end
    if pair is not None and newest is not None:
        begin = bars.bar_from(max(begin or 0, oldest[0] - oldest[0] % span), span)
        end = bars.bar_from(min(newest + 1 if end is None else end, newest + 1), span)
        source = bars.Source(pair, wanted.exchange, newest)
        if wanted.kind == "exchange_candles":
            names = [wanted.exchange] if wanted.exchange else list(EXCHANGES)
            batches = bars.bars_of_exchanges(sql, source, names, span, begin, end)
        else:
            last = wanted.begin is None and wanted.limit is not None
            batches = _frames(read(source, bars.Asked(span, begin, end, wanted.limit or EVERYTHING, last)))
    more: list[str] = [part for part in (wanted.exchange, wanted.timeframe) if part is not None]
    if wanted.limit is not None:
        more.append(f"{'last' if wanted.begin is None else 'first'}-{wanted.limit}")
    name = file_name(wanted.kind, pair, origin, begin, end, *more)
    metadata = {"pair": pair or "", "timeframe": wanted.timeframe, "origin": origin}
    return TableFile(name, _columns(wanted.kind), metadata, batches)


def _frames(pieces: Iterator[Columns]) -> Iterator[pl.DataFrame]:
    """Put pieces together until they are worth a batch."""
    waiting: list[Columns] = []
    for piece in pieces:
        waiting.append(piece)
        if sum(len(each[0]) for each in waiting) >= ROWS:
            yield _frame(waiting)
            waiting = []
    if waiting:
        yield _frame(waiting)


def _frame(pieces: list[Columns]) -> pl.DataFrame:
    import numpy as np
    import polars as pl

    frame = pl.DataFrame({
        name: np.asarray(column) for name, column in zip(bars.COLUMNS, chunks.joined(pieces), strict=True)
    })  # fmt: skip
    counts = pl.col("sources", "configured")
    return frame.with_columns(pl.when(counts != chunks.NULL).then(counts))


def _columns(kind: Kind) -> dict[str, type[pl.DataType]]:
    import polars as pl

    prices = dict.fromkeys(("open", "high", "low", "close", "vBuy", "vSell"), pl.Float64)
    if kind == "candles":
        return {"timestamp": pl.Int64, **prices, "sources": pl.Int64, "configured": pl.Int64}
    return {"timestamp": pl.Int64, "exchange": pl.String, **prices, "trades": pl.Int64, "complete": pl.Int64}

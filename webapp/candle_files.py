"""What is in a file of candles, what is it called, and which rows come next?

`candles` are the bars of all exchanges together, or of one; `exchange_candles` are what each exchange saw, ordered by
open and exchange, with `trades` and `complete`: 0 when a minute is missing or not whole, 2 when one was healed, else 1.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from webapp import bars, queries
from webapp.parameters import EXCHANGES
from webapp.timeframes import SPANS, Timeframe

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    import polars as pl

    from webapp.frames import FileFormat

Kind = Literal["candles", "exchange_candles"]

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
    pair: str | None
    exchange: str | None
    begin: int | None
    end: int | None
    limit: int | None


class CandleFile:
    """A file that is being read.

    name: without its ending.
    columns: name -> type.
    metadata: where the data are from, for formats that have a place for it.
    """

    def __init__(self, name: str, metadata: dict[str, str], batches: Iterator[list[bars.Row]], kind: Kind) -> None:
        self.name = name
        self.metadata = metadata
        self.columns = _columns(kind)
        self._batches = batches

    def next_batch(self) -> pl.DataFrame | None:
        """Read the next rows; None after the last."""
        import polars as pl  # noqa: PLC0415 - large, and only files need it

        rows = next(self._batches, None)
        return None if rows is None else pl.DataFrame(rows, schema=self.columns, orient="row")


def candle_file(sql: sqlite3.Connection, wanted: Wanted, pair: str | None) -> CandleFile:
    """Begin to read a file on the connection of a snapshot; it is read to its end with the same connection."""
    span = SPANS[wanted.timeframe]
    row = sql.execute(queries.ORIGIN).fetchone()
    origin = str(json.loads(row[0])) if row else "unknown"
    newest, oldest = bars.newest_minute(sql, pair), sql.execute(queries.OLDEST_OF_PAIR, {"pair": pair}).fetchone()
    batches: Iterator[list[bars.Row]] = iter(())
    begin, end = wanted.begin, wanted.end
    if pair is not None and newest is not None:
        begin = bars.bar_from(max(begin or 0, oldest[0] - oldest[0] % span), span)
        end = bars.bar_from(min(newest + 1 if end is None else end, newest + 1), span)
        batches = _batches(sql, wanted, bars.Source(pair, wanted.exchange, newest), span, begin, end)
    parts = [
        wanted.kind,
        re.sub(r"[^A-Za-z0-9]+", "-", pair or "none"),
        *([wanted.exchange] if wanted.exchange else []),
        wanted.timeframe,
        *(_day(instant) for instant in (begin, end) if instant is not None),
        *(["simulated"] if origin == "simulated" else []),
    ]
    metadata = {"pair": pair or "", "timeframe": wanted.timeframe, "origin": origin}
    return CandleFile("_".join(parts), metadata, batches, wanted.kind)


def _batches(
    sql: sqlite3.Connection, wanted: Wanted, source: bars.Source, span: int, begin: int, end: int
) -> Iterator[list[bars.Row]]:
    if wanted.kind == "exchange_candles":
        names = [wanted.exchange] if wanted.exchange else list(EXCHANGES)
        return bars.bars_of_exchanges(sql, source, names, span, begin, end)
    if wanted.begin is None and wanted.limit is not None:
        return iter([bars.last_bars(sql, source, span, begin, end, wanted.limit)])
    return bars.first_bars(sql, source, span, begin, end, wanted.limit or EVERYTHING)


def _day(instant: int) -> str:
    """Write an instant so that it can stand in a file's name: the day, and the time unless it is midnight."""
    when = datetime.fromtimestamp(instant / 1000, UTC)
    return when.strftime("%Y-%m-%d" if instant % 86_400_000 == 0 else "%Y-%m-%dT%H%M")


def _columns(kind: Kind) -> dict[str, type[pl.DataType]]:
    import polars as pl  # noqa: PLC0415

    prices = dict.fromkeys(("open", "high", "low", "close", "vBuy", "vSell"), pl.Float64)
    if kind == "candles":
        return {"timestamp": pl.Int64, **prices, "sources": pl.Int64, "configured": pl.Int64}
    return {"timestamp": pl.Int64, "exchange": pl.String, **prices, "trades": pl.Int64, "complete": pl.Int64}

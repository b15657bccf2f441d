"""Which bars are in a range, made of the stored minutes? One window of opens after the other, aggregated in SQL.

A window holds no more opens than bars are still wanted, and begins (or ends, counting from the newest) with a bar that
is stored, so that a hole costs one look-up and a limit never reads too many minutes. Walking windows is also how an
export reads: memory holds one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from webapp import queries
from webapp.timeframes import MINUTE

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

Row = tuple[Any, ...]
"""timestamp, open, high, low, close, vBuy, vSell, sources, configured."""

COLUMNS = ("timestamp", "open", "high", "low", "close", "vBuy", "vSell", "sources", "configured")

FAR = 2**62
"""An instant after every bar, small enough to add a bar to."""

WINDOW = 4096
"""Opens of a window at most."""


@dataclass(frozen=True, slots=True)
class Source:
    """Minutes of one pair, of all exchanges together or of one.

    newest: the pair's newest stored minute, UTC ms, of all exchanges together: up to it minutes are expected.
    """

    pair: str
    exchange: str | None
    newest: int

    @property
    def series(self) -> queries.Series:
        """The statements over these minutes."""
        return queries.OF_EXCHANGE if self.exchange else queries.AGGREGATED


def newest_minute(sql: sqlite3.Connection, pair: str | None) -> int | None:
    """Return the pair's newest stored minute, UTC ms; None without any."""
    row = sql.execute(queries.NEWEST_OF_PAIR, {"pair": pair}).fetchone()
    return None if row is None else row[0]


def bar_from(instant: int | None, span: int) -> int:
    """Return the open of the first bar at or after an instant; None is after every bar."""
    return -(-min(FAR if instant is None else instant, FAR) // span) * span


def first_bars(
    sql: sqlite3.Connection, source: Source, span: int, begin: int, end: int, limit: int
) -> Iterator[list[Row]]:
    """Yield the first `limit` bars whose opens lie in [begin, end), in order, window by window.

    Args:
        sql: A connection inside a read transaction.
        source: Which minutes.
        span: Length of a bar, ms.
        begin: Open of a bar, UTC ms.
        end: Open of a bar, UTC ms.
        limit: Bars at most.
    """
    names = _names(source, span)
    while limit > 0 and begin < end:
        found = sql.execute(source.series.first, {**names, "from": begin, "to": end}).fetchone()
        if found is None:
            return
        begin = found[0] - found[0] % span
        count = min(limit, WINDOW)
        until = min(begin + count * span, end)
        rows = _window(sql, source, names, begin, until)
        yield rows
        limit -= len(rows)
        begin = until


def last_bars(sql: sqlite3.Connection, source: Source, span: int, begin: int, end: int, limit: int) -> list[Row]:
    """Return the last `limit` bars whose opens lie in [begin, end), in order; parameters as of `first_bars`."""
    names = _names(source, span)
    windows: list[list[Row]] = []
    while limit > 0 and begin < end:
        found = sql.execute(source.series.last, {**names, "from": begin, "to": end}).fetchone()
        if found is None:
            break
        end = found[0] - found[0] % span + span
        since = max(end - min(limit, WINDOW) * span, begin)
        windows.append(_window(sql, source, names, since, end))
        limit -= len(windows[-1])
        end = since
    return [row for window in reversed(windows) for row in window]


def bars_of_exchanges(
    sql: sqlite3.Connection, source: Source, exchanges: list[str], span: int, begin: int, end: int
) -> Iterator[list[Row]]:
    """Yield the bars of [begin, end) as each exchange saw them, ordered by open and exchange, window by window.

    Rows are timestamp, exchange, open, high, low, close, vBuy, vSell, trades, complete; parameters as of `first_bars`.
    """
    names = _names(source, span)
    while begin < end:
        found = sql.execute(queries.FIRST_OF_EXCHANGES, {**names, "from": begin, "to": end}).fetchone()
        if found is None:
            return
        begin = found[0] - found[0] % span
        until = min(begin + WINDOW * span, end)
        _fill(sql, {**names, "from": begin, "to": until})
        yield sorted(
            chain.from_iterable(sql.execute(queries.EXCHANGE_BARS, {**names, "exchange": name}) for name in exchanges)
        )
        begin = until


def _names(source: Source, span: int) -> dict[str, str | int | None]:
    return {"pair": source.pair, "exchange": source.exchange, "newest": source.newest, "span": span}


def _window(
    sql: sqlite3.Connection, source: Source, names: dict[str, str | int | None], begin: int, end: int
) -> list[Row]:
    """Read the bars that open in [begin, end)."""
    scope = {**names, "from": begin, "to": end}
    if names["span"] == MINUTE:
        return sql.execute(source.series.minutes, scope).fetchall()
    _fill(sql, scope)
    return sql.execute(source.series.bars, scope).fetchall()


def _fill(sql: sqlite3.Connection, scope: dict[str, str | int | None]) -> None:
    """Make the opens of [from, to) those of `temp.bar`."""
    sql.execute(queries.BARS_TABLE)
    sql.execute(queries.BARS_CLEAR)
    sql.execute(queries.BARS_FILL, scope)

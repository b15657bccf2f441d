"""Which bars are in a range, made of the stored minutes? One window of opens after the other, aggregated in SQL.

A window holds no more opens than bars are still wanted, and begins (or ends, counting from the newest) with a bar that
is stored, so that a hole costs one look-up and a limit never reads too many minutes. Walking windows is also how an
export reads: memory holds one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from bot.core import archives
from webapp import queries
from webapp.request.timeframes import MINUTE

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

Row = tuple[Any, ...]
"""timestamp, open, high, low, close, vBuy, vSell, sources, configured."""

Scope = dict[str, str | int | None]
"""Parameters of a statement."""

COLUMNS = ("timestamp", "open", "high", "low", "close", "vBuy", "vSell", "sources", "configured")

FAR = 2**62
"""An instant after every bar, small enough to add a bar to; also more bars than there are."""

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

    @property
    def table(self) -> str:
        """The table they are in."""
        return "exchange_candles" if self.exchange else "candles"


@dataclass(frozen=True, slots=True)
class Asked:
    """Bars that are asked for: the first or the last `limit` of those that open in [begin, end).

    span: length of a bar, ms.
    begin, end: opens of bars, UTC ms.
    newest_first: the last `limit` bars are wanted; they come in order of time all the same.
    """

    span: int
    begin: int
    end: int
    limit: int = FAR
    newest_first: bool = False

    def minutes(self, newest: int) -> int:
        """Return how many minutes up to the pair's newest (UTC ms) these bars are made of at most."""
        return self._length(newest) // MINUTE

    def bars(self, newest: int) -> int:
        """Return how many bars these are at most, up to the pair's newest minute (UTC ms)."""
        return -(-self._length(newest) // self.span)

    def _length(self, newest: int) -> int:
        return max(0, min(min(self.end, newest + MINUTE) - self.begin, self.limit * self.span))


def newest_minute(sql: sqlite3.Connection, pair: str | None) -> int | None:
    """Return the pair's newest stored minute, UTC ms; None without any."""
    row = sql.execute(queries.NEWEST_OF_PAIR, {"pair": pair}).fetchone()
    return None if row is None else row[0]


def bar_from(instant: int | None, span: int) -> int:
    """Return the open of the first bar at or after an instant; None is after every bar."""
    return -(-min(FAR if instant is None else instant, FAR) // span) * span


def windows(sql: sqlite3.Connection, source: Source, asked: Asked) -> Iterator[list[Row]]:
    """Yield the bars window by window: in order, or with `newest_first` the last window first.

    The connection is inside a read transaction.
    """
    if asked.newest_first:
        return _windows_back(sql, source, asked)
    return first_bars(sql, source, asked.span, asked.begin, asked.end, asked.limit)


def read(sql: sqlite3.Connection, source: Source, asked: Asked) -> list[Row]:
    """Return the bars, in order."""
    found = list(windows(sql, source, asked))
    return list(chain.from_iterable(reversed(found) if asked.newest_first else found))


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
        rows = window(sql, source, span, begin, until)
        yield rows
        limit -= len(rows)
        begin = until


def last_bars(sql: sqlite3.Connection, source: Source, span: int, begin: int, end: int, limit: int) -> list[Row]:
    """Return the last `limit` bars whose opens lie in [begin, end), in order; parameters as of `first_bars`."""
    return read(sql, source, Asked(span, begin, end, limit, newest_first=True))


def bars_of_exchanges(
    sql: sqlite3.Connection, source: Source, exchanges: list[str], span: int, begin: int, end: int
) -> Iterator[list[Row]]:
    """Yield the bars of [begin, end) as each exchange saw them, ordered by open and exchange, window by window.

    Rows are timestamp, exchange, open, high, low, close, vBuy, vSell, trades, complete; parameters as of `first_bars`.
    """
    names = _names(source, span)

    def bars(begin: int, end: int) -> list[Row]:
        _fill(sql, {**names, "from": begin, "to": end})
        return sorted(
            chain.from_iterable(sql.execute(queries.EXCHANGE_BARS, {**names, "exchange": name}) for name in exchanges)
        )

    while begin < end:
        found = sql.execute(queries.FIRST_OF_EXCHANGES, {**names, "from": begin, "to": end}).fetchone()
        if found is None:
            return
        begin = found[0] - found[0] % span
        until = min(begin + WINDOW * span, end)
        yield archives.joined(sql, ["exchange_candles"], span, begin, until, bars)
        begin = until


def window(sql: sqlite3.Connection, source: Source, span: int, begin: int, end: int) -> list[Row]:
    """Read the bars that open in [begin, end), both opens of bars in UTC ms."""
    names = _names(source, span)
    if span == MINUTE:
        return sql.execute(source.series.minutes, {**names, "from": begin, "to": end}).fetchall()

    def bars(begin: int, end: int) -> list[Row]:
        scope = {**names, "from": begin, "to": end}
        _fill(sql, scope)
        return sql.execute(source.series.bars, scope).fetchall()

    return archives.joined(sql, [source.table], span, begin, end, bars)


def _windows_back(sql: sqlite3.Connection, source: Source, asked: Asked) -> Iterator[list[Row]]:
    """Yield the last bars, the newest window first."""
    names, span, end, limit = _names(source, asked.span), asked.span, asked.end, asked.limit
    while limit > 0 and asked.begin < end:
        found = sql.execute(source.series.last, {**names, "from": asked.begin, "to": end}).fetchone()
        if found is None:
            return
        end = found[0] - found[0] % span + span
        since = max(end - min(limit, WINDOW) * span, asked.begin)
        rows = window(sql, source, span, since, end)
        yield rows
        limit -= len(rows)
        end = since


def _names(source: Source, span: int) -> Scope:
    return {"pair": source.pair, "exchange": source.exchange, "newest": source.newest, "span": span}


def _fill(sql: sqlite3.Connection, scope: Scope) -> None:
    """Make the opens of [from, to) those of `temp.bar`."""
    sql.execute(queries.BARS_TABLE)
    sql.execute(queries.BARS_CLEAR)
    sql.execute(queries.BARS_FILL, scope)

"""The bars that an account is marked to market on, kept from one answer to the next.

Equity and figures need every bar of an account's span, and the page asks for both of each new snapshot. So the bars of
a pair are kept in memory (32 bytes a bar); of a new snapshot only those are read that are new, or not what they were
(reading/changes.py tells from where on). Of a snapshot that is older than what is kept all is read, and nothing kept.
The first time bars of a usual length come from the side file (webapp/bars/rollup.py), as far as it goes.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from webapp import queries
from webapp.bars import bars
from webapp.reading import changes
from webapp.request.timeframes import SPANS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from analysis.account.track_record import Prices
    from webapp.bars.chunks import Columns
    from webapp.bars.rollup import Rollup
    from webapp.database import Database, Snapshot

    Reader = Callable[[sqlite3.Connection, str, int, int, int], Prices]
    """Reads the bars of a pair that open in [begin, end), UTC ms, of a length in ms."""

KEPT = 4
"""Pairs and lengths of bars at most."""

AGAIN = 2 * 3_600_000
"""Of a new snapshot the last two hours, ms, are always read again."""

END = 2**62


class KeptPrices:
    """The bars of some pairs, as of the newest snapshot that was asked about; safe to use from several threads."""

    def __init__(self, rollup: Rollup) -> None:
        self._rollup = rollup
        self._lock = threading.Lock()
        self._snapshot = ""
        self._published = 0
        self._past: changes.Past | None = None
        self._bars: dict[tuple[str, int], Prices] = {}
        self._reached: dict[tuple[str, int], str] = {}

    def of(self, snapshot: Snapshot) -> Reader:
        """Return what reads the bars of a snapshot."""

        def read(sql: sqlite3.Connection, pair: str, begin: int, end: int, bar_ms: int) -> Prices:
            with self._lock:
                if not self._follow(sql, snapshot):
                    return read_prices(sql, pair, begin, end, bar_ms)
                return _between(self._current(sql, snapshot, pair, bar_ms), begin, end)

        return read

    def pursue(self, database: Database) -> None:
        """Have the side file follow the database, in the background, when it was behind."""
        self._rollup.pursue(database)

    def _follow(self, sql: sqlite3.Connection, snapshot: Snapshot) -> bool:
        """Go on to a snapshot; False when it is older than what is kept."""
        if snapshot.id == self._snapshot:
            return True
        if snapshot.published < self._published:
            return False
        self._past, changed = changes.compared(sql, snapshot, self._past)
        self._snapshot, self._published = snapshot.id, snapshot.published
        if changed is not None:
            self._bars = {key: _between(kept, 0, changed // key[1] * key[1]) for key, kept in self._bars.items()}
        return True

    def _current(self, sql: sqlite3.Connection, snapshot: Snapshot, pair: str, bar_ms: int) -> Prices:
        """Return all bars of a pair as of the snapshot."""
        key = pair, bar_ms
        kept = self._bars.pop(key, None)
        if kept is None:
            found = self._whole(sql, snapshot, pair, bar_ms)
        elif self._reached[key] == self._snapshot:
            found = kept
        else:
            since = (int(kept.timestamp[-1]) - AGAIN) // bar_ms * bar_ms if len(kept) else 0
            found = _joined(_between(kept, 0, since), read_prices(sql, pair, since, END, bar_ms))
        self._bars[key], self._reached[key] = found, self._snapshot
        while len(self._bars) > KEPT:
            del self._bars[next(iter(self._bars))]
        return found

    def _whole(self, sql: sqlite3.Connection, snapshot: Snapshot, pair: str, bar_ms: int) -> Prices:
        """Read all bars of a pair."""
        newest = bars.newest_minute(sql, pair)
        if newest is None or bar_ms not in SPANS.values():
            return read_prices(sql, pair, 0, END, bar_ms)
        source, every = bars.Source(pair, None, newest), bars.Asked(bar_ms, 0, bars.bar_from(None, bar_ms))
        reach = self._rollup.reach(sql, snapshot, source, every)
        kept = self._rollup.read(sql, snapshot, source, replace(every, end=reach)) if reach else ()
        return _joined(_of_columns(list(kept), bar_ms), read_prices(sql, pair, reach, END, bar_ms))


def read_prices(sql: sqlite3.Connection, pair: str, begin: int, end: int, bar_ms: int) -> Prices:
    """Read the bars of a pair that open in [begin, end), UTC ms, both opens of bars."""
    import numpy as np

    from analysis.account.track_record import Prices

    names = {"pair": pair, "from": begin, "to": end}
    columns = np.dtype([("timestamp", np.int64), *((name, np.float64) for name in ("high", "low", "close"))])
    minutes = np.fromiter(sql.execute(queries.PRICES, names), dtype=columns)
    opens = minutes["timestamp"] // bar_ms * bar_ms
    first = np.flatnonzero(np.diff(opens, prepend=-1))
    if not len(first):
        nothing = np.empty(0)
        return Prices(np.empty(0, dtype=np.int64), nothing, nothing, nothing, bar_ms)
    return Prices(
        opens[first],
        np.maximum.reduceat(minutes["high"], first),
        np.minimum.reduceat(minutes["low"], first),
        minutes["close"][np.append(first[1:], len(opens)) - 1],
        bar_ms,
    )


def _of_columns(pieces: Sequence[Columns], bar_ms: int) -> Prices:
    """Take the bars of pieces that follow each other."""
    import numpy as np

    from analysis.account.track_record import Prices

    def column(name: str) -> Any:  # noqa: ANN401 - integers or floats
        return np.concatenate([np.asarray(piece[bars.COLUMNS.index(name)]) for piece in pieces])

    if not pieces:
        nothing = np.empty(0)
        return Prices(np.empty(0, dtype=np.int64), nothing, nothing, nothing, bar_ms)
    return Prices(column("timestamp"), column("high"), column("low"), column("close"), bar_ms)


def _between(prices: Prices, begin: int, end: int) -> Prices:
    import numpy as np

    from analysis.account.track_record import Prices

    part = slice(*np.searchsorted(prices.timestamp, (begin, end)).tolist())
    return Prices(prices.timestamp[part], prices.high[part], prices.low[part], prices.close[part], prices.bar_ms)


def _joined(earlier: Prices, later: Prices) -> Prices:
    import numpy as np

    from analysis.account.track_record import Prices

    return Prices(
        np.concatenate((earlier.timestamp, later.timestamp)),
        np.concatenate((earlier.high, later.high)),
        np.concatenate((earlier.low, later.low)),
        np.concatenate((earlier.close, later.close)),
        later.bar_ms,
    )

"""Between two snapshots: did only newer rows come, or did the past change, and from where on?

A page keeps the bars it has drawn when only newer rows came. The past can change in three ways:

- what the bot or an import corrected after the strategy had seen it stands in `candle_corrections`, with its minute;
- an import into a file that no bot has traded on leaves no such note: there are more rows before the newest minute
  than there were;
- another file took the place, or somebody edited this one: the sums over the rows differ. They are added up only when
  the main file is another one or was written to, which is a few times a day.

The last two do not tell where, so everything counts as changed.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp import queries

if TYPE_CHECKING:
    import sqlite3

    from webapp.database import Snapshot

SLACK = 3_600_000
"""The newest hour, ms, where rows of another pair may still be added: only a correction tells of a change there."""


_counted: OrderedDict[str, tuple[int, int]] = OrderedDict()
"""The rows of the last snapshots, by their id: counting millions takes tens of milliseconds, and several ask."""

COUNTED = 8

_counting = threading.Lock()
"""Who asks while another counts has the same answer."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What the candles before `until` (UTC ms) add up to, while `last_correction` was the newest."""

    until: int
    last_correction: int
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """What there was in one snapshot.

    file: which main file, and whether it was written to.
    oldest: UTC ms of the first stored minute; 0 without one.
    until: UTC ms; `rows` are of minutes before it.
    rows: how many candles, and how many of exchanges.
    last_correction: the newest id of `candle_corrections`; 0 without one.
    """

    file: str
    oldest: int
    until: int
    rows: tuple[int, int]
    last_correction: int
    sums: Sums


def compared(sql: sqlite3.Connection, snapshot: Snapshot, before: Past | None) -> tuple[Past, int | None]:
    """Look at a snapshot, and tell from which minute on the past is not what it was before.

    Args:
        sql: The snapshot's connection.
        snapshot: What is looked at.
        before: What there was in the snapshot before; None: there was none, so nothing can have changed.

    Returns:
        What there is now; and a minute in UTC ms, or None when only newer rows came.
    """
    oldest, newest, last = sql.execute(queries.PAST).fetchone()
    counted = _all_rows(sql, snapshot.id)
    until = max((newest or 0) - SLACK, 0)
    now = Past(
        file=snapshot.file,
        oldest=oldest or 0,
        until=until,
        rows=_rows(sql, counted, until),
        last_correction=last,
        sums=before.sums if before and before.file == snapshot.file else _sums(sql, until, last),
    )
    return now, None if before is None else _changed_from(sql, counted, before, now)


def _changed_from(sql: sqlite3.Connection, counted: tuple[int, int], before: Past, now: Past) -> int | None:
    everything = min(before.oldest, now.oldest)
    if now.until < before.until or now.last_correction < before.last_correction:
        return everything
    corrected: int | None
    (corrected,) = sql.execute(queries.CORRECTED, {"known": before.last_correction}).fetchone()
    if corrected is None and _rows(sql, counted, before.until) != before.rows:
        return everything
    known = before.sums
    comparable = now.file != before.file and now.last_correction == known.last_correction
    if comparable and _sums(sql, known.until, known.last_correction) != known:
        return everything
    return corrected


def _all_rows(sql: sqlite3.Connection, snapshot: str) -> tuple[int, int]:
    with _counting:
        if snapshot not in _counted:
            _counted[snapshot] = sql.execute(queries.PAST_ROWS).fetchone()
            while len(_counted) > COUNTED:
                _counted.popitem(last=False)
        return _counted[snapshot]


def _rows(sql: sqlite3.Connection, counted: tuple[int, int], until: int) -> tuple[int, int]:
    """Count the rows before an instant: all, less the few after it, which is quick."""
    candles, exchange_candles = sql.execute(queries.ROWS_SINCE, {"since": until}).fetchone()
    return counted[0] - candles, counted[1] - exchange_candles


def _sums(sql: sqlite3.Connection, until: int, last_correction: int) -> Sums:
    return Sums(until, last_correction, sql.execute(queries.SUMS_BEFORE, {"until": until}).fetchone())

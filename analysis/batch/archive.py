"""Candles from a kline archive of any interval, read directly: the rules are those of `bot.imports.klines`.

An archive without anything to say is read by polars in bulk. Any other is read row by row as an import does, and what
that says holds: a refused row refuses the file, rows that are not over or not of the interval's grid are left out and
told. The archive's own interval takes the place of the minute; of the first six columns alone nobody knows who bought.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from analysis.batch.market import COLUMNS, Market, from_rows, timeframe
from analysis.errors import SourceError
from bot.core.times import DAY, MINUTE
from bot.imports import archives, bounds, klines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import IO

    from numpy.typing import NDArray

CLOSED = 6
WHOLE = (0, CLOSED, 8)
"""Columns of whole numbers: open time, close time, count."""

FLOATS = (1, 2, 3, 4, 5, 9)

LONGEST = 1000
"""Bytes of a row at most."""

ODD = (b"_", b'"', b" ", b"\r")
"""What polars may read otherwise than the strict reader."""

NUMBERS = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True, slots=True)
class Archive:
    """The candles of an archive, and what has to be said of it."""

    market: Market
    notes: list[str] = field(default_factory=list)


def read(path: Path, pair: str, now: int | None = None) -> Archive:
    """Return an archive's candles at an instant, UTC ms; None: now.

    Raises:
        SourceError: It is no such archive, or a row of it is none; the message names the file, the line and the reason.
    """
    now = time.time_ns() // 1_000_000 if now is None else now
    market = bulk(path, pair, now)
    return strict(path, pair, now) if market is None else Archive(market)


def strict(path: Path, pair: str, now: int) -> Archive:
    """Read row by row.

    Raises:
        SourceError: As `read`.
    """
    try:
        rows, refused = klines.read_any(path, pair, now)
    except archives.ImportFileError as error:
        raise SourceError(str(error)) from error
    if refused:
        more = f" (and {len(refused) - 1:,} more)" if len(refused) > 1 else ""
        raise SourceError(f"{refused[0]}{more}")
    if not rows:
        raise SourceError(f"{path} holds no candles")
    interval = _interval(path, [row.opened for _, row in rows], rows[0][1].closed)
    known: dict[int, tuple[str, klines.Row]] = {}
    odd, forming, repeated = 0, 0, 0
    for place, row in rows:
        if row.closed is not None and row.closed - row.opened >= interval:
            raise SourceError(f"{place}: a candle of another length than {timeframe(interval)}, that of the file")
        if row.opened % interval:
            odd += 1
        elif row.opened + interval > now:
            forming += 1
        elif (before := known.setdefault(row.opened, (place, row))) != (place, row):
            if before[1] != row:
                raise SourceError(f"{place}: the candle is another one in {before[0].rpartition(', ')[2]}")
            repeated += 1
    if len({row.buy is None for _, row in known.values()}) > 1:
        raise SourceError(f"{path} has taker volume in some of its rows only")
    if not known:
        raise SourceError(f"{path} holds no candles that are over")
    words = (
        (odd, f"left out: they do not begin at a full {timeframe(interval)}"),
        (forming, "left out: not over yet"),
        (repeated, "repeated in the file"),
    )
    ordered = [known[opened][1] for opened in sorted(known)]
    return Archive(_market(pair, ordered, interval), [f"{path}: {count:,} {said}" for count, said in words if count])


def _market(pair: str, rows: Sequence[klines.Row], interval: int) -> Market:
    sides_known = rows[0].buy is not None
    table = np.empty(len(rows), dtype=COLUMNS)
    table["timestamp"] = [row.opened for row in rows]
    for name in NUMBERS[:4]:
        table[name] = [getattr(row, name) for row in rows]
    volume = np.array([row.volume for row in rows])
    table["buy"] = [row.buy for row in rows] if sides_known else volume
    table["sell"] = volume - table["buy"]
    return from_rows(pair, table, interval, sides_known)


def _interval(path: Path, opens: Sequence[int], closed: int | None) -> int:
    """Return the candles' length: the most frequent distance of opens; of one candle its own.

    Raises:
        SourceError: No strategy runs on such candles.
    """
    every = sorted(set(opens))
    steps = Counter(after - before for before, after in pairwise(every))
    if steps:
        most = max(steps.values())
        interval = min(step for step, count in steps.items() if count == most)
    else:
        interval = MINUTE if closed is None else closed - every[0] + 1
    if interval % MINUTE or DAY % interval:
        raise SourceError(
            f"{path} holds candles of {interval / MINUTE:g} minutes; possible are whole minutes that divide a day, "
            "from 1m to 1d"
        )
    return interval


def bulk(path: Path, pair: str, now: int) -> Market | None:
    """Read an archive in which every row is a candle that is over, in order; None for any other."""
    try:
        frames = [_frame(text) for _, text in archives.members(path, pair)]
    except (archives.ImportFileError, *archives.UNREADABLE):
        return None
    parts = [frame for frame in frames if frame is not None]
    if not parts or len(parts) < len(frames) or any(part.columns != parts[0].columns for part in parts):
        return None
    table = pl.concat(parts)
    columns = {int(column.name.removeprefix("column_")) - 1: column.to_numpy() for column in table}
    if klines.WITHOUT_TAKERS - 1 not in columns:
        return None
    sides_known = klines.COLUMNS - 1 in columns
    opened, close_time = _milliseconds(columns[0]), _milliseconds(columns[CLOSED]) if CLOSED in columns else None
    count = columns[8] if sides_known else np.zeros(len(table), dtype=np.int64)
    opening, high, low, closing, volume = (columns[at] for at in range(1, 6))
    buy = columns[9] if sides_known else volume
    steps = np.diff(opened)
    if len(steps) == 0 or steps.min() <= 0:
        return None
    interval = int(steps.min())
    if 2 * np.count_nonzero(steps == interval) <= len(steps):  # then another distance may be as frequent
        return None
    if interval % MINUTE or DAY % interval:
        return None
    good = (
        (opened >= bounds.FIRST)
        & (opened + interval <= min(now, bounds.END))
        & (opened % interval == 0)
        & (low > 0)
        & (low <= opening)
        & (opening <= high)
        & (low <= closing)
        & (closing <= high)
        & (high <= bounds.MOST_PRICE)
        & (buy >= 0)
        & (buy <= volume)
        & (volume <= bounds.MOST_VOLUME)
        & (count >= 0)
        & ((volume > 0) | (count == 0))
    )
    if close_time is not None:
        good &= (close_time >= opened) & (close_time < opened + interval)
    if not good.all():
        return None
    return Market(pair, opened, opening, high, low, closing, buy, volume - buy, interval, sides_known)


def _frame(text: IO[str]) -> pl.DataFrame | None:
    """Return the rows of a text; None where polars may read it otherwise than row by row."""
    data = text.buffer.read().removeprefix(b"\xef\xbb\xbf")  # type: ignore[attr-defined] # a TextIOWrapper
    end = data.find(b"\n")
    first, skip = data if end < 0 else data[:end], 0
    if not first.isascii():
        return None
    if not klines.is_data(first.decode()):
        try:
            klines.check_header("", first.decode().strip())
        except archives.ImportFileError:
            return None
        skip = 1
    begin = len(first) + 1 if skip else 0
    row = data[begin : begin + LONGEST].partition(b"\n")[0]
    if (
        not row
        or not data.isascii()
        or any(sign in (data if sign != b"_" or not skip else data[begin:]) for sign in ODD)
    ):
        return None
    width = row.count(b",") + 1
    kinds = [pl.Int64 if at in WHOLE else pl.Float64 if at in FLOATS else pl.String for at in range(width)]
    schema = {f"column_{at + 1}": kind for at, kind in enumerate(kinds)}
    wanted = [at for at in range(width) if at in (*WHOLE, *FLOATS)]
    try:
        frame = pl.read_csv(data, has_header=False, skip_rows=skip, schema=schema, columns=wanted, quote_char=None)
    except pl.exceptions.PolarsError:
        return None
    return None if any(column.null_count() for column in frame) else frame


def _milliseconds(times: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where(times >= klines.MICROSECONDS, times // 1000, times)

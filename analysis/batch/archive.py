"""Candles from a kline archive of any interval, read directly: the rules are those of `bot.imports.klines`.

An archive without anything to say is read by polars in bulk. Any other is read row by row as an import does, and what
that says holds: a refused row refuses the file, rows that are not over or not of the interval's grid are left out and
told. The archive's own interval takes the place of the minute; of the first six columns alone nobody knows who bought.
"""

from __future__ import annotations

import io
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
        frames = [_frame(text.read()) for _, text in archives.members(path, pair)]
    except (archives.ImportFileError, UnicodeDecodeError, *archives.UNREADABLE):
        return None
    if not frames or any(frame is None or frame.width != frames[0].width for frame in frames):  # type: ignore[union-attr]
        return None
    table = pl.concat([frame for frame in frames if frame is not None])
    if table.width < klines.WITHOUT_TAKERS:
        return None
    sides_known = table.width >= klines.COLUMNS
    opened, close_time = _times(table, 0), _times(table, 6) if table.width > klines.WITHOUT_TAKERS else None
    count = _whole(table, 8) if sides_known else np.zeros(len(table), dtype=np.int64)
    numbers = [_numbers(table, at) for at in (1, 2, 3, 4, 5, *((9,) if sides_known else ()))]
    if opened is None or count is None or any(column is None for column in numbers):
        return None
    if table.width > klines.WITHOUT_TAKERS and close_time is None:
        return None
    opening, high, low, closing, volume, *more = (column for column in numbers if column is not None)
    buy = more[0] if more else volume
    steps = np.diff(opened)
    if len(steps) == 0 or steps.min() <= 0:
        return None
    lengths, counts = np.unique(steps, return_counts=True)
    interval = int(lengths[counts == counts.max()].min())
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
    rows = np.empty(len(opened), dtype=COLUMNS)
    for name, column in zip(COLUMNS.names or (), (opened, opening, high, low, closing, buy, volume - buy), strict=True):
        rows[name] = column
    return from_rows(pair, rows, interval, sides_known)


def _frame(text: str) -> pl.DataFrame | None:
    """Return the rows of a text as texts; None where polars may read it otherwise than row by row."""
    first, _, rest = text.partition("\n")
    if not klines.is_data(first):
        try:
            klines.check_header("", first.strip())
        except archives.ImportFileError:
            return None
        text = rest
    if not text or not text.isascii() or any(sign in text for sign in ("_", '"', " ", "\n\n")):
        return None
    try:
        return pl.read_csv(io.BytesIO(text.encode()), has_header=False, infer_schema=False, quote_char=None)
    except pl.exceptions.PolarsError:
        return None


def _whole(table: pl.DataFrame, at: int) -> np.ndarray[tuple[int], np.dtype[np.int64]] | None:
    column = table.to_series(at).cast(pl.Int64, strict=False)
    return None if column.null_count() else column.to_numpy()


def _times(table: pl.DataFrame, at: int) -> np.ndarray[tuple[int], np.dtype[np.int64]] | None:
    times = _whole(table, at)
    return None if times is None else np.where(times >= klines.MICROSECONDS, times // 1000, times)


def _numbers(table: pl.DataFrame, at: int) -> np.ndarray[tuple[int], np.dtype[np.float64]] | None:
    column = table.to_series(at).cast(pl.Float64, strict=False)
    return None if column.null_count() else column.to_numpy()

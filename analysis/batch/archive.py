"""Candles from a Binance kline archive, read directly: `.csv`, `.csv.gz` or `.zip`, with or without a header.

The columns are open time, open, high, low, close, volume, close time, quote volume, number of trades, taker buy base
volume, ...; times are ms, or microseconds since 2025 on spot. The archive's own interval takes the place of the minute.
With the first six columns alone nobody knows who bought. Source: github.com/binance/binance-public-data.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from analysis.batch.market import COLUMNS, Market, from_rows
from analysis.errors import SourceError
from bot.core.times import MINUTE

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("timestamp", "open", "high", "low", "close", "volume")
TAKER_BUY = 9
"""Index of the column with the taker buy volume."""
MICROSECONDS = 10**14
"""A time at or above this is in microseconds."""


def read(path: Path, pair: str) -> Market:
    """Return the archive's candles.

    Raises:
        SourceError: It is no such archive; the message names the file, the row and the reason.
    """
    table = _table(path)
    columns = {name: _numbers(path, table, index, name) for index, name in enumerate(NAMES)}
    sides_known = table.width > TAKER_BUY
    buy = _numbers(path, table, TAKER_BUY, "taker buy volume") if sides_known else columns["volume"]
    opened = columns["timestamp"].astype(np.int64)
    opened = np.where(opened >= MICROSECONDS, opened // 1000, opened)
    interval = _interval(path, opened)
    _check(path, opened, interval, columns, buy)
    rows = np.empty(len(opened), dtype=COLUMNS)
    rows["timestamp"], rows["buy"], rows["sell"] = opened, buy, columns["volume"] - buy
    for name in NAMES[1:5]:
        rows[name] = columns[name]
    return from_rows(pair, rows, interval, sides_known)


def _table(path: Path) -> pl.DataFrame:
    """Return the rows as texts."""
    try:
        data = _bytes(path)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise SourceError(f"{path} can't be read: {error}") from error
    header = not data[:1].isdigit()
    try:
        table = pl.read_csv(io.BytesIO(data), has_header=header, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise SourceError(f"{path} is no kline archive: {error}") from error
    if table.width < len(NAMES) or not table.height:
        raise SourceError(f"{path} is no kline archive: {table.height} rows of {table.width} columns")
    return table


def _bytes(path: Path) -> bytes:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return b"".join(archive.read(name) for name in archive.namelist() if name.endswith(".csv"))
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def _numbers(path: Path, table: pl.DataFrame, index: int, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    texts = table.to_series(index)
    numbers = texts.cast(pl.Float64, strict=False)
    bad = (numbers.is_null() | ~numbers.is_finite()).arg_true()
    if len(bad):
        raise SourceError(f"{path}, row {bad[0] + 1}: {texts[bad[0]]!r} is no {name}")
    return numbers.to_numpy()


def _interval(path: Path, opened: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    """Return the candles' length: the least distance of two opens."""
    steps = np.diff(opened)
    if len(steps) and steps.min() <= 0:
        raise SourceError(f"{path}, row {int(np.argmax(steps <= 0)) + 2}: its time is not later than the row before")
    interval = int(steps.min()) if len(steps) else MINUTE
    if interval % MINUTE:
        raise SourceError(f"{path} holds candles of {interval / MINUTE:g} minutes: whole minutes are needed")
    return interval


def _check(
    path: Path,
    opened: np.ndarray[tuple[int], np.dtype[np.int64]],
    interval: int,
    columns: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]],
    buy: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> None:
    """Refuse the first row that is no candle."""
    low, high = columns["low"], columns["high"]
    inside = [(low <= columns[name]) & (columns[name] <= high) for name in ("open", "close")]
    good = inside[0] & inside[1] & (low > 0) & (buy >= 0) & (buy <= columns["volume"]) & (opened % interval == 0)
    if not good.all():
        raise SourceError(f"{path}, row {int(np.argmin(good)) + 1}: its times, prices or volumes are not of one candle")

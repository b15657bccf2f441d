"""Reading a Binance kline archive: `.csv`, `.csv.gz` or `.zip`, with or without a header.

The columns are open time, open, high, low, close, volume, close time, quote volume, number of trades, taker buy base
volume, ... Times are ms, or microseconds since 2025 on spot. A candle in which trading halted closes early. Only
archives of one minute with taker volume can become candles: without it nobody knows who bought.
Source: github.com/binance/binance-public-data.
"""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
import zlib
from typing import IO, TYPE_CHECKING

from bot.core.minutes import WHOLE, VenueCandle
from bot.core.times import MINUTE, to_iso
from bot.errors import ImportFileError
from bot.imports.bounds import checked_count, checked_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COLUMNS = 10
"""So many columns are needed: the tenth is the taker buy volume."""
MICROSECONDS = 10**14
"""A time at or above this is in microseconds."""

_UNREADABLE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, UnicodeDecodeError, csv.Error)
"""What a missing, damaged or (RuntimeError) encrypted archive raises."""


def read(path: Path) -> Iterator[VenueCandle]:
    """Yield the archive's minutes in the order of the file.

    Raises:
        ImportFileError: It is not such an archive; the message names file, line and reason.
    """
    empty = True
    for number, row in _rows(path):
        if not row or (number == 1 and not row[0].strip().isdecimal()):
            continue
        empty = False
        if len(row) < COLUMNS:
            raise ImportFileError(
                f"{path}, line {number}: {len(row)} columns, no taker buy volume in the tenth;"
                " without it nobody knows who bought, so it can't become candles"
            )
        try:
            yield _candle(row)
        except ValueError as error:
            raise ImportFileError(f"{path}, line {number}: {error}") from None
    if empty:
        raise ImportFileError(f"{path} holds no candles")


def _candle(row: list[str]) -> VenueCandle:
    opened, closed = (checked_time(_milliseconds(int(text))) for text in (row[0], row[6]))
    if closed - opened >= MINUTE:
        raise ValueError(f"a candle of {(closed - opened + 1) / MINUTE:g} minutes; only archives of 1m are imported")
    if closed < opened:
        raise ValueError(f"a candle that closes at {closed}, before it opens at {opened}")
    if opened % MINUTE:
        raise ValueError(f"a candle that begins at {opened} ({to_iso(opened)}), not at a full minute")
    prices = [float(text) for text in row[1:5]]
    volume, buy = float(row[5]), float(row[9])
    opening, high, low, closing = prices
    if not (0 < low <= min(opening, closing) and max(opening, closing) <= high < float("inf")):
        raise ValueError(f"open {row[1]}, high {row[2]}, low {row[3]}, close {row[4]} are not prices of one candle")
    if not 0 <= buy <= volume < float("inf"):
        raise ValueError(f"taker buy volume {row[9]} is not between 0 and the volume {row[5]}")
    count = checked_count(int(row[8]), "number of trades")
    return VenueCandle(opened, opening, high, low, closing, buy, volume - buy, count, WHOLE)


def _milliseconds(time: int) -> int:
    return time // 1000 if time >= MICROSECONDS else time


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield each line's number, from 1 in every file, and its fields."""
    try:
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    if name.endswith(".csv"):
                        with archive.open(name) as file:
                            yield from _lines(file)
        elif path.suffix == ".gz":
            with gzip.open(path) as file:
                yield from _lines(file)
        else:
            with path.open("rb") as file:
                yield from _lines(file)
    except _UNREADABLE as error:
        raise ImportFileError(f"{path} can't be read: {error}") from None


def _lines(file: IO[bytes] | gzip.GzipFile) -> Iterator[tuple[int, list[str]]]:
    with io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        yield from enumerate(csv.reader(text), start=1)

"""Reading a Binance kline archive: `.csv`, `.csv.gz` or `.zip`, with or without a header.

The columns are open time, open, high, low, close, volume, close time, quote volume, number of trades, taker buy base
volume, ... Times are ms, or microseconds since 2025 on spot. Only archives of one minute with taker volume can become
candles: without it nobody knows who bought. Source: github.com/binance/binance-public-data.
"""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from typing import TYPE_CHECKING

from bot.core.minutes import WHOLE, VenueCandle
from bot.core.times import MINUTE, to_iso
from bot.errors import ImportFileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COLUMNS = 10
"""So many columns are needed: the tenth is the taker buy volume."""
MICROSECONDS = 10**14
"""A time at or above this is in microseconds."""


def read(path: Path) -> Iterator[VenueCandle]:
    """Yield the archive's minutes in the order of the file.

    Raises:
        ImportFileError: It is not such an archive; the message names file, line and reason.
    """
    for number, row in enumerate(_rows(path), start=1):
        if not row or (number == 1 and not row[0].strip().isdecimal()):
            continue
        if len(row) < COLUMNS:
            raise ImportFileError(
                f"{path}, line {number}: {len(row)} columns, no taker buy volume in the tenth;"
                " without it nobody knows who bought, so it can't become candles"
            )
        try:
            yield _candle(row)
        except ValueError as error:
            raise ImportFileError(f"{path}, line {number}: {error}") from None


def _candle(row: list[str]) -> VenueCandle:
    opened, closed = (int(text) // 1000 if int(text) >= MICROSECONDS else int(text) for text in (row[0], row[6]))
    if closed - opened + 1 != MINUTE:
        raise ValueError(f"a candle of {(closed - opened + 1) / MINUTE:g} minutes; only archives of 1m are imported")
    if opened % MINUTE:
        raise ValueError(f"a candle that begins at {opened} ({to_iso(opened)}), not at a full minute")
    prices = [float(text) for text in row[1:5]]
    volume, buy = float(row[5]), float(row[9])
    opening, high, low, closing = prices
    if not (0 < low <= min(opening, closing) and max(opening, closing) <= high < float("inf")):
        raise ValueError(f"open {row[1]}, high {row[2]}, low {row[3]}, close {row[4]} are not prices of one candle")
    if not 0 <= buy <= volume < float("inf"):
        raise ValueError(f"taker buy volume {row[9]} is not between 0 and the volume {row[5]}")
    return VenueCandle(opened, opening, high, low, closing, buy, volume - buy, int(row[8]), WHOLE)


def _rows(path: Path) -> Iterator[list[str]]:
    try:
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    if name.endswith(".csv"):
                        with archive.open(name) as file:
                            yield from csv.reader(io.TextIOWrapper(file, encoding="utf-8"))
        elif path.suffix == ".gz":
            with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
                yield from csv.reader(file)
        else:
            with path.open(encoding="utf-8", newline="") as file:
                yield from csv.reader(file)
    except (OSError, EOFError, UnicodeDecodeError, zipfile.BadZipFile, csv.Error) as error:
        raise ImportFileError(f"{path} can't be read: {error}") from None

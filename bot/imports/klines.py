"""Reading a Binance kline archive: `.csv`, `.csv.gz` or `.zip`, with or without a header.

The columns are open time, open, high, low, close, volume, close time, quote volume, number of trades, taker buy base
volume, ... Times are ms, or microseconds since 2025 on spot. A candle in which trading halted closes early. Only
archives of one minute with taker volume can become candles: without it nobody knows who bought.
Source: github.com/binance/binance-public-data.

A row is taken, left out with a reason (its minute is not over, or does not begin at a full minute), or refused with its
line; what is wrong with the first row is wrong with the file, where that is its kind: interval, columns, prices without
trades. Nothing is guessed: a number is ASCII digits, a header one of the known ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, NamedTuple

from bot.core.minutes import WHOLE, VenueCandle
from bot.core.times import DAY, MINUTE, to_iso
from bot.errors import ImportFileError
from bot.imports import archives
from bot.imports.bounds import checked_count, checked_price, checked_time, checked_volume

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COLUMNS = 10
"""So many columns are needed: the tenth is the taker buy volume."""
WITHOUT_TAKERS = 6
"""Columns up to the volume: such an archive is known, and of no use here."""
MICROSECONDS = 10**14
"""A time at or above this is in microseconds."""

HEADER: tuple[frozenset[str], ...] = tuple(
    frozenset(names.split())
    for names in (
        *("open_time opentime", "open", "high", "low", "close", "volume", "close_time closetime"),
        "quote_volume quote_asset_volume quotevolume",
        "count number_of_trades trades num_trades",
        "taker_buy_volume taker_buy_base_asset_volume taker_buy_base_volume taker_buy_base taker_base_vol",
    )
)
"""The known names of each column: lower case, `_` in place of spaces."""

UNALIGNED, NOT_OVER = "does not begin at a full minute", "is not over yet"


_TOO_FEW = "no taker buy volume in the tenth; without it nobody knows who bought, so it can't become candles"


class Row(NamedTuple):
    """A row as it stands in the file: times in UTC ms, prices USDT, volumes BTC."""

    opened: int
    closed: int | None
    """None where the file has no such column."""
    open: float
    high: float
    low: float
    close: float
    volume: float
    buy: float | None
    """Of it, what takers bought; None where the file does not say."""
    trades: int


class NotOfThisKindError(ValueError):
    """The row is no kline of one minute with taker volume: of a first row, the file is not."""


@dataclass(slots=True)
class Read:
    """What an archive holds.

    minutes: the rows that are taken, by their minute, in the order of the file.
    repeated: rows that say again what an earlier one said.
    left_out: the opens (UTC ms) of rows that are left out, by the reason.
    refused: a sentence a row that is refused, with its place.
    """

    minutes: dict[int, VenueCandle] = field(default_factory=dict)
    repeated: int = 0
    left_out: dict[str, list[int]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


def read(path: Path, pair: str, now: int) -> Read:
    """Read an archive of a pair at an instant, UTC ms.

    Raises:
        ImportFileError: It is not such an archive; the message names file, place and reason.
    """
    found, places = Read(), dict[int, str]()
    for place, line, first in lines(path, pair):
        try:
            _take(found, places, place, _minute(_row(line, now), line.count(",") + 1), now)
        except ValueError as error:
            if first and isinstance(error, NotOfThisKindError):
                raise ImportFileError(f"{place}: {error}") from None
            found.refused.append(f"{place}: {error}")
    return found


def read_any(path: Path, pair: str, now: int) -> tuple[list[tuple[str, Row]], list[str]]:
    """Read an archive of any interval, with taker volume or without, at an instant, UTC ms.

    Returns:
        The rows with their places, in the order of the file, and a sentence for each that is refused.

    Raises:
        ImportFileError: It is no archive of klines; the message names file, place and reason.
    """
    taken: list[tuple[str, Row]] = []
    refused: list[str] = []
    for place, line, first in lines(path, pair):
        try:
            taken.append((place, _row(line, now)))
        except ValueError as error:
            if first and isinstance(error, NotOfThisKindError):
                raise ImportFileError(f"{place}: {error}") from None
            refused.append(f"{place}: {error}")
    return taken, refused


def lines(path: Path, pair: str) -> Iterator[tuple[str, str, bool]]:
    """Yield the place of each line of data, the line, and whether it is the first of its text.

    Raises:
        ImportFileError: The archive can't be read, or holds none.
    """
    empty = True
    try:
        for member, text in archives.members(path, pair):
            for number, line, first in _lines(text, path, member):
                empty = False
                yield f"{path}{member}, line {number}", line, first
    except archives.UNREADABLE as error:
        raise ImportFileError(f"{path} can't be read: {error}") from None
    except UnicodeDecodeError as error:
        raise ImportFileError(f"{path} is no UTF-8 text: {error.reason} at byte {error.start}") from None
    if empty:
        raise ImportFileError(f"{path} holds no candles")


def _take(found: Read, places: dict[int, str], place: str, candle: VenueCandle, now: int) -> None:
    """Take a row, or note why not.

    Raises:
        ValueError: An earlier row says something else of the same minute.
    """
    opened = candle.timestamp
    if opened % MINUTE:
        found.left_out.setdefault(UNALIGNED, []).append(opened)
        return
    if opened + MINUTE > now:
        found.left_out.setdefault(NOT_OVER, []).append(opened)
        return
    before = places.get(opened)
    if before is None:
        places[opened] = place
        found.minutes[opened] = candle
    elif found.minutes.get(opened) == candle:
        found.repeated += 1
    else:
        found.minutes.pop(opened, None)
        raise ValueError(
            f"the minute {to_iso(opened)} is another one in {before.rpartition(', ')[2]}: neither is taken"
        )


def _row(line: str, now: int) -> Row:
    """Return what a line says.

    Raises:
        ValueError: It is no kline, with what is wrong.
    """
    if not line.isascii() or "_" in line:
        raise ValueError(f"{line[:60]!r} has characters that no number has")
    row = [text.strip().strip('"') for text in line.split(",")]
    if len(row) < WITHOUT_TAKERS:
        raise NotOfThisKindError(f"{len(row)} columns, {_TOO_FEW}")
    opened = checked_time(_milliseconds(_whole(row[0], "open")))
    closed = checked_time(_milliseconds(_whole(row[6], "close"))) if len(row) > WITHOUT_TAKERS else None
    if opened >= now + DAY:
        raise ValueError(f"a candle of {to_iso(opened)}, which is more than a day ahead")
    if closed is not None and closed < opened:
        raise ValueError(f"a candle that closes at {closed}, before it opens at {opened}")
    opening, high, low, closing, volume = (_number(row[at]) for at in range(1, 6))
    if not (0 < low <= opening <= high and low <= closing <= high):  # each by itself: none is true of nan
        raise ValueError(f"open {row[1]}, high {row[2]}, low {row[3]}, close {row[4]} are not prices of one candle")
    checked_price(high, "high")
    checked_volume(volume, "volume")
    if len(row) < COLUMNS:
        return Row(opened, closed, opening, high, low, closing, volume, None, 0)
    buy = _number(row[9])
    if not 0 <= buy <= volume:
        raise ValueError(f"taker buy volume {row[9]} is not between 0 and the volume {row[5]}")
    count = checked_count(_whole(row[8], "number of trades"), "number of trades")
    if count and not volume:
        raise NotOfThisKindError(
            f"{count} trades without volume: prices alone (mark, index or premium), no klines of trades"
        )
    return Row(opened, closed, opening, high, low, closing, volume, buy, count)


def _minute(row: Row, columns: int) -> VenueCandle:
    """Return the candle of one minute.

    Raises:
        ValueError: The row is of another interval, or nobody knows who bought.
    """
    if row.closed is not None and row.closed - row.opened >= MINUTE:
        raise NotOfThisKindError(
            f"a candle of {(row.closed - row.opened + 1) / MINUTE:g} minutes; only archives of 1m are imported"
        )
    if row.buy is None or row.closed is None:
        raise NotOfThisKindError(f"{columns} columns, {_TOO_FEW}")
    prices = (row.open, row.high, row.low, row.close)
    return VenueCandle(row.opened, *prices, row.buy, row.volume - row.buy, row.trades, WHOLE)


def _milliseconds(time: int) -> int:
    return time // 1000 if time >= MICROSECONDS else time


def _whole(text: str, name: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{name} {text!r} is not a whole number") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a number") from None


def _lines(text: IO[str], path: Path, member: str) -> Iterator[tuple[int, str, bool]]:
    """Yield the number (from 1) of each line of data, the line, and whether it is the first; no header, no empty ones.

    Raises:
        ImportFileError: The first line is a header that is not known, or its fields are separated by something else.
    """
    begun, first = False, True
    for number, line in enumerate(text, start=1):
        if not line.strip():
            continue
        if not begun:
            begun = True
            if not is_data(line):
                check_header(f"{path}{member}, line {number}", line.strip())
                continue
        yield number, line.rstrip("\n"), first
        first = False


def is_data(line: str) -> bool:
    """Say whether the first line is one of data, if a damaged one: most of its fields are numbers."""
    fields = [text.strip().strip('"') for text in line.split(",")]
    return 2 * sum(_is_number(text) for text in fields) >= len(fields)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def check_header(place: str, line: str) -> None:
    """Refuse a first line that is neither data nor a known header."""
    names = [text.strip().strip('"').lower().replace(" ", "_") for text in line.split(",")]
    if len(names) == 1:
        other = next((sign for sign in (";", "\t", "|") if sign in line), None)
        if other is not None:
            raise ImportFileError(f"{place}: fields are separated by {other!r}; those of an archive are by ','")
    known = len(names) >= WITHOUT_TAKERS and all(name in each for name, each in zip(names, HEADER, strict=False))
    if not known or any(_is_number(name) for name in names):  # with numbers in it, a line break was lost
        raise ImportFileError(
            f"{place}: {line[:80]!r} is no header of a kline archive; known is open_time, open, high, low, close,"
            " volume, close_time, quote_volume, count, taker_buy_volume, ..."
        )

"""How are bars kept so that reading thousands costs little? Packed: a column is one stretch of 8-byte numbers.

A chunk holds the bars of CHUNK consecutive opens (fewer where some are missing) as columns one after the other, in the
order of `bars.COLUMNS`: integers and doubles of this machine. Doubles keep every bit, null is an integer no count
can be. A checksum tells a chunk that a disk has changed.
"""

from __future__ import annotations

import zlib
from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CHUNK = 512
"""Opens of a chunk: an answer of 500 bars reads two at most."""

TYPES: Final[tuple[Literal["q", "d"], ...]] = ("q", "d", "d", "d", "d", "d", "d", "q", "q")
"""The type of each column as `array` names it: 64-bit integers and doubles."""

WIDTH = 8
"""Bytes of a number."""

NULL = -(2**63)

Columns: TypeAlias = "tuple[memoryview[Any], ...]"
"""One typed view a column, of equal length, in the order of `bars.COLUMNS`; the first are opens, ascending."""


def columns_of(rows: Sequence[Sequence[Any]]) -> Columns:
    """Turn rows into columns.

    Raises:
        OverflowError: A count needs more than 64 bits.
    """
    if not rows:
        return tuple(memoryview(array(kind)) for kind in TYPES)
    return tuple(
        memoryview(array(kind, column if kind == "d" else [NULL if one is None else one for one in column]))
        for kind, column in zip(TYPES, zip(*rows, strict=True), strict=True)
    )


def joined(parts: Sequence[Columns]) -> Columns:
    """Put columns after each other."""
    if len(parts) == 1:
        return parts[0]
    return tuple(
        memoryview(b"".join(part[place] for part in parts)).cast("B").cast(kind) for place, kind in enumerate(TYPES)
    )


def cut(columns: Columns, first: int | None, last: int | None) -> Columns:
    """Take the bars [first, last); nothing is copied."""
    return tuple(column[first:last] for column in columns)


def between(columns: Columns, begin: int, end: int) -> Columns:
    """Take the bars that open in [begin, end), UTC ms."""
    return cut(columns, bisect_left(columns[0], begin), bisect_left(columns[0], end))


def limited(columns: Columns, limit: int, *, newest_first: bool) -> Columns:
    """Take the first or the last `limit` bars."""
    first = max(0, len(columns[0]) - limit) if newest_first else 0
    return cut(columns, first, first + limit)


def lists(parts: Iterable[Columns]) -> list[list[Any]]:
    """Put columns after each other as plain lists, None where a count is not known."""
    whole: list[list[Any]] = [[] for _ in TYPES]
    for part in parts:
        for place, column in enumerate(part):
            whole[place] += column.tolist()
    for place in (7, 8):
        if NULL in whole[place]:
            whole[place] = [None if one == NULL else one for one in whole[place]]
    return whole


def pack(columns: Columns) -> tuple[bytes, int]:
    """Return columns as bytes, and their checksum."""
    data = b"".join(columns)
    return data, zlib.crc32(data)


def is_whole(data: bytes, checksum: int) -> bool:
    """Say whether a chunk is as it was packed."""
    return zlib.crc32(data) == checksum


def unpack(data: bytes) -> Columns:
    """Return the columns of a chunk; nothing is copied."""
    size = len(data) // len(TYPES)
    numbers = memoryview(data)
    return tuple(numbers[size * place : size * (place + 1)].cast(kind) for place, kind in enumerate(TYPES))

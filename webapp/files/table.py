"""What is a table that is being read into a file, and what is the file called?

The name says what is in it, of which pair, of which range (UTC) and, when a simulated market made the data,
`simulated`: a file that was moved somewhere else still says so.

An instant stands in a file twice: in ms, as everywhere, and at the end of the row for people, in a column whose name
ends with `_utc`: as a time where the format has such, else as ISO 8601 with a Z. No text cell of a CSV begins as a
formula does in a spreadsheet: it gets an apostrophe before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.core import saved
from webapp import queries

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

    import polars as pl

    from webapp.files.frames import FileFormat

    Batch = Sequence[tuple[Any, ...]] | pl.DataFrame
    """Rows, or a frame with the columns of the file."""

SIMULATED = "simulated"
"""The origin of data that a simulated market made."""

FORMULA = r"^[=+\-@\t\r]"
"""How a cell begins that a spreadsheet would compute (owasp.org, CSV injection)."""

BATCH = 4096
"""Rows that are read at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class TableFile:
    """A table that is read batch by batch."""

    name: str
    """Without its ending."""
    columns: Mapping[str, type[pl.DataType]]
    """As they are read."""
    metadata: Mapping[str, str]
    """Where the data are from, for formats that have a place for it."""
    batches: Iterator[Batch]
    instants: Sequence[str] = ("timestamp",)
    """Columns in UTC ms."""

    def schema(self) -> dict[str, pl.DataType | type[pl.DataType]]:
        """Return the columns of a file."""
        import polars as pl

        return {**self.columns, **{f"{name}_utc": pl.Datetime("ms", "UTC") for name in self.instants}}

    def next_batch(self, form: FileFormat) -> pl.DataFrame | None:
        """Read the next rows of a file; None after the last."""
        import polars as pl

        batch = next(self.batches, None)
        if batch is None:
            return None
        frame = batch if isinstance(batch, pl.DataFrame) else pl.DataFrame(batch, schema=self.columns, orient="row")
        times = [pl.col(name).cast(pl.Datetime("ms", "UTC")).alias(f"{name}_utc") for name in self.instants]
        if form == "csv":
            texts = pl.col(pl.String)
            quoted = pl.when(texts.str.contains(FORMULA)).then(pl.lit("'") + texts).otherwise(texts).name.keep()
            frame = frame.with_columns(quoted)
        return frame.with_columns(times)


def as_cell(text: str) -> str:
    """Return a text as it can stand in a CSV."""
    return f"'{text}" if re.match(FORMULA, text) else text


def read_origin(sql: sqlite3.Connection) -> str:
    """Return who made the data: `exchanges`, `simulated`, or `unknown` before the bot wrote any."""
    row = sql.execute(queries.ORIGIN).fetchone()
    return saved.origin(None if row is None else row[0]) or "unknown"


def file_name(what: str, pair: str | None, origin: str, begin: int | None, end: int | None, *more: str) -> str:
    """Return a file's name without its ending: letters, digits, `-` and `_`.

    Args:
        what: Of what it is a table.
        pair: Of which pair; None without one.
        origin: Who made the data.
        begin: First instant of its range, UTC ms; None: open.
        end: First instant after it; None: open.
        more: What else tells it from others, between pair and range.
    """
    span = [_instant(each) for each in (begin, end) if each is not None]
    parts = [what, re.sub(r"[^A-Za-z0-9]+", "-", pair or "none"), *more, *span]
    return "_".join([*parts, SIMULATED] if origin == SIMULATED else parts)


def _instant(instant: int) -> str:
    """Write an instant so that it can stand in a name: the day, and the time unless it is midnight."""
    try:
        when = datetime.fromtimestamp(instant / 1000, UTC)
    except (ValueError, OverflowError, OSError):  # after the year 9999
        return str(instant)
    return when.strftime("%Y-%m-%d" if instant % 86_400_000 == 0 else "%Y-%m-%dT%H%M")

"""What if a sweep is interrupted? Rows are kept as they come, and the same command goes on from them.

Finished rows stand in `FILE.part`, one JSON line each, below a first line that tells which sweep they are of: a
fingerprint of the candles, the sets and what is asked of them. The last line may be torn. When all rows are there the
Parquet file is written beside, renamed into place, and the part removed: `FILE` is whole or not there.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import astuple
from importlib.metadata import version
from typing import IO, TYPE_CHECKING

from analysis.batch.market import COLUMNS
from analysis.study.sweeps.errors import OutError
from analysis.study.sweeps.figures import FIGURES, Row, Score

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from analysis.batch.market import Market
    from analysis.study.sweeps.chunks import Task
    from analysis.study.sweeps.grid import Sets
    from bot.core.parameters import Plain

FORM = 1
"""Of the lines."""


def fingerprint(market: Market, sets: Sets, task: Task) -> str:
    """Return what tells one sweep from another: candles, sets, spans and the version that computes."""
    said = hashlib.sha256()
    about = (market.pair, market.interval_ms, market.sides_known, *task.span, [list(each) for each in task.windows])
    said.update(json.dumps([FORM, version("cvdbot"), list(FIGURES), sets.names, about]).encode())
    for name in COLUMNS.names or ():
        said.update(getattr(market, name).tobytes())
    for each in sets.parameters:
        said.update(json.dumps(list(each.plain().values())).encode())
    return said.hexdigest()


class Part:
    """The rows of a sweep that goes on, in `FILE.part`."""

    def __init__(self, out: Path, mark: str) -> None:
        self.out = out
        self.path = out.with_name(out.name + ".part")
        self.mark = mark
        self._file: IO[str] | None = None

    def begin(self) -> list[Row]:
        """Open the file and return the rows that are there from before.

        Raises:
            OutError: The results are there already, the part is of another sweep, or cannot be read or written.
        """
        if self.out.exists():
            raise OutError(f"{self.out} is there already: name another file with --out, or remove it")
        try:
            rows, whole = self._read()
            self._file = self.path.open("a", encoding="utf-8")
            self._file.truncate(whole)
            if not whole:
                self._write(json.dumps({"sweep": self.mark}) + "\n")
        except OSError as error:
            raise OutError(f"{self.path} cannot be written ({error.strerror}): name another file with --out") from None
        return rows

    def add(self, rows: Iterable[Row]) -> None:
        """Keep rows that are done; OutError where they cannot be."""
        lines = [
            json.dumps([row.number, list(row.figures.values()), [astuple(each) for each in row.windows]])
            for row in rows
        ]
        try:
            self._write("".join(f"{line}\n" for line in lines))
        except OSError as error:
            raise OutError(f"{self.path} cannot be written ({error.strerror})") from None

    def close(self) -> None:
        """Close the file; what is in it stays."""
        if self._file is not None:
            with suppress(OSError):  # what was not written was told when it was
                self._file.close()
            self._file = None

    def finish(self, columns: Mapping[str, list[Plain | None]], about: Mapping[str, str]) -> None:
        """Write the results and remove the part; OutError where they cannot be."""
        import polars as pl  # noqa: PLC0415 - a worker process needs the rest of this package alone

        self.close()
        unfinished = self.out.with_name(f"{self.out.name}.{os.getpid()}.tmp")
        try:
            kinds = {name: pl.Int64 if name == "trades" else pl.Float64 for name in FIGURES}
            frame = pl.DataFrame(dict(columns), schema_overrides=kinds)
            frame.write_parquet(unfinished, metadata=dict(about))
            unfinished.replace(self.out)
            self.path.unlink()
        except OSError as error:
            raise OutError(f"{self.out} cannot be written ({error}): the rows are in {self.path}") from None
        finally:
            unfinished.unlink(missing_ok=True)

    def _write(self, text: str) -> None:
        if self._file is not None:
            self._file.write(text)
            self._file.flush()

    def _read(self) -> tuple[list[Row], int]:
        """Return the whole rows and how many bytes they and the first line take; what comes after is torn."""
        content = self.path.read_bytes() if self.path.exists() else b""
        first, newline, rest = content.partition(b"\n")
        if not newline:
            if content and not _first(self.mark).startswith(content):
                raise self._stranger()
            return [], 0
        if first + newline != _first(self.mark):
            raise self._stranger()
        rows, whole = [], len(first) + 1
        for line in rest.splitlines(keepends=True):
            row = _row(line)
            if row is None:
                break
            rows.append(row)
            whole += len(line)
        return rows, whole

    def _stranger(self) -> OutError:
        return OutError(
            f"{self.path} is of another sweep (other candles, sets or version): name another file with --out, or"
            " remove it"
        )


def _first(mark: str) -> bytes:
    return (json.dumps({"sweep": mark}) + "\n").encode()


def _row(line: bytes) -> Row | None:
    """Read a line; None where it is torn."""
    if not line.endswith(b"\n"):
        return None
    try:
        number, values, windows = json.loads(line)
        return Row(number, dict(zip(FIGURES, values, strict=True)), tuple(Score(*each) for each in windows))
    except (ValueError, TypeError):
        return None

"""What became of a file that was to be imported, in numbers and in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.core.times import MINUTE, to_iso

if TYPE_CHECKING:
    from collections.abc import Iterable

SHOWN = 10
"""Refused rows that are written out; the others are counted."""


@dataclass(slots=True)
class Minutes:
    """Some minutes: how many, the first and the last (their opens, UTC ms)."""

    count: int = 0
    first: int | None = None
    last: int | None = None

    @classmethod
    def of(cls, opens: Iterable[int]) -> Minutes:
        """Count them; in any order."""
        every = list(opens)
        return cls(len(every), min(every), max(every)) if every else cls()

    def words(self) -> str:
        """Say which they are: behind a count."""
        if self.first is None or self.last is None:
            return ""
        return f" ({to_iso(self.first)})" if self.count == 1 else f" ({to_iso(self.first)} to {to_iso(self.last)})"


@dataclass(slots=True)
class Outcome:
    """What one file brought.

    kind: `klines`, `candles`, `trades`, `left out` (a whole file) or `refused`.
    added: rows that are new.
    repeated: rows that the file itself says twice.
    present: rows that are stored and say the same.
    different: minutes that are stored and differ: what is stored stays.
    replaced: minutes that differed, and are as the file says now.
    missing: minutes that the file lacks between its first and its last.
    left_out: reason -> the opens of the rows that are left out.
    refused: a sentence a row that is refused, or the one for the file.
    note: what else the reader has to know.
    """

    file: str
    kind: str
    added: int = 0
    repeated: int = 0
    present: int = 0
    different: Minutes = field(default_factory=Minutes)
    replaced: Minutes = field(default_factory=Minutes)
    missing: Minutes = field(default_factory=Minutes)
    left_out: dict[str, list[int]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    note: str = ""

    def plain(self) -> dict[str, object]:
        """Return it as JSON has it: what is left out as its count, first and last."""
        return {
            **asdict(self),
            "left_out": {reason: asdict(Minutes.of(opens)) for reason, opens in self.left_out.items()},
        }

    def lines(self) -> list[str]:
        """Say it, a line a thing; the first names the file."""
        if self.kind == "refused":
            return [f"{sentence}: nothing of the file is stored" for sentence in self.refused]
        if self.kind == "left out":
            return [f"{self.file}: left out, it is the earlier bot's unfinished minute"]
        said = [f"{self.file}: {self.added:,} {self.kind} added, {self.present:,} were there and say the same"]
        if self.repeated:
            said.append(f"  {self.repeated:,} repeated in the file")
        told: list[tuple[str, Minutes]] = [
            ("were there and differ; what is stored stays (--replace takes the file's)", self.different),
            ("were there, differed and are replaced", self.replaced),
            ("are missing inside the file", self.missing),
            *((f"left out: {reason}", Minutes.of(opens)) for reason, opens in self.left_out.items()),
        ]
        for words, minutes in told:
            if minutes.count:
                said.append(f"  {minutes.count:,} {words}{minutes.words()}")
        if self.note:
            said.append(f"  {self.note}")
        said += [f"  refused: {sentence}" for sentence in self.refused[:SHOWN]]
        if len(self.refused) > SHOWN:
            said.append(f"  refused: {len(self.refused) - SHOWN:,} more rows")
        return said


def missing_in(opens: Iterable[int]) -> Minutes:
    """Return the minutes between the first and the last of `opens` that are none of them."""
    every = sorted(opens)
    count, first, last = 0, None, None
    for before, after in pairwise(every):
        if after - before > MINUTE:
            count += (after - before) // MINUTE - 1
            first = before + MINUTE if first is None else first
            last = after - MINUTE
    return Minutes(count, first, last)

"""Which side file belongs to a database, and of which snapshot are its bars true?"""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.request.timeframes import DAY

if TYPE_CHECKING:
    from pathlib import Path

    from webapp.reading import changes

LAYOUT = 1
"""Goes into the file's name: another layout is another file."""

ENDING = ".candles"


@dataclass(frozen=True, slots=True)
class Agreement:
    """A snapshot of which every bar in the side file is true, as far as it went when they were compared.

    generation: of the side file.
    noted: what the side file says its bars are made of.
    now: the same of this snapshot.
    reached: UTC ms; bars from here on may have been added from another snapshot.
    """

    generation: int
    noted: changes.Past
    now: changes.Past
    reached: int

    def settled(self, newest: int) -> int:
        """Return before which instant (UTC ms) the bars of a pair with this newest minute do not grow any more."""
        instant = min(self.now.until, newest)
        return instant - instant % DAY


def side_file_of(database: Path, folder: Path) -> Path:
    """Name the side file of a database.

    Sums are only the same where SQLite adds in the same way (its newer versions carry the rounding along): the version
    is part of the name.
    """
    name = f"{database.absolute()} {LAYOUT} {sqlite3.sqlite_version}"
    return folder / f"{database.stem}-{hashlib.blake2b(name.encode(), digest_size=6).hexdigest()}{ENDING}"

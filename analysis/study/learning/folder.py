"""Where does a study lie? One folder a pair and timeframe; every file in it is whole, or not there."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from analysis.errors import StudyError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Plain = dict[str, object]

VERSION = 1
"""Of the features and of what is kept of a study; another one is made anew."""
NAME = "study"
REPORT = "report.json"


def folder(out: Path | None, db: Path | None, pair: str, timeframe: str) -> Path:
    """Return the folder of a pair and timeframe: in `out`, else beside the database, else here."""
    parent = out if out is not None else (db.parent if db is not None else Path()) / NAME
    return parent / f"{pair.replace('/', '-')}-{timeframe}"


def write(path: Path, fill: Callable[[Path], object]) -> None:
    """Write a file beside its place by `fill` and put it there when it is whole.

    Raises:
        StudyError: It cannot be written.
    """
    beside = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fill(beside)
        beside.replace(path)
    except OSError as error:
        raise StudyError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def write_texts(into: Path, texts: Mapping[str, str]) -> None:
    """Write text files into a folder, in their order.

    Raises:
        StudyError: As `write`.
    """
    for name, text in texts.items():
        write(into / name, lambda beside, text=text: beside.write_text(text, encoding="utf-8"))  # type: ignore[misc]


def report(of: Path) -> Plain | None:
    """Return the newest evaluation of a folder; None where there is none that this version made.

    Raises:
        StudyError: It cannot be read.
    """
    path = of / REPORT
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StudyError(f"{path} cannot be read ({error}): run `cvdbot ml evaluate` again") from error
    return cast("Plain", found) if isinstance(found, dict) and found.get("version") == VERSION else None

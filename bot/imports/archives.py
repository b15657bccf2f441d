"""Which files can be imported, of which instrument are they, and what text do they hold?

Archives are `.csv`, `.csv.gz` and `.zip`, in capitals or not; of a zip all its `.csv` members. What systems and
downloaders put beside them is passed over: `__MACOSX`, `._...`, CHECKSUM files.
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from typing import IO, TYPE_CHECKING

from bot.core.encoding import seems
from bot.errors import ImportFileError as ImportFileError  # noqa: PLC0414 - analysis may import it from here

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ARCHIVES = (".csv", ".gz", ".zip")
JSON = ".json"

INSTRUMENT = re.compile(
    r"(?<![A-Z0-9])(?P<symbol>[A-Z0-9]{2,12}?(?:USDT|USDC|FDUSD|BUSD|USD))(?P<more>_PERP|_\d{6})?(?![A-Z])"
)
PRICES_ALONE = re.compile(r"(mark|index|premium)_?(price|index)_?klines", re.IGNORECASE)
"""Folders of archives that look like klines and hold no trades."""

UNREADABLE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError)
"""What an archive raises that is missing, damaged, encrypted (RuntimeError) or packed as zipfile cannot unpack (its own
NotImplementedError)."""

BEGIN = 64
"""Bytes of a text that tell its encoding."""


def is_archive(path: Path) -> bool:
    """Say whether a file is an archive by its name."""
    return path.suffix.lower() in ARCHIVES


def found(path: Path) -> Iterator[Path]:
    """Yield a file, or the files of a folder and its folders that can be imported, in the order of their paths.

    Raises:
        ImportFileError: There is no such file or folder.
    """
    if not path.exists():
        raise ImportFileError(f"{path} does not exist")
    if not path.is_dir():
        yield path
        return
    for file in sorted(path.rglob("*")):
        if _is_junk(file.relative_to(path).as_posix()) or not file.is_file():
            continue
        if is_archive(file) or file.suffix.lower() == JSON:
            yield file


def check_instrument(path: Path, name: str, pair: str) -> None:
    """Refuse a file whose name, or whose member's, says that it is of something else.

    Raises:
        ImportFileError: It is of another pair, of a contract with a delivery date, or of prices without trades.
    """
    symbol = pair.replace("/", "")
    if any(PRICES_ALONE.search(part) for part in path.parts):
        raise ImportFileError(f"{path} is of prices without trades (mark, index or premium), not of klines of trades")
    told = INSTRUMENT.search(name.upper())
    if told is None:
        return
    said = f"{told['symbol']}{told['more'] or ''}"
    if told["more"]:
        raise ImportFileError(f"{path} is of {said}, a contract of its own, not of {symbol}")
    if said != symbol:
        raise ImportFileError(f"{path} is of {said}, not of {symbol}; name its pair with --pair")


def members(path: Path, pair: str) -> Iterator[tuple[str, IO[str]]]:
    """Yield each text of an archive with its place: empty, or the member's name where there are several.

    Raises:
        ImportFileError: The archive can't be read, or a text is in another encoding than UTF-8.
    """
    check_instrument(path, path.name, pair)
    try:
        if path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as archive:
                names = [name for name in archive.namelist() if name.lower().endswith(".csv") and not _is_junk(name)]
                for name in names:
                    check_instrument(path, name.rpartition("/")[2], pair)
                    with archive.open(name) as file:
                        yield (f", {name}" if len(names) > 1 else ""), _text(path, file)
        elif path.suffix.lower() == ".gz":
            with gzip.open(path) as file:
                yield "", _text(path, file)
        else:
            with path.open("rb") as file:
                yield "", _text(path, file)
    except UNREADABLE as error:
        raise ImportFileError(f"{path} can't be read: {error}") from None


def _text(path: Path, file: IO[bytes] | gzip.GzipFile) -> IO[str]:
    buffered = io.BufferedReader(file)  # type: ignore[type-var] # each of them has read(n)
    if (other := seems(buffered.peek(BEGIN)[:BEGIN])) is not None:
        raise ImportFileError(f"{path} is {other} text; archives are read as UTF-8: save it as that")
    return io.TextIOWrapper(buffered, encoding="utf-8-sig", newline=None)


def _is_junk(name: str) -> bool:
    return any(part == "__MACOSX" or part.startswith("._") for part in name.split("/"))

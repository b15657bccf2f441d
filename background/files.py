"""The file that tells a service manager of a job: ours is written and removed, anybody else's is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from background.errors import BackgroundError
from background.texts import MARK

if TYPE_CHECKING:
    from pathlib import Path

Put = Literal["wrote", "rewrote", "kept"]


def put(file: Path, text: str) -> Put:
    """Bring a file to a text, atomically; tell whether it was new, another, or the same already.

    Raises:
        BackgroundError: The file is somebody else's, or can't be read or written.
    """
    try:
        there = file.is_symlink() or file.exists()
        if there and _ours(file) == text:
            return "kept"
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(f".{file.name}.new")
        new.write_text(text, encoding="utf-8")
        new.replace(file)
    except OSError as error:
        raise BackgroundError(f"{file} can't be written: {error.strerror}; is this your own home folder?") from error
    return "rewrote" if there else "wrote"


def refuse_foreign(file: Path) -> bool:
    """Return whether the file is there, and ours.

    Raises:
        BackgroundError: It is there and somebody else's, or can't be read.
    """
    try:
        if not file.is_symlink() and not file.exists():
            return False
        _ours(file)
    except OSError as error:
        raise BackgroundError(f"{file} can't be read: {error.strerror}") from error
    return True


def remove(file: Path) -> None:
    """Remove a file of ours.

    Raises:
        BackgroundError: It can't be removed.
    """
    try:
        file.unlink()
    except OSError as error:
        raise BackgroundError(f"{file} can't be removed: {error.strerror}") from error


def _ours(file: Path) -> str:
    text = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
    if MARK not in text:
        raise BackgroundError(f"{file} is not of cvdbot's making: rename it, or remove it, and ask again")
    return text

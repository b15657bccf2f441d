"""Who may write the database, and when may its main file change?

Two locks, both `flock` on a file beside the database, so that a crash or a power cut frees them:

- `.writer`, exclusive, held for life: one program at a time writes (the bot, or an import, archive or restore).
- `.lock`: a pull of the PC holds it shared for as long as it copies (`flock --shared` in the forced command of its
  key); the writer takes it exclusively while it changes the main file. The writer never waits for a pull in flight.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import DatabaseError, DatabaseInUseError

if TYPE_CHECKING:
    from collections.abc import Iterator

WRITER_FILE = ".writer"
PULL_FILE = ".lock"

_LOOK_AGAIN_SECONDS = 0.05


class WriterLock:
    """The right to write the databases of one folder, from construction to `close`.

    Raises `DatabaseInUseError`, naming the holder, when another program has it.
    """

    def __init__(self, folder: Path) -> None:
        self._descriptor = _open(folder / WRITER_FILE, os.O_RDWR)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._descriptor, 400, 0).decode(errors="replace").strip()
            os.close(self._descriptor)
            pid, _, command = holder.partition(" ")
            who = f"process {pid} ({command})" if command else "another program"
            raise DatabaseInUseError(
                f"{folder} is being written by {who}, and only one program may write it at a time: stop that one first"
            ) from None
        os.ftruncate(self._descriptor, 0)
        with suppress(OSError):  # a full disk: the name is for a sentence alone, the lock is held without it
            os.pwrite(self._descriptor, f"{os.getpid()} {_command()}\n".encode(), 0)

    def close(self) -> None:
        """Let the next program write."""
        os.close(self._descriptor)


class PullLock:
    """The lock that keeps pulls of the PC and changes of the main file apart; the writer's end of it."""

    def __init__(self, folder: Path) -> None:
        self._descriptor = _open(folder / PULL_FILE, os.O_RDONLY)

    @contextmanager
    def exclusive(self, wait_seconds: float = 0.0) -> Iterator[bool]:
        """Hold off pulls inside the block; yields False, holding nothing, when one was running all the while.

        A pull that comes meanwhile waits (up to 20 s), so what is done inside should take seconds at most.
        """
        held = self._acquire(time.monotonic() + wait_seconds)
        try:
            yield held
        finally:
            if held:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the lock's file."""
        os.close(self._descriptor)

    def _acquire(self, deadline: float) -> bool:
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(_LOOK_AGAIN_SECONDS)
            else:
                return True


def _open(path: Path, access: int) -> int:
    try:
        return os.open(path, access | os.O_CREAT, 0o640)
    except OSError as error:
        raise DatabaseError(
            f"{path} can't be opened ({error.strerror}): the folder must be writable by the user who runs this"
        ) from None


def _command() -> str:
    return " ".join([Path(sys.argv[0]).name or "python", *sys.argv[1:]])[:300]

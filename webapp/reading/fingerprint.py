"""Has the content of a database file changed? A short text that is equal exactly while nothing was committed.

A modification time cannot tell: it moves in ticks of milliseconds, and frames reach the -wal file before readers see
them. So the text is made of what SQLite itself goes by:

- in rollback mode, the file change counter of the header (sqlite.org/fileformat.html, offset 24);
- in WAL mode, the committed end of the log: frame count, running checksum and salts of the wal-index header, the first
  48 bytes of the -shm file (sqlite.org/walformat.html, section 2.1);
- and which file it is: device, inode, size and modification time of the main file, and which archives lie beside it.

A copy that sync publishes (no bit of its mode allows to write) never changes: device, inode, size and modification
time of its two files say which it is.

A checkpoint moves content from one file to the other and changes the text; so may a copy. That costs one answer sent
again, never a stale one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from bot.core import archives

if TYPE_CHECKING:
    from io import FileIO

_WAL_INDEX_HEADER = 48
_FRAME_COUNT = slice(16, 20)
_COMMITTED_END = slice(16, 40)
"""Frame count, database size in pages, checksum of the last frame (2 words), salts (2 words)."""


class Files:
    """The files read beside SQLite's back, closed only while this process has no connection.

    POSIX drops every lock a process holds on a file when it closes *any* descriptor of it
    (sqlite.org/howtocorrupt.html, section 2.2): closing the -shm file would silently end the read locks of our own
    connections, and the bot could overwrite the log under a running query. Each file is opened once, however long
    there is a connection.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections = 0
        self._open: dict[tuple[int, int], FileIO] = {}

    def connect(self) -> None:
        """Call before a connection opens."""
        with self._lock:
            self._connections += 1

    def disconnect(self) -> None:
        """Call when it is closed."""
        with self._lock:
            self._connections -= 1
            if self._connections == 0:
                while self._open:
                    self._open.popitem()[1].close()

    def fingerprint(self, database: Path) -> str | None:
        """Tell the committed content of a database as readers that begin now see it.

        Args:
            database: The main file itself (links resolved), open in a connection of this process.

        Returns:
            16 hexadecimal digits; None when a commit was just being made known: ask again.

        Raises:
            OSError: The file is gone.
        """
        status = database.stat()
        header = self._read(database, 28)
        parts = [status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, header[24:28]]
        if header[18:19] == b"\x02":
            index = self._read(Path(f"{database}-shm"), 2 * _WAL_INDEX_HEADER)
            first, second = index[:_WAL_INDEX_HEADER], index[_WAL_INDEX_HEADER:]
            if first != second:
                return None
            (frames,) = struct.unpack("=I", first[_FRAME_COUNT])
            parts.append(first[_COMMITTED_END] if frames else b"")
        return _digest([*parts, *archives.signature(database)])

    def _read(self, path: Path, count: int) -> bytes:
        with self._lock:
            file = self._open.get(identity(path))
            if file is None:
                file = path.open("rb", buffering=0)
                status = os.fstat(file.fileno())
                self._open.setdefault((status.st_dev, status.st_ino), file)
            file.seek(0)
            return file.read(count)


def is_published(database: Path) -> bool:
    """Say whether the file is a copy that sync published: nobody may write it, so it never changes."""
    return _nobody_writes(database.stat())


def published_fingerprint(database: Path) -> str | None:
    """Tell which published copy this is: 16 hexadecimal digits; None when it is no such copy.

    Raises:
        OSError: The file is gone.
    """
    files = _files(database)
    if not _nobody_writes(files[0]):
        return None
    parts = [(one.st_dev, one.st_ino, one.st_size, one.st_mtime_ns) for one in files]
    return _digest([*parts, *archives.signature(database)])


def _nobody_writes(status: os.stat_result) -> bool:
    return status.st_mode & 0o222 == 0


def identity(database: Path) -> tuple[int, int]:
    """Device and inode: equal for two names of one file, different once another file took the name."""
    status = database.stat()
    return status.st_dev, status.st_ino


def main_file(database: Path) -> str:
    """Say which main file this is; another text when somebody wrote to it (in WAL mode: when the log was folded in)."""
    status = database.stat()
    return f"{status.st_dev}:{status.st_ino}:{status.st_size}:{status.st_mtime_ns}"


def size(database: Path) -> int:
    """Bytes of the main file and its log."""
    return sum(status.st_size for status in _files(database))


def published(path: Path, database: Path) -> int:
    """When this content got its name, in UTC ms: the newest of the log, the main file and every link on the way to it.

    A generation is published by replacing a link; a bot on this machine writes the files themselves.
    """
    newest = max(status.st_mtime_ns for status in _files(database))
    return max(newest, *_link_times(path)) // 1_000_000


def _digest(parts: list[object]) -> str:
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()


def _files(database: Path) -> list[os.stat_result]:
    files = [database.stat()]
    with contextlib.suppress(FileNotFoundError):
        files.append(os.stat(f"{database}-wal"))  # noqa: PTH116 - each request asks, and this is quick
    return files


def _link_times(path: Path) -> list[int]:
    """Modification times (ns) of the symbolic links met while resolving `path`, after a 0."""
    times = [0]
    path = path.absolute()
    while link := next((part for part in [*reversed(path.parents), path] if part.is_symlink()), None):
        times.append(link.lstat().st_mtime_ns)
        path = link.parent / link.readlink() / path.relative_to(link)
    return times

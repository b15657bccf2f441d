"""Has the content of a database file changed? A short text that is equal exactly while nothing was committed.

A modification time cannot tell: it moves in ticks of milliseconds, and frames reach the -wal file before readers see
them. So the text is made of what SQLite itself goes by:

- in rollback mode, the file change counter of the header (sqlite.org/fileformat.html, offset 24);
- in WAL mode, the committed end of the log: frame count, running checksum and salts of the wal-index header, the first
  48 bytes of the -shm file (sqlite.org/walformat.html, section 2.1);
- and which file it is: device, inode, size and modification time of the main file.

A copy that sync publishes (no bit of its mode allows to write) never changes: device, inode, size and modification
time of its two files say which it is.

A checkpoint moves content from one file to the other and changes the text; so may a copy. That costs one answer sent
again, never a stale one.
"""

from __future__ import annotations

import hashlib
import struct
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from io import FileIO

_WAL_INDEX_HEADER = 48
_FRAME_COUNT = slice(16, 20)
_COMMITTED_END = slice(16, 40)
"""Frame count, database size in pages, checksum of the last frame (2 words), salts (2 words)."""


@dataclass(slots=True)
class Files:
    """The files read beside SQLite's back, closed only while this process has no connection.

    POSIX drops every lock a process holds on a file when it closes *any* descriptor of it
    (sqlite.org/howtocorrupt.html, section 2.2): closing the -shm file would silently end the read locks of our own
    connections, and the bot could overwrite the log under a running query.
    """

    _connections: int = 0
    _open: list[FileIO] = field(default_factory=list)

    @contextmanager
    def while_connected(self) -> Iterator[None]:
        """Enter before a connection opens, leave after it is closed."""
        self._connections += 1
        try:
            yield
        finally:
            self._connections -= 1
            if self._connections == 0:
                while self._open:
                    self._open.pop().close()

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
        return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()

    def _read(self, path: Path, count: int) -> bytes:
        file = path.open("rb", buffering=0)
        self._open.append(file)
        return file.read(count)


def is_published(database: Path) -> bool:
    """Say whether the file is a copy that sync published: nobody may write it, so it never changes."""
    return database.stat().st_mode & 0o222 == 0


def published_fingerprint(database: Path) -> str:
    """Tell which published copy this is: 16 hexadecimal digits."""
    parts = [(one.st_dev, one.st_ino, one.st_size, one.st_mtime_ns) for one in _files(database)]
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()


def identity(database: Path) -> tuple[int, int]:
    """Device and inode: equal for two names of one file, different once another file took the name."""
    status = database.stat()
    return status.st_dev, status.st_ino


def size(database: Path) -> int:
    """Bytes of the main file and its log."""
    return sum(status.st_size for status in _files(database))


def published(path: Path, database: Path) -> int:
    """When this content got its name, in UTC ms: the newest of the log, the main file and every link on the way to it.

    A generation is published by replacing a link; a bot on this machine writes the files themselves.
    """
    newest = max(status.st_mtime_ns for status in _files(database))
    return max(newest, *_link_times(path)) // 1_000_000


def _files(database: Path) -> list[os.stat_result]:
    files = [database.stat()]
    wal = Path(f"{database}-wal")
    if wal.exists():
        files.append(wal.stat())
    return files


def _link_times(path: Path) -> list[int]:
    """Modification times (ns) of the symbolic links met while resolving `path`, after a 0."""
    times = [0]
    path = path.absolute()
    while link := next((part for part in [*reversed(path.parents), path] if part.is_symlink()), None):
        times.append(link.lstat().st_mtime_ns)
        path = link.parent / link.readlink() / path.relative_to(link)
    return times

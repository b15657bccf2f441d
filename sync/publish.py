"""Publishing by generations: readers get one whole copy at a time, and keep it for as long as they have it open.

A generation is a folder with hard links to the mirror's files, at mode 0444. It is staged under a dotted name, checked,
named with the next number, and `current` is pointed to it by renaming a link over it: a reader finds the old copy or
the new one. rsync replaces files instead of changing them, so a published file stays what it was. Everything is on the
disk before it is visible (fsync), so a power cut leaves a whole copy published.
"""

from __future__ import annotations

import errno
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sync.errors import SyncError
from sync.index import leave_index
from sync.layout import ARCHIVES, DATABASE, WAL

if TYPE_CHECKING:
    from sync.layout import Layout

KEEP_NEWEST = 5
KEEP_SECONDS = 15 * 60
"""A generation is removed when it is neither among the newest five nor younger than this."""

READ_ONLY = 0o444

_STAGED = ".staged"
_NEW_LINK = ".new-link"


def prepare(layout: Layout) -> None:
    """Make the folders; refuse a `trading.db` that is a database of its own, such as a bot's on this computer."""
    try:
        layout.generations.mkdir(parents=True, exist_ok=True)
        layout.private.mkdir(mode=0o700, exist_ok=True)
        layout.mirror.mkdir(exist_ok=True)
    except OSError as error:
        raise SyncError(f"{layout.data} can't be used: {error.strerror}") from error
    ours = layout.database.is_symlink() and layout.database.readlink() == layout.database_link
    if not ours and os.path.lexists(layout.database):
        raise SyncError(
            f"{layout.database} is not a copy made by sync but a database of its own (a bot on this computer?): move it"
            " away, or name another data folder in sync.toml"
        )


def try_links(layout: Layout) -> None:
    """Raise `SyncError` when the data folder's file system has no hard links or no symbolic links."""
    original, hard, soft = (layout.private / name for name in (".original", ".hard", ".soft"))
    try:
        original.write_bytes(b"")
        _link(original, hard)
        soft.symlink_to(original.name)
    except OSError as error:
        raise SyncError(f"links can't be made in {layout.data}: {error.strerror}") from error
    finally:
        for file in (original, hard, soft):
            file.unlink(missing_ok=True)


def changed(layout: Layout) -> bool:
    """Whether the mirror holds anything that is not published: told by inodes, so that a crash loses nothing."""
    names = [DATABASE, WAL, *(archive.name for archive in layout.mirror.glob(ARCHIVES))]
    return not all(_same(layout.mirror / name, layout.current / name) for name in names)


def stage(layout: Layout) -> Path:
    """Link the mirror's files, and archives that only the published copy has, into a folder nobody reads yet."""
    staged = layout.generations / _STAGED
    if staged.exists():
        shutil.rmtree(staged)
    staged.mkdir()
    files = [layout.mirror / DATABASE, layout.mirror / WAL, *sorted(layout.mirror.glob(ARCHIVES))]
    names = {file.name for file in files}
    files += [archive for archive in sorted(layout.current.glob(ARCHIVES)) if archive.name not in names]
    for file in files:
        with suppress(FileNotFoundError):  # no WAL: the bot was stopped by other means than ours
            file.chmod(READ_ONLY)
            _link(file, staged / file.name)
            if not _same(file, layout.current / file.name):
                _flush(staged / file.name)
    leave_index(staged / DATABASE)
    return staged


def publish(layout: Layout, staged: Path) -> str:
    """Make a staged copy the one that readers open; returns the generation's name."""
    name = f"{max([0, *map(int, _names(layout))]) + 1:06d}"
    staged.rename(layout.generations / name)
    _flush(layout.generations / name)
    _flush(layout.generations)
    _point(layout.current, Path(layout.generations.name, name))
    _point(layout.database, layout.database_link)
    for archive in layout.current.glob(ARCHIVES):
        _point(layout.data / archive.name, Path(layout.current.name, archive.name))
    _flush(layout.data)
    return name


def prune(layout: Layout, now: float | None = None) -> None:
    """Remove old generations; whoever has one open goes on reading it."""
    now = time.time() if now is None else now
    for name in sorted(_names(layout), key=int)[:-KEEP_NEWEST]:
        generation = layout.generations / name
        age = now - generation.stat().st_mtime
        if not 0 <= age <= KEEP_SECONDS:  # a clock that was set back must not keep it for ever
            shutil.rmtree(generation, ignore_errors=True)  # a reader may be opening it: the next sync removes the rest


def discard_mirror(layout: Layout) -> None:
    """Let the next pull copy everything anew, except published archives: the Pi may no longer have them."""
    archives = [file for file in layout.mirror.glob(ARCHIVES) if not _same(file, layout.current / file.name)]
    for file in [layout.mirror / DATABASE, layout.mirror / WAL, *archives]:
        file.unlink(missing_ok=True)


def _names(layout: Layout) -> list[str]:
    return [entry.name for entry in layout.generations.iterdir() if entry.name.isdecimal()]


def _same(pulled: Path, published: Path) -> bool:
    """Whether both are one file, or both hold nothing: SQLite makes an empty WAL where there is none."""
    if pulled.exists() and published.exists():
        return pulled.samefile(published)
    return not any(file.exists() and file.stat().st_size for file in (pulled, published))


def _link(file: Path, link: Path) -> None:
    try:
        link.hardlink_to(file)
    except OSError as error:
        if error.errno in {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}:
            raise SyncError(
                f"the file system of {link.parent} has no hard links (a Windows or USB drive?): name a data folder on"
                " another one in sync.toml"
            ) from error
        raise


def _point(link: Path, target: Path) -> None:
    """Let `link` point to `target`, replacing it atomically."""
    if link.is_symlink() and link.readlink() == target:
        return
    new = link.with_name(_NEW_LINK)
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(link)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""What `cvdbot sync` said last, in `sync.json` beside the database's path as it was given; a live bot's file has none.

The line is written anew each minute. What it says changes when a sync begins to fail, or works again: only that is
another state to who asks again.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path


class Synced(msgspec.Struct, frozen=True):
    """The newest sync. Instants are UTC ms."""

    time: int
    """When it ended."""
    ok: bool
    error: str | None = None
    """What went wrong and what to do."""
    good: int | None = None
    """When the last one that went well ended."""


def newest(database: Path) -> Synced | None:
    """Return what is told; None without a file, or where it is none of ours."""
    try:
        return msgspec.json.decode((database.absolute().parent / "sync.json").read_bytes(), type=Synced)
    except (OSError, msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None


def fingerprint(told: Synced | None) -> str | None:
    """Tell apart what is said: a short text, the same while nothing else is the matter."""
    if told is None:
        return None
    return hashlib.blake2b(repr((told.ok, told.error)).encode(), digest_size=4).hexdigest()

"""The status line: what a sync did, one JSON object, printed and kept in data/sync.json for a page to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """One sync. Instants are UTC ms; figures of the published copy are None before the first one."""

    time: int
    """When the sync ended."""
    ok: bool
    refused: bool
    """The Pi's database is whole, but not one to publish: `error` says why."""
    damaged: bool = False
    """The copy was damaged or torn, and was kept out."""
    rc: int
    """rsync's exit code, of the last try."""
    tries: int
    payload: int | None
    """Bytes of rsync's protocol, both ways, of the last try; None when it failed."""
    wire: int | None
    """Bytes on the ssh connection, both ways; None when it failed or ssh did not tell."""
    seconds: float
    """From the first try to the end."""
    generation: str | None
    """The published copy's name."""
    published: bool
    """Whether this sync brought something new."""
    epoch_changed: bool
    """Whether the main file was a new one, as happens a few times a day."""
    rows: int | None
    """Candles in the published copy."""
    newest: int | None
    """Open of the newest published candle."""
    age_seconds: float | None
    """From that candle's close to `time`."""
    wal_bytes: int | None
    error: str | None
    """What went wrong and what to do."""
    good: int | None
    """When the last sync without an error ended."""
    checked: int | None
    """When the whole database was last checked."""


def read(file: Path) -> Status | None:
    """Read the last status; None when there is none or it can't be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Status)
    except (OSError, msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None


def write(file: Path, status: Status) -> None:
    """Keep a status, atomically."""
    new = file.with_name(f".{file.name}")
    new.write_bytes(msgspec.json.encode(status) + b"\n")
    new.replace(file)

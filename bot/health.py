"""How the bot is: what it takes of the machine, and how far the venues' clocks are from ours.

Kept in `state` with each minute, so that `cvdbot status` can tell, on the PC as well; and each hour as one line of
key=value on stdout, for journald. Bytes are those that reached the disk, as the kernel counts them, over all runs since
the database began to count: what a card wears by.
"""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from bot.core.archives import beside

if TYPE_CHECKING:
    from collections.abc import Mapping

STATE = "health"
"""The key in `state`."""
FULL = 100_000_000
"""With fewer bytes free, a disk is as good as full."""
FEW_BYTES, FEW_PERCENT = 500_000_000, 5
"""With less than one of them free, it is nearly full."""
_STATM = Path("/proc/self/statm")
_IO = Path("/proc/self/io")


class Since(msgspec.Struct, frozen=True):
    """A count and when it began, UTC ms."""

    since: int
    bytes: int


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """One look; None is what this system does not tell."""

    started: int
    """When this run began, UTC ms."""
    memory: int | None
    """Resident, bytes."""
    delay: float
    """By how much the bot came late to its own work at most since the last look, ms."""
    offsets: dict[str, int | None]
    """Exchange -> its clock minus ours, ms; None while it is not measured."""
    free: int
    """Bytes of the database's disk that are free ..."""
    total: int
    """... and all of it."""
    size: int
    """Bytes of the database, with its log and its archives."""
    first_size: Since
    """The same at the first look of all."""
    written: Since | None
    """Bytes written to the disk since the first look of all."""


class Watch:
    """What is looked at while the bot runs."""

    def __init__(self, database: Path, kept: object, now: int) -> None:
        """Go on from what an earlier run kept (plain JSON), if it can be read."""
        earlier = read(kept)
        self._database = database
        self._started = now
        self._delay = 0.0
        self._first = Since(now, _size(database)) if earlier is None else earlier.first_size
        self._before = Since(now, 0) if earlier is None or earlier.written is None else earlier.written

    def late(self, ms: float) -> None:
        """Take note that work came so late."""
        self._delay = max(self._delay, ms)

    def look(self, offsets: Mapping[str, int | None]) -> Health:
        """Return how things are now."""
        disk = shutil.disk_usage(self._database.parent)
        written = _written()
        delay, self._delay = self._delay, 0.0
        return Health(
            started=self._started,
            memory=_memory(),
            delay=round(delay, 1),
            offsets=dict(offsets),
            free=disk.free,
            total=disk.total,
            size=_size(self._database),
            first_size=self._first,
            written=None if written is None else Since(self._before.since, self._before.bytes + written),
        )


def nearly_full(free: float, total: int) -> bool:
    """Say whether a disk of `total` bytes with `free` ones wants to be looked at."""
    return free < FEW_BYTES or 100 * free < FEW_PERCENT * total


def read(kept: object) -> Health | None:
    """Return what a bot kept (plain JSON); None where there is none, or of another version."""
    try:
        return msgspec.convert(kept, Health)
    except msgspec.ValidationError:
        return None


def say(health: Health, counts: Mapping[str, int]) -> None:
    """Print the line of the hour: `health candles=60 trades=1 ...`."""
    told: dict[str, object] = {**counts, "delay_ms": health.delay, "free_mb": health.free // 1_000_000}
    if health.memory is not None:
        told["memory_mb"] = round(health.memory / 1e6, 1)
    if health.written is not None:
        told["written_mb"] = round(health.written.bytes / 1e6, 1)
    told |= {f"{name}_offset_ms": offset for name, offset in health.offsets.items() if offset is not None}
    with suppress(OSError):  # nobody reads it any more
        sys.stdout.write(f"health {' '.join(f'{key}={value}' for key, value in told.items())}\n")
        sys.stdout.flush()


def _memory() -> int | None:
    try:
        return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None


def _written() -> int | None:
    """Return the bytes that this process had written to the disk; not told by every kernel."""
    try:
        lines = dict(line.split(": ") for line in _IO.read_text().splitlines())
        return int(lines["write_bytes"])
    except (OSError, ValueError, KeyError):
        return None


def _size(database: Path) -> int:
    files = [database, database.with_name(database.name + "-wal"), *beside(database)]
    return sum(file.stat().st_size for file in files if file.exists())

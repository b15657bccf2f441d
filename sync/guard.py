"""A look after each sync: what the copy says of the bot, what the watch makes of it, and who is told."""

from __future__ import annotations

import json
import shutil
import sqlite3
import statistics
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import msgspec

from sync import tell
from sync.watch import DAY, FULL, MINUTE, Facts, Memory, Watch

if TYPE_CHECKING:
    from pathlib import Path

    from sync.config import Config
    from sync.layout import Layout
    from sync.status import Status

_EXCHANGES = "SELECT exchange, last_trade FROM exchange_status ORDER BY exchange"
_LISTENED = "SELECT exchanges FROM configurations ORDER BY id DESC LIMIT 1"
_FOLLOWED = "SELECT value, updated FROM state WHERE key = 'followed'"
_NEWEST = "SELECT timestamp FROM candles WHERE timestamp > ? AND pair = ? ORDER BY timestamp DESC LIMIT 1"
_STATE = "SELECT value FROM state WHERE key = ?"


class _Kept(msgspec.Struct):
    """What is kept from one look to the next."""

    memory: Memory = msgspec.field(default_factory=Memory)
    waiting: list[str] = []
    """What Telegram has not taken yet."""


class Guard:
    """Looks after each sync of one data folder."""

    def __init__(self, config: Config, layout: Layout) -> None:
        self._config = config
        self._layout = layout
        self._file = layout.private / "watch.json"
        self._kept = _read(self._file)
        self._watch = Watch(config.limits, config.every, self._kept.memory)

    def look(self, status: Status) -> list[str]:
        """Look, tell what is new, and return it."""
        said = self._watch.look(facts(self._layout, status))
        tell.log(said)
        if self._config.desktop:
            tell.desktop(said)
        self._kept.waiting = tell.telegram([*self._kept.waiting, *said], self._config)
        with suppress(OSError):  # a full disk: it is told all the same
            new = self._file.with_name(f".{self._file.name}")
            new.write_bytes(msgspec.json.encode(self._kept))
            new.replace(self._file)
        return said


def facts(layout: Layout, status: Status) -> Facts:
    """Return what is known after a sync; what can't be read of the copy is not known."""
    free = total = FULL
    with suppress(OSError):  # a disk that is away: the sync says so
        disk = shutil.disk_usage(layout.data)
        free, total = disk.free, disk.total
    exchanges: dict[str, int | None] | None = None
    pairs: dict[str, int] | None = None
    offset, simulated = None, False
    with suppress(sqlite3.Error, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError):
        address = f"{(layout.current / 'trading.db').resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as sql:
            listened = sql.execute(_LISTENED).fetchone()
            names = json.loads(listened[0]) if listened else []
            exchanges = {name: last for name, last in sql.execute(_EXCHANGES) if name in names}
            pairs = {} if status.newest is None else _pairs(sql, status.newest)
            simulated = _state(sql, "origin") == "simulated"
            health = _state(sql, "health")
            if isinstance(health, dict):
                measured = [one for one in health["offsets"].values() if one is not None]
                offset = round(statistics.median(measured)) if measured else None
    return Facts(
        now=status.time,
        took=round(status.seconds * 1000),
        error=status.error,
        damaged=status.damaged,
        newest=None if status.newest is None else status.newest + MINUTE,
        exchanges=exchanges,
        pairs=pairs,
        offset=offset,
        free=free,
        total=total,
        simulated=simulated,
    )


def _pairs(sql: sqlite3.Connection, newest: int) -> dict[str, int]:
    """Return the close of each followed pair's newest candle of the last day, else when the bot began, or a day ago."""
    found = {}
    followed, began = sql.execute(_FOLLOWED).fetchone() or ("[]", 0)
    for pair in json.loads(followed):
        row = sql.execute(_NEWEST, (newest - DAY, pair)).fetchone()
        found[pair] = max(began, newest - DAY) if row is None else row[0] + MINUTE
    return found


def _state(sql: sqlite3.Connection, key: str) -> object:
    row = sql.execute(_STATE, (key,)).fetchone()
    return None if row is None else json.loads(row[0])


def _read(file: Path) -> _Kept:
    try:
        return msgspec.json.decode(file.read_bytes(), type=_Kept)
    except (OSError, msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return _Kept()

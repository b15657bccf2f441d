"""When is something said of what lasts? Exchanges that are away, a day that is over, a full disk, a missing backup.

Each is said once when it begins to matter and once when it is over. Pure state: it is shown the time and how things
stand, and returns what to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.alerts import messages
from bot.core.times import DAY, MINUTE
from bot.health import nearly_full
from bot.store import backup

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.alerts.outbox import Note

SETTLED = 5 * MINUTE
"""So long after midnight the day's last candles are stored, also those that had to be asked for."""
MARGIN = 1.2
"""A disk that was nearly full has room again when it would not be with so many times less free."""


class Watch:
    """How things stood when they were last looked at."""

    def __init__(self, now: int, away_after: int) -> None:
        """Begin at `now`, UTC ms; an exchange is said to be away after `away_after` ms."""
        self._began = now
        self._away_after = away_after
        self._since: dict[str, int] = {}  # exchange -> when it was first found away
        self._told: set[str] = set()
        self._day = (now - SETTLED) // DAY
        self._nearly_full = self._without_backup = False

    def exchanges(self, now: int, connected: Mapping[str, bool]) -> list[Note]:
        """Look at which exchanges are connected."""
        notes = []
        for exchange, here in connected.items():
            duration = now - self._since.setdefault(exchange, now)
            if here:
                del self._since[exchange]
                if exchange in self._told:
                    self._told.remove(exchange)
                    notes.append(messages.back(now, exchange, duration))
            elif duration >= self._away_after and exchange not in self._told:
                self._told.add(exchange)
                notes.append(messages.away(now, exchange, duration))
        return notes

    def day_over(self, now: int) -> int | None:
        """Return the start, UTC ms, of a day that is to be summed up: of the last one that ended."""
        today = (now - SETTLED) // DAY
        over, self._day = today > self._day, today
        return (today - 1) * DAY if over else None

    def disk(self, now: int, free: int, total: int) -> list[Note]:
        """Look at the bytes that are free of a disk, and all it has."""
        if self._nearly_full is nearly_full(free / MARGIN if self._nearly_full else free, total):
            return []
        self._nearly_full = not self._nearly_full
        return [messages.disk(now, free, nearly_full=self._nearly_full)]

    def backup(self, now: int, made: int | None) -> list[Note]:
        """Look at when the newest backup was made, UTC ms; None: nobody knows of one."""
        old = now - (self._began if made is None else made) > backup.OLD
        if old is self._without_backup:
            return []
        self._without_backup = old
        return [messages.backup(now, made, old=old)]

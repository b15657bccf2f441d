"""Connections between two requests: opening one and reading the schema costs more than a request for 500 bars.

Only connections to a published copy wait here: nobody writes to that, so none keeps anybody waiting. They are closed
when nobody asked for a moment, and when another copy took the place: a copy that was replaced is let go.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.core.archives import Connection

SECONDS = 2.0
"""How long a connection may be idle."""

MOST = 4 if os.name == "posix" else 0
"""Idle connections; elsewhere an open file could not be replaced."""


class Idle:
    """The idle connections of one database; used from several threads."""

    def __init__(self, closed: Callable[[], None]) -> None:
        """Begin with none; `closed` is called after each connection that is closed here."""
        self._closed = closed
        self._lock = threading.Lock()
        self._waiting: list[tuple[str, float, Connection]] = []
        weakref.finalize(self, _close_all, self._waiting, closed)

    def take(self, place: str) -> Connection | None:
        """Return an idle connection to a file, described as for `give`; those to another are closed."""
        with self._lock:
            found = next((one for one in self._waiting if one[0] == place), None)
            if found is not None:
                self._waiting.remove(found)
            others = [one for one in self._waiting if one[0] != place]
            for one in others:
                self._waiting.remove(one)
        for one in others:
            self.close(one[2])
        return None if found is None else found[2]

    def give(self, place: str, connection: Connection) -> None:
        """End a connection's transaction and keep it, or close it.

        Args:
            place: Which published copy; "" for a file that may be written: its connection is closed.
            connection: Nobody uses it any more. One with attached archives is not kept.
        """
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self.close(connection)
            return
        with self._lock:
            keep = place != "" and not connection.schemas and len(self._waiting) < MOST
            if keep:
                self._waiting.append((place, time.monotonic(), connection))
        if not keep:
            self.close(connection)

    def tidy(self) -> bool:
        """Close what was idle for too long; say whether there is more."""
        now = time.monotonic()
        with self._lock:
            old = [one for one in self._waiting if now - one[1] > SECONDS]
            for one in old:
                self._waiting.remove(one)
            more = bool(self._waiting)
        for one in old:
            self.close(one[2])
        return more

    def close(self, connection: Connection) -> None:
        """Close a connection."""
        connection.close()
        self._closed()


def _close_all(waiting: list[tuple[str, float, Connection]], closed: Callable[[], None]) -> None:
    for _, _, connection in waiting:
        connection.close()
        closed()

"""What the bot says: to the terminal at once, and to the table `logs` with the next commit.

A line is an event (one of few words) and a sentence. What an exchange can send without end (rejects) is limited to
one line a minute for each exchange and reason; the next line says how many were left out.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.core.times import MINUTE
from bot.records import Line

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger("cvdbot")


class Journal:
    """Lines that wait to be stored."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._limited: dict[tuple[str, str], tuple[int, int]] = {}  # -> when last said, how many left out since
        self.waiting: list[Line] = []

    def say(self, level: str, event: str, message: str) -> None:
        """Say something now."""
        log.log(logging.getLevelNamesMapping()[level.upper()], "%s: %s", event, message)
        self.waiting.append(Line(self._now(), level, event, message))

    def info(self, event: str, message: str) -> None:
        """Say something that is as it should be."""
        self.say("info", event, message)

    def warning(self, event: str, message: str) -> None:
        """Say something that a person may have to look at."""
        self.say("warning", event, message)

    def rejected(self, exchange: str, reason: str, detail: str) -> None:
        """Say that a message could not be counted, at most once a minute for each exchange and reason."""
        now = self._now()
        said, left_out = self._limited.get((exchange, reason), (None, 0))
        if said is not None and 0 <= now - said < MINUTE:
            self._limited[exchange, reason] = (said, left_out + 1)
            return
        self._limited[exchange, reason] = (now, 0)
        more = f" ({left_out} more since the last line)" if left_out else ""
        self.warning("reject", f"{exchange}: {reason}: {detail}{more}")

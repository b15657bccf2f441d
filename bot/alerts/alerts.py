"""What the bot hands over to be told, and the tasks that tell it.

Nothing here is in the way of trading: what happened is put into a queue, without a wait, after it is committed; putting
it into words, looking at what lasts and sending are tasks of their own, which the bot begins again when one dies.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from importlib.metadata import version
from typing import TYPE_CHECKING

from bot.alerts import messages, telegram
from bot.alerts.heartbeat import Heartbeat
from bot.alerts.watch import Watch
from bot.core.times import MINUTE, SECOND
from bot.errors import DatabaseError
from bot.store import backup
from bot.store.days import read_day

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from bot.alerts.outbox import Note
    from bot.clock import Clock
    from bot.config import Settings
    from bot.journal import Journal
    from bot.records import BookedOrder, Update

GLANCE = 10 * SECOND
"""Exchanges are looked at so often; the disk, the backups and the day once a minute."""
SILENT = 5 * MINUTE
"""A bot that stored no candle for so long gives no sign of life."""


class Alerts:
    """Everything that is told beyond the screen; what `bot.toml` does not set is not done."""

    def __init__(self, settings: Settings, database: Path, clock: Clock, journal: Journal) -> None:
        """Make ready.

        Raises:
            ConfigurationError: A chat is set and the environment has no token.
        """
        self._settings = settings
        self._database = database
        self._clock = clock
        self._journal = journal
        self._candle_at = clock.now()
        self._watch = Watch(clock.now(), settings.telegram.away_minutes * MINUTE)
        self._sender: telegram.Sender | None = None
        if settings.telegram.chat:
            base_url, chat = settings.telegram.base_url, settings.telegram.chat
            mark = "[simulated] " if settings.simulated else ""
            self._sender = telegram.Sender(base_url, telegram.read_token(), chat, clock.now, journal, mark)

    # What happened, put down at once

    def started(self, orders: Mapping[str, BookedOrder | None]) -> None:
        """Take note that the bot starts, with the open position of each pair."""
        settings, now = self._settings, self._clock.now()
        listens = messages.listens_to(list(orders), settings.market, list(settings.enabled))
        held = {self._about(pair).label: order for pair, order in orders.items() if order is not None}
        self._put(lambda: [messages.started(now, version("cvdbot"), listens, held)])

    def committed(self, pair: str, updates: Sequence[Update], order: BookedOrder | None) -> None:
        """Take note of what was just stored of a pair, and of the position that is open after it."""
        now = self._clock.now()
        if any(update.closed for update in updates):
            self._candle_at = now
        if booked := [update.booked for update in updates if update.booked.events]:
            self._put(lambda: messages.traded(now, self._about(pair), booked, order))

    async def stopped(self, *, asked: bool) -> None:
        """Tell that the bot ends; all else is done by then, so this may take some seconds."""
        now = self._clock.now()
        self._put(lambda: [messages.stopped(now, asked=asked)])
        if self._sender is not None:
            await self._sender.end()

    # Tasks

    @property
    def send(self) -> Callable[[], Awaitable[None]]:
        """Sends messages, until `stopped`."""
        return _idle if self._sender is None else self._sender.run

    @property
    def beat(self) -> Callable[[], Awaitable[None]]:
        """Gives the sign of life, for ever."""
        url, every = self._settings.heartbeat.url, self._settings.heartbeat.every
        return Heartbeat(url, every * MINUTE / SECOND, self._alive, self._journal).run if url else _idle

    async def watch(self, connected: Callable[[], Mapping[str, bool]]) -> None:
        """Look at what lasts, for ever; `connected` tells of each exchange whether it is."""
        if self._sender is None:
            await _idle()
        looked_at = 0
        while True:
            await self._clock.sleep(GLANCE)
            now = self._clock.now()
            self._tell(self._watch.exchanges(now, connected()))
            if 0 <= now - looked_at < MINUTE:
                continue
            looked_at = now
            try:
                self._tell(await asyncio.to_thread(self._look_at_the_disk, now))
                if (day := self._watch.day_over(now)) is not None:
                    self._tell(await asyncio.to_thread(self._sum_up, now, day))
            except (OSError, sqlite3.Error, DatabaseError) as error:
                self._journal.warning("alerts", f"could not look at the disk: {error}")

    def _look_at_the_disk(self, now: int) -> list[Note]:
        usage = shutil.disk_usage(self._database.parent)
        notes = self._watch.disk(now, usage.free, usage.total)
        if self._settings.backup.folder:
            known = backup.last(self._database)
            notes += self._watch.backup(now, None if known is None else known[0])
        return notes

    def _sum_up(self, now: int, day: int) -> list[Note]:
        days = (
            (one.pair, read_day(self._database, one.pair, day, one.parameters.initial_balance))
            for one in self._settings.pairs
        )
        return [messages.summary(now, self._about(pair), summed) for pair, summed in days]

    def _about(self, pair: str) -> messages.Pair:
        return messages.Pair(pair, alone=len(self._settings.pairs) == 1)

    def _alive(self) -> bool:
        return self._clock.now() - self._candle_at < SILENT

    def _tell(self, notes: list[Note]) -> None:
        if notes:
            self._put(lambda: notes)

    def _put(self, tell: Callable[[], Iterable[Note]]) -> None:
        if self._sender is not None:
            self._sender.put(tell)


async def _idle() -> None:
    await asyncio.Event().wait()

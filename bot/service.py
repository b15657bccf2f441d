"""The bot as it runs: one task a venue, one that closes minutes and stores them, and a clean stop.

What is counted and traded is decided in the engine and below it; here it is decided when. Feeds hand trades to the
engine's venues; four times a second (of the bot's clock) the engine is asked what can be stored. Time is read first and
everything that had arrived by then is taken in before the engine decides, so a busy machine never closes a minute over
trades that wait in its own buffers. With an hour's last candle old log lines are removed, with a day's a checkpoint is
kept and a verdict asked for.

A failed commit (disk full, a foreign lock) loses nothing: what was to be stored waits and is tried again, and a task of
an exchange that dies of a defect is begun again.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sqlite3
from contextlib import AsyncExitStack
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from bot import archiving, health
from bot.alerts.alerts import Alerts
from bot.clock import SimulatedClock, SystemClock, plausible
from bot.core.saved import UnusableStateError
from bot.core.times import DAY, HOUR, SECOND, to_iso
from bot.errors import DatabaseError
from bot.exchanges.feed import Feed
from bot.exchanges.healer import Healer
from bot.exchanges.leg import Leg
from bot.exchanges.rest import Budget
from bot.following import Following, day_ended, refuse_other_pairs
from bot.journal import Journal
from bot.records import Line
from bot.store import archive, backup, rows, traded
from bot.store.database import Database, open_for_writing
from bot.systemd import Systemd
from bot.trading.verdict import ask

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.clock import Clock
    from bot.config import Settings

T = TypeVar("T")

TICK = SECOND / 4
SAY_WITHIN = 10 * SECOND
"""Lines and states that no candle takes along are stored after so long."""
RETRY = 5 * SECOND
PULSE = 0.25
"""Real seconds from one look at the event loop to the next."""
DRAIN_ROUNDS = 200
"""So many turns of the event loop are given to what waits to be read, before the engine decides all the same."""

log = logging.getLogger("cvdbot")


async def run(settings: Settings, path: Path) -> None:
    """Run the bot until SIGINT or SIGTERM."""
    async with AsyncExitStack() as stack:
        clock: Clock = SystemClock()
        if settings.simulated:
            clock = await stack.enter_async_context(SimulatedClock(settings.clock.url))
        database = open_for_writing(path)
        stack.callback(database.close)
        if not settings.simulated:
            await plausible(clock)
        service = Service(settings, database, clock)
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):  # before, a signal simply ends the process
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await service.run(stop)


class Service:
    """The bot on an open database."""

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._journal = Journal(clock.now)
        self._alerts = Alerts(settings, database.path, clock, self._journal)
        self._retry_at = 0
        self._stored_at = now = clock.now()
        self._saved = self._traded = 0  # candles and trades since the last health line
        pairs = [wanted.pair for wanted in settings.pairs]
        with database.transaction(history=True) as sql:
            refuse_other_pairs(traded.pairs(sql), pairs)
            rows.claim_origin(sql, "simulated" if settings.simulated else "exchanges", now)
            rows.put_followed(sql, pairs, now)
            self._followed = [
                Following(sql, settings, wanted, clock.moment(), self._journal, version("cvdbot"))
                for wanted in settings.pairs
            ]
            self._verdict_due = any(day_ended(sql, pair) for pair in pairs)
            self._health = health.Watch(database.path, _kept(sql), now)
            self._before = rows.read_status(sql)
        self._hour, self._day = (self._reached() // span for span in (HOUR, DAY))
        self._feeds, self._healers = self._connections(list(settings.enabled))
        self._reported: dict[str, bool] = {}
        self._trouble: str | None = None  # why nothing can be stored, as it was said
        self._writing = asyncio.Lock()
        """Held by what writes the database from a thread of its own; what there is to store waits meanwhile."""
        self._verifying: asyncio.Task[None] | None = None
        self._systemd = Systemd()

    def _connections(self, exchanges: Sequence[str]) -> tuple[list[Feed], list[tuple[str, Healer]]]:
        """Make what listens to each exchange, for all pairs at once, and what asks it for what is missing of each."""
        feeds, healers = [], []
        for name in exchanges:
            parts = [(one.connectors[name], one.engine.venues[name]) for one in self._followed]
            feeds.append(Feed([Leg(*part, self._clock, self._journal) for part in parts], self._clock, self._journal))
            budget = Budget(parts[0][0].pace)
            healers += [(name, Healer(*part, self._clock, self._journal, budget)) for part in parts]
        return feeds, healers

    async def run(self, stop: asyncio.Event) -> None:
        """Listen, close minutes and store them until `stop` is set.

        What is not closed then is left: the next start asks the venues for it.
        """
        self._journal.info("start", f"cvdbot {version('cvdbot')} at {to_iso(self._clock.now())}")
        tasks = [asyncio.create_task(self._for_ever(feed.exchange, feed.run)) for feed in self._feeds]
        tasks += [asyncio.create_task(self._for_ever(name, healer.run)) for name, healer in self._healers]
        tasks.append(asyncio.create_task(self._close_minutes()))
        tasks.append(asyncio.create_task(self._for_ever("backup", self._back_up, HOUR)))
        tasks.append(asyncio.create_task(self._for_ever("archive", self._archive, HOUR)))
        tasks.append(asyncio.create_task(self._feel_the_pulse()))
        tasks.append(asyncio.create_task(self._for_ever("alerts", lambda: self._alerts.watch(self._connected))))
        tasks.append(asyncio.create_task(self._for_ever("heartbeat", self._alerts.beat)))
        sending = asyncio.create_task(self._for_ever("telegram", self._alerts.send))
        self._alerts.started({one.pair: one.desk.order for one in self._followed})
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._systemd.stopping()
            if self._verifying is not None:
                self._verifying.cancel()
            for task in [stopped, *tasks]:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            self._journal.info("stop", f"at {to_iso(self._clock.now())}")
            self._store()
            await self._alerts.stopped(asked=stop.is_set())
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        for outcome in outcomes:  # a task that ended by itself is a defect, and says so
            if isinstance(outcome, Exception):
                raise outcome

    async def _for_ever(self, name: str, work: Callable[[], Awaitable[None]], pause: int = RETRY) -> None:
        """Begin work again when it dies of a defect, that of an exchange, say: all else goes on, the log tells."""
        while True:
            try:
                await work()
            except Exception as error:  # the supervisor
                log.exception("%s: a task failed", name)
                self._journal.say("error", "defect", f"{name}: {type(error).__name__}: {error}")
            await self._clock.sleep(pause)

    async def _back_up(self) -> None:
        """Back the database up, once a day."""
        settings = self._settings.backup
        while settings.folder:
            now, known = self._clock.now(), backup.last(self._database.path)
            if known is None or not 0 <= now - known[0] < DAY:
                try:
                    made = await asyncio.to_thread(
                        backup.make, self._database.path, Path(settings.folder), now, settings.keep
                    )
                except DatabaseError as error:
                    self._journal.warning("backup", str(error))
                else:
                    self._journal.info("backup", f"{made.path}, verified")
            await self._clock.sleep(HOUR)
        await asyncio.Event().wait()

    async def _archive(self) -> None:
        """Move old rows to the archives, once a month."""
        while True:
            async with self._writing:
                try:
                    if before := archiving.due(self._database, self._settings.archive, self._clock.now()):
                        for moved in await _to_its_end(archive.move, self._database, before):
                            self._journal.info("archive", archiving.told(moved))
                except (DatabaseError, sqlite3.Error, OSError) as error:
                    self._journal.warning("archive", str(error))
            await self._clock.sleep(HOUR)

    async def _feel_the_pulse(self) -> None:
        """Measure by how much the event loop is late."""
        clock = asyncio.get_running_loop().time
        while True:
            began = clock()
            await asyncio.sleep(PULSE)
            self._health.late((clock() - began - PULSE) * SECOND)

    async def _close_minutes(self) -> None:
        while True:
            await self._clock.sleep(TICK)
            moment = self._clock.moment()
            now = moment.now
            await self._take_in()
            if (leap := self._clock.take_leap()) is not None:
                self._journal.warning("clock", f"leapt from {to_iso(leap[0])} to {to_iso(leap[1])}")
                for one in self._followed:
                    one.engine.leapt(*leap)
            idle = {feed.exchange for feed in self._feeds if feed.idle()}
            for one in self._followed:
                one.engine.expect(moment)
                one.tick(now, idle)
            if self._due(now) and not self._writing.locked():
                self._store()
            if self._verdict_due:
                self._verdict_due = False
                self._verifying = asyncio.create_task(self._verify())
            connected = sum(feed.connected for feed in self._feeds)
            self._systemd.alive(f"{connected} of {len(self._feeds)} exchanges connected")

    async def _take_in(self) -> None:
        """Let the feeds read what has arrived."""
        for _ in range(DRAIN_ROUNDS):
            if all(feed.idle() for feed in self._feeds):
                return
            await asyncio.sleep(0)

    def _due(self, now: int) -> bool:
        if now < self._retry_at <= now + RETRY:  # a clock that was set back does not lengthen the pause
            return False
        changed = self._reported != self._connected()
        waits = any(one.waiting for one in self._followed)
        return waits or changed or (bool(self._journal.waiting) and now - self._stored_at >= SAY_WITHIN)

    def _connected(self) -> dict[str, bool]:
        return {feed.exchange: feed.connected for feed in self._feeds}

    def _store(self) -> None:
        now = self._clock.now()
        candles, trades = sum(len(one.closed) for one in self._followed), sum(one.trades for one in self._followed)
        reached = self._reached()
        hour_ended = reached // HOUR > self._hour
        saved = f"candles saved: {self._saved + candles}, trades: {self._traded + trades}"
        try:
            look = self._health.look(self._offsets())
            with self._database.transaction() as sql:
                for one in self._followed:
                    one.put(sql, now)
                if candles:
                    rows.put_state(sql, health.STATE, msgspec.to_builtins(look), now)
                self._put_statuses(sql, now)
                lines = [*self._journal.waiting]
                if hour_ended:
                    lines.append(Line(now, "info", "saved", saved))
                    rows.prune_logs(sql, now)
                rows.put_logs(sql, lines)
        except (sqlite3.Error, DatabaseError, OSError) as error:
            self._retry_at = now + RETRY
            if str(error) != self._trouble:  # said once, however long it lasts
                self._trouble = str(error)
                log.error("store: %s; trading goes on in memory, nothing is lost, trying again each 5 s", error)  # noqa: TRY400 - the sentence is enough
            return
        stored = [(one, one.stored()) for one in self._followed]  # what fails from here on must not store it again
        self._journal.waiting.clear()
        if self._trouble is not None:
            self._trouble = None
            self._journal.warning("store", f"it can be written again: {candles} candles that waited are stored")
        self._verdict_due = self._verdict_due or reached // DAY > self._day
        self._hour, self._day = max(self._hour, reached // HOUR), max(self._day, reached // DAY)
        self._saved += candles
        self._traded += trades
        if hour_ended:
            log.info("saved: %s", saved)
            reconnects, connected = sum(feed.reconnects for feed in self._feeds), sum(self._connected().values())
            counts = {"candles": self._saved, "trades": self._traded, "connected": connected, "reconnects": reconnects}
            health.say(look, counts)
            self._saved = self._traded = 0
        for one, updates in stored:
            self._alerts.committed(one.pair, updates, one.desk.order)
        self._reported = self._connected()
        self._stored_at = now

    def _reached(self) -> int:
        """Return the minute that all pairs have come to; one that nobody tells of waits for hours, and is left out."""
        heard = [one.engine.next for one in self._followed if any(v.connected for v in one.engine.venues.values())]
        return min(heard) if heard else max(one.engine.next for one in self._followed)

    def _offsets(self) -> dict[str, int | None]:
        """Return how far each exchange's clock is ahead of ours, ms; None while none of its pairs tells."""
        offsets: dict[str, int | None] = {}
        for feed in self._feeds:
            measured = [leg.venue.offset for leg in feed.legs if leg.venue.measured]
            offsets[feed.exchange] = max(measured, default=None)
        return offsets

    async def _verify(self) -> None:
        """Compare the last days of every pair with a replay, and store the one verdict on all."""
        verdicts = []
        for one in self._followed:
            try:
                verdicts.append(await ask(self._database.path, one.pair))
            except (DatabaseError, OSError) as error:
                self._journal.warning("verify", f"{one.pair}: {error}")
        if not verdicts:
            return
        try:
            differences = [{**asdict(one), "pair": verdict.pair} for verdict in verdicts for one in verdict.differences]
            trades, events = (sum(getattr(verdict, name) for verdict in verdicts) for name in ("trades", "events"))
            async with self._writing:
                pass
            with self._database.transaction() as sql:
                traded_spans = [(verdict.start, verdict.end) for verdict in verdicts if verdict.minutes] or [(0, 0)]
                span = (min(start for start, _ in traded_spans), max(end for _, end in traded_spans))
                traded.put_verification(sql, self._clock.now(), span, trades, differences)
        except (DatabaseError, sqlite3.Error, OSError) as error:
            self._journal.warning("verify", str(error))
            return
        say = self._journal.warning if differences else self._journal.info
        say("verify", f"{trades} trades, {events} events, {len(differences)} differences from the replay")

    def _put_statuses(self, sql: sqlite3.Connection, now: int) -> None:
        for feed in self._feeds:
            last_trade, (reconnects, gaps, rejects) = self._before.get(feed.exchange, (None, (0, 0, 0)))
            rows.put_status(
                sql,
                feed.exchange,
                connected=feed.connected,
                last_trade=max(leg.venue.last_trade or 0 for leg in feed.legs) or last_trade,
                counts=(reconnects + feed.reconnects, gaps + feed.gaps, rejects + feed.rejects),
                now=now,
            )


async def _to_its_end(work: Callable[..., T], *arguments: object) -> T:
    """Do work in a thread, and wait for its end also when nobody wants the outcome any more."""
    done = asyncio.ensure_future(asyncio.to_thread(work, *arguments))
    try:
        return await asyncio.shield(done)
    finally:
        await asyncio.wait([done])


def _kept(sql: sqlite3.Connection) -> object:
    """Return what an earlier run knew of its health; None where that can't be read."""
    try:
        return rows.read_state(sql, health.STATE)
    except UnusableStateError:
        return None

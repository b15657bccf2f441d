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
from bot.core.exchanges import EXCHANGES
from bot.core.saved import UnusableStateError
from bot.core.times import DAY, HOUR, MINUTE, SECOND, minute_of, to_iso
from bot.core.venue import AHEAD, REACH
from bot.engine import Engine
from bot.errors import DatabaseError
from bot.exchanges.connectors import connector
from bot.exchanges.feed import Feed
from bot.exchanges.healer import Healer
from bot.journal import Journal
from bot.records import Line
from bot.store import archive, backup, rows, traded
from bot.store.database import Database, open_for_writing
from bot.systemd import Systemd
from bot.trading.restart import open_desk, put_checkpoint, put_desk, read_checkpoints
from bot.trading.verdict import ask

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.clock import Clock
    from bot.config import Settings
    from bot.core.times import Moment
    from bot.records import Update

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
    """The bot of one pair on an open database."""

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._pair = settings.pair
        self._journal = Journal(clock.now)
        self._alerts = Alerts(settings, database.path, clock, self._journal)
        self._waiting: list[Update] = []
        self._retry_at = 0
        self._stored_at = clock.now()
        self._saved = self._traded = 0  # candles and trades since the last health line
        connectors = {
            exchange: connector(exchange, settings.market, settings.pair, one)
            for exchange, one in settings.enabled.items()
        }
        now, parameters = clock.now(), settings.parameters
        with database.transaction(history=True) as sql:
            _refuse_a_past_clock(rows.newest_minute(sql, self._pair), clock.moment())
            _refuse_another_pair(traded.pairs(sql), self._pair)
            rows.claim_origin(sql, "simulated" if settings.simulated else "exchanges", now)
            if traded.put_configuration(
                sql, self._pair, parameters.plain(), settings.market, list(connectors), version("cvdbot"), now
            ):
                self._journal.info("configuration", f"{self._pair} {settings.market} on {', '.join(connectors)}")
            configuration, _ = traded.newest_configuration(sql, self._pair)
            self._desk, lost = open_desk(sql, self._pair, parameters, configuration, now)
            if lost is not None:
                self._journal.warning("state", _recovered(self._pair, lost))
            resume = rows.read_resume(sql, self._pair, EXCHANGES, minute_of(now) - REACH)
            # A day whose checkpoint is there and whose verdict is not: the run before was ended in between.
            self._day_ended = max(read_checkpoints(sql, self._pair), default=-1) > traded.verified_until(sql)
            ids = rows.read_ids(sql)
            self._health = health.Watch(database.path, _kept(sql), now)
            self._before = rows.read_status(sql)
        sequences = {name: one.ids(ids.get(name)) for name, one in connectors.items()}
        self._engine = Engine(sequences, now, resume, self._desk, heals=True)
        self._feeds = [Feed(one, self._engine.venues[name], clock, self._journal) for name, one in connectors.items()]
        self._healers = {
            name: Healer(one, self._engine.venues[name], clock, self._journal) for name, one in connectors.items()
        }
        self._reported: dict[str, bool] = {}
        self._trouble: str | None = None  # why nothing can be stored, as it was said
        self._writing = asyncio.Lock()
        """Held by what writes the database from a thread of its own; what there is to store waits meanwhile."""
        self._verifying: asyncio.Task[None] | None = None
        self._systemd = Systemd()

    async def run(self, stop: asyncio.Event) -> None:
        """Listen, close minutes and store them until `stop` is set.

        What is not closed then is left: the next start asks the venues for it.
        """
        self._journal.info("start", f"cvdbot {version('cvdbot')} at {to_iso(self._clock.now())}")
        tasks = [asyncio.create_task(self._for_ever(feed.exchange, feed.run)) for feed in self._feeds]
        tasks += [asyncio.create_task(self._for_ever(name, healer.run)) for name, healer in self._healers.items()]
        tasks.append(asyncio.create_task(self._close_minutes()))
        tasks.append(asyncio.create_task(self._for_ever("backup", self._back_up, HOUR)))
        tasks.append(asyncio.create_task(self._for_ever("archive", self._archive, HOUR)))
        tasks.append(asyncio.create_task(self._feel_the_pulse()))
        tasks.append(asyncio.create_task(self._for_ever("alerts", lambda: self._alerts.watch(self._connected))))
        tasks.append(asyncio.create_task(self._for_ever("heartbeat", self._alerts.beat)))
        sending = asyncio.create_task(self._for_ever("telegram", self._alerts.send))
        self._alerts.started(self._desk.order)
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
                self._engine.leapt(*leap)
            self._engine.expect(moment)
            update = self._engine.tick(now, {feed.exchange for feed in self._feeds if feed.idle()})
            if update:
                self._waiting.append(update)
            if self._due(now) and not self._writing.locked():
                self._store()
            if self._day_ended:
                self._day_ended = False
                self._verifying = asyncio.create_task(self._verify())
            connected = sum(feed.venue.connected for feed in self._feeds)
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
        return bool(self._waiting) or changed or (bool(self._journal.waiting) and now - self._stored_at >= SAY_WITHIN)

    def _connected(self) -> dict[str, bool]:
        return {feed.exchange: feed.venue.connected for feed in self._feeds}

    def _store(self) -> None:
        now = self._clock.now()
        closed = [candle for update in self._waiting for candle in update.closed]
        trades = sum(len(update.booked.trades) for update in self._waiting)
        try:
            look = self._health.look({f.exchange: f.venue.offset if f.venue.measured else None for f in self._feeds})
            with self._database.transaction() as sql:
                for update in self._waiting:
                    rows.put_update(sql, self._pair, update, now)
                if closed:
                    put_desk(sql, self._pair, self._desk, now)
                    rows.put_state(sql, health.STATE, msgspec.to_builtins(look), now)
                if day_ended := any(candle.timestamp % DAY == DAY - MINUTE for candle in closed):
                    put_checkpoint(sql, self._pair, self._desk, now)
                rows.put_state(sql, "ids", {f.exchange: f.venue.ids.newest for f in self._feeds}, now)
                self._put_statuses(sql, now)
                lines = [*self._journal.waiting]
                if hour_ended := any(candle.timestamp % HOUR == HOUR - MINUTE for candle in closed):
                    saved = f"candles saved: {self._saved + len(closed)}, trades: {self._traded + trades}"
                    lines.append(Line(now, "info", "saved", saved))
                    rows.prune_logs(sql, now)
                rows.put_logs(sql, lines)
        except (sqlite3.Error, DatabaseError, OSError) as error:
            self._retry_at = now + RETRY
            if str(error) != self._trouble:  # said once, however long it lasts
                self._trouble = str(error)
                log.error("store: %s; trading goes on in memory, nothing is lost, trying again each 5 s", error)  # noqa: TRY400 - the sentence is enough
            return
        stored, self._waiting = self._waiting, []  # at once: what fails from here on must not store it again
        self._journal.waiting.clear()
        if self._trouble is not None:
            self._trouble = None
            self._journal.warning("store", f"it can be written again: {len(closed)} candles that waited are stored")
        self._day_ended = self._day_ended or day_ended
        self._saved += len(closed)
        self._traded += trades
        if hour_ended:
            log.info("saved: %s", saved)
            reconnects = sum(feed.reconnects for feed in self._feeds)
            connected = sum(feed.venue.connected for feed in self._feeds)
            counts = {"candles": self._saved, "trades": self._traded, "connected": connected, "reconnects": reconnects}
            health.say(look, counts)
            self._saved = self._traded = 0
        self._alerts.committed(stored, self._desk.order)
        self._reported = self._connected()
        self._stored_at = now

    async def _verify(self) -> None:
        """Compare the last days with a replay, and store the verdict."""
        try:
            verdict = await ask(self._database.path, self._pair)
            differences = [asdict(one) for one in verdict.differences]
            async with self._writing:
                pass
            with self._database.transaction() as sql:
                span = (verdict.start, verdict.end)
                traded.put_verification(sql, self._clock.now(), span, verdict.trades, differences)
        except (DatabaseError, sqlite3.Error, OSError) as error:
            self._journal.warning("verify", str(error))
            return
        say = self._journal.warning if differences else self._journal.info
        say(
            "verify",
            f"{verdict.trades} trades, {verdict.events} events, {len(differences)} differences from the replay",
        )

    def _put_statuses(self, sql: sqlite3.Connection, now: int) -> None:
        for feed in self._feeds:
            last_trade, (reconnects, gaps, rejects) = self._before.get(feed.exchange, (None, (0, 0, 0)))
            rows.put_status(
                sql,
                feed.exchange,
                connected=feed.venue.connected,
                last_trade=feed.venue.last_trade or last_trade,
                counts=(reconnects + feed.reconnects, gaps + feed.venue.gaps, rejects + feed.rejects),
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


def _refuse_a_past_clock(newest: int | None, moment: Moment) -> None:
    """Refuse to write before what is stored: trades would be added to minutes that are long over."""
    if newest is not None and newest > moment.now + AHEAD + moment.slack:
        raise DatabaseError(
            f"the clock says {to_iso(moment.now)}, but the database holds candles up to {to_iso(newest)}: set the clock"
            " (a Pi without a battery waits for the network's time), or name another database"
        )


def _refuse_another_pair(stored: list[str], pair: str) -> None:
    """Refuse to go on with a database of other pairs: its open position would be nobody's."""
    if stored and pair not in stored:
        raise DatabaseError(
            f"the database holds {', '.join(stored)}, and bot.toml names {pair}: name another database, or that pair"
        )


def _recovered(pair: str, why: str) -> str:
    return (
        f"the saved state of {pair} could not be read ({why}): account and position go on from the stored trades and"
        " orders, the indicators were computed anew, a setup that waited was aborted"
    )

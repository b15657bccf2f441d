"""Bars of any length without reading their minutes: what is over is kept in a side file, what is not is read.

**What is kept.** The bars of whole UTC days before the pair's newest day, each made by the same statement as an answer
from the minutes, so that every bit is the same. The newest day is always read from the minutes, once a snapshot: it is
short, it grows, and nearly all corrections are of it; so the side file is written once a day.

**When it is believed.** While only newer rows came since the bars were made, as reading/changes.py tells it. Bars of
minutes that a correction, an import or another file changed are thrown away and made anew.

While a snapshot is not believed yet, answers are made from the minutes; they are the same, and slower.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from webapp import queries
from webapp.bars import bars, chunks
from webapp.bars.agreement import Agreement
from webapp.bars.sidefile import SideFile, SideFileError
from webapp.errors import DatabaseUnavailable, ServerBusy
from webapp.reading import changes
from webapp.request.timeframes import DAY, SPANS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.bars.chunks import Columns
    from webapp.database import Database, Snapshot

log = logging.getLogger(__name__)

CHEAP = 5000
"""Minutes that are read rather than asking whether the side file can be believed."""

SLICE = 45 * DAY
"""What is rolled up in one piece of work, ms: a tenth of a second."""

TAIL = 4 * DAY
"""The longest newest stretch, ms, whose bars are remembered while their snapshot is asked for."""

REMEMBERED = 8
"""Snapshots that are known to agree with the side file."""

FEW = 2 * chunks.CHUNK
"""Bars that are taken at once, when all of them are at hand."""

TAILS = 16
"""Newest stretches in memory, 100 kB each at most."""

ORDER = sorted(SPANS.values(), reverse=True)
"""Long bars first: they cost most without the side file."""


class Rollup:
    """The side file of one database, as one process uses it; safe to call from several threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opening = threading.Lock()
        self._agreeing = threading.Lock()
        self._side: SideFile | None = None
        self._usable = True
        self._replaceable = True
        self._behind = False
        self._agreed: OrderedDict[str, Agreement] = OrderedDict()
        self._tails: OrderedDict[tuple[str, str, int, int], Columns] = OrderedDict()
        self._sources: OrderedDict[tuple[str, str | None], bars.Source] = OrderedDict()
        self._pairs: set[str] = set()
        self._work: asyncio.Task[None] | None = None

    def read(
        self, sql: sqlite3.Connection, snapshot: Snapshot, source: bars.Source, asked: bars.Asked
    ) -> Iterator[Columns]:
        """Yield bars piece by piece, in order, from the side file as far as it goes, the rest from the minutes.

        With `newest_first` all are read before the first is given.

        Args:
            sql: The snapshot's connection.
            snapshot: Of which moment.
            source: Whose minutes.
            asked: Which bars.
        """
        until = 0
        agreement = self._agreement(sql, snapshot, source, asked) if source.exchange is None else None
        if agreement is not None:
            until = self._until(agreement, source, asked.span)
        if asked.newest_first:
            yield from reversed(list(self._back(sql, snapshot, source, asked, agreement, until)))
            return
        begin, left = asked.begin, asked.limit
        while agreement is not None and left > 0 and begin < (end := min(until, asked.end)):
            parts = self._kept(snapshot, source, replace(asked, begin=begin, end=end, limit=left), agreement)
            if parts is None:
                agreement, until = None, 0
                break
            begin = until if not parts else parts[-1][0][-1] + asked.span
            left -= sum(len(part[0]) for part in parts)
            yield from parts
        if left > 0 and begin < asked.end:
            yield from self._new(sql, snapshot, source, replace(asked, begin=begin, limit=left), until)

    def remember(self, snapshot: Snapshot, asked: str | None, source: bars.Source) -> None:
        """Keep in mind which minutes a pair that is asked for (None: the first one) means in a snapshot."""
        self._sources[snapshot.id, asked] = source
        while len(self._sources) > TAILS:
            self._sources.popitem(last=False)

    def remembered(self, snapshot: Snapshot, asked: str | None) -> bars.Source | None:
        """Return what `remember` was told."""
        return self._sources.get((snapshot.id, asked))

    def at_hand(self, snapshot: Snapshot, source: bars.Source, asked: bars.Asked) -> list[Columns] | None:
        """Return bars, in order, that are in memory and in one or two chunks of the side file; at once, on any thread.

        Args:
            snapshot: Of which moment.
            source: Whose minutes.
            asked: Which bars.

        Returns:
            None when they are more, or have to be read from the minutes: `read` does that.
        """
        known, side = self._agreed.get(snapshot.id), self._side
        if known is None or side is None or source.exchange is not None or asked.bars(source.newest) > FEW:
            return None
        try:
            with side.reading(wait=False) as generation:
                if generation != known.generation:
                    return None
                until = min(side.until(source.pair, asked.span), known.settled(source.newest), known.reached)
                tail = self._tails.get((snapshot.id, source.pair, asked.span, until))
                old = replace(asked, end=min(asked.end, until))
                parts = side.few(source.pair, old) if old.begin < old.end else []
        except SideFileError as error:
            self._failed(error)
            return None
        if tail is None or parts is None:
            return None
        new = chunks.between(tail, asked.begin, asked.end)
        return [chunks.limited(chunks.joined([*parts, new]), asked.limit, newest_first=asked.newest_first)]

    def reach(self, sql: sqlite3.Connection, snapshot: Snapshot, source: bars.Source, asked: bars.Asked) -> int:
        """Return up to where, UTC ms, these bars would come from the side file; 0: all are read from the minutes."""
        agreement = self._agreement(sql, snapshot, source, asked) if source.exchange is None else None
        return 0 if agreement is None else self._until(agreement, source, asked.span)

    def _back(
        self,
        sql: sqlite3.Connection,
        snapshot: Snapshot,
        source: bars.Source,
        asked: bars.Asked,
        agreement: Agreement | None,
        until: int,
    ) -> Iterator[Columns]:
        """Yield the last bars, the newest piece first."""
        end, left = asked.end, asked.limit
        if max(asked.begin, until) < end:
            for part in self._new(sql, snapshot, source, replace(asked, begin=max(asked.begin, until)), until):
                yield part
                left -= len(part[0])
            end = until
        while agreement is not None and left > 0 and asked.begin < end:
            parts = self._kept(snapshot, source, replace(asked, end=end, limit=left), agreement)
            if parts is None:
                yield chunks.columns_of(bars.read(sql, source, replace(asked, end=end, limit=left)))
                return
            if not parts:
                return
            end = parts[-1][0][0]
            left -= sum(len(part[0]) for part in parts)
            yield from parts

    def _kept(
        self, snapshot: Snapshot, source: bars.Source, asked: bars.Asked, agreement: Agreement
    ) -> list[Columns] | None:
        """Read the next bars from the side file; None when some of it was thrown away meanwhile."""
        try:
            side = self._opened()
            with side.reading() as generation:
                if generation == agreement.generation:
                    read = side.last if asked.newest_first else side.first
                    return read(source.pair, asked.span, asked.begin, asked.end, asked.limit)
            self._agreed.pop(snapshot.id, None)
        except SideFileError as error:
            self._failed(error)
        self._behind = True
        return None

    def _new(
        self, sql: sqlite3.Connection, snapshot: Snapshot, source: bars.Source, asked: bars.Asked, until: int
    ) -> Iterator[Columns]:
        """Read bars from the minutes; the newest days of a snapshot are made of them only once."""
        if until == 0 or source.newest - until > TAIL:
            if asked.newest_first:
                yield chunks.columns_of(bars.read(sql, source, asked))
            else:
                yield from map(chunks.columns_of, bars.windows(sql, source, asked))
            return
        key = (snapshot.id, source.pair, asked.span, until)
        tail = self._tails.get(key)
        if tail is None:
            whole = bars.Asked(asked.span, until, bars.bar_from(None, asked.span))
            tail = chunks.columns_of(bars.read(sql, source, whole))
            self._tails[key] = tail
            while len(self._tails) > TAILS:
                self._tails.popitem(last=False)
        found = chunks.between(tail, asked.begin, asked.end)
        yield chunks.limited(found, asked.limit, newest_first=asked.newest_first)

    def _until(self, agreement: Agreement, source: bars.Source, span: int) -> int:
        """Return up to where (UTC ms) the bars of a span can be taken from the side file; 0: nothing can."""
        settled = agreement.settled(source.newest)
        try:
            side = self._opened()
            with side.reading():
                reached = side.until(source.pair, span)
        except SideFileError as error:
            self._failed(error)
            return 0
        self._behind |= reached < settled
        return min(reached, settled, agreement.reached)

    def _agreement(
        self, sql: sqlite3.Connection, snapshot: Snapshot, source: bars.Source, asked: bars.Asked
    ) -> Agreement | None:
        """Say whether the side file agrees with a snapshot; None: it does not, or it would take too long to know."""
        self._pairs.add(source.pair)
        known = self._agreed.get(snapshot.id)
        if known is None:
            oldest = sql.execute(queries.OLDEST_OF_PAIR, {"pair": source.pair}).fetchone()
            self._behind |= oldest is not None and oldest[0] < (source.newest - changes.SLACK) // DAY * DAY
            if asked.minutes(source.newest) > CHEAP:
                try:
                    with self._agreeing:
                        known = self._agreed.get(snapshot.id) or self._compared(sql, snapshot, patient=False)
                except SideFileError as error:
                    self._failed(error)
        return known

    def _compared(self, sql: sqlite3.Connection, snapshot: Snapshot, *, patient: bool) -> Agreement | None:
        """Compare a snapshot with what the side file is made of; patient: throw away what is not true of it.

        Returns:
            None when they do not agree and nothing was done about it, or another process did something.
        """
        side = self._opened()
        with side.reading() as generation:
            noted, reached = side.past(), side.reached()
        if not patient and (noted is None or noted.file != snapshot.file):
            return None
        now, since = changes.compared(sql, snapshot, noted)
        if noted is not None and noted.file != snapshot.file and now.last_correction != noted.sums.last_correction:
            since = 0  # another file, and sums from before a correction: nothing tells that it is the same history
        lost = since is not None and since < reached
        if lost and not patient:
            return None
        if patient and now.sums.last_correction != now.last_correction:
            now, _ = changes.compared(sql, snapshot, None)  # so that another file can be compared later
        if noted is None or lost or now.sums != noted.sums or now.file != noted.file:
            with side.writing() as current:
                if current != generation or side.past() != noted:
                    return None
                if lost:
                    side.forget(since or 0)
                    generation += 1
                side.remember(now)
                reached = side.reached()
            noted = now
        return self._agree(snapshot, Agreement(generation, noted, now, reached))

    def _agree(self, snapshot: Snapshot, agreement: Agreement) -> Agreement:
        self._agreed[snapshot.id] = agreement
        while len(self._agreed) > REMEMBERED:
            self._agreed.popitem(last=False)
        return agreement

    def follow(self, pair: str) -> None:
        """Have the side file hold this pair, before anybody asked for it."""
        self._pairs.add(pair)
        self._behind = True

    def pursue(self, database: Database) -> None:
        """Have the side file follow the database, in the background, when a reader missed something there."""
        if self._behind and self._usable and (self._work is None or self._work.done()):
            self._behind = False
            self._work = asyncio.create_task(self._follow(database))

    async def finished(self) -> None:
        """Wait for the work in the background."""
        if self._work is not None:
            await self._work

    async def _follow(self, database: Database) -> None:
        more = True
        while more:
            try:
                async with database.snapshot() as snapshot:
                    more = await snapshot.run(lambda sql, snapshot=snapshot: self.step(sql, snapshot))  # type: ignore[misc]
            except (DatabaseUnavailable, ServerBusy, sqlite3.Error):
                return  # the next reader finds out, and says so

    def step(self, sql: sqlite3.Connection, snapshot: Snapshot) -> bool:
        """Do one piece of the work; say whether there is more."""
        try:
            with self._agreeing:
                agreement = self._agreed.get(snapshot.id) or self._compared(sql, snapshot, patient=True)
            return agreement is not None and any(
                self._roll_up(sql, snapshot, agreement, pair) for pair in sorted(self._pairs)
            )
        except SideFileError as error:
            self._failed(error)
            return False

    def _roll_up(self, sql: sqlite3.Connection, snapshot: Snapshot, agreement: Agreement, pair: str) -> bool:
        """Add the next bars of a pair that are over; False when there are none."""
        newest = bars.newest_minute(sql, pair)
        if newest is None:
            return False
        side, settled, source = self._opened(), agreement.settled(newest), bars.Source(pair, None, newest)
        with side.reading():
            reached = {span: side.until(pair, span) for span in ORDER}
        span = next((span for span in ORDER if reached[span] < settled), None)
        if span is None:
            return False
        begin, until, columns = reached[span], settled, chunks.columns_of([])
        found = sql.execute(source.series.first, {"pair": pair, "from": begin, "to": settled}).fetchone()
        if found is not None:
            begin = max(begin, found[0] - found[0] % DAY)
            until = min(begin - begin % DAY + SLICE, settled)
            columns = chunks.columns_of(bars.window(sql, source, span, begin, until))
        with side.writing() as generation:
            if generation != agreement.generation or side.past() != agreement.noted:
                self._agreed.pop(snapshot.id, None)
                return True
            if side.until(pair, span) == reached[span]:
                side.append(pair, span, columns, until)
                side.remember(agreement.now)
        reached_now = max(agreement.reached, until)
        self._agree(snapshot, replace(agreement, noted=agreement.now, reached=reached_now))
        return True

    def _opened(self) -> SideFile:
        with self._opening:
            if self._side is None:
                if not self._usable:
                    raise SideFileError("there is no side file")
                self._side = SideFile(self.path)
            return self._side

    def _failed(self, error: SideFileError) -> None:
        """Go on without the side file; a damaged one is made anew, once."""
        with self._opening:
            if error.busy or not self._usable:
                return
            if self._side is not None:
                self._side.close()
                self._side = None
            self._agreed.clear()
            self._usable = error.damaged and self._replaceable
            self._replaceable = False
            log.warning(
                "%s: %s; %s", self.path, error, "it is made anew" if self._usable else "answers come without it"
            )
            if self._usable:
                for ending in ("", "-wal", "-shm"):
                    Path(f"{self.path}{ending}").unlink(missing_ok=True)

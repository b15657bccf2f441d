"""The only wiring of the core: trade -> minute -> aggregated candle -> rows. No await, no I/O, no clock of its own.

Feeds hand trades and breaks to its venues, the service the time; the service takes out an `Update`: what to store, in
one transaction. A minute's row goes out when every connected venue has closed the minute, at the latest 10 s after its
end. What comes later (a late trade, a venue heard again, ids found missing) corrects the rows: the venue's candle,
and the aggregated candles from the first corrected minute on, by the same function that made them.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from bot.core.aggregate import Candle, aggregate
from bot.core.times import MINUTE, SECOND, Moment, minute_of
from bot.core.venue import GRACE, REACH, Venue
from bot.records import Correction, Resume, Update

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from bot.core.minutes import VenueCandle
    from bot.core.sequence import Ids
    from bot.trading.desk import Desk

BACKFILL_WAIT = 120 * SECOND
"""So long the strategy waits, after a restart or when all venues were away, for what they still know of that time."""
HOLD = 30 * SECOND
"""So long after a leap of our clock nothing is closed before a venue tells the time; a dead one is noticed by then."""
DEADLINE = 10 * SECOND
"""So long after its end a minute is written, whoever is still silent."""


@dataclass(frozen=True, slots=True)
class _Written:
    candle: Candle | None
    venues: dict[str, VenueCandle]
    distances_before: Mapping[str, float]
    configured: int


class Engine:
    """One pair: its venues, and the minutes that are out."""

    def __init__(
        self,
        ids: Mapping[str, Ids],
        now: int,
        resume: Resume | None = None,
        desk: Desk | None = None,
        *,
        heals: bool = False,
    ) -> None:
        """Begin at `now` (UTC ms) with one venue for each exchange in `ids`, after the minutes of `resume`.

        `desk` trades the candles as they close; None only builds them. `heals`: somebody asks the venues for what is
        missing, so that there is something to wait for.
        """
        resume = resume or Resume()
        self.venues = {exchange: Venue(ids[exchange]) for exchange in sorted(ids)}
        self.next = minute_of(now)
        """The first minute that is not out yet."""
        self._distances: Mapping[str, float] = dict(resume.distances)
        self._written: dict[int, _Written] = {}
        self._desk = desk
        self._began = now
        self._slack = self._hold_until = 0
        if heals:
            for venue in self.venues.values():
                venue.heal_from(self.next, away=False)
        self._take_back(resume, heals=heals)
        self.expect(Moment.exact(now))

    def expect(self, moment: Moment) -> None:
        """Take the time before trades are read, so that their times can be judged."""
        self._slack = moment.slack
        for venue in self.venues.values():
            venue.expect(moment)

    def leapt(self, start: int, end: int) -> None:
        """Take note that our clock leapt (it was set, or the machine slept)."""
        self._hold_until = end + HOLD
        for venue in self.venues.values():
            venue.leapt(start, end)

    def tick(self, now: int, idle: Collection[str]) -> Update:
        """Close what can be closed at `now` and correct what changed.

        Args:
            now: Our clock, UTC ms.
            idle: The exchanges from which there is nothing to read: all that had arrived by `now` was handed in.
        """
        update = Update()
        self._correct(update)
        while self._ready(now, idle):
            self._skip_unwatched(now)
            self._write(update)
        self._trade(update, now)
        return update

    def _market_time(self, now: int) -> int:
        offsets = [venue.offset for venue in self.venues.values() if venue.connected and venue.measured]
        return now + int(median(offsets)) if offsets else now

    def _ready(self, now: int, idle: Collection[str]) -> bool:
        end = self.next + MINUTE
        connected = {exchange: venue for exchange, venue in self.venues.items() if venue.connected}
        holds = now < self._hold_until <= now + HOLD
        if holds and connected and not any(venue.measured for venue in connected.values()):
            return False  # nobody has told the time since our clock leapt
        time = self._market_time(now)
        if any(venue.awaits(self.next) for venue in self.venues.values()):
            return time >= max(self._began, end) + BACKFILL_WAIT + self._slack
        if all(venue.lacks(self.next) for venue in self.venues.values()):
            # All were away: of this minute there is nothing yet to go on with. While they are, nobody can be asked.
            back = min((venue.subscribed_at for venue in connected.values()), default=None)
            return time >= (end + REACH if back is None else max(back, end) + BACKFILL_WAIT + self._slack)
        if time >= end + DEADLINE + self._slack:
            return True
        if not connected:
            return time >= end + GRACE
        return all(venue.closed(self.next, now, exchange in idle) for exchange, venue in connected.items())

    def _skip_unwatched(self, now: int) -> None:
        """Go on to the last hours after a long outage, when nothing of the time before was seen."""
        start = minute_of(self._market_time(now) - REACH)
        if start > self.next and not any(venue.has_trades_from(self.next) for venue in self.venues.values()):
            self.next = start

    def _write(self, update: Update) -> None:
        minute = self.next
        venues = self._seen(minute)
        candle, after = self._aggregate(minute, venues, self._distances, len(self.venues))
        self._written[minute] = _Written(candle, venues, self._distances, len(self.venues))
        self._distances = after
        update.venues.update({(minute, exchange): seen for exchange, seen in venues.items()})
        if candle is not None:
            update.candles[minute] = candle
            update.closed.append(candle)
        self.next += MINUTE
        for venue in self.venues.values():
            venue.written(minute)
        for old in [start for start in self._written if start < minute - REACH]:
            del self._written[old]

    def _trade(self, update: Update, now: int) -> None:
        if self._desk is not None and update.closed:
            update.booked = self._desk.take(update.closed, now)

    def _correct(self, update: Update) -> None:
        changes = [change for venue in self.venues.values() if (change := venue.take_changes()) is not None]
        if not changes:
            return
        distances: Mapping[str, float] | None = None
        for minute in range(max(min(changes), self.next - REACH), self.next, MINUTE):
            out = self._written.get(minute)
            if out is None:  # before this run began: nothing was out
                out = _Written(None, {}, distances or self._distances_at(minute), len(self.venues))
            before = out.distances_before if distances is None else distances
            # A venue that is no longer configured keeps what it stored.
            venues = {**{e: c for e, c in out.venues.items() if e not in self.venues}, **self._seen(minute)}
            candle, distances = self._aggregate(minute, venues, before, out.configured)
            if not venues and not out.venues:
                candle = out.candle  # imported: no exchange's candle stands behind it
            for exchange in venues.keys() | out.venues.keys():
                if venues.get(exchange) != out.venues.get(exchange):
                    update.venues[minute, exchange] = venues.get(exchange)
            if candle != out.candle:
                update.candles[minute] = candle
                update.corrections.append(Correction(minute, out.candle))
            self._written[minute] = _Written(candle, venues, before, out.configured)
        if distances is not None:
            self._distances = distances

    def _distances_at(self, minute: int) -> Mapping[str, float]:
        later = [start for start in self._written if start > minute]
        return self._written[min(later)].distances_before if later else self._distances

    def _seen(self, minute: int) -> dict[str, VenueCandle]:
        candles = ((exchange, venue.candle(minute)) for exchange, venue in self.venues.items())
        return {exchange: candle for exchange, candle in candles if candle is not None}

    @staticmethod
    def _aggregate(
        minute: int, venues: Mapping[str, VenueCandle], distances: Mapping[str, float], configured: int
    ) -> tuple[Candle | None, Mapping[str, float]]:
        return aggregate(minute, venues, distances, configured) if venues else (None, distances)

    def _take_back(self, resume: Resume, *, heals: bool) -> None:
        stored = {candle.timestamp: candle for candle in resume.candles}
        for exchange, venue in self.venues.items():
            venue.resume(resume.venues.get(exchange, ()), resume.prices.get(exchange))
        by_minute: dict[int, dict[str, VenueCandle]] = {}
        for exchange, candles in resume.venues.items():
            for candle in candles:
                by_minute.setdefault(candle.timestamp, {})[exchange] = candle
        for minute in sorted(by_minute.keys() | stored.keys()):
            old = stored.get(minute)
            configured = len(self.venues) if old is None or old.configured is None else old.configured
            venues = by_minute.get(minute, {})
            self._written[minute] = _Written(old, venues, self._distances, configured)
            _, self._distances = self._aggregate(minute, venues, self._distances, configured)
            for venue in self.venues.values():
                venue.written(minute)
        if self._written:  # it goes on after the last minute of the run before
            self.next = max(self._written) + MINUTE
            for venue in self.venues.values():
                venue.heal_from(self.next, away=True)
                if heals:
                    venue.heal_from(min(self._written), away=False)

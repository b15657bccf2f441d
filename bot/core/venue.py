"""What is known of one exchange's minutes: their trades, when each is closed, and whether it is whole.

A venue's clock is the newest exchange time seen (trade or heartbeat); while there is nothing to read from it, its
clock goes on with ours, corrected by the measured offset. A minute is **closed** when that clock stands 2 s past the
minute's end. It is **whole** when the connection covered all of it (coverage.py) and something was heard
from the venue after its end (a trade, a heartbeat or the answer to a ping): silence alone proves nothing, for a dead
connection is silent too.

What is not whole is **healed**: replaced as a whole by what the venue's REST interface tells of the minute, and what
the stream still brings of it is dropped. That goes for the minutes since the last stored one after a restart, for those
a break touched, and for those in which ids are missing or a message could not be read.

Everything here is decided from what is passed in: no clock, no I/O. Times are UTC ms.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.core.coverage import Coverage, Hole
from bot.core.losses import Losses
from bot.core.minutes import HEALED, MISSING, WHOLE, Bucket, VenueCandle, flat
from bot.core.offset import Offset
from bot.core.sequence import AFTER_HOLE, FILLED, REPEATED
from bot.core.times import HOUR, MINUTE, SECOND, minute_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.core.burst import Burst
    from bot.core.sequence import Ids
    from bot.core.times import Moment
    from bot.core.trades import Trade

GRACE = 2 * SECOND
"""So long after its end a minute is closed, by the venue's clock."""
REACH = 6 * HOUR
"""So far back minutes are kept, and healed."""
LATEST = HOUR
"""So late a trade of the stream may come; older ones are refused."""
AHEAD = 5 * MINUTE
"""A trade further ahead of our clock than this is refused, beyond the clock's own slack."""

UNMEASURED = 2 * SECOND
"""A subscription is taken to cover from so much later than our clock says: the venue's may be ahead of it."""


class Venue:
    """One exchange and pair: the minutes of the last hours as its trades tell them."""

    def __init__(self, ids: Ids) -> None:
        self.ids = ids
        self.connected = False
        self.newest = 0
        """The newest exchange time seen; 0 before any."""
        self.late = 0
        """Trades that came after their minute's row was written."""
        self.repeated = 0
        """Trades dropped because their id had been seen."""
        self.changed_from: int | None = None
        """The first minute below `written` that changed since `take_changes`."""
        self._buckets: dict[int, Bucket] = {}
        self._stored: dict[int, int] = {}  # minutes read back from the database -> their `complete`
        self._bucket: Bucket  # of `_minute`, at hand for the next trade; unset while `_minute` is -1
        self._minute = -1
        self._written = 0
        self._now = self._earliest = self._latest = 0
        self._coverage = Coverage()
        self._losses = Losses(ids)
        self._since: int | None = None  # the first minute that may be healed; None: none may
        self._away_from: int | None = None  # the first minute that a restart missed; None: there was none
        self._away_until: int | None = None  # the last one, once the subscription tells
        self._sealed: set[int] = set()  # minutes that were healed, or that can't be
        self._leapt_from: int | None = None  # the newest time before our clock leapt; None once it is told again
        self._explained = True  # ids missing before the next trade belong to the break before it
        self._awaited: int | None = None  # the newest id of the last heartbeat, while it has not arrived
        self._price_before: float | None = None  # the last close before the remembered minutes
        self.subscribed_at = 0
        """When the newest connection surely began to cover time, by our clock."""
        self._heard = 0  # our clock at the last sign of life that carried no exchange time
        self._offset = Offset()

    # What happens to it

    def resume(self, candles: Iterable[VenueCandle], price_before: float | None) -> None:
        """Take back the candles of the last hour that an earlier run stored, oldest first."""
        self._price_before = price_before
        for candle in candles:
            bucket = Bucket.of(candle)
            self._buckets[candle.timestamp] = bucket
            self._stored[candle.timestamp] = candle.complete

    def heal_from(self, minute: int, *, away: bool) -> None:
        """Let minutes from this one on be healed; `away`: a restart missed those up to the one it subscribed in."""
        self._since = minute if self._since is None else min(self._since, minute)
        if away:
            self._away_from = minute

    def awaits(self, minute: int) -> bool:
        """Say whether `minute` was missed by a restart and is still to be healed, or may be."""
        if self._away_from is None or minute < self._away_from or minute in self._sealed:
            return False
        return self._away_until is None or (minute <= self._away_until and not self._whole(minute))

    def lacks(self, minute: int) -> bool:
        """Say whether something of `minute` is missing that may still be healed."""
        if self._since is None or minute < self._since or minute in self._sealed:
            return False
        return self._stored.get(minute) in (None, MISSING) and not self._listened(minute)

    def to_heal(self) -> list[int]:
        """Return the minutes that are surely over, by the venue's own time, and can be asked for, oldest first."""
        if self._since is None or not self.connected or not self.measured or self._leapt_from is not None:
            return []
        end = minute_of(self.known_until - GRACE)  # of the last minute that is surely over
        first = max(self._since, end - REACH)
        found = {minute for minute, complete in self._stored.items() if complete == MISSING and minute >= end - REACH}
        for hole in [*self._coverage.touched(first, end), *self._losses.within(first, end)]:
            found.update(range(minute_of(max(hole.start, first)), min(hole.end, end), MINUTE))
        return sorted(minute for minute in found if self.lacks(minute))

    def heal(self, minute: int, bucket: Bucket | None) -> bool:
        """Replace a minute by all its trades; False, and nothing changes, when more of it has been heard.

        Then the venue's REST interface lags behind its stream, and is to be asked again. None: there was no trade.
        """
        heard = self._buckets.get(minute)
        if heard is not None and (bucket is None or bucket.trades < heard.trades):
            return False
        self._sealed.add(minute)
        self._stored[minute] = HEALED
        self._buckets.pop(minute, None)
        if bucket is not None:
            self._buckets[minute] = bucket
        if minute == self._minute:
            self._minute = -1
        if minute < self._written:
            self._touch(minute)
        return True

    def give_up(self, minute: int) -> None:
        """Take note that the venue can't tell the minute any more: it stays as it is."""
        self._sealed.add(minute)

    def doubt(self, since: int) -> None:
        """Take note that one connection follows another: what the first sent after `since` may not have arrived."""
        self._losses.doubt(since, self._now + max(self.offset, UNMEASURED))

    def settle(self, *, arrived: bool) -> None:
        """Say whether it has."""
        if (doubted := self._losses.settled()) is not None:
            self._touch_from(doubted.start) if arrived else self._hole(doubted)

    def passed(self, identity: int | str) -> None:
        """Take note of a trade that does not count: its id is known, and nothing is missing."""
        admitted = self.ids.admit(identity)
        if admitted == AFTER_HOLE and not self._explained:
            self._gap(self.newest + 1)
        elif admitted == FILLED and self.ids.filled is not None:
            self._touch_from(self.ids.filled.start)

    def refused(self, identity: int | str | None = None) -> None:
        """Take note that a trade could not be read: one is missing from the newest time on. Its id, where known."""
        if identity is not None:
            self.passed(identity)
        self._losses.refused(self.newest)

    def subscribed(self, moment: Moment) -> None:
        """Begin to cover time: the venue has confirmed the subscription. What was sent before is not covered."""
        if self.connected:
            return
        self.connected = self._explained = True
        self._heard = moment.now
        self._coverage.begin(0)
        self.covered_from(moment.latest)

    def covered_from(self, instant: int) -> None:
        """Say that the subscription has surely begun at `instant` of our clock; a later call knows it better."""
        covered = instant + max(self.offset, UNMEASURED)
        self._coverage.refine(covered)
        self.subscribed_at = instant
        if self._away_from is not None and (self._away_until is None or self._away_until > covered):
            self._away_until = minute_of(covered)

    def disconnected(self) -> None:
        """Stop to cover time at the last sign of life."""
        if self.connected:
            self.connected = False
            until = self.known_until if self._leapt_from is None else min(self.known_until, self._leapt_from)
            self._leapt_from = None
            self._coverage.stop(until)
            self._touch_from(until)

    def leapt(self, start: int, end: int) -> None:
        """Take note that our clock leapt from `start` to `end` (it was set, or the machine slept).

        Nothing is known from here on until the venue tells its time again: what was sent meanwhile may be lost.
        """
        self._offset.clear()
        self._heard = min(self._heard, end)
        if self.connected and self._leapt_from is None:
            self._leapt_from = self.newest or min(start, end)

    def expect(self, moment: Moment) -> None:
        """Take the time: which trades are plausible from here on, and what the newest told about the offset."""
        now = moment.now
        # Once the venue's time is known, our clock may be as wrong as it likes; after a leap both are possible.
        self._now = moment.latest
        told = [now + self.offset] if self._leapt_from is None else [now, self.newest]
        self._earliest, self._latest = min(told) - LATEST, max(told) + AHEAD + moment.slack
        self._judge(now)
        if self._leapt_from is not None and self.newest > self._leapt_from:
            hole, self._leapt_from = Hole(self._leapt_from, self.newest + 1), None
            self._hole(hole)
        first = not self._offset.measured
        sample = self._offset.measure(self.newest, moment)
        if first and sample is not None:  # the first measure tells when the subscription really began
            self._coverage.refine(max(self._coverage.ended, self.subscribed_at + sample))

    def add(self, trade: Trade) -> bool:
        """Count a trade; False when its time is implausible (over an hour old, or ahead of the clock)."""
        timestamp = trade.timestamp
        if not self._earliest <= timestamp < self._latest:
            return False
        admitted = self.ids.admit(trade.id)
        if admitted != 1:
            if admitted == REPEATED:
                self.repeated += 1
                return True
            if admitted == AFTER_HOLE and not self._explained:
                self._gap(timestamp)
            elif admitted == FILLED and self.ids.filled is not None:
                self._touch_from(self.ids.filled.start)
        self._explained = False
        minute = timestamp - timestamp % 60_000
        if minute == self._minute:
            self._bucket.add(trade)
        else:
            self._find_place(trade, minute)
        if timestamp > self.newest:  # noqa: PLR1730 - a call less for every trade
            self.newest = timestamp
        return True

    def add_burst(self, burst: Burst) -> bool:
        """Count trades that are newer than all before; False, and nothing is changed, when each needs a look."""
        minute = minute_of(burst.first)
        known = minute == self._minute
        if burst.first < self.newest or not (self._earliest <= burst.first and burst.last < self._latest):
            return False
        if not known and (minute < self._written or minute in self._buckets or minute in self._sealed):
            return False
        if not self.ids.admit_run(burst.ids):
            return False
        self._explained = False
        if known:
            self._bucket.merge(burst)
        else:
            self._minute, self._bucket = minute, Bucket.begin(burst)
            self._buckets[minute] = self._bucket
        self.newest = burst.last
        return True

    def heartbeat(self, timestamp: int, newest_id: int | None = None) -> None:
        """Take a heartbeat that carries the exchange's time, and the newest trade's id where it tells it."""
        if not self._earliest <= timestamp < self._latest:
            return
        seen = self.ids.newest
        if seen is not None:
            if self._awaited is not None and self.ids.expect(self._awaited):  # told a heartbeat ago and still not here
                self._gap(timestamp)
            self._awaited = newest_id if newest_id is not None and newest_id > seen else None
        self.newest = max(self.newest, timestamp)

    def heard(self, now: int) -> None:
        """Take a sign of life without a time, such as a pong: all that was sent before it has arrived."""
        self._heard = max(self._heard, now)

    # What it knows

    @property
    def gaps(self) -> int:
        """How often ids were missing and did not come."""
        return self._losses.gaps

    @property
    def measured(self) -> bool:
        """Whether the offset is known."""
        return self._offset.measured

    @property
    def offset(self) -> int:
        """The venue's clock minus ours, ms; 0 while unknown."""
        return self._offset.value

    @property
    def last_trade(self) -> int | None:
        """The newest trade's time of this run; None before any."""
        newest = max((minute for minute in self._buckets if minute not in self._stored), default=None)
        return None if newest is None else self._buckets[newest].last

    @property
    def known_until(self) -> int:
        """The exchange time up to which every trade has arrived, as far as the connection tells."""
        return max(self.newest, self._heard + self.offset if self._heard else 0)

    def closed(self, minute: int, now: int, idle: bool) -> bool:
        """Say whether the minute is closed. `idle`: there is nothing to read from this venue."""
        end = minute + MINUTE
        if self.newest >= end + GRACE:
            return True
        return idle and now + self.offset >= end + GRACE and self.known_until >= end

    def candle(self, minute: int) -> VenueCandle | None:
        """Return the minute as this venue saw it; None where it does not count."""
        whole = self._whole(minute)
        bucket = self._buckets.get(minute)
        if bucket is not None:
            return bucket.candle(minute, self._stored.get(minute, WHOLE if whole else MISSING))
        healed = self._stored.get(minute) == HEALED
        if (whole or healed) and (price := self._close_before(minute)) is not None:
            return replace(flat(minute, price), complete=HEALED) if healed else flat(minute, price)
        return None

    def has_trades_from(self, minute: int) -> bool:
        """Say whether any trade of `minute` or a later one is remembered."""
        return any(start >= minute for start in self._buckets)

    # Who writes its rows says what was written

    def written(self, minute: int) -> None:
        """Take note that the row of `minute` is out: what changes it from here on is a correction."""
        self._written = minute + MINUTE
        self._minute = -1
        for old in sorted(start for start in self._buckets if start < minute - REACH):
            self._price_before = self._buckets.pop(old).close
            self._stored.pop(old, None)
        self._coverage.forget(minute - REACH)
        for hole in self.ids.forget(minute - REACH):
            self._coverage.lose(hole)
        self._sealed = {sealed for sealed in self._sealed if sealed >= minute - REACH}

    def take_changes(self) -> int | None:
        """Return the first written minute that changed since the last call; None when none did."""
        changed, self.changed_from = self.changed_from, None
        return changed

    # Inside

    def _find_place(self, trade: Trade, minute: int) -> None:
        if self._stored.get(minute) == HEALED and minute in self._sealed:
            self.repeated += 1
            return
        bucket = self._buckets.get(minute)
        if bucket is None:
            bucket = self._buckets[minute] = Bucket(trade)
        else:
            bucket.add(trade)
        if minute < self._written:
            self.late += 1
            self._touch(minute)
        else:
            self._minute, self._bucket = minute, bucket

    def _gap(self, timestamp: int) -> None:
        """Tell in which time the trades of missing ids lie."""
        self._losses.gap(self.last_trade or timestamp, timestamp)

    def _judge(self, now: int) -> None:
        lost, unread = self._losses.judge(now, self.newest)
        for hole in lost:
            self._touch_from(hole.start)
        if unread is not None:
            self._hole(unread)

    def _hole(self, hole: Hole) -> None:
        self._coverage.lose(hole)
        self._touch_from(hole.start)

    def _touch_from(self, instant: int) -> None:
        if instant < self._written:
            self._touch(minute_of(instant))

    def _touch(self, minute: int) -> None:
        self.changed_from = minute if self.changed_from is None else min(minute, self.changed_from)

    def _whole(self, minute: int) -> bool:
        end = minute + MINUTE
        return self.known_until >= end and self._listened(minute)

    def _listened(self, minute: int) -> bool:
        end = minute + MINUTE
        if any(at is not None and end > at for at in (self._leapt_from, self._losses.unsure_from())):
            return False
        return self._coverage.holds(minute, end) and not self._losses.within(minute, end)

    def _close_before(self, minute: int) -> float | None:
        earlier = max((start for start in self._buckets if start < minute), default=None)
        return self._price_before if earlier is None else self._buckets[earlier].close

"""The local exchanges together: made markets or a recording, one clock, a server a venue.

`made` builds one around made markets, each of a pair, `played` around recorded lines. Everything is sent in one task,
in time order: first the row of the truth file, then the messages, then the clock moves. `disconnect` takes a venue off
the net while its market trades on, as an outage does.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from bot.simulator.clock import Clock, Gate
from bot.simulator.dialects import spoken
from bot.simulator.faults.behind import Behind
from bot.simulator.faults.gateway import Gateway
from bot.simulator.faults.log import Log
from bot.simulator.faults.trouble import Trouble
from bot.simulator.faults.venues import each_of
from bot.simulator.history import History
from bot.simulator.listing import Listing, Listings
from bot.simulator.markets import Markets
from bot.simulator.player import Line
from bot.simulator.venue import Venue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.simulator.faults.settings import Faults
    from bot.simulator.instruments import Instrument
    from bot.simulator.market import Market
    from bot.simulator.orders import Order
    from bot.simulator.player import Player
    from bot.simulator.truth import Truth

TICK = 0.005
"""Real seconds between two looks at what is due."""
SECOND = 1_000
HOUR = 3_600_000
LANDING = 2.0
"""Real seconds before what happens next at which the clock goes on after a leap, so that clients notice it first."""
_BREATH = 0.01
"""Real seconds of sending after which clients are listened to."""


class Source(Protocol):
    """Where trades come from: a made market or a recording."""

    def until(self, end: int) -> Iterator[Order | Line]:
        """Yield what happens before `end` (ms) and was not given out yet, in time order."""

    def leap(self, now: int) -> int:
        """Give the instant of what happens next when that is more than a day away, else `now`."""


class Simulator:
    """The servers of `venues`, fed from `source` at the pace of `clock`; `faults` is what went wrong so far."""

    def __init__(
        self, venues: Sequence[Venue], source: Source, clock: Clock, gate: Gate, truth: Truth | None, faults: Log
    ) -> None:
        self.venues = {venue.exchange: venue for venue in venues}
        self.clock = clock
        self.faults = faults
        self._troubles = [venue.trouble for venue in venues if venue.trouble is not None]
        self._source = source
        self._gate = gate
        self._truth = truth

    async def start(self, port_base: int = 0) -> None:
        """Listen, on `port_base` and the ports after it, or on free ones.

        Raises:
            BotError: a port is in use; nothing listens then.
        """
        try:
            for number, venue in enumerate(self.venues.values()):
                await venue.start(port_base + number if port_base else 0)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Close every connection, every port and the truth file."""
        for venue in self.venues.values():
            await venue.stop()
        if self._truth is not None:
            self._truth.close()

    async def run(self) -> None:
        """Let time pass and send what happens, until cancelled."""
        last = monotonic()
        while True:
            await asyncio.sleep(TICK)
            real = monotonic()
            elapsed, last = real - last, real
            served = [venue for venue in self.venues.values() if not venue.down]
            listed = sum(len(venue.listings.all) for venue in served)
            passes = self._gate.passes(sum(venue.subscribed for venue in served), listed, real)
            self.clock.running = passes or self.faults.disturbed(self.clock.now)
            if self.clock.running:
                await self.advance(self.clock.target(elapsed))

    def disconnect(self, exchange: str) -> None:
        """Cut the venue's clients and refuse new ones; its market trades on."""
        self.venues[exchange].take_down()

    def reconnect(self, exchange: str) -> None:
        """Let clients in again."""
        self.venues[exchange].bring_up()

    @property
    def clock_url(self) -> str:
        """Where the simulated time is told; any venue's port does."""
        return f"{next(iter(self.venues.values())).rest}/clock"

    async def advance(self, target: float) -> None:
        """Send everything up to the instant `target` (ms), second by second, without waiting for it to come.

        `run` does so as time passes; whoever doesn't call `run` lets time pass himself.
        """
        clock = self.clock
        while clock.now < int(target):
            stop = min(int(target), clock.now // SECOND * SECOND + SECOND)
            await self._send_until(stop)
            clock.reach(stop)
            if stop % SECOND == 0:
                for venue in self.venues.values():
                    venue.tick()
                later = self._source.leap(stop) - int(LANDING * self.clock.speed * SECOND)
                if later > stop:
                    clock.reach(later)
                    for venue in self.venues.values():
                        venue.shift(later - stop)
                    return
        clock.reach(target)

    async def _send_until(self, stop: int) -> None:
        began = monotonic()
        for event in self._source.until(stop + 1):
            if monotonic() - began > _BREATH:
                self.clock.reach(event.timestamp - 1)
                await asyncio.sleep(0)
                began = monotonic()
            self._go_wrong_until(event.timestamp)
            venue = self.venues[event.exchange]
            if isinstance(event, Line):
                if self._truth is not None and event.prints:
                    self._truth.add(event.exchange, event.prints)
                venue.replay(event.timestamp, event.message, event.prints)
            else:
                prints = venue.prints(event)
                if self._truth is not None:
                    self._truth.add(event.exchange, prints, event.pair)
                venue.publish(event, prints)
        self._go_wrong_until(stop)

    def _go_wrong_until(self, instant: int) -> None:
        for trouble in self._troubles:
            trouble.pass_until(instant)


def made(
    *markets: Market,
    speed: float = 1.0,
    gate: Gate | None = None,
    truth: Truth | None = None,
    faults: Faults | Mapping[str, Faults] | None = None,
) -> Simulator:
    """Serve made markets, each of another pair, from their `now` on; without a gate they never stand still.

    `faults` are those of every venue, or exchange -> its own; see `bot.simulator.faults.venues`.
    """
    clock, log = Clock(markets[0].now, speed), Log()
    each = each_of(faults)
    venues = []
    for listed in zip(*(market.instruments for market in markets), strict=True):
        own = each.get(listed[0].exchange)
        pairs = ((market.pair, traded) for market, traded in zip(markets, listed, strict=True))
        listings = Listings(Listing(pair, traded, _history(own), _usual(traded)) for pair, traded in pairs)
        venues.append(_venue(listings, clock, log, own))
    source = markets[0] if len(markets) == 1 else Markets(markets)
    return Simulator(venues, source, clock, gate or Gate(waits=False, waits_again=False), truth, log)


def played(
    player: Player,
    *,
    speed: float = 1.0,
    gate: Gate | None = None,
    truth: Truth | None = None,
    faults: Faults | Mapping[str, Faults] | None = None,
) -> Simulator:
    """Serve recorded lines; without a gate they begin when the venues have subscribers and never stand still again.

    `faults` are those of every venue, or exchange -> its own; a message without trades is left alone.
    """
    clock, log = Clock(player.start, speed), Log()
    given = each_of(faults)
    venues = []
    for each in player.recordings:
        own = given.get(each.traded.exchange)
        listing = Listing(each.pair, each.traded, _history(own), each.topic)
        venues.append(_venue(Listings([listing]), clock, log, own, each.topics))
    return Simulator(venues, player, clock, gate or Gate(waits=True, waits_again=False), truth, log)


def _history(faults: Faults | None) -> History:
    lag = 0 if faults is None else int(faults.rest_lag * SECOND)
    return Behind(lag) if lag else History()


def _usual(traded: Instrument) -> str:
    return spoken(traded.exchange).topic(traded)


def _venue(
    listings: Listings, clock: Clock, log: Log, faults: Faults | None, recorded: frozenset[str] = frozenset()
) -> Venue:
    traded = listings.first.traded
    said = spoken(traded.exchange)
    dialect = said.make(listings, clock, recorded)
    venue = Venue(dialect, clock)
    if faults is not None:
        if faults.life is not None and dialect.life is not None:
            dialect.life = int(faults.life * HOUR)
        histories = [each.history for each in listings.all]
        gateway = Gateway(faults, traded.exchange, said.mishaps, histories, log)
        venue.trouble = Trouble(
            faults, said.mishaps, traded, log, gateway, start=clock.now, clients=venue.clients, push=venue.push
        )
    return venue

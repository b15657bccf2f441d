"""One pair at one venue: what the messages of its connection mean for the venue's state (`bot.core.venue`).

A connection may carry several pairs; each has its own subscription, which the venue confirms or refuses by itself.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from bot.core.times import MINUTE, SECOND, minute_of, to_iso
from bot.core.trades import Trade
from bot.exchanges.messages import (
    Closing,
    Heartbeat,
    Message,
    Mixed,
    Refused,
    Rejected,
    Subscribed,
    Unasked,
    Uncounted,
)

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.core.venue import Venue
    from bot.exchanges.connector import Connector
    from bot.journal import Journal

FOLDED = 4
"""So many messages at once are worth a try to count them in one step."""

log = logging.getLogger("cvdbot")


class Connection(Protocol):
    """What a leg asks and tells of the connection that carries it; see session.py."""

    def is_subscribed(self, leg: Leg) -> bool:
        """Say whether the venue confirmed a pair on this connection."""
        ...

    def known_until(self, leg: Leg) -> int:
        """Return the venue's time up to which all of a pair has arrived, as of the last sign of life."""
        ...

    def confirm(self, leg: Leg) -> None:
        """Take note that the venue confirmed a pair."""
        ...

    def refuse(self, leg: Leg, reason: str) -> None:
        """Take note that the venue does not tell a pair."""
        ...

    def leave(self, why: str) -> None:
        """Ask for a successor."""
        ...


class Leg:
    """One pair at one venue, for as long as the bot runs."""

    def __init__(self, connector: Connector, venue: Venue, clock: Clock, journal: Journal) -> None:
        self.connector = connector
        self.venue = venue
        self.rejects = 0
        self.old: Connection | None = None
        """The connection that is to be left, while there is another."""
        self._clock = clock
        self._journal = journal
        self._refused = ""  # why the venue does not tell this pair, as it was said
        self._settling: asyncio.Task[None] | None = None
        self._lost_at: int | None = None  # since when nothing is heard; None before the first connection
        self._parse = connector.parse
        self._fold = connector.fold
        self._add = venue.add

    @property
    def exchange(self) -> str:
        """The exchange's name."""
        return self.connector.exchange

    @property
    def symbol(self) -> str:
        """The pair in the venue's spelling."""
        return self.connector.endpoint.symbol

    def disconnected(self) -> None:
        """Take note that the connection ended."""
        if self.venue.connected:
            self._lost_at = self._clock.now()
        self.venue.disconnected()

    def refuse(self, reason: str) -> None:
        """Say why the venue does not tell this pair, once until it does or says something else."""
        if reason != self._refused:
            self._refused = reason
            self._journal.warning("not connected", f"{self.exchange}: {reason}; the other pairs go on")

    def take(self, texts: list[bytes], session: Connection | None = None) -> None:
        """Count what messages bring that came at once, in their order."""
        while len(texts) >= FOLDED and (burst := self._fold(texts)) is not None and self.venue.add_burst(burst):
            texts = texts[burst.count :]
        for text in texts:
            message = self._parse(text)
            if type(message) is Trade:
                if not self._add(message):
                    self._judge_again(message)
            elif type(message) is list:
                self._count(message)
            else:
                self._take(message, session)

    def heard(self, session: Connection | None) -> None:
        """Take a sign of life; one of a connection that is not subscribed yet says nothing of trades."""
        if session is None or session.is_subscribed(self):
            self.venue.heard(self._clock.moment().earliest)

    def _count(self, trades: list[Trade]) -> None:
        for trade in trades:
            if not self._add(trade):
                self._judge_again(trade)

    def _take(self, message: Message, session: Connection | None) -> None:
        """Act on a message that is not plainly trades."""
        match message:
            case Subscribed():
                self._subscribed(session)
            case Refused(reason):
                if session is None or session.is_subscribed(self):  # an answer to something else
                    self._reject(Rejected("error from the venue", reason, missing=False))
                else:
                    session.refuse(self, f"the subscription to {self.symbol} was refused: {reason}")
            case Heartbeat(timestamp, newest):
                self.venue.expect(self._clock.moment())
                self.venue.heartbeat(timestamp, newest)
            case Closing(reason):
                if session is not None:
                    session.leave(f"the venue closes this connection: {reason}")
            case Mixed(trades, others):
                self._count(trades)
                for other in others:
                    self._take(other, session)
            case Uncounted(identity):
                self.venue.passed(identity)
            case Rejected():
                self._reject(message)
            case Unasked(what):
                log.debug("%s: nobody asked for %s", self.exchange, what)
                self.heard(session)
            case _:  # Alive
                self.heard(session)

    def _subscribed(self, session: Connection | None) -> None:
        if session is not None:
            if self.venue.connected and not session.is_subscribed(self) and self.old is not None:
                self.venue.expect(self._clock.moment())
                self.venue.doubt(self.old.known_until(self))
            session.confirm(self)
        self._refused = ""
        if self.venue.connected:
            return
        known = self.venue.known_until
        self.venue.subscribed(self._clock.moment())
        self._settling = asyncio.create_task(self._settle())
        said = f"{self.exchange}: {self.symbol} subscribed"
        if self._lost_at is not None:
            said += f" after {_duration(self._clock.now() - self._lost_at)}; it is asked for all since "
            said += to_iso(minute_of(known))
        self._journal.info("connected", said)

    async def _settle(self) -> None:
        """Find out more exactly since when the subscription covers."""
        instant = await self._clock.fresh()
        if self.venue.connected:
            self.venue.covered_from(instant)

    def _judge_again(self, trade: Trade) -> None:
        """Judge a trade's time by the clock as it is now: after a stall, what waited is not from the future."""
        self.venue.expect(self._clock.moment())
        if not self._add(trade):
            said, now = to_iso_or_number(trade.timestamp), to_iso(self._clock.now())
            self._reject(Rejected("implausible time", f"a trade of {said}, the clock says {now}", trade.id))

    def _reject(self, rejected: Rejected) -> None:
        self.rejects += 1
        if rejected.missing:
            self.venue.refused(rejected.identity)
        self._journal.rejected(self.exchange, rejected.reason, rejected.detail)


def _duration(length: int) -> str:
    """Return ms as seconds, or minutes and seconds."""
    seconds = round(length / SECOND)
    return f"{seconds} s" if seconds < MINUTE // SECOND else f"{seconds // 60} min {seconds % 60} s"


def to_iso_or_number(timestamp: int) -> str:
    """Return the instant in ISO 8601, or the bare number when no calendar reaches so far."""
    try:
        return to_iso(timestamp)
    except OverflowError:
        return str(timestamp)

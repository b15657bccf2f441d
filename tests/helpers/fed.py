"""A feed of one pair, as most tests of a connection want it."""

from __future__ import annotations

from bot.exchanges.feed import Feed
from bot.exchanges.leg import Leg


class OnePair(Feed):
    """A feed with one leg, at hand."""

    def __init__(self, connector, venue, clock, journal):
        super().__init__([Leg(connector, venue, clock, journal)], clock, journal)
        self.connector, self.venue = connector, venue

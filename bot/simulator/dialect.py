"""What does a venue's protocol have to answer? The interface between the servers and the dialects.

A *dialect*, a module of its exchange's name, knows what its venue says and how it answers, in its feed and over REST;
`dialects.py` finds it, `venue.py` owns the sockets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bot.core.trades import Trade
    from bot.simulator.client import Client
    from bot.simulator.clock import Clock
    from bot.simulator.history import Print
    from bot.simulator.instruments import Instrument
    from bot.simulator.listing import Listings
    from bot.simulator.messages import Answer, Heard, Message, Query
    from bot.simulator.mishaps import Mishaps
    from bot.simulator.orders import Order


class Dialect(Protocol):
    """What one venue says: the protocol of its feed and of its REST interface."""

    listings: Listings
    socket_path: str
    """Where a client connects to."""
    stream: str
    """The stream of the topics, as `bot.toml` names it; empty where the venue has one."""
    life: int | None
    """Milliseconds a connection lives; None where no limit is documented."""

    def accepts(self, path: str) -> bool:
        """Tell whether a WebSocket may be opened there."""

    def opened(self, client: Client) -> None:
        """Greet a client."""

    def heard(self, client: Client, text: str) -> None:
        """Answer a client's message."""

    def tick(self, client: Client) -> None:
        """Do what is due, once a simulated second."""

    def messages(self, order: Order, prints: tuple[Print, ...]) -> Iterable[Message]:
        """Say what the venue publishes for an order whose fills are `prints`."""

    def counted(self, order: Order) -> list[Trade]:
        """Count an order as a bot's connector would, had it read `messages`."""

    def replayed(self, prints: tuple[Print, ...]) -> None:
        """Take note of recorded trades."""

    def id(self, number: int) -> str:
        """Write a fill's id as the venue does."""

    def answer(self, query: Query) -> Answer:
        """Answer a REST request."""


class Make(Protocol):
    """How a dialect is made."""

    def __call__(self, listings: Listings, clock: Clock, recorded: frozenset[str]) -> Dialect:
        """Serve what is listed.

        Args:
            listings: What is traded.
            clock: What time it is.
            recorded: Every topic that was recorded; empty in a made market.
        """
        ...


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the simulator has to know of a venue. Each dialect's module has one, named SPOKEN."""

    make: Make
    instruments: Mapping[str, Instrument]
    """`perpetual` and `spot` -> the BTC instrument of a made market; the figures are the venue's own."""
    topic: Callable[[Instrument], str]
    """What a bot subscribes to by itself."""
    recognise: Callable[[Mapping[str, Any], str], Heard | None]
    """Tell what a recorded message is, decoded and as text; None when the venue does not speak like this.

    Raises KeyError, ValueError or TypeError for a trade without what a trade has.
    """
    mishaps: Mishaps
    """How the venue words what goes wrong."""

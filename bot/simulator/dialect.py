"""What does a venue's protocol have to answer? The interface between the servers and the four dialects.

A *dialect* (binance.py, bybit.py, coinbase.py, okx.py) knows what its venue says and how it answers, in its feed and
over REST; `venue.py` owns the sockets.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.simulator.client import Client
    from bot.simulator.history import Print
    from bot.simulator.instruments import Instrument
    from bot.simulator.market import Order


class Message(NamedTuple):
    """What goes to everybody who subscribed to `topic`; `wrapped` is the recorded envelope, where there is one."""

    topic: str
    text: str
    wrapped: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A REST request: its path and its parameters."""

    path: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """A REST answer: the body is written as JSON."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Dialect(Protocol):
    """What one venue says: the protocol of its feed and of its REST interface."""

    traded: Instrument
    topic: str
    """What a client subscribes to for the trades that are served."""
    socket_path: str
    """Where a client connects to."""

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

    def replayed(self, prints: tuple[Print, ...]) -> None:
        """Take note of recorded trades."""

    def id(self, number: int) -> str:
        """Write a fill's id as the venue does."""

    def answer(self, query: Query) -> Answer:
        """Answer a REST request."""


def to_json(body: object) -> str:
    """Write JSON as the venues do: without spaces."""
    return json.dumps(body, separators=(",", ":"))

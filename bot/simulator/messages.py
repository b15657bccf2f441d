"""What goes between a venue and whoever asks it: messages, requests and answers, and what was recorded of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.simulator.history import Print
    from bot.simulator.instruments import Instrument

JSON = "application/json"
_MICROSECONDS = 10**14
"""Instants from here on are microseconds: 10**14 ms is the year 5138."""


class Message(NamedTuple):
    """What goes to everybody who subscribed to `topic`; `wrapped` is the recorded envelope, where there is one."""

    topic: str
    text: str
    wrapped: str | None = None

    @property
    def combined(self) -> str:
        """The message in the envelope of a connection that combines streams."""
        return self.wrapped or f'{{"stream":"{self.topic}","data":{self.text}}}'


class Heard(NamedTuple):
    """A recorded message: who said it, to whom it goes, and its trades. `traded` is None when none can be played.

    Sizes are in the base coin and sides the taker's; the text itself is as it was.
    """

    exchange: str
    message: Message
    traded: Instrument | None = None
    prints: tuple[Print, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A REST request: its path and its parameters."""

    path: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """A REST answer: the body is written as JSON, a text of another content type as it is."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON

    @property
    def text(self) -> str:
        """The body as it is sent."""
        return to_json(self.body) if self.content_type == JSON else str(self.body)


def to_json(body: object) -> str:
    """Write JSON as the venues do: without spaces."""
    return json.dumps(body, separators=(",", ":"))


def decimal(value: object) -> float:
    """Read a recorded price or size; a ValueError when it is none."""
    return float(str(value))


def whole(value: object) -> int:
    """Read a recorded whole number; a ValueError when it is none."""
    return int(str(value))


def milliseconds(value: object) -> int:
    """Read a recorded instant of ms or us; a ValueError when it is none."""
    instant = whole(value)
    return instant // 1000 if instant >= _MICROSECONDS else instant

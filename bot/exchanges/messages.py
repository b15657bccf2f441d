"""What a message from an exchange can mean to us, whatever the exchange.

A parser returns a trade or a list of trades (kept cheap, for nearly every message is one), or one of these. Nothing
else leaves a parser: a message that is not understood is `Rejected`, never an exception.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import msgspec

from bot.core.trades import LARGEST, Trade

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = TypeVar("Kind")

UNREADABLE = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
"""What decoding raises for bytes that are not what is expected, absurdly nested ones and no UTF-8 included."""
MOST_FILLS = 1_000_000
"""No message stands for more executions than this."""


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The venue confirmed the subscription: from here on every trade arrives."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The venue refused the subscription."""

    reason: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The venue tells its time, and the id of its newest trade where it does."""

    timestamp: int
    newest_id: int | None = None


@dataclass(frozen=True, slots=True)
class Alive:
    """A sign of life without a time: a pong, or a message that carries nothing for us."""


@dataclass(frozen=True, slots=True)
class Closing:
    """The venue says that it will close this connection: better to open a new one now."""

    reason: str


@dataclass(frozen=True, slots=True)
class Uncounted:
    """A trade that is not taker flow (insurance fund, block trade): only its id is taken note of."""

    id: int | str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message, or one trade of it, that can't be counted."""

    reason: str
    """One of few, so that they can be counted: `malformed`, `wrong symbol`, `bad price`, ..."""
    detail: str
    """What exactly, with the value."""
    identity: int | str | None = None
    """The id of the trade it would have been, where it tells one."""
    missing: bool = True
    """Whether it may have been a trade of ours: what is refused is missing."""


@dataclass(frozen=True, slots=True)
class Unasked:
    """A sound message of a kind nobody asked for."""

    what: str


@dataclass(frozen=True, slots=True)
class Mixed:
    """A batch in which some trades are sound and some are not."""

    trades: list[Trade]
    others: list[Rejected | Unasked | Uncounted]


Message: TypeAlias = (
    "Trade | list[Trade] | Subscribed | Refused | Heartbeat | Alive | Closing | Uncounted | Rejected | Unasked | Mixed"
)
"""What a parser returns."""


def number(text: str) -> float:
    """Read a decimal number as the exchanges write it: digits and a point, above 0.

    Raises:
        ValueError: It is not one, or 0, negative, NaN or absurdly large.
    """
    value = float(text)
    if 0.0 < value < LARGEST:
        return value
    raise ValueError(text)


_MARKUP = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def one_line(text: str, most: int = 200) -> str:
    """Return a text of somebody else as one line: without markup, of printable characters, not too long."""
    plain = html.unescape(_MARKUP.sub(" ", text[: 100 * most])) if "<" in text else text
    line = " ".join("".join(each if each.isprintable() else " " for each in plain).split())
    return line if len(line) <= most else f"{line[:most]}..."


def shown(text: str | bytes, most: int = 200) -> str:
    """Return the beginning of a message for the log, in one line."""
    whole = text.decode(errors="replace") if isinstance(text, bytes) else text
    whole = "".join(each if each.isprintable() else " " for each in whole[: most + 1]) + whole[most + 1 :]
    return whole if len(whole) <= most else f"{whole[:most]}... ({len(whole)} characters)"


def batch(results: Iterable[Trade | Rejected | Unasked | Uncounted], rejected: Iterable[Rejected] = ()) -> Message:
    """Return a batch as plain trades where all are sound; `rejected` could not even be decoded."""
    trades: list[Trade] = []
    others: list[Rejected | Unasked | Uncounted] = [*rejected]
    for result in results:
        if isinstance(result, Trade):
            trades.append(result)
        else:
            others.append(result)
    return Mixed(trades, others) if others else trades


def one_by_one(raws: Iterable[msgspec.Raw], kind: type[Kind]) -> tuple[list[Kind], list[Rejected]]:
    """Decode the trades of a batch each for itself, when the batch as a whole can't be decoded."""
    sound: list[Kind] = []
    rejected: list[Rejected] = []
    for raw in raws:
        try:
            sound.append(msgspec.json.decode(raw, type=kind))
        except UNREADABLE as error:
            rejected.append(Rejected("malformed", f"{error}: {shown(bytes(raw))}"))
    return sound, rejected

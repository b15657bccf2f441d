"""Coinbase Exchange: `matches` and `heartbeat`, no login.

    {"type":"match","trade_id":10,"side":"sell","size":"0.012","price":"97000.12","product_id":"BTC-USD",
     "sequence":50,"time":"2024-08-09T00:00:00.123456Z"}

`side` is the MAKER's: a `sell` match was bought by its taker. `last_match`, sent once on subscribing, repeats an old
trade and never counts. `trade_id` rises by one within a product; the heartbeat (once a second) tells the exchange's
time and `last_trade_id`, so a missing trade is noticed even when none follows.

Source: docs.cdp.coinbase.com, Exchange WebSocket channels (matches, heartbeat).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import inf
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import msgspec

from bot.core.sequence import Consecutive
from bot.core.times import SECOND, from_datetime
from bot.core.trades import Trade
from bot.errors import VenueError
from bot.exchanges.connector import Facts
from bot.exchanges.folding import by_minute, decoded, folded
from bot.exchanges.messages import (
    UNREADABLE,
    Alive,
    Heartbeat,
    Message,
    Refused,
    Rejected,
    Subscribed,
    Unasked,
    number,
    shown,
)
from bot.exchanges.rest import Pace, Page, get

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from bot.core.burst import Burst
    from bot.exchanges.connector import Endpoint


_Natural: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]


class _Channel(msgspec.Struct, gc=False):
    name: str = ""
    product_ids: list[str] = []


class _Message(msgspec.Struct, gc=False):
    type: str
    product_id: str = ""
    side: str = ""
    price: str = ""
    size: str = ""
    trade_id: int = -1
    time: datetime | None = None
    last_trade_id: int = -1
    channels: list[_Channel] = []
    message: str = ""
    reason: str = ""


def _match(product: str) -> type[msgspec.Struct]:
    """Return the shape of a sound match; fields of other messages keep their types."""
    unset: Any = list[_Channel] | msgspec.UnsetType
    names: list[tuple[str, Any]] = [
        ("type", Literal["match"]), ("trade_id", _Natural), ("side", Literal["buy", "sell"]), ("size", str),
        ("price", str), ("product_id", Literal[product]), ("time", Annotated[datetime, msgspec.Meta(tz=True)]),
    ]  # fmt: skip
    others = [("last_trade_id", int, -1), ("channels", unset, msgspec.UNSET), ("message", str, ""), ("reason", str, "")]
    return msgspec.defstruct("_Match", [*names, *others], gc=False)


class _Identified(msgspec.Struct):
    type: str
    trade_id: int | None = None


class _PastTrade(msgspec.Struct, gc=False):
    """A trade of the REST interface; `side` is the maker's there too."""

    trade_id: int
    price: str
    size: str
    side: Literal["buy", "sell"]
    time: Annotated[datetime, msgspec.Meta(tz=True)]


PAGE = 1000


class Coinbase:
    """The trades of one product."""

    exchange = "coinbase"
    ping = None
    ping_every = None
    rhythm = 10 * SECOND
    life = None

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._product = endpoint.symbol
        self._decode = msgspec.json.Decoder(_Message).decode
        shape: type[Any] = _match(endpoint.symbol)
        self._decode_lines = msgspec.json.Decoder(shape).decode_lines

    @property
    def needle(self) -> bytes:
        """The product of a match or a heartbeat."""
        return f'"product_id":"{self._product}"'.encode()

    def subscription(self, number: int = 1) -> str:  # noqa: ARG002 - the answer names the products
        """Return the subscribe request for both channels."""
        return msgspec.json.encode(
            {"type": "subscribe", "product_ids": [self._product], "channels": ["matches", "heartbeat"]}
        ).decode()

    def parse(self, text: str | bytes) -> Message:
        """Say what a message means."""
        try:
            message = self._decode(text)
        except UNREADABLE as error:
            return self._unreadable(text, error)
        if message.type == "match":
            return self._trade(message, text)
        if message.type == "heartbeat":
            return self._heartbeat(message, text)
        if message.type == "last_match":
            return Alive()
        if message.type == "subscriptions":
            matches = any(one.name == "matches" and self._product in one.product_ids for one in message.channels)
            return Subscribed() if matches else Refused(f"matches of {self._product} are not among: {shown(text)}")
        if message.type == "error":
            return Refused(": ".join(part for part in (message.message, message.reason) if part))
        return Unasked(f"type {message.type!r}")

    def fold(self, texts: list[bytes]) -> Burst | None:
        """Fold matches whose ids rise by one."""
        matches = decoded(self._decode_lines, texts)
        if matches is None:
            return None
        first = matches[0].trade_id
        ids = range(first, first + len(matches))
        if [match.trade_id for match in matches] != [*ids]:
            return None
        return folded(matches, ids, len(texts), "sell", from_datetime)

    def ids(self, newest: int | None) -> Consecutive:
        """Return the sequence of `trade_id`, which rises by one."""
        return Consecutive(newest)

    @property
    def pace(self) -> Pace:
        """Ten public requests a second."""
        return Pace(10, SECOND)

    async def past(self, client: httpx.AsyncClient, start: int, end: int) -> AsyncIterator[Page]:
        """Yield the trades of [start, end): from the newest back by the cursor CB-AFTER, 1000 at once."""
        url = f"{self.endpoint.rest}/products/{self._product}/trades"
        asked: dict[str, str | int] = {"limit": PAGE}
        first, last, told = _moment(start), _moment(end), inf
        while True:
            page, headers = await get(client, url, asked, list[_PastTrade])
            oldest = from_datetime(page[-1].time) if page else start
            more = len(page) == PAGE and oldest >= start and "cb-after" in headers
            # More may precede at the oldest instant of a page.
            wanted = [one for one in reversed(page) if first <= one.time < last and one.trade_id < told]
            bursts = by_minute(wanted, [one.trade_id for one in wanted], "sell", from_datetime)
            trades = [self._past(one) for one in wanted] if bursts is None else []
            yield Page(trades, oldest + 1 if more else start, end, bursts or ())
            if not more:
                return
            if headers["cb-after"] == asked.get("after"):
                raise VenueError(f"coinbase: {url} tells the same trades again")
            asked, told = {"limit": PAGE, "after": headers["cb-after"]}, page[-1].trade_id

    @staticmethod
    def _past(one: _PastTrade) -> Trade:
        try:
            price, size = number(one.price), number(one.size)
        except ValueError:
            raise VenueError(f"coinbase: trade {one.trade_id} has price {one.price!r}, size {one.size!r}") from None
        return Trade(from_datetime(one.time), price, size, one.side == "sell", one.trade_id)

    async def prepare(self, client: httpx.AsyncClient) -> None:
        """Need nothing: sizes are in BTC."""

    def _trade(self, match: _Message, text: str | bytes) -> Message:
        if match.product_id != self._product:
            return self._wrong(match)
        try:
            price = number(match.price)
            size = number(match.size)
        except ValueError:
            return Rejected("bad price or size", f"price {match.price!r}, size {match.size!r}", _id(match))
        if match.side not in ("buy", "sell"):
            return Rejected("malformed", f"side {match.side!r}, not buy or sell", _id(match))
        if match.time is None or match.time.tzinfo is None or match.trade_id < 0:
            return Rejected("malformed", f"no time or no trade_id: {shown(text)}", _id(match))
        return Trade(from_datetime(match.time), price, size, match.side == "sell", match.trade_id)

    def _heartbeat(self, heartbeat: _Message, text: str | bytes) -> Message:
        if heartbeat.product_id != self._product:
            return self._wrong(heartbeat)
        if heartbeat.time is None or heartbeat.time.tzinfo is None:
            return Rejected("malformed", f"a heartbeat without its time: {shown(text)}", missing=False)
        newest = heartbeat.last_trade_id if heartbeat.last_trade_id >= 0 else None
        return Heartbeat(from_datetime(heartbeat.time), newest)

    def _wrong(self, message: _Message) -> Rejected:
        return Rejected("wrong symbol", f"{message.product_id!r}, subscribed to {self._product}", missing=False)

    @staticmethod
    def _unreadable(text: str | bytes, error: Exception) -> Rejected:
        """Say what of a message that can't be read as a whole can be told: whether it was a match, and its id."""
        try:
            found = msgspec.json.decode(text, type=_Identified)
        except UNREADABLE:
            return Rejected("malformed", f"{error}: {shown(text)}")
        match = found.type == "match"
        return Rejected("malformed", f"{error}: {shown(text)}", found.trade_id if match else None, missing=match)


def _moment(instant: int) -> datetime:
    """Return UTC ms as the decoder makes a time, so that times are compared as they come."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=instant)


def _id(match: _Message) -> int | None:
    return match.trade_id if match.trade_id >= 0 else None


_ADDRESSES = ("wss://ws-feed.exchange.coinbase.com", "https://api.exchange.coinbase.com")

FACTS = Facts(
    connector=Coinbase,
    addresses={"perpetual": _ADDRESSES, "spot": _ADDRESSES},  # it has no perpetuals and is always spot
    spell=lambda base, quote, _: f"{base}-{'USD' if quote == 'USDT' else quote}",  # its main book is in USD
)

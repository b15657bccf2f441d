"""Bybit v5: `publicTrade` of linear perpetuals and spot.

    {"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":2,"data":[
        {"T":1,"s":"BTCUSDT","S":"Buy","v":"0.012","p":"97000.1","L":"PlusTick","i":"20f4...","BT":false}]}

`S` is the taker's side, `v` is BTC (linear and spot; inverse contracts are not supported), `T` the fill's time. Every
message says `snapshot`; none is a replay. Ids are names, so a missing trade can't be told. Block trades (`BT`) are
agreed off the book: they are no taker flow and do not count. RPI trades do: a taker took retail liquidity.
The client pings with `{"op":"ping"}` every 20 s.

Source: bybit-exchange/docs, v5/websocket/public/trade.mdx, v5/ws/connect.mdx.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from bot.core.sequence import Named
from bot.core.times import MINUTE, SECOND, to_iso
from bot.core.trades import Trade
from bot.errors import VenueError
from bot.exchanges.connector import Facts
from bot.exchanges.folding import decoded, folded
from bot.exchanges.messages import (
    UNREADABLE,
    Alive,
    Message,
    Refused,
    Rejected,
    Subscribed,
    Unasked,
    Uncounted,
    batch,
    number,
    one_by_one,
    shown,
)
from bot.exchanges.rest import OutOfReachError, Pace, Page, get

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from bot.core.burst import Burst
    from bot.exchanges.connector import Endpoint

DIGITS = 16
"""A time in ms has no more digits."""


class _Fill(msgspec.Struct, gc=False):
    T: int
    s: str
    S: str
    v: str
    p: str
    i: str
    BT: bool = False


class _Message(msgspec.Struct, gc=False):
    topic: str | None = None
    data: list[_Fill] | None = None
    op: str | None = None
    success: bool | None = None
    ret_msg: str | None = None
    req_id: str | None = None


def _sound(symbol: str, topic: str) -> type[msgspec.Struct]:
    """Return the shape of a message with sound fills, or block trades; fields of other messages keep their types."""
    names = {"time": "T", "symbol": "s", "side": "S", "size": "v", "price": "p", "id": "i"}
    kinds = (int, Literal[symbol], Literal["Buy", "Sell"], str, str, str)
    fill: Any = msgspec.defstruct(
        "_SoundFill", [*zip(names, kinds, strict=True), ("BT", bool, False)], gc=False, rename=names
    )
    others = [("op", str | None, None), ("success", bool | None, None), ("ret_msg", str | None, None)]
    return msgspec.defstruct("_Sound", [("topic", Literal[topic]), ("data", list[fill]), *others], gc=False)


class _Named(msgspec.Struct):
    topic: str | None = None


class _Loose(msgspec.Struct):
    data: list[msgspec.Raw]


class _PastTrade(msgspec.Struct):
    """A trade of the REST interface; `side` is the taker's there too."""

    execId: str
    price: str
    size: str
    side: Literal["Buy", "Sell"]
    time: str
    isBlockTrade: bool = False


class _RecentList(msgspec.Struct):
    newest_first: list[_PastTrade] = msgspec.field(name="list", default_factory=list)


class _Recent(msgspec.Struct):
    retCode: int
    retMsg: str
    result: _RecentList


class Bybit:
    """The trades of one symbol."""

    exchange = "bybit"
    ping = '{"op":"ping"}'
    ping_every = 20 * SECOND
    rhythm = 5 * MINUTE
    life = None

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._symbol = endpoint.symbol
        self._topic = f"publicTrade.{endpoint.symbol}"
        self._number = "1"  # of the subscription
        self._decode = msgspec.json.Decoder(_Message).decode
        shape: type[Any] = _sound(endpoint.symbol, self._topic)
        self._decode_lines = msgspec.json.Decoder(shape).decode_lines

    @property
    def needle(self) -> bytes:
        """The topic."""
        return f'"{self._topic}"'.encode()

    def subscription(self, number: int = 1) -> str:
        """Return the subscribe request."""
        self._number = str(number)
        return msgspec.json.encode({"op": "subscribe", "args": [self._topic], "req_id": self._number}).decode()

    def parse(self, text: str | bytes) -> Message:
        """Say what a message means."""
        try:
            message = self._decode(text)
        except UNREADABLE as error:
            return self._salvage(text, error)
        if message.topic == self._topic and message.data is not None:
            return batch(map(self._trade, message.data))
        if message.topic is not None:
            return self._wrong(message.topic)
        if message.req_id not in (None, "", self._number):
            return Alive()  # the answer to another pair
        if message.op == "subscribe" and message.success is not None:
            return Subscribed() if message.success else Refused(message.ret_msg or "no reason given")
        if message.success is False:
            return Refused(message.ret_msg or "no reason given")
        if message.op in ("ping", "pong"):
            return Alive()
        return Unasked(f"op {message.op!r}" if message.op is not None else shown(text))

    def fold(self, texts: list[bytes]) -> Burst | None:
        """Fold fills of the book."""
        messages = decoded(self._decode_lines, texts)
        if messages is None:
            return None
        fills = [fill for message in messages for fill in message.data]
        if True in [fill.BT for fill in fills]:  # cheaper than any()
            return None
        return folded(fills, [fill.id for fill in fills], len(texts), "Buy", int)

    def ids(self, newest: int | None) -> Named:  # noqa: ARG002 - a name says nothing of its neighbours
        """Return the memory of names."""
        return Named()

    @property
    def pace(self) -> Pace:
        """600 requests in five seconds; there is one page, and a few a second are plenty."""
        return Pace(10, 5 * SECOND)

    async def past(self, client: httpx.AsyncClient, start: int, end: int) -> AsyncIterator[Page]:
        """Yield the trades of [start, end), as far as the newest 1,000 (spot: 60) reach: there is no paging."""
        spot = self.endpoint.spot
        asked = {"category": "spot" if spot else "linear", "symbol": self._symbol, "limit": 60 if spot else 1000}
        answer, _ = await get(client, f"{self.endpoint.rest}/v5/market/recent-trade", asked, _Recent)
        if answer.retCode != 0:
            raise VenueError(f"bybit: {shown(answer.retMsg)} (code {answer.retCode})")
        timed = [(_milliseconds(one), one) for one in reversed(answer.result.newest_first)]
        found = [self._past(one, time) for time, one in timed if start <= time < end]
        oldest = timed[0][0] if timed else start
        beyond = len(timed) == asked["limit"] and oldest >= start
        yield Page([trade for trade in found if trade is not None], oldest + 1 if beyond else start, end)
        if beyond:
            told = f"its newest {len(timed):,} trades reach back to {to_iso(oldest)}, earlier ones it does not tell"
            raise OutOfReachError(told, oldest + 1)

    @staticmethod
    def _past(one: _PastTrade, time: int) -> Trade | None:
        if one.isBlockTrade:
            return None
        try:
            return Trade(time, number(one.price), number(one.size), one.side == "Buy", one.execId)
        except ValueError:
            raise VenueError(f"bybit: trade {one.execId} has price {one.price!r}, size {one.size!r}") from None

    async def prepare(self, client: httpx.AsyncClient) -> None:
        """Need nothing: sizes are in BTC."""

    def _trade(self, fill: _Fill) -> Trade | Rejected | Uncounted:
        if fill.s != self._symbol:
            return Rejected("wrong symbol", f"{fill.s!r}, subscribed to {self._symbol}", missing=False)
        try:
            price = number(fill.p)
            size = number(fill.v)
        except ValueError:
            return Rejected("bad price or size", f"price {fill.p!r}, size {fill.v!r}")
        if fill.S not in ("Buy", "Sell"):
            return Rejected("malformed", f"side {fill.S!r}, not Buy or Sell")
        if fill.BT:
            return Uncounted(fill.i)
        return Trade(fill.T, price, size, fill.S == "Buy", fill.i)

    def _wrong(self, topic: str) -> Rejected | Unasked:
        if not topic.startswith("publicTrade."):
            return Unasked(f"topic {topic!r}")
        return Rejected("wrong symbol", f"topic {topic!r}, subscribed to {self._topic}", missing=False)

    def _salvage(self, text: str | bytes, error: Exception) -> Message:
        """Keep the sound trades of a batch in which one is not."""
        try:
            topic = msgspec.json.decode(text, type=_Named).topic
            if topic is not None and topic != self._topic:
                return self._wrong(topic)
            message = msgspec.json.decode(text, type=_Loose)
        except UNREADABLE:
            return Rejected("malformed", f"{error}: {shown(text)}")
        sound, rejected = one_by_one(message.data, _Fill)
        return batch(map(self._trade, sound), rejected)


def _milliseconds(one: _PastTrade) -> int:
    if not one.time.isdecimal() or len(one.time) > DIGITS:
        raise VenueError(f"bybit: trade {one.execId} has time {shown(one.time)!r}, not a number of ms")
    return int(one.time)


FACTS = Facts(
    connector=Bybit,
    addresses={
        "perpetual": ("wss://stream.bybit.com/v5/public/linear", "https://api.bybit.com"),
        "spot": ("wss://stream.bybit.com/v5/public/spot", "https://api.bybit.com"),
    },
    spell=lambda base, quote, _: f"{base}{quote}",
)

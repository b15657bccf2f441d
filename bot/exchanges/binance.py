"""Binance: USD-M futures `aggTrade` (or `trade`), spot `trade`.

    {"e":"aggTrade","E":1,"s":"BTCUSDT","a":7,"p":"97000.10","q":"0.012","f":100,"l":102,"T":1,"m":true}
    {"e":"trade","E":1,"s":"BTCUSDT","t":100,"p":"97000.10","q":"0.012","T":1,"m":true}

Raw (`/ws`) or combined (`/stream`: `{"stream": ..., "data": {...}}`). `m`: the buyer is the maker, so the taker
sold. `T` is the trade's time. An aggregated trade stands for the fills `f` to `l`. Ids (`a`, `t`) rise by one. The
futures `trade` stream marks what is not order-book flow with `X` other than `MARKET` (insurance fund, ADL).
A wrong stream name is not refused: it stays silent.

Sources: binance-spot-api-docs, web-socket-streams.md; developers.binance.com, USD-M futures, aggregate trade streams.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import msgspec

from bot.core.burst import Burst
from bot.core.sequence import Consecutive
from bot.core.times import DAY, HOUR, MINUTE
from bot.core.trades import LARGEST, Trade
from bot.errors import VenueError
from bot.exchanges.connector import Facts
from bot.exchanges.folding import by_minute
from bot.exchanges.messages import (
    MOST_FILLS,
    UNREADABLE,
    Alive,
    Closing,
    Message,
    Refused,
    Rejected,
    Subscribed,
    Unasked,
    Uncounted,
    number,
    shown,
)
from bot.exchanges.rest import Pace, Page, get

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import httpx

    from bot.exchanges.connector import Endpoint

_Natural: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]


class _SpotTrade(msgspec.Struct, gc=False):
    """A `trade` event; `X` only on futures. Fields in the order they are sent are found soonest."""

    e: Literal["trade"]
    s: str
    t: _Natural
    p: str
    q: str
    T: _Natural
    m: bool
    X: str = "MARKET"


class _AggregateTrade(msgspec.Struct, gc=False):
    """An `aggTrade` event."""

    e: Literal["aggTrade"]
    s: str
    a: _Natural
    p: str
    q: str
    f: _Natural
    l: _Natural
    T: _Natural
    m: bool


class _PastTrade(
    msgspec.Struct,
    gc=False,
    rename={"id": "a", "price": "p", "size": "q", "first": "f", "last": "l", "time": "T", "side": "m"},
):
    """An aggregate trade of the REST interface; `side` says whether the buyer is the maker."""

    id: int
    price: str
    size: str
    first: int
    last: int
    time: int
    side: bool


PAGE = 1000


class _Combined(msgspec.Struct, gc=False):
    data: _SpotTrade | _AggregateTrade


class _CombinedTrade(_Combined, gc=False):
    data: _SpotTrade


class _CombinedAggregate(_Combined, gc=False):
    data: _AggregateTrade


_Shape: TypeAlias = _SpotTrade | _AggregateTrade | _Combined


def _lenient(symbol: str) -> type[msgspec.Struct]:
    """Return the shape of an `aggTrade` whose numbers may be text, with limits the decoder checks."""
    positive = Annotated[float, msgspec.Meta(gt=0, lt=LARGEST)]
    names = [("e", Literal["aggTrade"]), ("s", Literal[symbol]), ("a", int), ("p", positive), ("q", positive)]
    others = [("f", _Natural), ("l", _Natural), ("T", int), ("m", Any)]  # a lenient bool would be 1 as well
    return msgspec.defstruct("_Lenient", [*names, *others], gc=False)


_QUOTE = b'"'
_BETWEEN_TEXTS = b'","q":"'
"""Stands in a message once where price and size are both text, as Binance writes JSON: `p` before `q`, no spaces."""


class _Error(msgspec.Struct):
    code: int = 0
    msg: str = ""


class _Named(msgspec.Struct):
    e: str | None = None


class _Identified(msgspec.Struct):
    """Of a trade only its id."""

    a: int | None = None
    t: int | None = None
    data: _Identified | None = None


class _Other(msgspec.Struct):
    """Whatever is not a sound trade: an answer to a request, a notice, another event."""

    e: str | None = None
    id: int | str | None = None
    code: int | None = None
    msg: str = ""
    error: _Error | None = None
    stream: str = ""
    data: _Named | None = None


class Binance:
    """The trades of one symbol."""

    exchange = "binance"
    ping = None
    ping_every = None
    rhythm = 5 * MINUTE
    life = DAY

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._symbol = endpoint.symbol
        self._event = endpoint.stream
        self._number = 1  # of the subscription
        raw, combined = (
            (_AggregateTrade, _CombinedAggregate) if endpoint.stream == "aggTrade" else (_SpotTrade, _CombinedTrade)
        )
        shape: type[_Shape] = combined if "/stream" in endpoint.websocket else raw
        self._decode: Callable[[str | bytes], _Shape] = msgspec.json.Decoder(shape).decode
        self._decode_lines: Callable[[bytes], list[Any]] | None = None
        if shape is _AggregateTrade:
            self._decode_lines = msgspec.json.Decoder(_lenient(endpoint.symbol), strict=False).decode_lines

    @property
    def needle(self) -> bytes:
        """The symbol of an event."""
        return f'"s":"{self._symbol}"'.encode()

    def subscription(self, number: int = 1) -> str:
        """Return the SUBSCRIBE request; stream names are in lower case."""
        self._number = number
        stream = f"{self._symbol.lower()}@{self._event}"
        return msgspec.json.encode({"method": "SUBSCRIBE", "params": [stream], "id": number}).decode()

    def parse(self, text: str | bytes) -> Message:
        """Say what a message means. A trade is decoded by its exact shape first: nearly every message is one."""
        try:
            message = self._decode(text)
        except UNREADABLE as error:
            return self._other(text, error)
        event = message.data if isinstance(message, _Combined) else message
        if event.s != self._symbol:
            return Rejected("wrong symbol", f"{event.s!r}, subscribed to {self._symbol}", missing=False)
        if isinstance(event, _SpotTrade) and event.X != "MARKET":  # some have neither a price nor a size
            return Uncounted(event.t)
        try:
            price, size = float(event.p), float(event.q)
        except ValueError:
            price = size = 0.0
        if not (0.0 < price < LARGEST and 0.0 < size < LARGEST):
            identity = event.a if isinstance(event, _AggregateTrade) else event.t
            return Rejected("bad price or size", f"price {event.p!r}, size {event.q!r}", identity)
        if isinstance(event, _AggregateTrade):
            fills = event.l - event.f + 1
            if 0 < fills <= MOST_FILLS:
                return Trade(event.T, price, size, not event.m, event.a, fills)
            return Rejected("malformed", f"{fills} fills from f to l: {shown(text)}", event.a)
        return Trade(event.T, price, size, not event.m, event.t)

    def fold(self, texts: list[bytes]) -> Burst | None:
        """Fold aggregate trades (raw ones: combined streams are for whoever listens to several) that are plainly next.

        One decoding turns text into numbers and checks their limits. It would also take a number where text belongs and
        the other way round: so the first message is parsed exactly, in each price and size are text, and all together
        have as many quotes as that many first ones.
        """
        if self._decode_lines is None or type(self.parse(texts[0])) is not Trade:
            return None
        count, lines = len(texts), b"\n".join(texts)
        if lines.count(_QUOTE) != count * texts[0].count(_QUOTE) or lines.count(_BETWEEN_TEXTS) != count:
            return None
        try:
            events = self._decode_lines(lines)
        except UNREADABLE:
            return None
        return _folded(events) if len(events) == count else None

    def ids(self, newest: int | None) -> Consecutive:
        """Return the sequence of `a` or `t`: both rise by one."""
        return Consecutive(newest)

    @property
    def pace(self) -> Pace:
        """1,000 aggregate trades weigh 20 of 2,400 a minute (spot: 4 of 6,000); some are left for others."""
        return Pace(1_000 if self.endpoint.spot else 100, MINUTE)

    async def past(self, client: httpx.AsyncClient, start: int, end: int) -> AsyncIterator[Page]:
        """Yield the aggregate trades of [start, end), oldest first: by time, at most an hour, then by id, 1000 each."""
        path = "/api/v3/aggTrades" if self.endpoint.spot else "/fapi/v1/aggTrades"
        url, symbol = f"{self.endpoint.rest}{path}", self._symbol
        told = -1  # the newest id told
        while start < end:
            stop = min(end, start + HOUR)
            asked: dict[str, str | int] = {"symbol": symbol, "startTime": start, "endTime": stop - 1, "limit": PAGE}
            while True:
                page, _headers = await get(client, url, asked, list[_PastTrade])
                trades, bursts = self._counted([one for one in page if start <= one.time < end and one.id > told])
                told = page[-1].id if page else told
                if len(page) < PAGE or stop <= page[-1].time:
                    break
                if told + 1 == asked.get("fromId"):
                    raise VenueError(f"binance: {url} tells the same trades again")
                yield Page(trades, start, page[-1].time, bursts)  # more may follow at that instant
                asked = {"symbol": symbol, "fromId": told + 1, "limit": PAGE}
            yield Page(trades, start, stop, bursts)
            start = stop

    def _counted(self, page: list[_PastTrade]) -> tuple[list[Trade], list[Burst]]:
        """Return a page's trades as bursts, or one by one where any needs a look."""
        fills = [one.last - one.first + 1 for one in page]
        if page and 0 < min(fills) <= max(fills) <= MOST_FILLS:
            bursts = by_minute(page, [one.id for one in page], False, int, fills)
            if bursts is not None:
                return [], bursts
        return [self._past(one) for one in page], []

    @staticmethod
    def _past(one: _PastTrade) -> Trade:
        fills = one.last - one.first + 1
        if not 0 < fills <= MOST_FILLS:
            raise VenueError(f"binance: aggregate trade {one.id} stands for {fills} fills")
        try:
            return Trade(one.time, number(one.price), number(one.size), not one.side, one.id, fills)
        except ValueError:
            raise VenueError(f"binance: aggregate trade {one.id} has price {one.price!r}, size {one.size!r}") from None

    async def prepare(self, client: httpx.AsyncClient) -> None:
        """Need nothing: sizes are in BTC."""

    def _other(self, text: str | bytes, error: Exception) -> Message:
        try:
            message = msgspec.json.decode(text, type=_Other)
        except UNREADABLE:
            return Rejected("malformed", f"{error}: {shown(text)}")
        failure = message.error or (_Error(message.code, message.msg) if message.code is not None else None)
        event = message.e or (message.data.e if message.data else None)
        if failure is not None:
            if message.id not in (None, self._number):
                return Alive()  # the answer to another pair
            return Refused(f"{failure.msg} (code {failure.code})")
        if event == "serverShutdown" or message.stream == "!serverShutdown":
            return Closing("serverShutdown")
        if event == self._event:
            return Rejected("malformed", f"{error}: {shown(text)}", self._known_id(text))
        if event is not None:
            return Unasked(f"event {event!r}")
        if message.id is not None:
            return Subscribed() if message.id == self._number else Alive()
        return Unasked(shown(text))

    def _known_id(self, text: str | bytes) -> int | None:
        """Return the id of a trade that can't be read as a whole, where it carries one."""
        try:
            found = msgspec.json.decode(text, type=_Identified)
        except UNREADABLE:
            return None
        found = found.data or found
        return found.a if self._event == "aggTrade" else found.t


def _folded(events: list[Any]) -> Burst | None:
    """Fold the first aggregate trades of the lenient shape, as far as ids and times follow within one minute.

    This loop is most of what a busy minute costs: it works on local names and calls nothing.
    """
    first = events[0]
    expected, last = first.a, first.T
    end = last - last % MINUTE + MINUTE
    close = high = low = first.p
    buy = sell = 0.0
    more = 0
    for event in events:
        timestamp, fills = event.T, event.l - event.f
        if event.a != expected or not last <= timestamp < end or fills < 0:
            break
        expected += 1
        last = timestamp
        more += fills
        close = event.p
        if close > high:
            high = close
        elif close < low:
            low = close
        if event.m is True:
            sell += event.q
        elif event.m is False:
            buy += event.q
        else:
            return None
    ids = range(first.a, expected)
    if not ids or more >= MOST_FILLS:
        return None
    return Burst(ids, len(ids), first.T, last, first.p, high, low, close, buy, sell, len(ids) + more)


FACTS = Facts(
    connector=Binance,
    addresses={
        "perpetual": ("wss://fstream.binance.com/market/ws", "https://fapi.binance.com"),
        "spot": ("wss://stream.binance.com:9443/ws", "https://api.binance.com"),
    },
    spell=lambda base, quote, _: f"{base}{quote}",
    streams={"perpetual": "aggTrade", "spot": "trade"},
)

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

from typing import TYPE_CHECKING

import msgspec

from bot.core.sequence import Consecutive
from bot.core.trades import Trade
from bot.exchanges.messages import (
    Alive,
    Closing,
    Message,
    Refused,
    Rejected,
    Subscribed,
    Uncounted,
    number,
    shown,
)

if TYPE_CHECKING:
    import httpx

    from bot.exchanges.connector import Endpoint


class _Event(msgspec.Struct):
    """A stream's event, or what answers a request; only the fields we read."""

    e: str | None = None
    s: str = ""
    p: str = ""
    q: str = ""
    T: int = -1
    m: bool | None = None
    a: int = -1
    f: int = -1
    l: int = -1
    t: int = -1
    X: str = "MARKET"
    # an answer to a request
    id: int | str | None = None
    result: msgspec.Raw | None = None
    code: int | None = None
    msg: str = ""
    error: _Error | None = None


class _Error(msgspec.Struct):
    code: int = 0
    msg: str = ""


class _Message(_Event):
    """A raw event, or the envelope of the combined stream around one."""

    stream: str = ""
    data: _Event | None = None


class Binance:
    """The trades of one symbol."""

    exchange = "binance"
    ping = None
    ping_every = None

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._symbol = endpoint.symbol
        self._event = endpoint.stream
        self._aggregated = endpoint.stream == "aggTrade"
        self._decode = msgspec.json.Decoder(_Message).decode

    def subscription(self) -> str:
        """Return the SUBSCRIBE request; stream names are in lower case."""
        stream = f"{self._symbol.lower()}@{self._event}"
        return msgspec.json.encode({"method": "SUBSCRIBE", "params": [stream], "id": 1}).decode()

    def parse(self, text: str | bytes) -> Message:
        """Say what a message means."""
        try:
            message = self._decode(text)
        except msgspec.MsgspecError as error:
            return Rejected("malformed", f"{error}: {shown(text)}")
        event = message.data or message
        if event.e == self._event:
            return self._trade(event, text)
        return self._other(message, event, text)

    def ids(self, newest: int | None) -> Consecutive:
        """Return the sequence of `a` or `t`: both rise by one."""
        return Consecutive(newest)

    async def prepare(self, client: httpx.AsyncClient) -> None:
        """Need nothing: sizes are in BTC."""

    def _trade(self, event: _Event, text: str | bytes) -> Message:
        if event.s != self._symbol:
            return Rejected("wrong symbol", f"{event.s!r}, subscribed to {self._symbol}")
        try:
            price = number(event.p)
            size = number(event.q)
        except ValueError:
            return Rejected("bad price or size", f"price {event.p!r}, size {event.q!r}")
        if self._aggregated:
            identity, fills = event.a, event.l - event.f + 1
        else:
            identity, fills = event.t, 1
        if event.m is None or event.T < 0 or identity < 0 or fills < 1 or (self._aggregated and event.f < 0):
            return Rejected("malformed", f"a field is missing or negative: {shown(text)}")
        if event.X != "MARKET":
            return Uncounted(identity)
        return [Trade(event.T, price, size, not event.m, identity, fills)]

    @staticmethod
    def _other(message: _Message, event: _Event, text: str | bytes) -> Message:
        failure = message.error or (message if message.code is not None else None)
        if failure is not None:
            return Refused(f"{failure.msg} (code {failure.code})")
        if event.e == "serverShutdown" or message.stream == "!serverShutdown":
            return Closing("serverShutdown")
        if event.e is not None:
            return Rejected("unknown message", f"event {event.e!r}")
        if message.id is not None:
            return Subscribed() if message.id == 1 else Alive()
        return Rejected("unknown message", shown(text))

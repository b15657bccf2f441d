"""OKX v5: `trades` of a swap or of spot.

    {"arg":{"channel":"trades","instId":"BTC-USDT-SWAP"},"data":[
        {"instId":"BTC-USDT-SWAP","tradeId":"130","px":"97000.1","sz":"7","side":"buy","ts":"1","count":"3"}]}

`side` is the taker's. `sz` is BTC on spot and contracts on swaps; what a contract is worth is asked at the start
(`/api/v5/public/instruments`: ctVal x ctMult, in BTC). A message may merge the fills of one order at one price
(`count`; 1 where it is absent), so ids jump and a missing trade can't be told. `ts` is the trade's time, as text.
The client keeps a silent connection alive with the text `ping`, answered by the text `pong`, neither of them JSON.

Source: OKX API v5 guide, WebSocket trades channel, public instruments.
"""

from __future__ import annotations

from operator import lt
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from bot.core.sequence import Named
from bot.core.times import MINUTE, SECOND
from bot.core.trades import Trade
from bot.errors import VenueError
from bot.exchanges.connector import Facts
from bot.exchanges.folding import decoded, folded
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
    batch,
    number,
    one_by_one,
    shown,
)
from bot.exchanges.rest import Pace, Page, get, refusal, sound

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from bot.core.burst import Burst
    from bot.exchanges.connector import Endpoint

PAGE = 100
DIGITS = 48
"""A time, an id and a count have no more digits together."""
TIME = 13
"""So many digits has a time in ms until the year 2286."""
UPGRADE = "64008"
"""The code of the notice that the service will be upgraded and the connection closed."""


class _Fill(msgspec.Struct, gc=False):
    instId: str
    tradeId: str
    px: str
    sz: str
    side: str
    ts: str
    count: str = "1"


class _Argument(msgspec.Struct, gc=False):
    channel: str = ""
    instId: str = ""


class _Message(msgspec.Struct, gc=False):
    arg: _Argument | None = None
    data: list[_Fill] | None = None
    event: str | None = None
    code: str = ""
    msg: str = ""


def _sound(instrument: str) -> type[msgspec.Struct]:
    """Return the shape of a message with sound fills; fields of other messages keep their types."""
    names = {"symbol": "instId", "id": "tradeId", "price": "px", "size": "sz", "side": "side", "time": "ts"}
    digits = Annotated[str, msgspec.Meta(min_length=1, max_length=DIGITS // 3)]
    time = Annotated[str, msgspec.Meta(min_length=TIME, max_length=TIME)]
    kinds = (Literal[instrument], digits, str, str, Literal["buy", "sell"], time)
    fill: Any = msgspec.defstruct(
        "_SoundFill", [*zip(names, kinds, strict=True), ("count", digits, "1")], gc=False, rename=names
    )
    argument: Any = msgspec.defstruct(
        "_SoundArgument", [("channel", Literal["trades"]), ("instId", Literal[instrument])], gc=False
    )
    others = [("event", str | None, None), ("code", str, ""), ("msg", str, "")]
    return msgspec.defstruct("_Sound", [("arg", argument), ("data", list[fill]), *others], gc=False)


class _Loose(msgspec.Struct):
    arg: _Argument
    data: list[msgspec.Raw]


class _PastFills(msgspec.Struct):
    code: str
    msg: str = ""
    data: list[_Fill] = []


class _Instrument(msgspec.Struct):
    instId: str
    ctVal: str
    ctValCcy: str
    ctType: str
    ctMult: str = "1"


class _Instruments(msgspec.Struct):
    code: str
    msg: str = ""
    data: list[_Instrument] = []


class Okx:
    """The trades of one instrument."""

    exchange = "okx"
    ping = "ping"
    ping_every = 20 * SECOND
    rhythm = 5 * MINUTE
    life = None

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._instrument = endpoint.symbol
        self._decode = msgspec.json.Decoder(_Message).decode
        shape: type[Any] = _sound(endpoint.symbol)
        self._decode_lines = msgspec.json.Decoder(shape).decode_lines
        self._contract: float | None = None if endpoint.symbol.endswith("-SWAP") else 1.0

    @property
    def needle(self) -> bytes:
        """The instrument of a message, answers included."""
        return f'"instId":"{self._instrument}"'.encode()

    def subscription(self, number: int = 1) -> str:  # noqa: ARG002 - the answer names the instrument
        """Return the subscribe request."""
        argument = {"channel": "trades", "instId": self._instrument}
        return msgspec.json.encode({"op": "subscribe", "args": [argument]}).decode()

    def parse(self, text: str | bytes) -> Message:
        """Say what a message means."""
        try:
            message = self._decode(text)
        except UNREADABLE as error:
            return Alive() if text in (b"pong", "pong") else self._salvage(text, error)
        if message.data is not None and message.arg is not None:
            if message.arg.channel == "trades" and message.arg.instId == self._instrument:
                return batch(map(self._trade, message.data))
            return self._wrong(message.arg)
        if message.event == "subscribe":
            return Subscribed()
        if message.event == "error":
            return Refused(f"{message.msg} (code {message.code})")
        if message.event == "notice":
            return Closing(message.msg or message.code) if message.code == UPGRADE else Alive()
        return Unasked(f"event {message.event!r}" if message.event is not None else shown(text))

    def fold(self, texts: list[bytes]) -> Burst | None:
        """Fold fills whose ids rise. Times stay text: all have thirteen digits, and compare as numbers do."""
        messages = decoded(self._decode_lines, texts)
        if messages is None or self._contract is None:
            return None
        found = [fill for message in messages for fill in message.data]
        ids, counts = [fill.id for fill in found], [fill.count for fill in found]
        digits = "".join([*ids, *counts, *[fill.time for fill in found]])
        if not (digits.isascii() and digits.isdecimal()):
            return None
        numbers, fills = [*map(int, ids)], len(counts)
        if counts.count("1") != fills:
            merged = [*map(int, counts)]
            if not 0 < min(merged) <= max(merged) <= MOST_FILLS:
                return None
            fills = sum(merged)
        if not all(map(lt, numbers, numbers[1:])):
            return None
        return folded(found, numbers, len(texts), "buy", int, worth=self._contract, fills=fills)

    def ids(self, newest: int | None) -> Named:  # noqa: ARG002 - merged fills make ids jump
        """Return the memory of ids."""
        return Named()

    @property
    def pace(self) -> Pace:
        """Twenty requests of history-trades in two seconds."""
        return Pace(20, 2 * SECOND)

    async def past(self, client: httpx.AsyncClient, start: int, end: int) -> AsyncIterator[Page]:
        """Yield the fills of [start, end), one by one: from the end back by time, then by id, 100 at once."""
        url = f"{self.endpoint.rest}/api/v5/market/history-trades"
        asked: dict[str, str | int] = {"instId": self._instrument, "type": 2, "after": end, "limit": PAGE}
        while True:
            answer, _headers = await get(client, url, asked, _PastFills)
            if answer.code != "0":
                raise VenueError(f"okx: {shown(answer.msg)} (code {shown(answer.code)})")
            trades = [sound(self._trade(fill), Trade) for fill in answer.data]
            oldest = trades[-1].timestamp if trades else start
            more = len(trades) == PAGE and oldest >= start
            # More may precede at the oldest instant of a page.
            yield Page([one for one in trades if start <= one.timestamp < end], oldest + 1 if more else start, end)
            if not more:
                return
            if answer.data[-1].tradeId == asked["after"]:
                raise VenueError(f"okx: {url} tells the same trades again")
            asked = {"instId": self._instrument, "type": 1, "after": answer.data[-1].tradeId, "limit": PAGE}

    async def prepare(self, client: httpx.AsyncClient) -> None:
        """Ask what a contract of the swap is worth in BTC."""
        if self._contract is not None:
            return
        answer = await client.get(
            f"{self.endpoint.rest}/api/v5/public/instruments",
            params={"instType": "SWAP", "instId": self._instrument},
        )
        if not answer.is_success:
            raise refusal(answer)
        try:
            instruments = msgspec.json.decode(answer.content, type=_Instruments)
        except UNREADABLE as error:
            raise VenueError(f"okx: the list of instruments can't be read: {error}") from None
        found = next((one for one in instruments.data if one.instId == self._instrument), None)
        if found is None:
            raise VenueError(f"okx has no instrument {self._instrument}: {instruments.msg or 'not in its list'}")
        if found.ctType != "linear":
            raise VenueError(
                f"okx: {self._instrument} is {found.ctType or 'no contract'}, only linear swaps are counted"
            )
        try:
            self._contract = number(found.ctVal) * number(found.ctMult)
        except ValueError:
            raise VenueError(
                f"okx: {self._instrument} has contract value {found.ctVal!r} x {found.ctMult!r}, not a number above 0"
            ) from None

    def _trade(self, fill: _Fill) -> Trade | Rejected | Unasked:
        if fill.instId != self._instrument:
            return self._wrong(_Argument("trades", fill.instId))
        if self._contract is None:
            return Rejected("contract size unknown", shown(fill.tradeId))
        try:
            price = number(fill.px)
            size = number(fill.sz) * self._contract
        except ValueError:
            return Rejected("bad price or size", f"price {fill.px!r}, size {fill.sz!r}")
        if fill.side not in ("buy", "sell"):
            return Rejected("malformed", f"side {fill.side!r}, not buy or sell")
        digits = fill.ts + fill.tradeId + fill.count
        if not digits.isdecimal() or len(digits) > DIGITS or not (fill.ts and fill.tradeId and fill.count):
            return Rejected("malformed", shown(f"ts {fill.ts}, tradeId {fill.tradeId}, count {fill.count}: not digits"))
        if not 0 < int(fill.count) <= MOST_FILLS:
            return Rejected("malformed", f"count {fill.count}: not 1 to {MOST_FILLS}")
        return Trade(int(fill.ts), price, size, fill.side == "buy", int(fill.tradeId), int(fill.count))

    def _wrong(self, argument: _Argument) -> Rejected | Unasked:
        if argument.channel != "trades":
            return Unasked(f"channel {argument.channel!r}")
        return Rejected("wrong symbol", f"{argument.instId!r}, subscribed to {self._instrument}", missing=False)

    def _salvage(self, text: str | bytes, error: Exception) -> Message:
        """Keep the sound trades of a batch in which one is not."""
        try:
            message = msgspec.json.decode(text, type=_Loose)
        except UNREADABLE:
            return Rejected("malformed", f"{error}: {shown(text)}")
        if message.arg.channel != "trades" or message.arg.instId != self._instrument:
            return self._wrong(message.arg)
        sound, rejected = one_by_one(message.data, _Fill)
        return batch(map(self._trade, sound), rejected)


_ADDRESSES = ("wss://ws.okx.com:8443/ws/v5/public", "https://www.okx.com")

FACTS = Facts(
    connector=Okx,
    addresses={"perpetual": _ADDRESSES, "spot": _ADDRESSES},
    spell=lambda base, quote, market: f"{base}-{quote}-SWAP" if market == "perpetual" else f"{base}-{quote}",
)

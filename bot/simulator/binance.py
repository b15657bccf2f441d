"""What does Binance say? Spot and USD-M futures: streams, live subscribing, heartbeat, limits, market data over REST.

Documented at developers.binance.com ("WebSocket Streams", "Websocket Market Streams", "Market Data endpoints"):
- `/ws`, `/ws/<stream>` give raw payloads, `/stream?streams=<a>/<b>` wraps them as {"stream", "data"}; futures also
  route them under `/market` and `/public`;
- a stream that doesn't exist is subscribed to without an error and stays silent;
- the server pings (spot every 20 s, futures every 3 min) and cuts whoever has not answered within 1 min (10 min);
- a connection lives 24 h; `serverShutdown` is sent 10 minutes before;
- 5 (futures 10) incoming messages a second and 1024 streams a connection, more is cut.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bot.simulator.aggregates import Aggregates
from bot.simulator.dialect import Spoken
from bot.simulator.history import Print
from bot.simulator.instruments import Instrument
from bot.simulator.messages import Answer, Heard, Message, decimal, milliseconds, to_json, whole
from bot.simulator.methods import problem
from bot.simulator.mishaps import Mishaps, Setting
from bot.simulator.orders import by_price
from bot.simulator.parameters import BadParameterError, integer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.core.trades import Trade
    from bot.simulator.client import Client
    from bot.simulator.clock import Clock
    from bot.simulator.history import Bar
    from bot.simulator.listing import Listing, Listings
    from bot.simulator.messages import Query
    from bot.simulator.orders import Order

MOST_STREAMS = 1024
LIFE = 24 * 3_600_000
SHUTDOWN_NOTICE = 600_000
HOUR = 3_600_000
INTERVALS = {
    "1m": 60_000, "3m": 180_000, "5m": 300_000, "15m": 900_000, "30m": 1_800_000,
    "1h": HOUR, "2h": 2 * HOUR, "4h": 4 * HOUR, "6h": 6 * HOUR, "8h": 8 * HOUR, "12h": 12 * HOUR, "1d": 24 * HOUR,
}  # fmt: skip

_STREAMS = {"depthUpdate": "depth", "24hrTicker": "ticker", "24hrMiniTicker": "miniTicker"}
"""Event -> its stream, where the names differ."""


class Binance:
    """The dialect of Binance, for the market of what it lists."""

    def __init__(self, listings: Listings, clock: Clock, recorded: frozenset[str] = frozenset()) -> None:  # noqa: ARG002 - any topic can be subscribed to
        """Serve what is listed: by `aggTrade` or `trade`, as its topics say."""
        self.listings = listings
        self.spot = listings.first.traded.market == "spot"
        self.stream = listings.first.topic.partition("@")[2]
        self.socket_path = "/ws"
        self.life: int | None = LIFE
        self._aggregates = {each.pair: Aggregates() for each in listings.all}
        self._clock = clock
        self._ping_every, self._pong_within, self._most_messages = (
            (20_000, 60_000, 5) if self.spot else (180_000, 600_000, 10)
        )

    # The feed

    def accepts(self, path: str) -> bool:
        """Tell whether `path` is a raw or combined endpoint."""
        routed = path if self.spot else path.removeprefix("/market").removeprefix("/public")
        return routed in {"/ws", "/ws/", "/stream"} or routed.startswith("/ws/")

    def opened(self, client: Client) -> None:
        """Subscribe a client to the streams its URL names."""
        path, _, query = client.path.partition("?")
        client.combined = path.endswith("/stream")
        if client.combined:
            streams = next((part[8:] for part in query.split("&") if part.startswith("streams=")), "")
        else:
            streams = path.partition("/ws")[2]
        self._subscribe(client, [stream for stream in streams.replace("%40", "@").split("/") if stream])
        client.mark("ping sent")

    def heard(self, client: Client, text: str) -> None:
        """Answer a subscription request, or say what is wrong with it."""
        if client.too_many(self._most_messages):
            client.cut(1008, "Too many requests")
            return
        try:
            request = json.loads(text)
        except ValueError as error:
            line, column = (error.lineno, error.colno) if isinstance(error, json.JSONDecodeError) else (1, 1)
            client.reply({"code": 3, "msg": f"Invalid JSON: expected value at line {line} column {column}"})
            return
        wrong = problem(request)
        if wrong is not None:
            client.reply({"code": 2, "msg": f"Invalid request: {wrong}"})
            return
        method, parameters, number = request["method"], request.get("params", []), request["id"]
        if method in {"SET_PROPERTY", "GET_PROPERTY"}:
            self._property(client, method, parameters, number)
        elif method == "LIST_SUBSCRIPTIONS":
            client.reply({"result": list(client.topics), "id": number})
        elif method == "SUBSCRIBE":
            client.reply({"result": None, "id": number})
            self._subscribe(client, parameters)
        else:
            for stream in parameters:
                client.topics.pop(stream, None)
            client.reply({"result": None, "id": number})

    def _subscribe(self, client: Client, streams: list[str]) -> None:
        client.topics.update(dict.fromkeys(streams))
        if len(client.topics) > MOST_STREAMS:
            client.cut(1008, "Too many streams")

    @staticmethod
    def _property(client: Client, method: str, parameters: list[object], number: object) -> None:
        if parameters[:1] != ["combined"]:
            client.reply({"code": 0, "msg": "Unknown property", "id": number})
        elif method == "GET_PROPERTY":
            client.reply({"result": client.combined, "id": number})
        elif len(parameters) > 1 and isinstance(parameters[1], bool):
            client.combined = parameters[1]
            client.reply({"result": None, "id": number})
        else:
            client.reply({"code": 1, "msg": "Invalid value type: expected Boolean"})

    def tick(self, client: Client) -> None:
        """Ping, and cut whoever did not answer or has been here for a day."""
        age, life = client.since("opened") or 0, self.life or LIFE
        if client.overdue("pong awaited", self._pong_within):
            client.cut(1008, "Pong timeout")
        elif client.overdue("opened", life):
            client.cut(1001, f"{life / HOUR:g} hours are over")
        elif (client.since("ping sent") or 0) >= self._ping_every and client.since("pong awaited") is None:
            client.ping()
        if age >= life - min(SHUTDOWN_NOTICE, life // 2) and client.since("shutdown told") is None:
            client.mark("shutdown told")
            client.tell(_shutdown(Setting(self.listings.first.traded, self._clock.now, client.name)))

    def messages(self, order: Order, prints: tuple[Print, ...]) -> Iterator[Message]:
        """Publish an order as `@aggTrade` (its fills at one price together) and, on spot, as `@trade` (each fill)."""
        traded, now = self.listings.of(order.pair).traded, order.timestamp + 1
        symbol = traded.symbol.lower()
        maker_buys = "false" if order.taker_buy else "true"
        rest = ',"M":true}' if self.spot else ',"st":1}'
        if self.spot:
            for each in prints:
                yield Message(
                    f"{symbol}@trade",
                    f'{{"e":"trade","E":{now},"s":"{traded.symbol}","t":{each.id},"p":"{traded.price(each.price)}",'
                    f'"q":"{traded.size(each.size)}","T":{order.timestamp},"m":{maker_buys}{rest}',
                )
        for aggregate in self._aggregates[order.pair].add(prints):
            yield Message(
                f"{symbol}@aggTrade",
                f'{{"e":"aggTrade","E":{now},"s":"{traded.symbol}","a":{aggregate.id},"p":"{traded.price(aggregate.price)}",'
                f'"q":"{traded.size(aggregate.size)}","f":{aggregate.first},"l":{aggregate.last},"T":{order.timestamp},'
                f'"m":{maker_buys}{rest}',
            )

    def counted(self, order: Order) -> list[Trade]:
        """Count the fills at one price together."""
        return by_price(order, self._aggregates[order.pair].take_number)

    def replayed(self, prints: tuple[Print, ...]) -> None:
        """Keep recorded trades as aggregates."""
        self._aggregates[self.listings.first.pair].replay(prints)

    def id(self, number: int) -> str:
        """Write a trade id."""
        return str(number)

    # REST

    def answer(self, query: Query) -> Answer:
        """Answer the market data endpoints; futures live under /fapi/v1, spot under /api/v3."""
        base = "/api/v3/" if self.spot else "/fapi/v1/"
        endpoints = {
            "aggTrades": self._agg_trades,
            "klines": self._klines,
            "trades": self._trades,
            "historicalTrades": self._trades,
        }
        if query.path == f"{base}time":
            return Answer({"serverTime": self._clock.now})
        endpoint = endpoints.get(query.path.removeprefix(base)) if query.path.startswith(base) else None
        if endpoint is None:
            return Answer({"code": -5000, "msg": f"Path {query.path}, Method GET is invalid"}, 404)
        try:
            parameters = dict(query.parameters)
            return endpoint(self._named(parameters), parameters)
        except BadParameterError as error:
            return Answer({"code": error.code, "msg": str(error)}, 400)

    def _agg_trades(self, listing: Listing, parameters: dict[str, str]) -> Answer:
        limit = integer(parameters, "limit", 500, 1, 1000)
        first = integer(parameters, "fromId")
        start, end = integer(parameters, "startTime"), integer(parameters, "endTime")
        found = [
            each for each in self._aggregates[listing.pair].newest if each.timestamp <= listing.history.known_until
        ]
        if first is not None:
            if start is not None or end is not None:
                raise BadParameterError(-1128, "Combination of optional parameters invalid.")
            found = [each for each in found if each.id >= first][:limit]
        elif start is not None or end is not None:
            found = [
                each for each in found if (start or 0) <= each.timestamp and (end is None or each.timestamp <= end)
            ]
            found = found[:limit] if start is not None else found[-limit:]  # type: ignore[operator]
        else:
            found = found[-limit:]  # type: ignore[operator]
        price, size = listing.traded.price, listing.traded.size
        return Answer(
            [
                {
                    "a": each.id, "p": price(each.price), "q": size(each.size), "f": each.first, "l": each.last,
                    "T": each.timestamp, "m": not each.taker_buy, **({"M": True} if self.spot else {}),
                }
                for each in found
            ]
        )  # fmt: skip

    def _trades(self, listing: Listing, parameters: dict[str, str]) -> Answer:
        limit = integer(parameters, "limit", 500, 1, 1000) or 0
        first = integer(parameters, "fromId")
        found = [each for each in listing.history.prints if each.fills == 1]
        found = found[-limit:] if first is None else [each for each in found if int(each.id) >= first][:limit]
        price, size = listing.traded.price, listing.traded.size
        return Answer(
            [
                {
                    "id": int(each.id), "price": price(each.price), "qty": size(each.size),
                    "quoteQty": f"{each.price * each.size:.8f}", "time": each.timestamp,
                    "isBuyerMaker": not each.taker_buy, **({"isBestMatch": True} if self.spot else {}),
                }
                for each in found
            ]
        )  # fmt: skip

    def _klines(self, listing: Listing, parameters: dict[str, str]) -> Answer:
        interval = INTERVALS.get(parameters.get("interval", ""))
        if interval is None:
            raise BadParameterError(-1120, "Invalid interval.")
        limit = integer(parameters, "limit", 500, 1, 1000 if self.spot else 1500) or 0
        start, end = integer(parameters, "startTime"), integer(parameters, "endTime")
        last = self._clock.now + 1 if end is None else min(end, self._clock.now) + 1
        bars = listing.history.bars(interval, start or 0, last, flat=True)
        return Answer([_kline(listing, bar, interval) for bar in (bars[-limit:] if start is None else bars[:limit])])

    def _named(self, parameters: dict[str, str]) -> Listing:
        symbol = parameters.get("symbol")
        if symbol is None:
            raise BadParameterError(-1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.")
        listing = self.listings.named(symbol)
        if listing is None:
            raise BadParameterError(-1121, "Invalid symbol.")
        return listing


def _kline(listing: Listing, bar: Bar, interval: int) -> list[object]:
    price = listing.traded.price
    return [
        bar.timestamp, price(bar.open), price(bar.high), price(bar.low), price(bar.close), f"{bar.volume:.8f}",
        bar.timestamp + interval - 1, f"{bar.quote:.8f}", bar.trades, f"{bar.buy:.8f}", f"{bar.buy_quote:.8f}", "0",
    ]  # fmt: skip


def usual_topic(traded: Instrument) -> str:
    """Name what a bot subscribes to by itself."""
    return f"{traded.symbol.lower()}@{'trade' if traded.market == 'spot' else 'aggTrade'}"


def recognise(content: Mapping[str, Any], text: str) -> Heard | None:
    """Take a {"stream", "data"} envelope or its bare data."""
    if "stream" in content and isinstance(content.get("data"), dict):
        return _heard(content["data"], text, content["stream"])
    if "e" in content and "s" in content:
        return _heard(content, text, None)
    return None


def _heard(data: Mapping[str, Any], text: str, stream: str | None) -> Heard:
    """Read the data: `M` is spot's, `X` (and `st`) are USD-M's."""
    event, symbol = str(data.get("e")), str(data.get("s", ""))
    if stream is None:
        topic = f"{symbol.lower()}@{_STREAMS.get(event, event)}"
        message = Message(topic, text)
    else:
        opening = f'{{"stream":"{stream}","data":'
        bare = text[len(opening) : -1] if text.startswith(opening) and text.endswith("}}") else to_json(data)
        message = Message(stream, bare, text)
    if event not in {"trade", "aggTrade"} or "_" in symbol:
        return Heard("binance", message)
    traded = Instrument("binance", "spot" if "M" in data else "perpetual", symbol)
    if data.get("X", "MARKET") != "MARKET":
        return Heard("binance", message, traded)
    timestamp, size, taker_buy = milliseconds(data["T"]), decimal(data["q"]), not data["m"]
    if event == "trade":
        each = Print(str(data["t"]), timestamp, decimal(data["p"]), size, taker_buy)
    else:
        first, last = whole(data["f"]), whole(data["l"])
        each = Print(str(data["a"]), timestamp, decimal(data["p"]), size, taker_buy, last - first + 1, first)
    return Heard("binance", message, traded, (each,))


def _refusal(request: Mapping[str, Any], _: Setting) -> list[object]:
    wrong = "Invalid request: too many parameters"
    return [{"code": 2, "msg": wrong}] if request.get("method") == "SUBSCRIBE" else []


def _shutdown(setting: Setting) -> Message:
    return Message("!serverShutdown", to_json({"e": "serverShutdown", "E": setting.now}))


def _statistics(setting: Setting) -> Message:
    symbol = setting.traded.symbol
    figures = {"c": "97000.10", "o": "96000.00", "h": "98000.00", "l": "95000.00", "v": "1000.000", "q": "97000000.00"}
    event = {"e": "24hrMiniTicker", "E": setting.now, "s": symbol, **figures}
    return Message(f"{symbol.lower()}@miniTicker", to_json(event))


def _too_many(status: int, told: str) -> Answer:
    return Answer({"code": -1003, "msg": told}, status)


SPOKEN = Spoken(
    make=Binance,
    instruments={
        "perpetual": Instrument(
            "binance", "perpetual", "BTCUSDT", 10, 1000, volume=40.0, basis=-0.0002, price_places=2, size_places=3
        ),
        "spot": Instrument("binance", "spot", "BTCUSDT", 100, 100_000, volume=15.0, price_places=8, size_places=8),
    },
    topic=usual_topic,
    recognise=recognise,
    mishaps=Mishaps(
        refusal=_refusal,
        unasked=_statistics,
        limited=_too_many(429, "Too many requests; please use the websocket for live updates to avoid bans."),
        banned=_too_many(418, "Way too many requests; IP banned. Please use the websocket for live updates."),
        notice=_shutdown,
        consecutive=True,
        cursors={"fromId": -1},
    ),
)

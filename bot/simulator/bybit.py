"""What does Bybit say? V5 public trades of one category (linear or spot), and its market data over REST.

Documented in bybit-exchange/docs, V5 ("Connect", "Trade", "Get Recent Public Trades", "Get Kline"):
- `{"op": "subscribe", "args": [...], "req_id": ...}` is answered as a whole: one bad topic fails the request;
- spot takes at most 10 args a request, any request at most 21,000 characters of args;
- `{"op": "ping"}` is answered with a pong; a connection without ping and without data is cut after 10 minutes;
- a message has up to 1024 trades, ascending; every message says `snapshot` and none repeats an old trade; ids are UUIDs
  on linear and digits on spot; `L` (the tick direction) is missing on spot.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from bot.simulator.dialect import Spoken
from bot.simulator.history import Print
from bot.simulator.instruments import Instrument
from bot.simulator.messages import Answer, Heard, Message, decimal, milliseconds, to_json
from bot.simulator.mishaps import Mishaps, Setting
from bot.simulator.orders import each_fill

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.core.trades import Trade
    from bot.simulator.client import Client
    from bot.simulator.clock import Clock
    from bot.simulator.listing import Listing, Listings
    from bot.simulator.messages import Query
    from bot.simulator.orders import Order

MOST_TRADES = 1024
MOST_SPOT_ARGS = 10
MOST_ARGS_LENGTH = 21_000
IDLE = 600_000
TOPICS = (
    "publicTrade",
    "orderbook",
    "tickers",
    "kline",
    "allLiquidation",
    "liquidation",
    "lt",
    "tickers_lt",
    "kline_lt",
)
INTERVALS = {
    "1": 60_000, "3": 180_000, "5": 300_000, "15": 900_000, "30": 1_800_000,
    "60": 3_600_000, "120": 7_200_000, "240": 14_400_000, "360": 21_600_000, "720": 43_200_000, "D": 86_400_000,
}  # fmt: skip
_SCRAMBLE = 0x9E3779B97F4A7C15F39CC0605CEDC835
"""Odd, so that multiplying by it modulo 2**128 maps different ids to different UUIDs."""


class Bybit:
    """The dialect of Bybit, for the category of what it lists."""

    stream = ""
    life: int | None = None

    def __init__(self, listings: Listings, clock: Clock, recorded: frozenset[str] = frozenset()) -> None:
        """Serve what is listed, and the topics that were `recorded`."""
        self.listings = listings
        self._recorded = recorded
        self.category = "spot" if listings.first.traded.market == "spot" else "linear"
        self.socket_path = f"/v5/public/{self.category}"
        self._ticks = {each.pair: (0.0, "ZeroPlusTick") for each in listings.all}
        self._clock = clock

    # The feed

    def accepts(self, path: str) -> bool:
        """Tell whether `path` is the category's endpoint."""
        return path == self.socket_path

    def opened(self, client: Client) -> None:
        """Start counting idle time."""
        client.mark("data sent")
        client.mark("ping heard")

    def heard(self, client: Client, text: str) -> None:
        """Answer a ping, a subscription or a mistake."""
        try:
            request = json.loads(text)
        except ValueError:
            request = None
        if not isinstance(request, dict):
            _tell(client, "", None, "Invalid request, parse json failed")
            return
        operation, number = request.get("op"), request.get("req_id")
        if operation == "ping":
            client.mark("ping heard")
            client.reply(
                {"success": True, "ret_msg": "pong", "conn_id": client.name, "req_id": number or "", "op": "ping"}
            )
        elif operation in {"subscribe", "unsubscribe"}:
            self._subscribe(client, operation, request.get("args"), number)
        else:
            _tell(client, str(operation or ""), number, "error:invalid op")

    def _subscribe(self, client: Client, operation: str, args: object, number: object) -> None:
        if not isinstance(args, list) or not args or not all(isinstance(each, str) for each in args):
            _tell(client, operation, number, "error:invalid args")
        elif self.category == "spot" and len(args) > MOST_SPOT_ARGS:
            _tell(client, operation, number, f"args size >{MOST_SPOT_ARGS}")
        elif sum(map(len, args)) > MOST_ARGS_LENGTH:
            _tell(client, operation, number, f"args length >{MOST_ARGS_LENGTH}")
        elif (unknown := [each for each in args if not self._exists(each)]) and operation == "subscribe":
            _tell(client, operation, number, f"error:handler not found,topic:{','.join(unknown)}")
        else:
            client.reply({
                "success": True, "ret_msg": operation if self.category == "spot" else "", "conn_id": client.name,
                **({} if number is None else {"req_id": number}), "op": operation,
            })  # fmt: skip
            if operation == "subscribe":
                client.topics.update(dict.fromkeys(args))
            else:
                for each in args:
                    client.topics.pop(each, None)

    def _exists(self, topic: str) -> bool:
        channel, _, symbol = topic.partition(".")
        symbol = symbol.rpartition(".")[2]
        return topic in self._recorded or (channel in TOPICS and self.listings.named(symbol) is not None)

    def tick(self, client: Client) -> None:
        """Cut whoever neither pinged nor was sent anything for 10 minutes."""
        if client.overdue("ping heard", IDLE) and client.overdue("data sent", IDLE):
            client.cut(1001, "idle for 10 minutes")

    def messages(self, order: Order, prints: tuple[Print, ...]) -> Iterator[Message]:
        """Publish an order's fills together."""
        listing, side = self.listings.of(order.pair), "Buy" if order.taker_buy else "Sell"
        traded, (last, tick) = listing.traded, self._ticks[order.pair]
        linear = self.category == "linear"
        trades = []
        for fill, each in zip(order.fills, prints, strict=True):
            last, tick = each.price, _direction(last, each.price, tick)
            direction = f'"L":"{tick}",' if linear else ""
            trades.append(
                f'{{"T":{order.timestamp},"s":"{traded.symbol}","S":"{side}","v":"{traded.size(each.size)}",'
                f'"p":"{traded.price(each.price)}",{direction}"i":"{each.id}","BT":false,"seq":{fill.id * 3}}}'
            )
        self._ticks[order.pair] = last, tick
        for begin in range(0, len(trades), MOST_TRADES):
            yield Message(
                listing.topic,
                f'{{"topic":"{listing.topic}","type":"snapshot","ts":{order.timestamp + 2},'
                f'"data":[{",".join(trades[begin : begin + MOST_TRADES])}]}}',
            )

    def counted(self, order: Order) -> list[Trade]:
        """Count each fill."""
        return each_fill(order)

    def replayed(self, prints: tuple[Print, ...]) -> None:
        """Nothing to note: the history has them."""

    def id(self, number: int) -> str:
        """Write a fill's id: digits on spot, a UUID on linear."""
        if self.category == "spot":
            return str(2290000000000000000 + number)
        return str(uuid.UUID(int=number * _SCRAMBLE % 2**128, version=5))

    # REST

    def answer(self, query: Query) -> Answer:
        """Answer the market data endpoints."""
        parameters = dict(query.parameters)
        if query.path == "/v5/market/time":
            now = self._clock.now
            return self._result({"timeSecond": str(now // 1000), "timeNano": str(now * 1_000_000)})
        if query.path not in {"/v5/market/recent-trade", "/v5/market/kline"}:
            return Answer({"retCode": 404, "retMsg": "Not found"}, 404)
        category = parameters.get("category", "" if query.path.endswith("trade") else "linear")
        if category not in {"spot", "linear", "inverse", "option"}:
            return self._error("params error: Category is invalid")
        listing = self.listings.named(parameters.get("symbol"))
        if category != self.category or listing is None:
            return self._error(
                "params error: Symbol Invalid" if query.path.endswith("trade") else "Not supported symbols"
            )
        return (self._recent if query.path.endswith("trade") else self._kline)(listing, parameters)

    def _recent(self, listing: Listing, parameters: dict[str, str]) -> Answer:
        default, most = (60, 60) if self.category == "spot" else (500, 1000)
        limit = _limit(parameters, default, most)
        if limit is None:
            return self._error("params error: limit invalid")
        traded = listing.traded
        newest = list(listing.history.prints)[-limit:][::-1]
        trades = [
            {
                "execId": each.id, "symbol": traded.symbol, "price": traded.price(each.price),
                "size": traded.size(each.size), "side": "Buy" if each.taker_buy else "Sell",
                "time": str(each.timestamp), "isBlockTrade": False, "isRPITrade": False,
            }
            for each in newest
        ]  # fmt: skip
        return self._result({"category": self.category, "list": trades})

    def _kline(self, listing: Listing, parameters: dict[str, str]) -> Answer:
        interval, limit = INTERVALS.get(parameters.get("interval", "")), _limit(parameters, 200, 1000)
        bounds = [parameters.get(name, default) for name, default in (("start", "0"), ("end", str(self._clock.now)))]
        if interval is None or limit is None or not all(each.isdigit() for each in bounds):
            return self._error("Invalid period!" if interval is None else "params error: limit, start or end invalid")
        start, end = int(bounds[0]), min(int(bounds[1]), self._clock.now) + 1
        bars = listing.history.bars(interval, start, end, flat=True)
        chosen = bars[:limit] if "start" in parameters and "end" not in parameters else bars[-limit:]
        price = listing.traded.price
        rows = [
            [str(bar.timestamp), price(bar.open), price(bar.high), price(bar.low), price(bar.close),
             f"{bar.volume:.8f}", f"{bar.quote:.8f}"]
            for bar in reversed(chosen)
        ]  # fmt: skip
        return self._result({"symbol": listing.traded.symbol, "category": self.category, "list": rows})

    def _result(self, result: object) -> Answer:
        return Answer({"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": self._clock.now})

    def _error(self, message: str) -> Answer:
        return Answer({"retCode": 10001, "retMsg": message, "result": {}, "retExtInfo": {}, "time": self._clock.now})


def _tell(client: Client, operation: str, number: object, problem: str) -> None:
    client.send(
        to_json({
            "success": False, "ret_msg": problem, "conn_id": client.name,
            **({} if number is None else {"req_id": number}), "op": operation,
        })
    )  # fmt: skip


def _direction(before: float, price: float, last: str) -> str:
    if before in {0.0, price}:
        return "ZeroPlusTick" if last.endswith("PlusTick") else "ZeroMinusTick"
    return "PlusTick" if price > before else "MinusTick"


def _limit(parameters: dict[str, str], default: int, most: int) -> int | None:
    text = parameters.get("limit", str(default))
    return min(int(text), most) if text.isdigit() and int(text) > 0 else None


def usual_topic(traded: Instrument) -> str:
    """Name what a bot subscribes to by itself."""
    return f"publicTrade.{traded.symbol}"


def recognise(content: Mapping[str, Any], text: str) -> Heard | None:
    """V5 public trades: `L` is missing on spot; inverse contracts (sizes in USD) are not played."""
    if not ("topic" in content and "data" in content):
        return None
    topic, trades = str(content["topic"]), content["data"]
    message = Message(topic, text)
    if not topic.startswith("publicTrade.") or not isinstance(trades, list) or not trades:
        return Heard("bybit", message)
    symbol = topic.partition(".")[2]
    spot = "L" not in trades[0]
    if not spot and not symbol.endswith(("USDT", "PERP")):
        return Heard("bybit", message)
    prints = tuple(
        Print(str(each["i"]), milliseconds(each["T"]), decimal(each["p"]), decimal(each["v"]), each["S"] == "Buy")
        for each in trades
    )
    return Heard("bybit", message, Instrument("bybit", "spot" if spot else "perpetual", symbol), prints)


def _refusal(request: Mapping[str, Any], setting: Setting) -> list[object]:
    if request.get("op") != "subscribe":
        return []
    args = request.get("args")
    named = ",".join(map(str, args)) if isinstance(args, list) and args else usual_topic(setting.traded)
    return [{
        "success": False, "ret_msg": f"error:handler not found,topic:{named}",
        "conn_id": setting.connection, **({"req_id": request["req_id"]} if "req_id" in request else {}),
        "op": "subscribe",
    }]  # fmt: skip


def _unknown(setting: Setting) -> Message:
    """Nothing of the kind is documented: a known form with an operation that nobody knows."""
    told = {"success": True, "ret_msg": "", "conn_id": setting.connection, "op": "maintenance"}
    return Message("maintenance", to_json(told))


SPOKEN = Spoken(
    make=Bybit,
    instruments={
        "perpetual": Instrument("bybit", "perpetual", "BTCUSDT", 10, 1000, volume=20.0, basis=-0.00015),
        "spot": Instrument("bybit", "spot", "BTCUSDT", 10, 1_000_000, volume=5.0, basis=0.00005),
    },
    topic=usual_topic,
    recognise=recognise,
    mishaps=Mishaps(
        refusal=_refusal,
        unasked=_unknown,
        limited=Answer(
            {
                "retCode": 10006,
                "retMsg": "Too many visits. Exceeded the API Rate Limit.",
                "result": {},
                "retExtInfo": {},
            },
            429,
        ),
    ),
)

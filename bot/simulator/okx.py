"""What does OKX say? V5 public `trades` of its instruments, and its market data over REST.

Documented at okx.com/docs-v5 ("WebSocket", "Trades channel", "Get trades history", "Get instruments"):
- the text `ping` is answered with the text `pong`; a connection that was sent nothing for 30 s is cut;
- each arg of a request is answered by itself, with `connId`; 60012 is a request that can't be read, 60018 a channel
  or instrument that doesn't exist;
- fills of one taker order at one price come as one message with their `count` and the last one's `tradeId`; REST has
  them one by one;
- a swap's sizes are contracts of `ctVal` of the base coin; instants are texts.
"""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, Any

from bot.simulator.dialect import Spoken
from bot.simulator.history import Print
from bot.simulator.instruments import Instrument
from bot.simulator.messages import Answer, Heard, Message, decimal, milliseconds, to_json, whole
from bot.simulator.mishaps import Mishaps, Setting
from bot.simulator.orders import by_price

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bot.core.trades import Trade
    from bot.simulator.client import Client
    from bot.simulator.clock import Clock
    from bot.simulator.listing import Listing, Listings
    from bot.simulator.messages import Query
    from bot.simulator.orders import Order

IDLE = 30_000
CHANNELS = (
    "trades",
    "tickers",
    "books",
    "books5",
    "bbo-tbt",
    "books-l2-tbt",
    "mark-price",
    "funding-rate",
    "open-interest",
)
BARS = {
    "1m": 60_000, "3m": 180_000, "5m": 300_000, "15m": 900_000, "30m": 1_800_000,
    "1H": 3_600_000, "2H": 7_200_000, "4H": 14_400_000,
}  # fmt: skip

_CONTRACTS = {"BTC-USDT-SWAP": 0.01, "ETH-USDT-SWAP": 0.1, "BTC-USDC-SWAP": 0.0001, "ETH-USDC-SWAP": 0.001}
"""Swaps whose contract is a fixed amount of the base coin: ctVal."""


class Okx:
    """The dialect of OKX, for what it lists."""

    socket_path = "/ws/v5/public"
    stream = ""
    life: int | None = None

    def __init__(self, listings: Listings, clock: Clock, recorded: frozenset[str] = frozenset()) -> None:
        """Serve what is listed, and the topics that were `recorded`."""
        self.listings = listings
        self._recorded = recorded
        self.kind = "SPOT" if listings.first.traded.market == "spot" else "SWAP"
        self._clock = clock

    # The feed

    def accepts(self, path: str) -> bool:
        """Tell whether `path` is the public endpoint."""
        return path == self.socket_path

    def opened(self, client: Client) -> None:
        """Start counting idle time."""
        client.mark("data sent")

    def heard(self, client: Client, text: str) -> None:
        """Answer a ping, a subscription or a mistake."""
        if text == "ping":
            client.mark("data sent")
            client.send("pong")
            return
        try:
            request = json.loads(text)
        except ValueError:
            request = None
        if not isinstance(request, dict) or request.get("op") not in {"subscribe", "unsubscribe"}:
            _tell(client, "60012", f"Illegal request: {text}")
            return
        args, operation = request.get("args"), request["op"]
        known = {"id": request["id"]} if "id" in request else {}
        if not isinstance(args, list) or not args or not all(isinstance(each, dict) for each in args):
            _tell(client, "60012", f"Illegal request: {text}", known)
            return
        for arg in args:
            channel, symbol = arg.get("channel"), arg.get("instId")
            if not self._exists(channel, symbol):
                _tell(client, *_wrong_channel(_named(arg)), known)
                continue
            client.mark("data sent")
            client.reply({**known, "event": operation, "arg": arg, "connId": client.name})
            if operation == "subscribe":
                client.topics[topic(channel, symbol)] = None
            else:
                client.topics.pop(topic(channel, symbol), None)

    def _exists(self, channel: object, symbol: object) -> bool:
        return topic(channel, symbol) in self._recorded or (
            channel in CHANNELS and self.listings.named(symbol) is not None
        )

    def tick(self, client: Client) -> None:
        """Cut whoever was sent nothing for 30 s, neither data nor a pong."""
        if client.overdue("data sent", IDLE):
            client.cut(4004, "No data received in 30s")

    def messages(self, order: Order, prints: tuple[Print, ...]) -> Iterator[Message]:
        """Publish an order, its fills at one price together."""
        listing, side = self.listings.of(order.pair), "buy" if order.taker_buy else "sell"
        traded = listing.traded
        for price, group in groupby(prints, key=lambda each: each.price):
            fills = list(group)
            size = traded.size(round(sum(each.size for each in fills), 8))
            yield Message(
                listing.topic,
                f'{{"arg":{{"channel":"trades","instId":"{traded.symbol}"}},"data":[{{"instId":"{traded.symbol}",'
                f'"tradeId":"{fills[-1].id}","px":"{traded.price(price)}","sz":"{size}","side":"{side}",'
                f'"ts":"{order.timestamp}","count":"{len(fills)}","source":"0","seqId":{int(fills[-1].id) * 2}}}]}}',
            )

    def counted(self, order: Order) -> list[Trade]:
        """Count the fills at one price together."""
        return by_price(order, int)

    def replayed(self, prints: tuple[Print, ...]) -> None:
        """Nothing to note: the history has them."""

    def id(self, number: int) -> str:
        """Write a trade id."""
        return str(number)

    # REST

    def answer(self, query: Query) -> Answer:
        """Answer the market data endpoints."""
        endpoints = {
            "/api/v5/market/trades": self._trades,
            "/api/v5/market/history-trades": self._history_trades,
            "/api/v5/market/candles": self._candles,
            "/api/v5/market/history-candles": self._candles,
        }
        parameters = dict(query.parameters)
        if query.path == "/api/v5/public/time":
            return _data([{"ts": str(self._clock.now)}])
        if query.path == "/api/v5/public/instruments":
            return self._instruments(parameters)
        endpoint = endpoints.get(query.path)
        if endpoint is None:
            return Answer({"code": "404", "data": {}, "detailMsg": "", "error_code": "404", "msg": "Not Found"}, 404)
        symbol = parameters.get("instId", "")
        if not symbol:
            return _error("50014", "Parameter instId can not be empty.", 400)
        listing = self.listings.named(symbol)
        return _unknown() if listing is None else endpoint(listing, parameters)

    def _instruments(self, parameters: dict[str, str]) -> Answer:
        kind, symbol = parameters.get("instType"), parameters.get("instId")
        if kind is None:
            return _error("50014", "Parameter instType can not be empty.", 400)
        if kind not in {"SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION"}:
            return _error("51000", "Parameter instType error", 400)
        chosen = self.listings.all if kind == self.kind else ()
        if symbol is not None:
            chosen = tuple(each for each in chosen if each.traded.symbol == symbol)
            if not chosen:
                return _unknown()
        return _data([_instrument(each.traded, kind) for each in chosen])

    def _trades(self, listing: Listing, parameters: dict[str, str]) -> Answer:
        limit = _limit(parameters, 100, 500)
        if limit is None:
            return _error("51000", "Parameter limit error", 400)
        return _data([_trade(listing.traded, each) for each in list(listing.history.prints)[-limit:][::-1]])

    def _history_trades(self, listing: Listing, parameters: dict[str, str]) -> Answer:
        """Page back: `after` means older than an id (type 1) or an instant (type 2), newest first."""
        limit, kind = _limit(parameters, 100, 100), parameters.get("type", "1")
        bounds = {name: parameters[name] for name in ("after", "before") if name in parameters}
        if limit is None or kind not in {"1", "2"} or not all(each.isdigit() for each in bounds.values()):
            wrong = "limit" if limit is None else "type" if kind not in {"1", "2"} else next(iter(bounds))
            return _error("51000", f"Parameter {wrong} error", 400)
        older = int(bounds["after"]) if "after" in bounds else None
        newer = int(bounds["before"]) if "before" in bounds and kind == "1" else None
        found = [
            each
            for each in listing.history.prints
            if (older is None or (int(each.id) if kind == "1" else each.timestamp) < older)
            and (newer is None or int(each.id) > newer)
        ]
        return _data([_trade(listing.traded, each) for each in found[-limit:][::-1]])

    def _candles(self, listing: Listing, parameters: dict[str, str]) -> Answer:
        """Give candles newest first; `after` and `before` mean older and newer than an instant; volume in contracts."""
        interval, limit = BARS.get(parameters.get("bar", "1m")), _limit(parameters, 100, 300)
        bounds = [parameters.get(name, "") for name in ("after", "before")]
        if interval is None or limit is None or not all(each.isdigit() or not each for each in bounds):
            return _error(
                "51000", f"Parameter {'bar' if interval is None else 'limit' if limit is None else 'after'} error", 400
            )
        now, (after, before) = self._clock.now, bounds
        end = min(int(after), now + 1) if after else now + 1
        bars = listing.history.bars(interval, int(before) + 1 if before else 0, end, flat=True)
        price, size = listing.traded.price, listing.traded.size
        return _data([
            [str(bar.timestamp), price(bar.open), price(bar.high), price(bar.low), price(bar.close),
             size(bar.volume), f"{bar.volume:.8f}", f"{bar.quote:.8f}",
             "1" if bar.timestamp + interval <= now else "0"]
            for bar in reversed(bars[-limit:])
        ])  # fmt: skip


def _instrument(traded: Instrument, kind: str) -> dict[str, str]:
    swap = kind == "SWAP"
    base, quote = traded.symbol.split("-")[:2]
    return {
        "instType": kind, "instId": traded.symbol, "instFamily": f"{base}-{quote}" if swap else "",
        "uly": f"{base}-{quote}" if swap else "", "baseCcy": "" if swap else base,
        "quoteCcy": "" if swap else quote, "settleCcy": quote if swap else "",
        "ctVal": f"{traded.contract:g}" if swap else "", "ctMult": "1" if swap else "",
        "ctValCcy": base if swap else "", "ctType": "linear" if swap else "",
        "lotSz": "0.01" if swap else "0.00000001", "minSz": "0.01" if swap else "0.00001",
        "tickSz": traded.price(1 / traded.ticks),
        "lever": "100" if swap else "10", "listTime": "1573557408000", "expTime": "", "alias": "",
        "category": "1", "optType": "", "stk": "", "ruleType": "normal", "state": "live",
    }  # fmt: skip


def _trade(traded: Instrument, each: Print) -> dict[str, str]:
    return {
        "instId": traded.symbol, "tradeId": each.id, "px": traded.price(each.price), "sz": traded.size(each.size),
        "side": "buy" if each.taker_buy else "sell", "ts": str(each.timestamp), "source": "0",
    }  # fmt: skip


def topic(channel: object, symbol: object) -> str:
    """Name a subscription."""
    return f"{channel}:{symbol}"


def _named(arg: Mapping[str, object]) -> str:
    return ",".join(f"{name}:{value}" for name, value in arg.items())


def _wrong_channel(named: str) -> tuple[str, str]:
    rest = "Please use the correct URL, channel and parameters referring to API document."
    return "60018", f"Wrong URL or {named} doesn't exist. {rest}"


def _tell(client: Client, code: str, problem: str, known: dict[str, object] | None = None) -> None:
    client.mark("data sent")
    client.reply({**(known or {}), "event": "error", "code": code, "msg": problem, "connId": client.name})


def _data(rows: list[object] | list[dict[str, str]] | list[list[str]]) -> Answer:
    return Answer({"code": "0", "msg": "", "data": rows})


def _unknown() -> Answer:
    return _error("51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist.")


def _error(code: str, message: str, status: int = 200) -> Answer:
    return Answer({"code": code, "msg": message, "data": []}, status)


def _limit(parameters: dict[str, str], default: int, most: int) -> int | None:
    text = parameters.get("limit", str(default))
    return min(int(text), most) if text.isdigit() and int(text) > 0 else None


def usual_topic(traded: Instrument) -> str:
    """Name what a bot subscribes to by itself."""
    return topic("trades", traded.symbol)


def recognise(content: Mapping[str, Any], text: str) -> Heard | None:
    """V5 trades: a swap's sizes are contracts; those of unknown size and dated contracts are not played."""
    if not ("arg" in content and "data" in content):
        return None
    arg, trades = content["arg"], content["data"]
    if not isinstance(arg, dict) or not isinstance(trades, list):
        return None
    channel, symbol = str(arg.get("channel")), str(arg.get("instId"))
    message = Message(f"{channel}:{symbol}", text)
    spot = symbol.count("-") == 1
    contract = 1.0 if spot else _CONTRACTS.get(symbol)
    if channel != "trades" or contract is None:
        return Heard("okx", message)
    prints = tuple(
        Print(
            str(each["tradeId"]),
            milliseconds(each["ts"]),
            decimal(each["px"]),
            round(decimal(each["sz"]) * contract, 12),
            each["side"] == "buy",
            whole(each.get("count", 1)),
        )
        for each in trades
    )
    return Heard("okx", message, Instrument("okx", "spot" if spot else "perpetual", symbol, contract=contract), prints)


def _refusal(request: Mapping[str, Any], setting: Setting) -> list[object]:
    """Refuse each arg by itself."""
    if request.get("op") != "subscribe":
        return []
    args = request.get("args")
    if not isinstance(args, list) or not args or not all(isinstance(each, dict) for each in args):
        args = [{"channel": "trades", "instId": setting.traded.symbol}]
    known = {"id": request["id"]} if "id" in request else {}
    return [
        {**known, "event": "error", "code": code, "msg": told, "connId": setting.connection}
        for code, told in (_wrong_channel(_named(arg)) for arg in args)
    ]


def _upgrade(setting: Setting) -> Message:
    told = "The connection will soon be closed for a service upgrade. Please reconnect."
    notice = {"event": "notice", "code": "64008", "msg": told, "connId": setting.connection}
    return Message("notice", to_json(notice))


def _connections(setting: Setting) -> Message:
    event = {"event": "channel-conn-count", "channel": "trades", "connCount": "2", "connId": setting.connection}
    return Message("channel-conn-count", to_json(event))


SPOKEN = Spoken(
    make=Okx,
    instruments={
        "perpetual": Instrument(
            "okx", "perpetual", "BTC-USDT-SWAP", 10, 10_000, contract=0.01, volume=15.0, basis=-0.00025
        ),
        "spot": Instrument("okx", "spot", "BTC-USDT", 10, volume=4.0, basis=-0.00005),
    },
    topic=usual_topic,
    recognise=recognise,
    mishaps=Mishaps(
        refusal=_refusal,
        unasked=_connections,
        limited=_error("50011", "Rate limit reached. Please refer to API documentation and throttle requests.", 429),
        notice=_upgrade,
        cursors={"after": 1},
    ),
)

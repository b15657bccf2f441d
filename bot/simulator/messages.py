"""Which venue said this, about what, and which trades are in it?

Recorded messages of the four venues, recognised by their shape. Sizes are turned into BTC (the base coin) and sides
into the taker's; the text itself is kept as it was.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from bot.simulator.dialect import Message, to_json
from bot.simulator.history import Print
from bot.simulator.instruments import Instrument

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONTRACTS = {"BTC-USDT-SWAP": 0.01, "ETH-USDT-SWAP": 0.1, "BTC-USDC-SWAP": 0.0001, "ETH-USDC-SWAP": 0.001}
"""OKX swaps whose contract is a fixed amount of the base coin: ctVal."""

_BINANCE_STREAMS = {"depthUpdate": "depth", "24hrTicker": "ticker", "24hrMiniTicker": "miniTicker"}
_MICROSECONDS = 10**14
"""Instants from here on are microseconds: 10**14 ms is the year 5138."""


class Heard(NamedTuple):
    """A recorded message: who said it, to whom it goes, and its trades. `traded` is None when none can be played."""

    exchange: str
    message: Message
    traded: Instrument | None = None
    prints: tuple[Print, ...] = ()


def recognise(content: object, text: str) -> Heard | None:
    """Tell what a decoded message is; None for what is not to be sent (acknowledgements, what no venue says).

    Raises:
        KeyError, ValueError, TypeError: a trade without what a trade has.
    """
    if not isinstance(content, dict):
        return None
    if "stream" in content and isinstance(content.get("data"), dict):
        return _binance(content["data"], text, content["stream"])
    if "e" in content and "s" in content:
        return _binance(content, text, None)
    if "topic" in content and "data" in content:
        return _bybit(content, text)
    if "arg" in content and "data" in content:
        return _okx(content, text)
    if "type" in content and "product_id" in content:
        return _coinbase(content, text)
    return None


def _binance(data: Mapping[str, object], text: str, stream: str | None) -> Heard:
    """A {"stream", "data"} envelope or its bare data: `M` is spot's, `X` (and `st`) are USD-M's."""
    event, symbol = str(data.get("e")), str(data.get("s", ""))
    if stream is None:
        topic = f"{symbol.lower()}@{_BINANCE_STREAMS.get(event, event)}"
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
    timestamp, size, taker_buy = _ms(data["T"]), _number(data["q"]), not data["m"]
    if event == "trade":
        each = Print(str(data["t"]), timestamp, _number(data["p"]), size, taker_buy)
    else:
        first, last = _integer(data["f"]), _integer(data["l"])
        each = Print(str(data["a"]), timestamp, _number(data["p"]), size, taker_buy, last - first + 1, first)
    return Heard("binance", message, traded, (each,))


def _bybit(content: Mapping[str, object], text: str) -> Heard | None:
    """V5 public trades: `L` is missing on spot; inverse contracts (sizes in USD) are not played."""
    topic, trades = str(content["topic"]), content["data"]
    message = Message(topic, text)
    if not topic.startswith("publicTrade.") or not isinstance(trades, list) or not trades:
        return Heard("bybit", message)
    symbol = topic.partition(".")[2]
    spot = "L" not in trades[0]
    if not spot and not symbol.endswith(("USDT", "PERP")):
        return Heard("bybit", message)
    prints = tuple(
        Print(str(each["i"]), _ms(each["T"]), _number(each["p"]), _number(each["v"]), each["S"] == "Buy")
        for each in trades
    )
    return Heard("bybit", message, Instrument("bybit", "spot" if spot else "perpetual", symbol), prints)


def _okx(content: Mapping[str, object], text: str) -> Heard | None:
    """V5 trades: a swap's sizes are contracts; those of unknown size and dated contracts are not played."""
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
            _ms(each["ts"]),
            _number(each["px"]),
            round(_number(each["sz"]) * contract, 12),
            each["side"] == "buy",
            _integer(each.get("count", 1)),
        )
        for each in trades
    )
    return Heard("okx", message, Instrument("okx", "spot" if spot else "perpetual", symbol, contract=contract), prints)


def _coinbase(content: Mapping[str, object], text: str) -> Heard:
    """Exchange feed: the side is the maker's, and a `last_match` is an old trade."""
    kind, product = str(content["type"]), str(content["product_id"])
    channel = "matches" if kind in {"match", "last_match"} else kind
    message = Message(f"{channel}:{product}", text)
    if kind != "match":
        return Heard("coinbase", message)
    moment = datetime.fromisoformat(str(content["time"]))
    timestamp = int(moment.timestamp()) * 1000 + moment.microsecond // 1000
    size, taker_buy = _number(content["size"]), content["side"] == "sell"
    each = Print(str(content["trade_id"]), timestamp, _number(content["price"]), size, taker_buy)
    return Heard("coinbase", message, Instrument("coinbase", "spot", product), (each,))


def _number(value: object) -> float:
    return float(str(value))


def _integer(value: object) -> int:
    return int(str(value))


def _ms(value: object) -> int:
    instant = _integer(value)
    return instant // 1000 if instant >= _MICROSECONDS else instant

"""What does Coinbase Exchange say? Channels `matches` and `heartbeat` of its products, and its market data over REST.

Documented at docs.cdp.coinbase.com/exchange ("WebSocket channels", "Get product trades", "Get product candles"):
- whoever has not subscribed 5 s after connecting is cut;
- `side` is the MAKER's: a "sell" match is a taker's buy; instants are ISO texts with microseconds;
- on subscribing, `last_match` repeats the newest trade: it is old, and was counted by whoever was there;
- `heartbeat` comes once a second with the newest `trade_id`, so a missed match shows.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from bot.simulator.dialect import Spoken
from bot.simulator.history import Print
from bot.simulator.instruments import Instrument
from bot.simulator.messages import Answer, Heard, Message, decimal, to_json
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

SUBSCRIBE_WITHIN = 5_000
MINUTE = 60_000
CHANNELS = ("matches", "heartbeat", "ticker", "ticker_batch", "level2_batch", "status")
NEEDS_LOGIN = ("level2", "full", "user", "level3")
GRANULARITIES = (60, 300, 900, 3600, 21_600, 86_400)
MOST_CANDLES = 300


class Coinbase:
    """The dialect of Coinbase Exchange, for the products it lists."""

    socket_path = ""
    stream = ""
    life: int | None = None

    def __init__(self, listings: Listings, clock: Clock, recorded: frozenset[str] = frozenset()) -> None:
        """Serve what is listed, and the topics that were `recorded`."""
        self.listings = listings
        self._recorded = recorded
        self._beating = [each for each in listings.all if topic("heartbeat", each.traded.symbol) not in recorded]
        self._clock = clock

    # The feed

    def accepts(self, path: str) -> bool:
        """Tell whether `path` is the endpoint."""
        return path in {"", "/"}

    def opened(self, client: Client) -> None:
        """Start counting the time to the first subscription."""
        client.mark("unsubscribed")

    def heard(self, client: Client, text: str) -> None:
        """Answer a subscription or a mistake."""
        try:
            request = json.loads(text)
        except ValueError:
            client.reply({"type": "error", "message": "Malformed JSON"})
            return
        kind = request.get("type") if isinstance(request, dict) else None
        if kind not in {"subscribe", "unsubscribe"}:
            client.reply({"type": "error", "message": "Type must be subscribe or unsubscribe", "reason": f"got {kind}"})
            return
        wanted, problem = self._wanted(request)
        if problem is not None:
            client.reply({"type": "error", "message": f"Failed to {kind}", "reason": problem})
            return
        if kind == "unsubscribe":
            for each in wanted:
                client.topics.pop(each, None)
        else:
            client.topics.update(dict.fromkeys(wanted))
            client.forget("unsubscribed")
        client.reply(_subscriptions(client))
        if kind == "subscribe":
            for listing in self.listings.all:
                if listing.topic in wanted and listing.history.prints:
                    client.send(_match(listing.traded, listing.history.prints[-1], "last_match"))

    def _wanted(self, request: dict[str, object]) -> tuple[list[str], str | None]:
        """List the topics a request names, or say what is wrong with it."""
        everywhere, channels = request.get("product_ids", []), request.get("channels")
        if not isinstance(channels, list) or not channels:
            return [], "channels must be a list of channel names"
        wanted: list[str] = []
        for channel in channels:
            name = channel.get("name") if isinstance(channel, dict) else channel
            products = channel.get("product_ids", everywhere) if isinstance(channel, dict) else everywhere
            if not isinstance(products, list) or not (products or name == "status"):
                return [], f"You need to specify at least one product ID for channel {name}"
            for product in products:
                problem = self._missing(name, product)
                if problem is not None:
                    return [], problem
            wanted += [topic(name, product) for product in products]
        return wanted, None

    def _missing(self, channel: object, product: object) -> str | None:
        """Say why a channel of a product can't be subscribed to, None if it can."""
        if topic(channel, product) in self._recorded:
            return None
        if channel in NEEDS_LOGIN:
            return f"{channel} requires authentication"
        if channel not in CHANNELS:
            return f"{channel} is not a valid channel"
        return f"{product} is not a valid product" if self.listings.named(product) is None else None

    def tick(self, client: Client) -> None:
        """Send heartbeats; cut whoever does not subscribe."""
        if client.overdue("unsubscribed", SUBSCRIBE_WITHIN):
            client.cut(1008, "no subscription in 5 seconds")
        for listing in self._beating:
            symbol, prints = listing.traded.symbol, listing.history.prints
            if topic("heartbeat", symbol) in client.topics:
                last = int(prints[-1].id) if prints else 0
                client.reply({
                    "type": "heartbeat", "last_trade_id": last, "product_id": symbol,
                    "sequence": last * 7 + 3, "time": _iso(self._clock.now),
                })  # fmt: skip

    def messages(self, order: Order, prints: tuple[Print, ...]) -> Iterator[Message]:
        """Publish each fill."""
        listing = self.listings.of(order.pair)
        for each in prints:
            yield Message(listing.topic, _match(listing.traded, each, "match"))

    def counted(self, order: Order) -> list[Trade]:
        """Count each fill."""
        return each_fill(order)

    def replayed(self, prints: tuple[Print, ...]) -> None:
        """Nothing to note: the history has them."""

    def id(self, number: int) -> str:
        """Write a trade id."""
        return str(number)

    # REST

    def answer(self, query: Query) -> Answer:
        """Answer the market data endpoints."""
        if query.path == "/time":
            return Answer({"iso": _iso(self._clock.now)[:-4] + "Z", "epoch": self._clock.now / 1000})
        parts = query.path.strip("/").split("/")
        if len(parts) != 3 or parts[0] != "products" or parts[2] not in {"trades", "candles"}:  # noqa: PLR2004
            return Answer({"message": "Route not found"}, 404)
        listing = self.listings.named(parts[1])
        if listing is None:
            return Answer({"message": "NotFound"}, 404)
        parameters = dict(query.parameters)
        return (self._trades if parts[2] == "trades" else self._candles)(listing, parameters)

    def _trades(self, listing: Listing, parameters: dict[str, str]) -> Answer:
        """Page through trades, newest first: `after` means older than an id, `before` newer.

        The headers say where to go on: CB-AFTER is the oldest id given, CB-BEFORE the newest.
        """
        if not all(parameters.get(name, "1").isdigit() for name in ("limit", "after", "before")):
            return Answer({"message": "Invalid limit or cursor"}, 400)
        limit = int(parameters.get("limit", "1000"))
        if not 1 <= limit <= 1000:  # noqa: PLR2004 - documented
            return Answer({"message": "Invalid limit"}, 400)
        older = int(parameters["after"]) if "after" in parameters else None
        newer = int(parameters["before"]) if "before" in parameters else None
        found = [
            each
            for each in listing.history.prints
            if (older is None or int(each.id) < older) and (newer is None or int(each.id) > newer)
        ][-limit:][::-1]
        traded = listing.traded
        rows = [
            {
                "trade_id": int(each.id), "side": "sell" if each.taker_buy else "buy", "size": traded.size(each.size),
                "price": traded.price(each.price), "time": _iso(each.timestamp, int(each.id)),
            }
            for each in found
        ]  # fmt: skip
        return Answer(rows, headers={"CB-BEFORE": found[0].id, "CB-AFTER": found[-1].id} if found else {})

    def _candles(self, listing: Listing, parameters: dict[str, str]) -> Answer:
        """Give candles newest first, [s, low, high, open, close, volume]; a minute without a trade is missing."""
        granularity = parameters.get("granularity", "60")
        if not granularity.isdigit() or int(granularity) not in GRANULARITIES:
            return Answer({"message": "Unsupported granularity"}, 400)
        interval = int(granularity) * 1000
        try:
            end = _instant(parameters["end"]) if "end" in parameters else self._clock.now
            start = _instant(parameters["start"]) if "start" in parameters else end - MOST_CANDLES * interval
        except ValueError:
            return Answer({"message": "Invalid start or end"}, 400)
        if (end - start) // interval > MOST_CANDLES:
            problem = "granularity too small for the requested time range. Count of aggregations requested exceeds 300"
            return Answer({"message": problem}, 400)
        bars = listing.history.bars(interval, start, min(end, self._clock.now) + 1, flat=False)
        return Answer([
            [bar.timestamp // 1000, bar.low, bar.high, bar.open, bar.close, round(bar.volume, 8)]
            for bar in reversed(bars[-MOST_CANDLES:])
        ])  # fmt: skip


def _match(traded: Instrument, each: Print, kind: str) -> str:
    number = int(each.id)
    maker = "sell" if each.taker_buy else "buy"
    return (
        f'{{"type":"{kind}","trade_id":{each.id},"maker_order_id":"{_uuid(number * 2)}",'
        f'"taker_order_id":"{_uuid(number * 2 + 1)}","side":"{maker}","size":"{traded.size(each.size)}",'
        f'"price":"{traded.price(each.price)}","product_id":"{traded.symbol}","sequence":{number * 7},'
        f'"time":"{_iso(each.timestamp, number)}"}}'
    )


def topic(channel: object, product: object) -> str:
    """Name a subscription."""
    return f"{channel}:{product}"


def _subscriptions(client: Client) -> dict[str, object]:
    channels: dict[str, list[str]] = {}
    for each in client.topics:
        name, _, product = each.partition(":")
        channels.setdefault(name, []).append(product)
    listed = [{"name": name, "product_ids": products} for name, products in channels.items()]
    return {"type": "subscriptions", "channels": listed}


def _uuid(number: int) -> str:
    return str(UUID(int=number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128, version=4))


def _iso(timestamp: int, salt: int = 0) -> str:
    """Write an instant with microseconds; `salt` makes up those the market doesn't know."""
    moment = datetime.fromtimestamp(timestamp // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{timestamp % 1000:03d}{salt * 37 % 1000:03d}Z"


def _instant(text: str) -> int:
    """Read an instant: ISO 8601, or seconds since the epoch."""
    if text.isdigit():
        return int(text) * 1000
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def usual_topic(traded: Instrument) -> str:
    """Name what a bot subscribes to by itself."""
    return topic("matches", traded.symbol)


def recognise(content: Mapping[str, Any], text: str) -> Heard | None:
    """Exchange feed: the side is the maker's, and a `last_match` is an old trade."""
    if not ("type" in content and "product_id" in content):
        return None
    kind, product = str(content["type"]), str(content["product_id"])
    channel = "matches" if kind in {"match", "last_match"} else kind
    message = Message(f"{channel}:{product}", text)
    if kind != "match":
        return Heard("coinbase", message)
    moment = datetime.fromisoformat(str(content["time"]))
    timestamp = int(moment.timestamp()) * 1000 + moment.microsecond // 1000
    size, taker_buy = decimal(content["size"]), content["side"] == "sell"
    each = Print(str(content["trade_id"]), timestamp, decimal(content["price"]), size, taker_buy)
    return Heard("coinbase", message, Instrument("coinbase", "spot", product), (each,))


def _refusal(request: Mapping[str, Any], setting: Setting) -> list[object]:
    if request.get("type") != "subscribe":
        return []
    products = request.get("product_ids")
    named = products[0] if isinstance(products, list) and products else setting.traded.symbol
    return [{"type": "error", "message": "Failed to subscribe", "reason": f"{named} is not a valid product"}]


def _status(setting: Setting) -> Message:
    base, _, quote = setting.traded.symbol.partition("-")
    product = {
        "id": setting.traded.symbol, "base_currency": base, "quote_currency": quote, "base_increment": "0.00000001",
        "quote_increment": "0.01", "display_name": f"{base}-{quote}", "status": "online", "status_message": "",
        "min_market_funds": "1", "post_only": False, "limit_only": False, "cancel_only": False,
    }  # fmt: skip
    currency = {
        "id": base, "name": "Bitcoin", "min_size": "0.00000001", "status": "online", "status_message": "",
        "max_precision": "0.00000001",
    }  # fmt: skip
    return Message("status", to_json({"type": "status", "products": [product], "currencies": [currency]}))


_PRODUCT = Instrument("coinbase", "spot", "BTC-USD", ticks=100, volume=4.0, basis=0.0005, price_places=2, size_places=8)
"""It is spot in USD in either market."""


SPOKEN = Spoken(
    make=Coinbase,
    instruments={"perpetual": _PRODUCT, "spot": _PRODUCT},
    topic=usual_topic,
    recognise=recognise,
    mishaps=Mishaps(
        refusal=_refusal,
        unasked=_status,
        limited=Answer({"message": "Public rate limit exceeded"}, 429),
        consecutive=True,
        cursors={"after": 1},
    ),
)

"""cryptofeed's own feeds with its OHLCV callback, without a network: what it does with a message that has arrived.

Its symbol maps are set by hand, for it would ask the exchanges; its `message_handler` is awaited for each text, as
its connection handler does. Only `make bench` installs cryptofeed (requirements/bench.txt).

Each is given what its own subscription brings: cryptofeed 2.4.1 listens to Binance's combined streams, the bot to the
raw one, so cryptofeed's messages lie in that envelope. And it reads Coinbase's Advanced Trade interface, the bot the
Exchange interface: there it is given the same trades in the form it knows.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cryptofeed import exchanges
from cryptofeed.backends.aggregate import OHLCV
from cryptofeed.defines import PERPETUAL, SPOT, TRADES
from cryptofeed.symbols import Symbol, Symbols

if TYPE_CHECKING:
    from cryptofeed.feed import Feed
    from cryptofeed.types import Trade

_WINDOW = 86_400
"""Seconds: the candle stays open while it is measured."""


class _Kind(NamedTuple):
    feed: type[Feed]
    symbol: Symbol
    written: str
    """The symbol as the venue writes it."""


_KINDS = {
    "binance": _Kind(exchanges.BinanceFutures, Symbol("BTC", "USDT", type=PERPETUAL), "BTCUSDT"),
    "bybit": _Kind(exchanges.Bybit, Symbol("BTC", "USDT", type=PERPETUAL), "BTCUSDT"),
    "okx": _Kind(exchanges.OKX, Symbol("BTC", "USDT", type=SPOT), "BTC-USDT"),
    "coinbase": _Kind(exchanges.Coinbase, Symbol("BTC", "USD", type=SPOT), "BTC-USD"),
}


@dataclass(frozen=True, slots=True)
class _Connection:
    """What a handler asks of its connection: Bybit's tells linear from spot by the address."""

    address: str = "wss://stream.bybit.com/v5/public/linear"
    uuid: str = "benchmark"


class Theirs:
    """One venue's feed of cryptofeed, and the candle it makes."""

    def __init__(self, exchange: str) -> None:
        kind = _KINDS[exchange]
        info = defaultdict(dict, instrument_type={kind.symbol.normalized: kind.symbol.type})
        Symbols.set(kind.feed.id, {kind.symbol.normalized: kind.written}, info)
        self._candles = OHLCV(_nothing, window=_WINDOW)
        self._feed = kind.feed(symbols=[kind.symbol.normalized], channels=[TRADES], callbacks={TRADES: self._candles})
        self._connection = _Connection()

    async def take(self, texts: list[str]) -> None:
        """Take messages in order, as `cryptofeed.connection_handler` does."""
        handle, connection = self._feed.message_handler, self._connection
        for text in texts:
            await handle(text, connection, 0.0)

    async def trades(self, texts: list[str]) -> list[Trade]:
        """Return the trades of the messages, and make no candle."""
        trades: list[Trade] = []

        async def note(trade: Trade, _: float) -> None:
            trades.append(trade)

        self._feed.callbacks[TRADES] = [note]
        await self.take(texts)
        return trades

    @property
    def candle(self) -> list[float]:
        """Open, high, low, close and volume (BTC) of everything taken."""
        (candle,) = self._candles.data.values()
        return [float(candle[name]) for name in ("open", "high", "low", "close", "volume")]


async def _nothing(_: object) -> None:
    """Stand in for what a user does with a finished candle."""


def for_cryptofeed(exchange: str, text: str) -> str:
    """Return a message as cryptofeed's own subscription brings it."""
    if exchange == "binance":
        return f'{{"stream":"btcusdt@aggTrade","data":{text}}}'
    if exchange != "coinbase":
        return text
    match = json.loads(text)
    trade = {
        "trade_id": str(match["trade_id"]), "product_id": match["product_id"], "price": match["price"],
        "size": match["size"], "time": match["time"], "side": match["side"].upper(),
    }  # fmt: skip
    return json.dumps(
        {
            "channel": "market_trades", "client_id": "", "timestamp": match["time"], "sequence_num": match["sequence"],
            "events": [{"type": "update", "trades": [trade]}],
        },
        separators=(",", ":"),
    )  # fmt: skip

"""Which exchanges there are, where they answer, and how each spells a pair.

Every address can be set in `bot.toml`: an exchange moves a route, or a local simulator takes its place.
Sources: the exchanges' own documentation, see each module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import ConfigurationError
from bot.exchanges.binance import Binance
from bot.exchanges.bybit import Bybit
from bot.exchanges.coinbase import Coinbase
from bot.exchanges.connector import Endpoint
from bot.exchanges.okx import Okx

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.config import ExchangeSettings
    from bot.exchanges.connector import Connector

CONNECTORS: dict[str, Callable[[Endpoint], Connector]] = {
    "binance": Binance,
    "bybit": Bybit,
    "coinbase": Coinbase,
    "okx": Okx,
}

PERPETUAL, SPOT = "perpetual", "spot"

_ADDRESSES = {
    ("binance", PERPETUAL): ("wss://fstream.binance.com/market/ws", "https://fapi.binance.com"),
    ("binance", SPOT): ("wss://stream.binance.com:9443/ws", "https://api.binance.com"),
    ("bybit", PERPETUAL): ("wss://stream.bybit.com/v5/public/linear", "https://api.bybit.com"),
    ("bybit", SPOT): ("wss://stream.bybit.com/v5/public/spot", "https://api.bybit.com"),
    ("okx", PERPETUAL): ("wss://ws.okx.com:8443/ws/v5/public", "https://www.okx.com"),
    ("okx", SPOT): ("wss://ws.okx.com:8443/ws/v5/public", "https://www.okx.com"),
    ("coinbase", PERPETUAL): ("wss://ws-feed.exchange.coinbase.com", "https://api.exchange.coinbase.com"),
    ("coinbase", SPOT): ("wss://ws-feed.exchange.coinbase.com", "https://api.exchange.coinbase.com"),
}

_STREAMS = {"binance": {PERPETUAL: "aggTrade", SPOT: "trade"}}


def spelled(exchange: str, market: str, pair: str) -> str:
    """Return `BASE/QUOTE` as the exchange spells it.

    Coinbase's main book is in USD, so USDT becomes USD there; it has no perpetuals and is always spot.
    """
    base, quote = pair.split("/")
    match exchange, market:
        case "okx", "perpetual":
            return f"{base}-{quote}-SWAP"
        case "okx", _:
            return f"{base}-{quote}"
        case "coinbase", _:
            return f"{base}-{'USD' if quote == 'USDT' else quote}"
        case _:
            return f"{base}{quote}"


def connector(exchange: str, market: str, pair: str, settings: ExchangeSettings) -> Connector:
    """Return the connector of an exchange for a pair, at the configured or the public address."""
    websocket, rest = _ADDRESSES[exchange, market]
    streams = _STREAMS.get(exchange, {})
    if settings.stream and settings.stream not in streams.values():
        allowed = " or ".join(repr(one) for one in streams.values()) or "none: it has one stream"
        raise ConfigurationError(f"exchanges.{exchange}.stream is {settings.stream!r}; allowed: {allowed}")
    return CONNECTORS[exchange](
        Endpoint(
            websocket=settings.websocket or websocket,
            rest=(settings.rest or rest).rstrip("/"),
            symbol=settings.symbol or spelled(exchange, market, pair),
            stream=settings.stream or streams.get(market, ""),
            spot=market == SPOT,
        )
    )

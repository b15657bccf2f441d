"""An exchange's facts, and its connector as `bot.toml` wants it.

Every address can be set in `bot.toml`: an exchange moves a route, or a local simulator takes its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import named
from bot.exchanges.connector import Endpoint, Facts

if TYPE_CHECKING:
    from bot.exchanges.connector import Connector
    from bot.exchanges.settings import ExchangeSettings

SPOT = "spot"


def facts(exchange: str) -> Facts:
    """Return FACTS of the exchange's module.

    Raises:
        BotError: It has none.
    """
    return named.of(exchange, "bot.exchanges", "FACTS", Facts)


def spelled(exchange: str, market: str, pair: str) -> str:
    """Return a pair as the exchange spells it by its rule."""
    base, quote = pair.split("/")
    return facts(exchange).spell(base, quote, market)


def connector(exchange: str, market: str, pair: str, settings: ExchangeSettings, symbol: str = "") -> Connector:
    """Return the connector of an exchange for a pair, at the configured or the public address.

    `symbol`: as the exchange spells the pair; empty: as the settings or the venue's rule do.
    """
    known = facts(exchange)
    websocket, rest = known.addresses[market]
    return known.connector(
        Endpoint(
            websocket=settings.websocket or websocket,
            rest=(settings.rest or rest).rstrip("/"),
            symbol=symbol or settings.symbol or spelled(exchange, market, pair),
            stream=settings.stream or known.streams.get(market, ""),
            spot=market == SPOT,
        )
    )

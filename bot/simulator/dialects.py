"""Which venue speaks like this? The dialects, found by the exchanges' names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import named
from bot.core.exchanges import EXCHANGES
from bot.simulator import coins
from bot.simulator.dialect import Spoken

if TYPE_CHECKING:
    from bot.simulator.instruments import Instrument
    from bot.simulator.messages import Heard


def spoken(exchange: str) -> Spoken:
    """Return SPOKEN of the exchange's module.

    Raises:
        BotError: It has none.
    """
    return named.of(exchange, "bot.simulator", "SPOKEN", Spoken)


def instrument(exchange: str, market: str, pair: str = coins.BITCOIN) -> Instrument:
    """Give the venue's instrument of a pair in a made market, `market` being `perpetual` or `spot`."""
    return coins.instrument(spoken(exchange).instruments[market], pair)


def is_always_spot(exchange: str) -> bool:
    """Tell whether the venue is spot in either market."""
    return instrument(exchange, "perpetual").market == "spot"


def recognise(content: object, text: str) -> Heard | None:
    """Tell what a decoded message is; None for what is not to be sent (acknowledgements, what no venue says).

    Raises:
        KeyError, ValueError, TypeError: a trade without what a trade has.
    """
    if not isinstance(content, dict):
        return None
    for exchange in EXCHANGES:
        heard = spoken(exchange).recognise(content, text)
        if heard is not None:
            return heard
    return None

"""Finding what an exchange's own module says of it: connector and dialect are modules of the exchange's name."""

from __future__ import annotations

from importlib import import_module
from typing import TypeVar

from bot.core.exchanges import EXCHANGES
from bot.errors import BotError

Kind = TypeVar("Kind")


def of(exchange: str, package: str, name: str, kind: type[Kind]) -> Kind:
    """Return `name` of the module `package.exchange`.

    Raises:
        BotError: There is no such exchange, or its module is missing or does not say it.
    """
    if exchange not in EXCHANGES:
        raise BotError(f"exchange {exchange!r} is unknown; known: {', '.join(EXCHANGES)}")
    module = f"{package}.{exchange}"
    lacking = f"{exchange} lacks its part of {package}: {module.replace('.', '/')}.py with {name}, a {kind.__name__}"
    try:
        said = getattr(import_module(module), name, None)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise BotError(lacking) from None
    if not isinstance(said, kind):
        raise BotError(lacking)
    return said

"""`bot.toml`: what it may say, and reading it.

Every key is optional where the default does; bot/bot.toml.example shows them all. Unknown keys, wrong types and
impossible combinations are refused by the key's name. Relative paths are relative to the file.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Literal

import msgspec

from bot.errors import ConfigurationError

EXCHANGES = ("binance", "bybit", "coinbase", "okx")
_PAIR = re.compile(r"[A-Z0-9]{2,12}/[A-Z0-9]{2,12}")


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Pair(_Table, frozen=True):
    """A market to listen to."""

    pair: str = "BTC/USDT"


class ExchangeSettings(_Table, frozen=True):
    """One exchange. An empty text means: the public address, the venue's spelling of the pair, its usual stream."""

    enabled: bool = True
    websocket: str = ""
    rest: str = ""
    symbol: str = ""
    stream: str = ""


class Exchanges(_Table, frozen=True):
    """The four exchanges, all enabled by default."""

    binance: ExchangeSettings = ExchangeSettings()
    bybit: ExchangeSettings = ExchangeSettings()
    coinbase: ExchangeSettings = ExchangeSettings()
    okx: ExchangeSettings = ExchangeSettings()


class ClockSettings(_Table, frozen=True):
    """Where the time comes from."""

    url: str = ""
    """A simulator's clock; empty: the machine's own."""


class Settings(_Table, frozen=True):
    """What the bot runs with."""

    database: str = "data/trading.db"
    market: Literal["perpetual", "spot"] = "perpetual"
    pairs: tuple[Pair, ...] = (Pair(),)
    exchanges: Exchanges = Exchanges()
    clock: ClockSettings = ClockSettings()

    @property
    def pair(self) -> str:
        """The one pair."""
        return self.pairs[0].pair

    @property
    def enabled(self) -> dict[str, ExchangeSettings]:
        """Exchange -> its settings, of those that are enabled, in alphabetical order."""
        every = {name: getattr(self.exchanges, name) for name in EXCHANGES}
        return {name: one for name, one in every.items() if one.enabled}

    @property
    def simulated(self) -> bool:
        """Whether a simulator's clock, and so its market, feeds the bot."""
        return bool(self.clock.url)


def read(path: Path | None) -> tuple[Settings, Path]:
    """Return the settings and the path of the database they name.

    Args:
        path: The file; None: `bot.toml` in the working folder where there is one, else the defaults.

    Raises:
        ConfigurationError: The file is missing, is not TOML, or says something that is not allowed.
    """
    if path is None:
        default = Path("bot.toml")
        if not default.exists():
            return Settings(), Path(Settings().database)
        path = default
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"{path} does not exist; bot/bot.toml.example shows what it may say") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path} can't be read: {error}") from None
    try:
        settings = msgspec.convert(table, Settings)
        _check(settings)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{path}: {_sentence(error)}") from None
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None
    return settings, path.parent / Path(settings.database).expanduser()


def _check(settings: Settings) -> None:
    if len(settings.pairs) != 1:
        raise ConfigurationError(f"[[pairs]] names {len(settings.pairs)} pairs; this version follows exactly one")
    if not _PAIR.fullmatch(settings.pair):
        raise ConfigurationError(f"pairs.pair is {settings.pair!r}; write it as BTC/USDT")
    if not settings.enabled:
        raise ConfigurationError(f"exchanges: none is enabled; enable at least one of {', '.join(EXCHANGES)}")
    for name, one in settings.enabled.items():
        for key, value, schemes in (("websocket", one.websocket, ("ws", "wss")), ("rest", one.rest, ("http", "https"))):
            if value and value.partition("://")[0] not in schemes:
                allowed = " or ".join(f"{scheme}://" for scheme in schemes)
                raise ConfigurationError(f"exchanges.{name}.{key} is {value!r}; it has to begin with {allowed}")
    if settings.clock.url and not settings.clock.url.startswith(("http://", "https://")):
        raise ConfigurationError(f"clock.url is {settings.clock.url!r}; it has to begin with http:// or https://")


def _sentence(error: msgspec.ValidationError) -> str:
    """Turn msgspec's message into one that names the key: `exchanges.okx.enabled: expected bool, got str`."""
    what, _, where = str(error).partition(" - at `$")
    key = where.rstrip("`").lstrip(".")
    if "unknown field" in what:
        field = what.rsplit("`", 2)[-2]
        place = f"[{key}]" if key else "the top level"
        return f"{field!r} is not a key of {place}"
    what = re.sub("^Expected", "expected", what)
    return f"{key}: {what}" if key else what

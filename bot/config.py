"""`bot.toml`: what it may say, and reading it.

Every key is optional where the default does; bot/bot.toml.example shows them all. Unknown keys, wrong types and
impossible combinations are refused with the key's name and what is allowed. Relative paths are relative to the file.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import msgspec

from bot.core import toml
from bot.core.exchanges import EXCHANGES
from bot.core.parameters import NAMES, ParameterError, Parameters
from bot.errors import ConfigurationError
from bot.exchanges.connectors import facts, spelled
from bot.exchanges.settings import ExchangeSettings
from bot.store.backup import KEEP

EXAMPLE = "bot/bot.toml.example"
LEAST_DAYS = 7
"""Fewer days than this do not stay; the daily verdict looks back over three."""
MINUTES_OF_A_DAY = 1440
_CHAT = re.compile(r"-?[1-9][0-9]{0,19}|@[A-Za-z][A-Za-z0-9_]{3,31}")
_OF_A_PAIR = ("pair", "symbols")
"""Keys of [[pairs]] that are no parameters of the strategy."""
_PAIR = re.compile(r"[A-Z0-9]{2,12}/[A-Z0-9]{2,12}")


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Pair(_Table, frozen=True):
    """A market to listen to."""

    pair: str = "BTC/USDT"
    symbols: dict[str, str] = {}
    """Exchange -> the pair as it spells it, where that is not derived from it."""
    strategy: dict[str, object] = {}
    """The strategy's parameters that are set; in the file they stand beside `pair`."""

    @property
    def parameters(self) -> Parameters:
        """The strategy's parameters, defaults included."""
        return Parameters.from_mapping(self.strategy)


if TYPE_CHECKING:

    class Exchanges(_Table, frozen=True):
        """A key an exchange, all enabled by default."""
else:
    Exchanges = msgspec.defstruct(
        "Exchanges",
        [(name, ExchangeSettings, ExchangeSettings()) for name in EXCHANGES],
        bases=(_Table,),
        module=__name__,
        frozen=True,
    )


class ClockSettings(_Table, frozen=True):
    """Where the time comes from."""

    url: str = ""
    """A simulator's clock; empty: the machine's own."""


class ArchiveSettings(_Table, frozen=True):
    """What stays in the database; older rows move to the archive of their year, once a month. 0: they stay."""

    retention_days: int = 90
    """Days of each exchange's candles."""
    candle_days: int = 400
    """Days of candles and their corrections."""


class BackupSettings(_Table, frozen=True):
    """Where the daily backup goes."""

    folder: str = ""
    """A folder, best on another disk; empty: none is made."""
    keep: int = KEEP
    """So many of the newest stay."""


class TelegramSettings(_Table, frozen=True):
    """Which chat is told what happens; the token is read from the environment (`bot.alerts.telegram`)."""

    chat: int | str = ""
    """The number of a chat, or the @name of a channel; empty: nothing is sent."""
    base_url: str = "https://api.telegram.org"
    away_minutes: int = 10
    """An exchange that is away for so long is told of."""


class HeartbeatSettings(_Table, frozen=True):
    """The sign of life."""

    url: str = ""
    """What is asked; empty: nothing is."""
    every: int = 5
    """Minutes."""


class Settings(_Table, frozen=True):
    """What the bot runs with."""

    database: str = "data/trading.db"
    market: Literal["perpetual", "spot"] = "perpetual"
    pairs: tuple[Pair, ...] = (Pair(),)
    exchanges: Exchanges = Exchanges()
    clock: ClockSettings = ClockSettings()
    archive: ArchiveSettings = ArchiveSettings()
    backup: BackupSettings = BackupSettings()
    telegram: TelegramSettings = TelegramSettings()
    heartbeat: HeartbeatSettings = HeartbeatSettings()

    @property
    def enabled(self) -> dict[str, ExchangeSettings]:
        """Exchange -> its settings, of those that are enabled, in alphabetical order."""
        every = {name: getattr(self.exchanges, name) for name in EXCHANGES}
        return {name: one for name, one in every.items() if one.enabled}

    @property
    def simulated(self) -> bool:
        """Whether a simulator's clock, and so its market, feeds the bot."""
        return bool(self.clock.url)


_TABLES: dict[str, type[msgspec.Struct]] = {
    "": Settings,
    "pairs": Pair,
    "exchanges": Exchanges,
    "clock": ClockSettings,
    "archive": ArchiveSettings,
    "backup": BackupSettings,
    "telegram": TelegramSettings,
    "heartbeat": HeartbeatSettings,
}
"""Table -> its keys; any other is one exchange's."""

_ALLOWED = {
    "database": "the path of a file, as text",
    "market": "'perpetual' or 'spot'",
    "pairs": "tables, each headed [[pairs]]",
    "pair": "a pair written as 'BTC/USDT'",
    "enabled": "true or false",
    "websocket": "an address with a host that begins with ws:// or wss://",
    "rest": "an address with a host that begins with http:// or https://",
    "symbols": "a table of exchange = 'symbol'",
    "symbol": "the pair as the exchange spells it, as text",
    "stream": "the name of a stream, as text",
    "folder": "the path of a folder, as text",
    "keep": "a whole number of at least 1",
    "retention_days": "a whole number of days of at least 7, or 0",
    "candle_days": "a whole number of days of at least 7, or 0",
    "chat": "the number of a chat, or the name of a channel as '@name'",
    "base_url": "an address with a host that begins with http:// or https://",
    "away_minutes": "a whole number of minutes from 1 to 1440",
    "every": "a whole number of minutes from 1 to 1440",
    "url": "an address with a host that begins with http:// or https://",
}
"""Key -> what it may be; a key that is not here is a table."""


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
        table = toml.read(path, EXAMPLE)
    except toml.TomlError as error:
        raise ConfigurationError(str(error)) from None
    try:
        settings = msgspec.convert(_strategies_apart(table), Settings)
        _check(settings)
        if settings.backup.folder:
            folder = str(path.parent / _path(settings.backup.folder))
            settings = msgspec.structs.replace(settings, backup=msgspec.structs.replace(settings.backup, folder=folder))
        return settings, path.parent / _path(settings.database)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{path}: {_sentence(error)}") from None
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None


def _strategies_apart(table: dict[str, object]) -> dict[str, object]:
    """Put the strategy's parameters of each [[pairs]] table into a table of their own."""
    pairs = table.get("pairs")
    if not isinstance(pairs, list) or not all(isinstance(pair, dict) for pair in pairs):
        return table
    for name in (name for pair in pairs for name in pair if name not in (*_OF_A_PAIR, *NAMES)):
        allowed = ", ".join((*_OF_A_PAIR, *NAMES))
        raise ConfigurationError(f"{name!r} is not a key of [pairs]; allowed: {allowed}")
    apart = [
        {
            **{name: value for name, value in pair.items() if name in _OF_A_PAIR},
            "strategy": {name: value for name, value in pair.items() if name not in _OF_A_PAIR},
        }
        for pair in pairs
    ]
    return {**table, "pairs": apart}


def _check(settings: Settings) -> None:
    _check_pairs(settings)
    for name in ("retention_days", "candle_days"):
        if 0 != getattr(settings.archive, name) < LEAST_DAYS:
            raise _refused(f"archive.{name}", str(getattr(settings.archive, name)))
    if settings.backup.keep < 1:
        raise _refused("backup.keep", settings.backup.keep)
    if not settings.enabled:
        raise ConfigurationError(f"exchanges: none is enabled; enable at least one of {', '.join(EXCHANGES)}")
    for name in EXCHANGES:
        one = getattr(settings.exchanges, name)
        _check_address(f"exchanges.{name}.websocket", one.websocket, ("ws", "wss"))
        _check_address(f"exchanges.{name}.rest", one.rest, ("http", "https"))
        if allowed := facts(name).refused(one.stream):
            raise ConfigurationError(f"exchanges.{name}.stream is {one.stream!r}; allowed: {allowed}")
    for key, value in (("clock.url", settings.clock.url), ("heartbeat.url", settings.heartbeat.url)):
        _check_address(key, value, ("http", "https"))
    _check_telegram(settings.telegram)
    _check_minutes("heartbeat.every", settings.heartbeat.every)


def _check_telegram(telegram: TelegramSettings) -> None:
    if telegram.chat != "" and not _CHAT.fullmatch(str(telegram.chat)):
        raise _refused("telegram.chat", telegram.chat)
    if not telegram.base_url:
        raise _refused("telegram.base_url", "")
    _check_address("telegram.base_url", telegram.base_url, ("http", "https"))
    _check_minutes("telegram.away_minutes", telegram.away_minutes)


def _check_minutes(key: str, value: int) -> None:
    if not 1 <= value <= MINUTES_OF_A_DAY:
        raise _refused(key, value)


def _check_pairs(settings: Settings) -> None:
    """Refuse no pair, one twice or misspelled, parameters that can't be, and two pairs by one symbol."""
    if not settings.pairs:
        raise ConfigurationError("[[pairs]] names no pair; allowed: one table a pair, or none for BTC/USDT")
    names = [one.pair for one in settings.pairs]
    for one in settings.pairs:
        if not _PAIR.fullmatch(one.pair):
            raise _refused("pairs.pair", one.pair)
        if names.count(one.pair) > 1:
            raise ConfigurationError(f"pairs: {one.pair} is named {names.count(one.pair)} times; allowed: once")
        for exchange in one.symbols:
            if exchange not in EXCHANGES:
                raise ConfigurationError(f"{exchange!r} is not a key of pairs.symbols; allowed: {', '.join(EXCHANGES)}")
        try:
            _ = one.parameters
        except ParameterError as error:
            raise ConfigurationError(f"pairs.{error}" + (f" ({one.pair})" if len(names) > 1 else "")) from None
    for exchange, own in settings.enabled.items():
        if own.symbol and len(names) > 1:
            raise ConfigurationError(
                f"exchanges.{exchange}.symbol is {own.symbol!r}, and there are {len(names)} pairs;"
                f" allowed: symbols = {{{exchange} = ...}} under [[pairs]]"
            )
        taken: dict[str, str] = {}
        for one in settings.pairs:
            symbol = one.symbols.get(exchange) or own.symbol or spelled(exchange, settings.market, one.pair)
            if symbol in taken:
                raise ConfigurationError(
                    f"pairs.symbols.{exchange} is {symbol!r} for {taken[symbol]} and {one.pair}; allowed: each once"
                )
            taken[symbol] = one.pair


def _check_address(key: str, value: str, schemes: tuple[str, str]) -> None:
    """Refuse an address without host, of another scheme or with an impossible port; empty: the default."""
    try:
        parts = urlsplit(value)
        sound = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if value and not sound:
        raise _refused(key, value)


def _path(text: str) -> Path:
    if not text or "\0" in text:
        raise _refused("database", text)
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ConfigurationError(f"database is {text!r}; there is no such home folder") from None


def _refused(key: str, value: object) -> ConfigurationError:
    return ConfigurationError(f"{key} is {value!r}; allowed: {_ALLOWED[key.rpartition('.')[2]]}")


def _sentence(error: msgspec.ValidationError) -> str:
    """Name the key and what is allowed, from msgspec's `Expected `bool`, got `str` - at `$.clock.url``."""
    what, _, where = str(error).partition(" - at `$")
    place = re.sub(r"\[\d+\]", "", where.rstrip("`").lstrip("."))
    if "unknown field" in what:
        field = what.rsplit("`", 2)[-2]
        keys = _TABLES.get(place, ExchangeSettings).__struct_fields__
        table = f"[{place}]" if place else "the top level"
        return f"{field!r} is not a key of {table}; allowed: {', '.join(keys)}"
    allowed = _ALLOWED.get(place.rpartition(".")[2], f"a table, headed [{place}]")
    return f"{place}: {what[:1].lower()}{what[1:]}; allowed: {allowed}"

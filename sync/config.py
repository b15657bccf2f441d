"""sync.toml: which keys there are, and what is refused.

Every key is optional. Relative paths are relative to the file, `~` is the home folder. Nothing a value says can be read
as an option of ssh or rsync: host and user are checked here, and reach ssh in a generated file (pull.py).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import msgspec

from sync.encoding import EncodingError, text_of
from sync.errors import ConfigError
from sync.watch import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = Path("sync.toml")
"""Read from the working folder when it is there and no other is named."""

TELEGRAM = "https://api.telegram.org"

_Host = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9:][A-Za-z0-9._:-]*(%[A-Za-z0-9._-]+)?\Z", max_length=255)]
_User = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_][A-Za-z0-9._-]*\Z", max_length=64)]
_SshPath = Annotated[str, msgspec.Meta(pattern=r'\A[^"\\$\x00-\x1f\x7f]+\Z')]
_Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
_Seconds = Annotated[float, msgspec.Meta(ge=1, le=86400)]
_Minutes = Annotated[int, msgspec.Meta(ge=1, le=1440)]
_Count = Annotated[int, msgspec.Meta(ge=1, le=1000)]
_Url = Annotated[str, msgspec.Meta(pattern=r"\Ahttps?://[^\s/]+")]
_Folder = Annotated[str, msgspec.Meta(pattern=r"\A[^\x00]+\Z")]


class _WatchKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    desktop: bool = True
    stale_minutes: _Minutes = 5
    silent_minutes: _Minutes = 15
    failures: _Count = 3


class _TelegramKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    chat: str | int = ""
    base_url: _Url = TELEGRAM


class _Keys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    host: _Host = "raspberrypi.local"
    user: _User = "botsync"
    port: _Port = 22
    identity_file: _SshPath = "~/.ssh/cvdbot"
    known_hosts_file: _SshPath = "~/.ssh/known_hosts"
    data: _Folder = "data"
    every: _Seconds = 60
    watch: _WatchKeys = _WatchKeys()
    telegram: _TelegramKeys = _TelegramKeys()


_ALLOWED = {
    "host": "a host name or an IP address",
    "user": "a user name of letters, digits, '_', '.' and '-' that begins with none of the last two",
    "port": "a number from 1 to 65535",
    "identity_file": 'the path of a private key, without ", \\ and $',
    "known_hosts_file": 'the path of a known_hosts file, without ", \\ and $',
    "data": "the path of a folder",
    "every": "seconds, from 1 to 86400",
    "watch": "a table, headed [watch]",
    "telegram": "a table, headed [telegram]",
    "watch.desktop": "true or false",
    "watch.stale_minutes": "minutes, from 1 to 1440",
    "watch.silent_minutes": "minutes, from 1 to 1440",
    "watch.failures": "a number from 1 to 1000",
    "telegram.chat": "the number of a chat or the name of a channel, as text or number",
    "telegram.base_url": "an address with a host that begins with http:// or https://",
}
"""Key -> what it may be; those of a table after its name."""


@dataclass(frozen=True, slots=True)
class Config:
    """Where to pull from, with which key, where to publish, and how often."""

    host: str
    user: str
    port: int
    identity_file: Path
    known_hosts_file: Path
    data: Path
    every: float
    """Seconds from the beginning of one sync to the beginning of the next."""
    limits: Limits = field(default_factory=Limits)
    """From when on something is told."""
    desktop: bool = True
    """Whether the desktop is told as well."""
    chat: str = ""
    """Whom Telegram tells; empty: nobody."""
    base_url: str = TELEGRAM


def load(path: Path | None = None) -> Config:
    """Read sync.toml, or the file named; without either, the defaults hold.

    Raises `ConfigError` for a file that is named and missing, for one that is not UTF-8 or not TOML, an unknown key and
    a value that is not allowed.
    """
    file = path if path is not None else FILE
    if path is None and not file.exists():
        return _config(_Keys(), Path.cwd())
    try:
        table = tomllib.loads(text_of(file.read_bytes()))
    except FileNotFoundError:
        raise ConfigError(f"there is no {file}: copy sync/sync.toml.example and change it") from None
    except (OSError, EncodingError) as error:
        raise ConfigError(f"{file} can't be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not TOML: {error}") from None
    for key, value in _flat(table):
        if key not in _ALLOWED:
            top, _, inner = key.rpartition(".")
            known = [one.removeprefix(f"{top}.") for one in _ALLOWED if one.rpartition(".")[0] == top]
            where = f" in [{top}]" if top else ""
            raise ConfigError(f"{file}: unknown key '{inner}'{where}; the keys are {', '.join(known)}")
        try:
            top, _, inner = key.rpartition(".")
            msgspec.convert({top: {inner: value}} if top else {key: value}, _Keys)
        except msgspec.ValidationError:
            raise ConfigError(f"{file}: {key} = {value!r} is not allowed; it must be {_ALLOWED[key]}") from None
        if key == "telegram.base_url" and not _is_address(str(value)):
            raise ConfigError(f"{file}: {key} = {value!r} is not allowed; it must be {_ALLOWED[key]}")
    return _config(msgspec.convert(table, _Keys), file.absolute().parent)


def _config(keys: _Keys, folder: Path) -> Config:
    return Config(
        host=keys.host,
        user=keys.user,
        port=keys.port,
        identity_file=_path("identity_file", keys.identity_file, folder),
        known_hosts_file=_path("known_hosts_file", keys.known_hosts_file, folder),
        data=_path("data", keys.data, folder),
        every=keys.every,
        limits=Limits(keys.watch.stale_minutes, keys.watch.silent_minutes, keys.watch.failures),
        desktop=keys.watch.desktop,
        chat=str(keys.telegram.chat),
        base_url=keys.telegram.base_url.rstrip("/"),
    )


def _flat(table: dict[str, object]) -> Iterator[tuple[str, object]]:
    """Yield each key with its value, those of a table dotted."""
    for key, value in table.items():
        if isinstance(value, dict) and key in ("watch", "telegram"):
            yield from ((f"{key}.{inner}", one) for inner, one in value.items())
        else:
            yield key, value


def _is_address(value: str) -> bool:
    """Say whether an address has a host, and a port that is one where it names any."""
    try:
        parts = urlsplit(value)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _path(key: str, value: str, folder: Path) -> Path:
    try:
        return folder / Path(value).expanduser()
    except RuntimeError:
        raise ConfigError(f"{key} = {value!r}: there is no such home folder") from None

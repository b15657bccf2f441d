"""What `cvdbot web` may be told: web.toml, and the command line over it.

Unknown keys, wrong types and impossible values are refused with the key's name and what is allowed. Relative paths
are relative to the file they stand in.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import msgspec

from bot.core import toml
from webapp.errors import WebError

DEFAULT_FILE = Path("web.toml")
"""Read when it is there and no other file is named."""

EXAMPLE = "webapp/web.toml.example"

PAGE = Path(__file__).parent / "page"
"""Where `make setup` puts the built page."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys of web.toml.

    database: the file sync publishes, or the one a bot on this machine writes.
    port: on 127.0.0.1; 0 takes a free one.
    allowed_hosts: names a browser may use for this server, without a port.
    cache: the folder for what the app remembers of the candles (webapp/bars/sidefile.py); can be deleted at any time.
    """

    database: Path = Path("data/trading.db")
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8000
    allowed_hosts: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = ("localhost", "127.0.0.1")
    cache: Path = msgspec.field(default_factory=lambda: _user_cache() / "cvdbot")


def load(file: Path | None) -> Settings:
    """Read web.toml.

    Args:
        file: None reads `web.toml` of the working folder when there is one, else every key has its default.

    Raises:
        WebError: The file is missing, is not TOML, or a key is unknown or has a value that is not allowed.
    """
    if file is None:
        if not DEFAULT_FILE.exists():
            return Settings()
        file = DEFAULT_FILE
    try:
        settings = msgspec.convert(toml.read(file, EXAMPLE), Settings, dec_hook=_path)
    except toml.TomlError as error:
        raise WebError(str(error)) from None
    except msgspec.ValidationError as error:
        raise WebError(f"{file}: {_sentence(str(error))}") from error
    return msgspec.structs.replace(
        settings, database=file.parent / settings.database, cache=file.parent / settings.cache
    )


def _user_cache() -> Path:
    """Return the folder that the user's programs may fill with what can be made anew."""
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))  # noqa: PTH111 - never raises


_ALLOWED = {
    "database": "the path of a file, as text",
    "port": "a whole number from 0 to 65535",
    "allowed_hosts": "a list of host names",
    "cache": "the path of a folder, as text",
}
"""Key -> what it may be."""


def _path(_kind: type, value: object) -> Path:
    """Take the path of a file; a ValueError is told with the key's name."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError(f"is {value!r}")
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise ValueError(f"is {value!r}, there is no such home folder") from None


def _sentence(error: str) -> str:
    """Name the key and what is allowed, from msgspec's `Expected `int`, got `str` - at `$.port``."""
    what, _, place = error.partition(" - at `$.")
    if "unknown field" in what:
        return f"{what.rsplit('`', 2)[-2]!r} is not a key; allowed: {', '.join(Settings.__struct_fields__)}"
    key = place.rstrip("`").partition("[")[0]
    return f"{key}: {what[:1].lower()}{what[1:]}; allowed: {_ALLOWED[key]}"

"""Reading a TOML file into a table, with a sentence for what is in the way."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from bot.core.encoding import EncodingError, text_of

if TYPE_CHECKING:
    from pathlib import Path


class TomlError(Exception):
    """A file that can't be read as TOML: which, and why."""


def read(path: Path, example: str) -> dict[str, Any]:
    """Return the file's table.

    Args:
        path: The file.
        example: The example that is named when there is no such file.

    Raises:
        TomlError: The file is missing, can't be read, is not UTF-8, or is not TOML.
    """
    try:
        return tomllib.loads(text_of(path.read_bytes()))
    except FileNotFoundError:
        raise TomlError(f"{path} does not exist; {example} shows what it may say") from None
    except (OSError, EncodingError) as error:
        raise TomlError(f"{path} can't be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise TomlError(f"{path} is not TOML: {error}") from None

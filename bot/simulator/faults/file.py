"""Reading the file of `cvdbot simulate --faults`: keys for all venues, and a table an exchange that differs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.core import toml
from bot.core.exchanges import EXCHANGES
from bot.errors import ConfigurationError
from bot.simulator.faults.settings import KEYS, OUTAGE_KEYS, Faults, Outage
from bot.simulator.faults.venues import each_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

EXAMPLE = "bot/simulator/faults.toml.example"
SHARED = ("seed", "outages")
"""Keys that stand only at the top."""
OWN = tuple(key for key in KEYS if key not in SHARED)


def read(path: Path) -> dict[str, Faults]:
    """Return exchange -> its faults.

    Raises:
        ConfigurationError: The file is missing, is not TOML, or says something that is not allowed.
    """
    try:
        table = toml.read(path, EXAMPLE)
    except toml.TomlError as error:
        raise ConfigurationError(str(error)) from None
    try:
        return _read(table)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None


def _read(table: dict[str, Any]) -> dict[str, Faults]:
    own = {exchange: table.pop(exchange) for exchange in EXCHANGES if exchange in table}
    _check_keys(table, KEYS, f"the top level (or a table [{'], ['.join(EXCHANGES)}])")
    if "outages" in table:
        table["outages"] = _outages(table["outages"])
    found = dict(each_of(Faults(**_values(table))))
    for exchange, keys in own.items():
        if not isinstance(keys, dict):
            raise ConfigurationError(f"{exchange} is {keys!r}; allowed: a table, headed [{exchange}]")
        _check_keys(keys, OWN, f"[{exchange}]")
        try:
            found[exchange] = replace(found[exchange], **_values(keys))
        except ConfigurationError as error:
            raise ConfigurationError(f"{exchange}.{error}") from None
    return found


def _outages(tables: object) -> object:
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        return tables  # refused with the others' rule
    for each in tables:
        _check_keys(each, OUTAGE_KEYS, "[[outages]]")
    return tuple(Outage(**each) for each in tables)


def _values(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def _check_keys(keys: Iterable[str], allowed: tuple[str, ...], where: str) -> None:
    for key in keys:
        if key not in allowed:
            raise ConfigurationError(f"{key!r} is not a key of {where}; allowed: {', '.join(allowed)}")

"""Reading the files of the earlier (JavaScript) bot: `candles_1m.json` and `trades.json`.

Both are JSON arrays. Candles have no exchange behind them: how complete they are is unknown. Trades have no size,
stop or fees. Prices are USDT, volumes BTC, times ms in candles and ISO 8601 in trades. An item that can't be taken is
named and hides none of the others.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from math import isfinite, nan
from typing import TYPE_CHECKING, TypeVar

import msgspec

from bot.core.aggregate import Candle
from bot.core.encoding import EncodingError, text_of
from bot.core.times import MINUTE, from_iso
from bot.errors import ImportFileError
from bot.imports.bounds import checked_count, checked_money, checked_past, checked_price, checked_volume
from bot.records import ImportedTrade

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

UNFINISHED = "current_candle.json"
"""The earlier bot's unfinished minute: it is named and left out."""


class _Candle(msgspec.Struct):
    timestamp: int
    open: float
    high: float
    low: float
    close: float
    vBuy: float  # noqa: N815 - the file's name
    vSell: float  # noqa: N815


class _Trade(msgspec.Struct, rename="camel"):
    trade_number: int
    entry_type: str
    entry_price: float
    entry_time: str
    exit_price: float
    exit_time: str
    profit: float
    outcome: str
    new_balance: float | str


class _Name(msgspec.Struct):
    tradeNumber: int | None = None  # noqa: N815 - the file's name
    timestamp: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds: candles or trades, in its order, each once; and what became of the rest."""

    candles: list[Candle]
    trades: list[ImportedTrade]
    left_out: list[tuple[int, str]]
    """Minutes that are not to be stored, and why: they are right, but not over yet."""
    repeated: int
    """How many items say again what one before them said."""
    refused: list[str]
    """Sentences about the items that can't be taken, with their numbers (from 1) and the reason."""


Item = TypeVar("Item", _Candle, _Trade)
Record = TypeVar("Record", Candle, ImportedTrade)
Refusals = list[tuple[int, str]]
"""Number of the item -> the reason."""


def read(path: Path, now: int) -> Content:
    """Return everything the file holds that can be taken (candles or trades), and what can't.

    Args:
        path: The file.
        now: UTC ms; a minute that ends later is not over, a time more than a day later is none.

    Raises:
        ImportFileError: The file as a whole is not one of these; the message names it and the reason.
    """
    items = _items(path)
    refusals: Refusals = []
    if any(b'"tradeNumber"' in item for item in items):
        found = _read(items, _Trade, lambda one: _trade(one, now), refusals)
        trades, repeated = _once(found, _Trade, lambda one: one.number, "trade", refusals)
        return Content([], trades, [], repeated, _sentences(refusals))
    minutes = _read(items, _Candle, lambda one: _candle(one, now), refusals)
    over = [(number, candle) for number, candle in minutes if candle.timestamp + MINUTE <= now]
    left_out = [(candle.timestamp, "not over yet") for _, candle in minutes if candle.timestamp + MINUTE > now]
    candles, repeated = _once(over, _Candle, lambda one: one.timestamp, "the candle at", refusals)
    return Content(candles, [], left_out, repeated, _sentences(refusals))


def _items(path: Path) -> list[bytes]:
    """Return the items of the file's array, each as it stands there."""
    try:
        items = [bytes(item) for item in msgspec.json.decode(text_of(path.read_bytes()), type=list[msgspec.Raw])]
    except EncodingError as error:
        raise ImportFileError(f"{path} can't be read: {error}") from None
    except (OSError, msgspec.MsgspecError, RecursionError) as error:
        raise ImportFileError(f"{path} is not a JSON array of candles or trades: {error}") from None
    if items and not any(name in item for item in items for name in (b'"tradeNumber"', b'"timestamp"')):
        raise ImportFileError(
            f"{path} is not a JSON array of candles or trades: no item has a timestamp or a tradeNumber"
        )
    return items


def _read(
    items: list[bytes], kind: type[Item], checked: Callable[[Item], Record], refusals: Refusals
) -> list[tuple[int, Record]]:
    """Return the records of the items that can be taken, with the items' numbers."""
    decoder = msgspec.json.Decoder(kind)
    found = []
    for number, item in enumerate(items, start=1):
        try:
            found.append((number, checked(decoder.decode(item))))
        except msgspec.MsgspecError as error:
            what, _, where = str(error).partition(" - at `$")
            place = f"{_named(item)}$[{number - 1}]{where.rstrip('`')}"
            refusals.append((number, f"{place}: {what[:1].lower()}{what[1:]}"))
        except ValueError as error:
            refusals.append((number, str(error)))
    return found


def _named(item: bytes) -> str:
    """Return what an item that can't be read calls itself, as the beginning of a sentence; empty: nothing usable."""
    try:
        one = msgspec.json.decode(item, type=_Name)
    except msgspec.MsgspecError:
        return ""
    if one.tradeNumber is not None:
        return f"trade {one.tradeNumber}, "
    return "" if one.timestamp is None else f"the candle at {one.timestamp}, "


def _once(
    found: list[tuple[int, Record]], kind: type[Item], key: Callable[[Record], int], name: str, refusals: Refusals
) -> tuple[list[Record], int]:
    """Return each record once, and how many said the same again; of records that contradict each other, none."""
    first: dict[int, tuple[int, Record]] = {}
    repeated: list[int] = []
    contradicted: set[int] = set()
    names = [one.encode_name for one in msgspec.structs.fields(kind)]
    for number, record in found:
        number_of_first, kept = first.setdefault(key(record), (number, record))
        if record != kept:
            pairs = zip(names, astuple(kept), astuple(record), strict=False)  # a candle's record has two fields more
            differing = ", ".join(f"{column} ({one!r} and {other!r})" for column, one, other in pairs if one != other)
            what = f"items {number_of_first} and {number} are both {name} {key(record)} and differ in {differing}"
            refusals.append((number, f"{what}; neither is taken"))
            contradicted.add(key(record))
        elif number != number_of_first:
            repeated.append(key(record))
    kept_records = [record for one, (_, record) in first.items() if one not in contradicted]
    return kept_records, sum(one not in contradicted for one in repeated)


def _sentences(refusals: Refusals) -> list[str]:
    return [f"item {number}: {reason}" for number, reason in sorted(refusals)]


def _candle(one: _Candle, now: int) -> Candle:
    if checked_past(one.timestamp, now) % MINUTE:
        raise ValueError(f"a candle begins at {one.timestamp}, not at a full minute")
    prices = (one.open, one.high, one.low, one.close)
    for price, name in zip(prices, ("open", "high", "low", "close"), strict=True):
        checked_price(price, f"{name} of the candle at {one.timestamp}")
    if not (one.low <= one.open <= one.high and one.low <= one.close <= one.high):
        raise ValueError(f"the prices of the candle at {one.timestamp} are not those of one candle")
    if one.vBuy < 0 or one.vSell < 0:
        raise ValueError(f"a volume of the candle at {one.timestamp} is negative")
    for volume, name in ((one.vBuy, "vBuy"), (one.vSell, "vSell")):
        checked_volume(volume, f"{name} of the candle at {one.timestamp}")
    return Candle(one.timestamp, *prices, one.vBuy, one.vSell, None, None)


def _trade(one: _Trade, now: int) -> ImportedTrade:
    number = checked_count(one.trade_number, "tradeNumber")
    if one.entry_type not in ("Long", "Short"):
        raise ValueError(f"trade {number} has entryType {one.entry_type!r}, not Long or Short")
    entry = _instant(one.entry_time, f"entryTime of trade {number}", now)
    exit_ = _instant(one.exit_time, f"exitTime of trade {number}", now)
    if exit_ < entry:
        raise ValueError(f"trade {number} has exitTime {one.exit_time}, before its entryTime {one.entry_time}")
    return ImportedTrade(
        number,
        one.entry_type,
        checked_price(one.entry_price, f"entryPrice of trade {number}"),
        entry,
        checked_price(one.exit_price, f"exitPrice of trade {number}"),
        exit_,
        checked_money(one.profit, f"profit of trade {number}"),
        one.outcome,
        checked_money(_balance(one), f"newBalance of trade {number}"),
    )


def _balance(one: _Trade) -> float:
    try:
        balance = float(one.new_balance)
    except ValueError:
        balance = nan
    if not isfinite(balance):  # the earlier bot wrote it as text, and could write "NaN"
        raise ValueError(f"trade {one.trade_number} has newBalance {one.new_balance!r}, not a number")
    return balance


def _instant(text: str, name: str, now: int) -> int:
    try:
        return checked_past(from_iso(text), now)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None

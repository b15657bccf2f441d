"""Reading the files of the earlier (JavaScript) bot: `candles_1m.json` and `trades.json`.

Both are JSON arrays. Candles have no exchange behind them: how complete they are is unknown. Trades have no size,
stop or fees. Prices are USDT, volumes BTC, times ms in candles and ISO 8601 in trades.
"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import msgspec

from bot.core.aggregate import Candle
from bot.core.times import MINUTE, from_iso
from bot.errors import ImportFileError
from bot.imports.bounds import checked_count, checked_time
from bot.records import ImportedTrade

if TYPE_CHECKING:
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


def read(path: Path) -> tuple[list[Candle], list[ImportedTrade]]:
    """Return the candles and the trades the file holds (one of the two), in the order of the file.

    Raises:
        ImportFileError: It holds neither; the message names the file, the item and the reason.
    """
    try:
        text = path.read_bytes()
        first = msgspec.json.decode(text, type=list[dict[str, object]])[:1]
    except (OSError, msgspec.MsgspecError) as error:
        raise ImportFileError(f"{path} is not a JSON array of candles or trades: {error}") from None
    try:
        if first and "tradeNumber" in first[0]:
            return [], [_trade(one) for one in msgspec.json.decode(text, type=list[_Trade])]
        return [_candle(one) for one in msgspec.json.decode(text, type=list[_Candle])], []
    except (msgspec.MsgspecError, ValueError) as error:
        raise ImportFileError(f"{path}: {error}") from None


def _candle(one: _Candle) -> Candle:
    if checked_time(one.timestamp) % MINUTE:
        raise ValueError(f"a candle begins at {one.timestamp}, not at a full minute")
    if not 0 < one.low <= min(one.open, one.close) <= max(one.open, one.close) <= one.high:
        raise ValueError(f"the prices of the candle at {one.timestamp} are not those of one candle")
    if one.vBuy < 0 or one.vSell < 0:
        raise ValueError(f"a volume of the candle at {one.timestamp} is negative")
    return Candle(one.timestamp, one.open, one.high, one.low, one.close, one.vBuy, one.vSell, None, None)


def _trade(one: _Trade) -> ImportedTrade:
    if one.entry_type not in ("Long", "Short"):
        raise ValueError(f"trade {one.trade_number} has entryType {one.entry_type!r}, not Long or Short")
    balance = float(one.new_balance)
    if not isfinite(balance):  # the earlier bot wrote it as text, and could write "NaN"
        raise ValueError(f"trade {one.trade_number} has newBalance {one.new_balance!r}, not a number")
    return ImportedTrade(
        checked_count(one.trade_number, "tradeNumber"),
        one.entry_type,
        one.entry_price,
        checked_time(from_iso(one.entry_time)),
        one.exit_price,
        checked_time(from_iso(one.exit_time)),
        one.profit,
        one.outcome,
        balance,
    )

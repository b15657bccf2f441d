"""How far trades ran while they were open, from the stored minutes: see analysis/account/excursions.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.account.excursions import Excursion, excursion
from webapp import queries

if TYPE_CHECKING:
    import sqlite3

TAKE_PROFIT, STOP_LOSS = "Take Profit", "Stop Loss"


def with_excursions(connection: sqlite3.Connection, trades: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return trades, as `told` tells them, with `mfe` and `mae`; None where it is not known how far they ran."""
    found = _excursions(connection, trades)
    unknown = {"mfe": None, "mae": None}
    return [{**row, **(found[row["id"]]._asdict() if row["id"] in found else unknown)} for row in trades]


def _excursions(connection: sqlite3.Connection, trades: list[dict[str, Any]]) -> dict[int, Excursion]:
    """Return how far trades ran, by their ids; without those of which it is not known."""
    found = {}
    for row in trades:
        if row["size"] is None or row["configuration"] is None:
            continue
        begin, end = row["entryTime"] + row["bar_ms"], _left(connection, row)
        span = {"pair": row["pair"], "from": begin, "to": end}
        minutes, high, low = connection.execute(queries.EXTREMES, span).fetchone()
        if minutes == 0 and begin < end:  # not stored
            continue
        long, prices = row["entryType"] == "Long", (row["entryPrice"], row["exitPrice"])
        found[row["id"]] = excursion(long=long, size=row["size"], prices=prices, extremes=(high, low))
    return found


def _left(connection: sqlite3.Connection, row: dict[str, Any]) -> int:
    """Return up to when all prices count: the minute that reached the exit's price, of a forced close its bar's end."""
    end = row["exitTime"] + row["bar_ms"]
    if row["outcome"] not in {TAKE_PROFIT, STOP_LOSS}:
        return int(end)
    bar = {"pair": row["pair"], "from": row["exitTime"], "to": end}
    minute = exit_minute(row, connection.execute(queries.BAR, bar).fetchall())
    return int(row["exitTime"]) if minute is None else minute


def exit_minute(row: dict[str, Any], minutes: list[tuple[int, float, float]]) -> int | None:
    """Return the minute of rows (timestamp, high, low) of the exit's bar in which the exit's price was reached."""
    price = row["exitPrice"]
    if row["outcome"] not in {TAKE_PROFIT, STOP_LOSS}:
        return minutes[-1][0] if minutes else None
    upwards = (row["entryType"] == "Long") == (row["outcome"] == TAKE_PROFIT)
    return next((minute for minute, high, low in minutes if (high >= price if upwards else low <= price)), None)

"""`cvdbot status`: one screen of health, for a look over SSH. The exit code is 1 when something is wrong."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table

from bot.core.times import MINUTE, to_iso
from bot.store.database import open_for_reading
from bot.store.rows import read_state

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

STALE = 3 * MINUTE
"""A newest candle older than this is wrong while real exchanges feed the bot."""

_NEWEST = "SELECT timestamp, pair, close, sources, configured FROM candles ORDER BY timestamp DESC LIMIT 1"
_COUNTS = "SELECT (SELECT count(*) FROM candles), (SELECT count(*) FROM trades)"
_EXCHANGES = "SELECT exchange, connected, last_trade, reconnects, gaps, rejects FROM exchange_status ORDER BY exchange"
_ORDERS = "SELECT pair, entryType, entryPrice, entryTime, stopLoss, takeProfit FROM orders ORDER BY pair"
_TROUBLE = """
SELECT timestamp, level, event, message FROM logs WHERE level IN ('warning', 'error') ORDER BY id DESC LIMIT 5
"""


def run(path: Path, as_json: bool) -> int:
    """Show the health of the database at `path`; return the exit code."""
    sql = open_for_reading(path)
    try:
        sql.execute("BEGIN")
        health = look(sql, time.time_ns() // 1_000_000)
    finally:
        sql.close()
    health = {"database": str(path), "bytes": _size(path), **health}
    if as_json:
        typer.echo(json.dumps(health))
    else:
        _print(health)
    return 1 if health["wrong"] else 0


def look(sql: sqlite3.Connection, now: int) -> dict[str, object]:
    """Return the figures, and under `wrong` a sentence for each thing that is."""
    origin = read_state(sql, "origin")
    newest = sql.execute(_NEWEST).fetchone()
    candles, trades = sql.execute(_COUNTS).fetchone()
    exchanges = [
        dict(zip(("exchange", "connected", "last_trade", "reconnects", "gaps", "rejects"), row, strict=True))
        for row in sql.execute(_EXCHANGES)
    ]
    orders = [
        dict(zip(("pair", "entryType", "entryPrice", "entryTime", "stopLoss", "takeProfit"), row, strict=True))
        for row in sql.execute(_ORDERS)
    ]
    trouble = [dict(zip(("timestamp", "level", "event", "message"), row, strict=True)) for row in sql.execute(_TROUBLE)]
    wrong = [f"{one['exchange']} is not connected" for one in exchanges if not one["connected"]]
    if newest is None:
        wrong.append("there is no candle yet")
    elif origin != "simulated" and now - newest[0] - MINUTE > STALE:
        wrong.append(f"the newest candle is of {to_iso(newest[0])}, {(now - newest[0]) // MINUTE} minutes ago")
    if not exchanges:
        wrong.append("no bot has written here yet")
    last = dict(zip(("timestamp", "pair", "close", "sources", "configured"), newest, strict=True)) if newest else None
    return {
        "origin": origin,
        "last_candle": last,
        "candles": candles,
        "trades": trades,
        "exchanges": exchanges,
        "orders": orders,
        "trouble": trouble,
        "wrong": wrong,
    }


def _size(path: Path) -> int:
    wal = path.with_name(path.name + "-wal")
    return path.stat().st_size + (wal.stat().st_size if wal.exists() else 0)


def _print(health: dict[str, object]) -> None:
    console = Console(highlight=False)
    last = health["last_candle"]
    console.print(f"[bold]{health['database']}[/]  {_megabytes(health['bytes'])}" + _simulated(health["origin"]))
    if isinstance(last, dict):
        whole = "" if last["sources"] is None else f", {last['sources']} of {last['configured']} exchanges complete"
        console.print(f"newest candle {to_iso(last['timestamp'])} {last['pair']} {last['close']:,.2f}{whole}")
    console.print(f"{health['candles']:,} candles, {health['trades']:,} trades")
    table = Table("exchange", "state", "last trade", "reconnects", "gaps", "rejects", box=None, pad_edge=False)
    for one in _dicts(health["exchanges"]):
        state = "[green]connected[/]" if one["connected"] else "[red]not connected[/]"
        seen = "never" if one["last_trade"] is None else to_iso(_integer(one["last_trade"]))
        table.add_row(str(one["exchange"]), state, seen, *(str(one[key]) for key in ("reconnects", "gaps", "rejects")))
    console.print(table)
    for one in _dicts(health["orders"]):
        console.print(
            f"open: {one['entryType']} {one['pair']} from {one['entryPrice']}"
            f" (stop {one['stopLoss']}, target {one['takeProfit']}), paper"
        )
    for one in _dicts(health["trouble"]):
        console.print(f"[dim]{to_iso(_integer(one['timestamp']))} {one['level']} {one['event']}: {one['message']}[/]")
    wrong = health["wrong"]
    if isinstance(wrong, list) and wrong:
        for sentence in wrong:
            console.print(f"[red]wrong:[/] {sentence}")
    else:
        console.print("[green]all is well[/]")


def _dicts(value: object) -> list[dict[str, object]]:
    return value if isinstance(value, list) else []


def _integer(value: object) -> int:
    return value if isinstance(value, int) else 0


def _megabytes(value: object) -> str:
    return f"{_integer(value) / 1e6:.1f} MB"


def _simulated(origin: object) -> str:
    return "  [yellow]SIMULATED MARKET[/]" if origin == "simulated" else ""

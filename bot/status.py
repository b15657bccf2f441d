"""`cvdbot status`: one screen of health, for a look over SSH. The exit code is 1 when something is wrong."""

from __future__ import annotations

import json
import sqlite3
import time
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.core.times import DAY, MINUTE, to_iso
from bot.errors import DatabaseError
from bot.store import backup
from bot.store.database import open_for_reading
from bot.store.rows import read_origin

if TYPE_CHECKING:
    from pathlib import Path

OLD_DAYS = 2
"""A newest backup of so many days is old: one is made a day."""
STALE = 3 * MINUTE
"""A newest candle older than this is wrong while real exchanges feed the bot."""

_NEWEST = "SELECT timestamp, pair, close, sources, configured FROM candles ORDER BY timestamp DESC LIMIT 1"
_COUNTS = "SELECT (SELECT count(*) FROM candles), (SELECT count(*) FROM trades)"
_EXCHANGES = "SELECT exchange, connected, last_trade, reconnects, gaps, rejects FROM exchange_status ORDER BY exchange"
_FIRST = "SELECT min(timestamp) FROM candles WHERE timestamp > ?"
_MINUTES = """
SELECT exchange, sum(complete = 1), sum(complete = 2) FROM exchange_candles
WHERE timestamp > ? AND timestamp <= ? GROUP BY exchange
"""
_ORDERS = "SELECT pair, entryType, entryPrice, entryTime, stopLoss, takeProfit FROM orders ORDER BY pair"
_CONFIGURED = "SELECT exchanges FROM configurations ORDER BY id DESC LIMIT 1"
_TROUBLE = """
SELECT timestamp, level, event, message FROM logs WHERE level IN ('warning', 'error') ORDER BY id DESC LIMIT 5
"""


def run(path: Path, as_json: bool) -> int:
    """Show the health of the database at `path`; return the exit code."""
    sql = open_for_reading(path)
    try:
        sql.execute("BEGIN")
        health = look(sql, time.time_ns() // 1_000_000)
    except sqlite3.Error as error:
        raise DatabaseError(
            f"{path} can't be read ({error}): if it is damaged, put the PC's copy in its place (docs/sync.md)"
        ) from None
    finally:
        sql.close()
    known = backup.last(path)
    health = {
        "database": str(path),
        "bytes": _size(path.resolve()),
        **health,
        "backup": None if known is None else {"made": known[0], "path": known[1]},
        "amber": [] if _published(path) else _amber(known, health["origin"], time.time_ns() // 1_000_000),
    }
    if as_json:
        typer.echo(json.dumps(health))
    else:
        _print(health)
    return 1 if health["wrong"] else 0


def look(sql: sqlite3.Connection, now: int) -> dict[str, object]:
    """Return the figures, and under `wrong` a sentence for each thing that is."""
    origin = read_origin(sql)
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
    row = sql.execute(_CONFIGURED).fetchone()
    listened = None if row is None else json.loads(row[0])
    for one in exchanges:
        one["configured"] = int(listened is None or one["exchange"] in listened)
    minutes = _last_day(sql, newest[0], [one["exchange"] for one in exchanges]) if newest is not None else {}
    for one in exchanges:
        one["minutes"] = minutes.get(one["exchange"])
    wrong = [f"{one['exchange']} is not connected" for one in exchanges if one["configured"] and not one["connected"]]
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


def _last_day(sql: sqlite3.Connection, newest: int, exchanges: list[str]) -> dict[str, dict[str, int]]:
    """Return of each exchange how many minutes of the day before the newest candle are whole, healed and incomplete."""
    (first,) = sql.execute(_FIRST, (newest - DAY,)).fetchone()
    of = (newest - first) // MINUTE + 1
    complete = {exchange: counts for exchange, *counts in sql.execute(_MINUTES, (newest - DAY, newest))}
    found = {}
    for exchange in exchanges:
        whole, healed = complete.get(exchange, (0, 0))
        found[exchange] = {"of": of, "whole": whole, "healed": healed, "incomplete": max(0, of - whole - healed)}
    return found


def _amber(known: tuple[int, str] | None, origin: object, now: int) -> list[str]:
    """Return what is not wrong yet and wants to be looked at."""
    if origin == "simulated":
        return []
    if known is None:
        return ["there is no backup: set folder under [backup] in bot.toml, or run `cvdbot backup --to FOLDER`"]
    days = (now - known[0]) // DAY
    return [f"the newest backup is {days} days old ({known[1]})"] if days >= OLD_DAYS else []


def _published(path: Path) -> bool:
    """Say whether this is a copy that `cvdbot sync` published: it is a backup itself."""
    return path.stat().st_mode & 0o222 == 0


def _size(path: Path) -> int:
    wal = path.with_name(path.name + "-wal")
    return path.stat().st_size + (wal.stat().st_size if wal.exists() else 0)


def _print(health: dict[str, object]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    last = health["last_candle"]
    console.print(
        f"[bold]{_plain(health['database'])}[/]  {_megabytes(health['bytes'])}" + _simulated(health["origin"])
    )
    if isinstance(last, dict):
        whole = "" if last["sources"] is None else f", {last['sources']} of {last['configured']} exchanges complete"
        console.print(f"newest candle {to_iso(last['timestamp'])} {_plain(last['pair'])} {last['close']:,.2f}{whole}")
    console.print(f"{health['candles']:,} candles, {health['trades']:,} trades")
    table = Table("exchange", "state", "last trade", "reconnects", "gaps", "rejects", box=None, pad_edge=False)
    for one in _dicts(health["exchanges"]):
        seen = "never" if one["last_trade"] is None else to_iso(_integer(one["last_trade"]))
        counts = (str(one[key]) for key in ("reconnects", "gaps", "rejects"))
        table.add_row(_plain(one["exchange"]), _connection(one), seen, *counts)
    console.print(table)
    for one in _dicts(health["exchanges"]):
        console.print(f"last day, {_plain(one['exchange'])}: {_shares(one['minutes'])}")
    for one in _dicts(health["orders"]):
        console.print(
            f"open: {_plain(one['entryType'])} {_plain(one['pair'])} from {one['entryPrice']}"
            f" (stop {one['stopLoss']}, target {one['takeProfit']}), paper"
        )
    for one in _dicts(health["trouble"]):
        line = _plain(f"{one['level']} {one['event']}: {one['message']}")
        console.print(f"[dim]{to_iso(_integer(one['timestamp']))} {line}[/]")
    for sentence in health["amber"] if isinstance(health["amber"], list) else ():
        console.print(f"[yellow]look:[/] {_plain(sentence)}")
    wrong = health["wrong"]
    if isinstance(wrong, list) and wrong:
        for sentence in wrong:
            console.print(f"[red]wrong:[/] {_plain(sentence)}")
    else:
        console.print("[green]all is well[/]")


def _shares(minutes: object) -> str:
    """Say how many of the last day's minutes are whole, healed and incomplete."""
    if not isinstance(minutes, dict):
        return "no minute"
    whole, healed, incomplete = (f"{minutes[name] / minutes['of']:.1%}" for name in ("whole", "healed", "incomplete"))
    lacking = f"[yellow]{incomplete} incomplete[/]" if minutes["incomplete"] else "none incomplete"
    return f"{whole} of {minutes['of']:,} minutes whole, {healed} healed, {lacking}"


def _connection(one: dict[str, object]) -> str:
    if not one["configured"]:
        return "[dim]not configured[/]"
    return "[green]connected[/]" if one["connected"] else "[red]not connected[/]"


def _plain(text: object) -> str:
    """Return a text that others wrote as it is: nothing in it colours the screen or moves the cursor."""
    return escape("".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(text)))


def _dicts(value: object) -> list[dict[str, object]]:
    return value if isinstance(value, list) else []


def _integer(value: object) -> int:
    return value if isinstance(value, int) else 0


def _megabytes(value: object) -> str:
    return f"{_integer(value) / 1e6:.1f} MB"


def _simulated(origin: object) -> str:
    return "  [yellow]SIMULATED MARKET[/]" if origin == "simulated" else ""

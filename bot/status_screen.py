"""The one screen of `cvdbot status`: what a trader looks for first stands first, what is wrong last."""

from __future__ import annotations

from typing import Any, TypeGuard

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.core.times import DAY, to_iso

FAR = 200 * 365 * DAY
"""UTC ms; dates beyond are not worth naming."""


def show(health: dict[str, object]) -> None:
    """Print the figures of `status.look` and what `status.run` adds."""
    console = Console(highlight=False, soft_wrap=True)
    followed = [one for one in _dicts(health["pairs"]) if one["followed"]]
    old = sum(_integer(one["bytes"]) for one in _dicts(health["archives"]))
    console.print(
        f"[bold]{_plain(health['database'])}[/]  {_megabytes(health['bytes'])}"
        + (f" + {_megabytes(old)} of archives" if old else "")
        + _simulated(health["origin"])
    )
    several = len(followed) > 1
    for one in followed if several else [health]:
        if _is(last := one["last_candle"]):
            whole = "" if last["sources"] is None else f", {last['sources']} of {last['configured']} exchanges complete"
            at = f"newest candle {to_iso(last['timestamp'])} {_plain(last['pair'])} {last['close']:,.2f}{whole}"
            console.print(at + (_today(one["today"]) if several else ""))
    total = f"{health['candles']:,} candles, {health['trades']:,} trades"
    console.print(total + ("" if several else _today(health["today"])))
    if gone := [_plain(one["pair"]) for one in _dicts(health["pairs"]) if not one["followed"]]:
        console.print(f"no longer followed: {', '.join(gone)}")
    bot = health["health"]
    table = Table("exchange", "state", "last trade", "clock", "reconnects", "gaps", "rejects", box=None, pad_edge=False)
    for one in _dicts(health["exchanges"]):
        seen = "never" if one["last_trade"] is None else to_iso(_integer(one["last_trade"]))
        counts = (str(one[key]) for key in ("reconnects", "gaps", "rejects"))
        table.add_row(_plain(one["exchange"]), _connection(one), seen, _offset(bot, one["exchange"]), *counts)
    console.print(table)
    for one in _dicts(health["exchanges"]):
        console.print(f"last day, {_plain(one['exchange'])}: {_shares(one['minutes'])}")
    for one in followed if several else [health]:
        if _is(trade := one["last_trade"]):
            console.print(
                f"last trade: #{trade['tradeNumber']} {_plain(trade['entryType'])} {_plain(trade['pair'])},"
                f" {trade['profit']:+,.2f} {_plain(trade['pair'].partition('/')[2])} ({_plain(trade['outcome'])}),"
                f" {to_iso(trade['exitTime'])}, {_plain(trade['mode'])}"
            )
    for one in _dicts(health["orders"]):
        console.print(
            f"open: {_plain(one['entryType'])} {_plain(one['pair'])} from {one['entryPrice']}"
            f" (stop {one['stopLoss']}, target {one['takeProfit']}), paper"
        )
    _show_the_machine(console, health)
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


def _show_the_machine(console: Console, health: dict[str, Any]) -> None:
    """Say how the backup, the disk, the card and the memory are."""
    if _is(backup := health["backup"]):
        console.print(f"backup: {to_iso(backup['made'])}, {_plain(backup['path'])}")
    if _is(bot := health["health"]):
        disk = f"disk: {bot['free'] / 1e9:.1f} of {bot['total'] / 1e9:.1f} GB free"
        if _is(ahead := health["projection"]):
            disk += f"; files grow by {ahead['growth'] / 1e6:.1f} MB a day: {ahead['in_a_year'] / 1e9:.1f} GB in a year"
            disk += "" if ahead["full"] is None else f", full in {_month(ahead['full'])}"
        console.print(disk)
        if _is(ahead) and ahead["written"] is not None:
            whole = "" if ahead["card"] is None else f": the whole card once by {_month(ahead['card'])}"
            console.print(f"card: {ahead['written'] / 1e6:.0f} MB written a day{whole}")
        memory = "" if bot["memory"] is None else f"memory: {bot['memory'] / 1e6:.0f} MB; "
        console.print(f"{memory}late by {bot['delay']:.0f} ms at most; up since {to_iso(bot['started'])}")


def _today(day: object) -> str:
    """Say what there is of the day."""
    return f"; today {day['candles']:,} of {day['of']:,}, {day['trades']} trades" if _is(day) else ""


def _month(instant: int) -> str:
    """Name the month of an instant, UTC ms; what is centuries away is no date."""
    return to_iso(instant)[:7] if instant < FAR else "centuries"


def _offset(bot: object, exchange: object) -> str:
    """Say how far an exchange's clock is from ours."""
    offset = bot["offsets"].get(exchange) if _is(bot) else None
    return "-" if offset is None else f"{offset:+d} ms"


def _is(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


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

"""`cvdbot verify`: the verdict as text or JSON, and the daily one the bot stores.

The bot asks a process of its own for it: a replay of days takes seconds, in which the bot has to listen.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import msgspec
import typer
from rich.console import Console

from bot.core.times import to_iso
from bot.errors import DatabaseError
from bot.store import rows
from bot.store.database import reading
from bot.trading.verify import Difference, Verdict, verify

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT = "BTC/USDT"
SHOWN = 20
"""Differences that are printed; `--json` has them all."""
DAILY = 3
"""The bot verifies so many of the last days."""


def run(path: Path, pair: str | None, days: int | None, as_json: bool) -> int:
    """Verify the database at `path` and print the verdict; return the exit code, 1 on a fault.

    `pair`: None for the first that the bot follows.
    """
    with reading(path) as sql:
        pair = pair or next(iter(rows.read_followed(sql)), DEFAULT)
        verdict = verify(sql, pair, days)
    if verdict is None:
        raise DatabaseError(f"no bot has traded {pair} in {path} yet: there is nothing to verify")
    if as_json:
        typer.echo(json.dumps(asdict(verdict)))
    else:
        _print(verdict)
    return 1 if verdict.differences else 0


async def ask(path: Path, pair: str) -> Verdict:
    """Return the verdict over the last days, made by a process of its own.

    Raises:
        DatabaseError: That process failed; the message has its last words.
    """
    arguments = ("-m", "cvdbot", "verify", "--db", str(path), "--pair", pair, "--days", str(DAILY), "--json")
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    try:
        return msgspec.json.decode(output, type=Verdict)
    except msgspec.MsgspecError:
        raise DatabaseError(f"verify failed: {errors.decode(errors='replace').strip()[-500:]}") from None


def _print(verdict: Verdict) -> None:
    console = Console(highlight=False)
    span = f"{to_iso(verdict.start)} to {to_iso(verdict.end)}"
    console.print(
        f"{verdict.pair}, {span}: {verdict.minutes:,} minutes, {verdict.trades} trades, {verdict.events} events"
    )
    if verdict.differences:
        console.print(f"[red]{len(verdict.differences)} differences[/] between what is stored and the replay:")
        _list(console, verdict.differences)
    else:
        console.print("[green]live = replay[/]: every candle, trade and event is what the replay gives, bit for bit")
    if verdict.corrected:
        console.print(
            f"with the candles as corrected afterwards, {len(verdict.corrected)} things would differ (no fault):"
        )
        _list(console, verdict.corrected)


def _list(console: Console, differences: list[Difference]) -> None:
    for one in differences[:SHOWN]:
        console.print(f"  {one.kind} {one.what}", soft_wrap=True)
    if len(differences) > SHOWN:
        console.print(f"  and {len(differences) - SHOWN} more: --json has them all")

"""Which `bot.toml` makes a bot listen to the simulated exchanges?

Complete: exactly the venues, pair, symbols and streams that are served, and the simulated clock. Written in one
rename once the servers listen, so whoever waits for the file may start the bot when it appears.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bot.core.exchanges import EXCHANGES
from bot.errors import BotError
from bot.simulator.dialects import instrument

if TYPE_CHECKING:
    from pathlib import Path

    from bot.simulator.simulator import Simulator
    from bot.simulator.venue import Venue


def configuration(simulator: Simulator, *, market: str, pair: str) -> str:
    """Write the text of a `bot.toml` for a bot whose database lies beside it."""
    lines = [
        "# Written by `cvdbot simulate`: a bot for the simulated exchanges.",
        'database = "trading.db"',
        f'market = "{market}"',
        "",
        "[[pairs]]",
        f'pair = "{pair}"',
        "",
        "[clock]",
        f'url = "{simulator.clock_url}"',
    ]
    for exchange in EXCHANGES:
        lines += ["", f"[exchanges.{exchange}]"]
        venue = simulator.venues.get(exchange)
        lines += ["enabled = false"] if venue is None else _served(venue, usual=_usual(exchange, market, pair))
    return "\n".join(lines) + "\n"


def _usual(exchange: str, market: str, pair: str) -> str | None:
    """Name the symbol a bot would listen to by itself, where that is known here."""
    return instrument(exchange, market).symbol if pair == "BTC/USDT" else None


def _served(venue: Venue, usual: str | None) -> list[str]:
    traded = venue.dialect.traded
    lines = ["enabled = true", f'websocket = "{venue.websocket}"', f'rest = "{venue.rest}"']
    if traded.symbol != usual:
        lines.append(f'symbol = "{traded.symbol}"')
    if venue.dialect.stream:
        lines.append(f'stream = "{venue.dialect.stream}"')
    return lines


def write(path: Path, text: str) -> None:
    """Put `text` at `path` in one rename.

    Raises:
        BotError: it can't be written.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise BotError(f"can't write the configuration {path}: {error.strerror}") from error

"""Which `bot.toml` makes a bot listen to the simulated exchanges?

Complete: exactly the venues, pairs, symbols and streams that are served, and the simulated clock. Written in one
rename once the servers listen, so whoever waits for the file may start the bot when it appears.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bot.core.exchanges import EXCHANGES
from bot.errors import BotError
from bot.simulator.coins import BITCOIN
from bot.simulator.dialects import instrument

if TYPE_CHECKING:
    from pathlib import Path

    from bot.simulator.simulator import Simulator
    from bot.simulator.venue import Venue


def configuration(simulator: Simulator, *, market: str, pair: str | None = None) -> str:
    """Write the text of a `bot.toml` for a bot whose database lies beside it.

    `pair` is what a bot calls that which is played; None: each pair that is served.
    """
    served = next(iter(simulator.venues.values())).listings.all
    pairs = [each.pair for each in served] if pair is None else [pair]
    tables = [line for each in pairs for line in ("[[pairs]]", f'pair = "{each}"', "")]
    lines = [
        "# Written by `cvdbot simulate`: a bot for the simulated exchanges.",
        'database = "trading.db"',
        f'market = "{market}"',
        "",
        *tables,
        "[clock]",
        f'url = "{simulator.clock_url}"',
    ]
    for exchange in EXCHANGES:
        lines += ["", f"[exchanges.{exchange}]"]
        venue = simulator.venues.get(exchange)
        lines += ["enabled = false"] if venue is None else _served(venue, market, pair)
    return "\n".join(lines) + "\n"


def _served(venue: Venue, market: str, pair: str | None) -> list[str]:
    lines = ["enabled = true", f'websocket = "{venue.websocket}"', f'rest = "{venue.rest}"']
    if pair is not None and (symbol := _unusual(venue, market, pair)):
        lines.append(f'symbol = "{symbol}"')
    if venue.dialect.stream:
        lines.append(f'stream = "{venue.dialect.stream}"')
    return lines


def _unusual(venue: Venue, market: str, pair: str) -> str | None:
    """Name what is played, None where it is known to be what a bot would listen to by itself."""
    symbol = venue.listings.first.traded.symbol
    return None if pair == BITCOIN and symbol == instrument(venue.exchange, market).symbol else symbol


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

"""The next minute: what the page's questions cost just after a bot wrote one, with two years before it.

A copy of the two years is written to as a bot does, in WAL mode, a minute at a time. After each, the first question
about 1,000 bars of 5m is that for their candles, or that for what the strategy sees.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import past, web_market, web_served
from benchmarks.figure import Figure, VoidError
from benchmarks.turns import Reading, cpu, in_turns, wall

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 15
GOAL_MS = 50.0
CANDLES = "/api/candles?timeframe=5m&limit=1000"
INDICATORS = "/api/indicators?timeframe=5m&limit=1000"
IDLE = 0.01
"""CPU-seconds in half a second."""

PATIENCE = 60.0
"""Seconds in which the side file of the copy is made."""


def figures(*, tiny: bool = False) -> Iterator[Figure]:
    """Yield the one figure."""
    market, rounds = web_market.stored(20_000 if tiny else past.MINUTES), 2 if tiny else ROUNDS
    with tempfile.TemporaryDirectory(prefix="cvdbot-next-") as folder:
        database = Path(folder) / "trading.db"
        shutil.copyfile(market.database, database)
        with (
            closing(sqlite3.connect(database, isolation_level=None)) as writer,
            web_served.bot(database, Path(folder)) as bot,
        ):
            writer.execute("PRAGMA journal_mode = WAL")
            _settled(bot)
            newest = market.newest

            def after_the_next(path: str) -> Reading:
                nonlocal newest
                newest += 60_000
                row = (newest, web_market.PAIR, 37_000.0, 37_010.0, 36_990.0, 37_005.0, 1.0, 2.0)
                writer.execute(web_market.INSERT, row)
                taken, _, body = bot.asked([path])
                if f'"newest":{newest}'.encode() not in body.replace(b" ", b""):
                    raise VoidError(f"{path} did not see the minute {newest}")
                return taken

            runs = {
                "candles": lambda: after_the_next(CANDLES),
                "indicators": lambda: after_the_next(INDICATORS),
            }
            taken = in_turns(runs, rounds)
            resident = bot.resident_kb()
    waited = {name: wall(each) for name, each in taken.items()}
    yield Figure(
        "web.indicators.next",
        1000 * median(waited["indicators"]),
        "ms after the next minute",
        GOAL_MS,
        {
            "worst_ms": 1000 * max(waited["indicators"]),
            "cpu_ms": 1000 * median(cpu(taken["indicators"])),
            "candles_ms": 1000 * median(waited["candles"]),
            "resident_mb": resident / 1000,
            "minutes": market.minutes,
            "rounds": rounds,
        },
        at_most=True,
    )


def _settled(bot: web_served.Served) -> None:
    """Wait until the history is in memory and the side file is made: the server then has nothing left to do."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        bot.asked([CANDLES, INDICATORS])
        before = bot.cpu()
        time.sleep(0.5)
        if bot.cpu() - before < IDLE:
            return
    raise VoidError("the side file was not made in time")

"""The report of a year: what a reader waits for the PDF, and how large it is.

A year of minutes at 5m with what the strategy traded there; a real server, asked each time for another period of it,
so that nothing kept is answered.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import page_browser, past, web_served
from benchmarks.figure import Figure, VoidError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 5
YEAR = 365 * 1440
GOAL_S = 5.0
BAR = 300_000


def figures(*, tiny: bool = False) -> Iterator[Figure]:
    """Yield the one figure."""
    minutes, rounds = (20_000, 1) if tiny else (YEAR, ROUNDS)
    with tempfile.TemporaryDirectory(prefix="cvdbot-report-") as folder:
        database = Path(folder) / "trading.db"
        page_browser.store(database, minutes)
        with web_served.bot(database, Path(folder)) as bot:
            taken, size = [], 0
            for number in range(rounds + 1):
                reading, _, body = bot.asked([f"/api/report.pdf?from={past.START + number * BAR}"])
                if not body.startswith(b"%PDF"):
                    raise VoidError("the answer is no PDF")
                taken.append(reading.wall)
                size = len(body)
    waited = taken[1:]
    yield Figure(
        "web.report",
        median(waited),
        "s for the report of a year",
        GOAL_S,
        {"first_s": taken[0], "worst_s": max(waited), "kilobytes": size / 1000, "minutes": minutes, "rounds": rounds},
        at_most=True,
    )

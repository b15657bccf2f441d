"""Two years over HTTP: as bars of an hour, 50,000 minutes, and as files.

The scan is `SELECT sum(vBuy)` over all minutes: the least that reading them costs. `raw` is answered by an app that
cannot have a side file, `seen` by one that has.
"""

from __future__ import annotations

import io
import json
import sqlite3
from contextlib import ExitStack, closing
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import past, web_market, web_served
from benchmarks.figure import Figure, VoidError
from benchmarks.turns import Reading, cpu, in_turns, ratio, wall
from benchmarks.web_candles import datasette_path
from webapp.bars.bars import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import polars as pl

    from benchmarks.web_market import Stored
    from benchmarks.web_served import Served

ROUNDS = 3
MANY = 50_000


def figures(*, tiny: bool = False) -> Iterator[Figure]:
    """Yield the figures of long histories."""
    rounds = 1 if tiny else ROUNDS
    market = web_market.stored(20_000 if tiny else past.MINUTES)
    nowhere = market.database  # a file: no folder can be made there
    with ExitStack() as servers:
        bot = servers.enter_context(web_served.bot(market.database, market.folder))
        raw = servers.enter_context(web_served.bot(market.database, nowhere))
        datasette = servers.enter_context(web_served.datasette(market.database))
        _same(bot, raw)
        taken = in_turns(_asks(market, bot, raw, datasette), rounds)
    seconds = {name: cpu(each) for name, each in taken.items()}
    waited = {name: wall(each) for name, each in taken.items()}
    scan = {"scan_cpu_ms": 1000 * median(seconds["scan"]), "rounds": rounds}
    for name, goal in (("raw", 4.0), ("seen", 0.4)):
        beside = {f"{name}_cpu_ms": 1000 * median(seconds[name]), **scan}
        yield Figure(
            f"web.history.{name}", ratio(seconds[name], seconds["scan"]), "x the scan", goal, beside, at_most=True
        )
    yield Figure(
        "web.history.many",
        ratio(waited["datasette"], waited["many"]),
        "x datasette's requests a second",
        3.0,
        {
            "ratio_of_cpu_seconds": ratio(seconds["datasette"], seconds["many"]),
            "bot_ms": 1000 * median(waited["many"]),
            "datasette_ms": 1000 * median(waited["datasette"]),
        },
    )
    for form in ("arrow", "parquet"):
        least = [one + other for one, other in zip(seconds[f"polars_{form}"], seconds["scan"], strict=True)]
        beside = {
            f"{form}_cpu_ms": 1000 * median(seconds[form]),
            f"polars_{form}_cpu_ms": 1000 * median(seconds[f"polars_{form}"]),
            **scan,
        }
        yield Figure(
            f"web.files.{form}", ratio(seconds[form], least), "x polars and the scan", 1.5, beside, at_most=True
        )


def _asks(market: Stored, bot: Served, raw: Served, datasette: Served) -> dict[str, Callable[[], Reading]]:
    number, frame = 0, _frame(market)

    def fresh(path: str) -> str:
        nonlocal number
        number += 1
        return path.format(end=market.newest + 86_400_000 + number)

    def of(served: Served, path: str) -> Callable[[], Reading]:
        return lambda: served.asked([fresh(path)])[0]

    hours, many = "/api/candles?timeframe=1h&from=0&to={end}", f"/api/candles?timeframe=1m&limit={MANY}&to={{end}}"
    return {
        "scan": lambda: _scan(market),
        "raw": of(raw, hours),
        "seen": of(bot, hours),
        "many": of(bot, many),
        "datasette": of(datasette, datasette_path(MANY)),
        "arrow": of(bot, "/api/export/candles.arrow?to={end}"),
        "parquet": of(bot, "/api/export/candles.parquet?to={end}"),
        "polars_arrow": lambda: _written(frame, "arrow"),
        "polars_parquet": lambda: _written(frame, "parquet"),
    }


def _scan(market: Stored) -> Reading:
    with closing(sqlite3.connect(f"{market.database.as_uri()}?mode=ro", uri=True)) as sql:
        start = Reading.now()
        sql.execute("SELECT sum(vBuy) FROM candles").fetchall()
        return Reading.now().since(start)


def _written(frame: pl.DataFrame, form: str) -> Reading:
    start = Reading.now()
    if form == "arrow":
        frame.write_ipc(io.BytesIO(), compression="uncompressed")
    else:
        frame.write_parquet(io.BytesIO())
    return Reading.now().since(start)


def _frame(market: Stored) -> pl.DataFrame:
    import polars as pl  # noqa: PLC0415 - in the process that compares, not in every figure's

    with closing(sqlite3.connect(f"{market.database.as_uri()}?mode=ro", uri=True)) as sql:
        rows = sql.execute(f"SELECT {', '.join(COLUMNS)} FROM candles ORDER BY timestamp").fetchall()
    return pl.DataFrame(rows, schema=list(COLUMNS), orient="row")


def _same(bot: Served, raw: Served) -> None:
    """Both give the same hours; now the copy was seen.

    Raises:
        VoidError: They do not.
    """
    path = "/api/candles?timeframe=1h&from=0"
    mine, other = (json.loads(served.asked([path])[2])["candles"] for served in (bot, raw))
    if mine != other:
        raise VoidError("the side file's hours are not those of the minutes")

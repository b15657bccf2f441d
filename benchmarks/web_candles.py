"""500 candles over HTTP: beside the least a Starlette app can do, and beside datasette with the same query.

The copy was seen before, with its side file; `not kept` means that each request asks for another range, so that no
answer is in memory. Datasette answers the minutes: longer bars it would have to make of them.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import quote

from benchmarks import past, web_market, web_served
from benchmarks.figure import Figure, VoidError
from benchmarks.turns import Reading, cpu, in_turns, ratio, wall
from webapp.bars.bars import COLUMNS
from webapp.request.timeframes import SPANS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from benchmarks.web_served import Served

ROUNDS, REQUESTS = 7, 20
QUERY = f"SELECT {', '.join(COLUMNS)} FROM candles WHERE timestamp < :to ORDER BY timestamp DESC LIMIT :limit"


def figures(*, tiny: bool = False) -> Iterator[Figure]:
    """Yield the figures of 500 candles."""
    rounds, requests = (1, 3) if tiny else (ROUNDS, REQUESTS)
    market = web_market.stored(20_000 if tiny else past.MINUTES)
    with ExitStack() as servers:
        bot = servers.enter_context(web_served.bot(market.database, market.folder))
        bare = servers.enter_context(web_served.bare(market.database))
        datasette = servers.enter_context(web_served.datasette(market.database))
        idle = {"bot_kb": bot.resident_kb(), "datasette_kb": datasette.resident_kb()}
        _same(bot, bare, datasette, market.newest)
        asks = _asks(bot, bare, datasette, market.newest, requests)
        taken = in_turns(asks, rounds)
    seconds = {name: cpu(each) for name, each in taken.items()}
    waited = {name: wall(each) for name, each in taken.items()}
    each = {f"{name}_cpu_ms": 1000 * median(seconds[name]) for name in seconds}
    worst = max(SPANS, key=lambda name: median(seconds[name]))
    beside = {**each, "worst": worst, "requests": requests, "rounds": rounds}
    yield Figure(
        "web.candles.bare", ratio(seconds[worst], seconds["bare"]), "x a bare JSONResponse", 1.0, beside, at_most=True
    )
    yield _rate("web.candles.datasette", waited, seconds, "1m", 4.0)
    yield _rate("web.candles.repeated", waited, seconds, "repeated", 15.0)
    yield Figure(
        "web.candles.newest",
        ratio(seconds["newest"], seconds["5m"]),
        "x 500 bars",
        0.4,
        {"not_kept": ratio(seconds["newest_first"], seconds["5m"])},
        at_most=True,
    )
    yield Figure(
        "web.candles.unchanged", ratio(seconds["unchanged"], seconds["newest"]), "x from=<last>", 1.0, at_most=True
    )
    yield Figure("web.memory", idle["bot_kb"] / idle["datasette_kb"], "x datasette's", 1.0, idle, at_most=True)


def _rate(
    name: str, waited: Mapping[str, list[float]], seconds: Mapping[str, list[float]], mine: str, goal: float
) -> Figure:
    beside = {
        "ratio_of_cpu_seconds": ratio(seconds["datasette"], seconds[mine]),
        "bot_per_s": 1 / median(waited[mine]),
        "datasette_per_s": 1 / median(waited["datasette"]),
    }
    return Figure(name, ratio(waited["datasette"], waited[mine]), "x datasette's requests a second", goal, beside)


def _asks(bot: Served, bare: Served, datasette: Served, newest: int, requests: int) -> dict[str, Callable[[], Reading]]:
    """Return what is asked of whom."""
    end = newest + 60_000
    again = "/api/candles?timeframe=5m&limit=500"
    last = f"/api/candles?timeframe=5m&from={end - end % 300_000 - 300_000}"
    _, answer, _ = bot.asked(["/api/candles?timeframe=1d&from=0", again])
    tag = {"If-None-Match": answer.headers["ETag"]}
    number = 0

    def fresh(path: str) -> list[str]:
        """Return ranges nobody asked for; they end after the newest bar and hold the same bars."""
        nonlocal number
        number += requests
        return [path.format(end=end + 86_400_000 + number + index) for index in range(requests)]

    def of(served: Served, path: str) -> Callable[[], Reading]:
        return lambda: served.asked(fresh(path))[0]

    return {
        "bare": lambda: bare.asked(["/candles"] * requests)[0],
        **{name: of(bot, f"/api/candles?timeframe={name}&limit=500&to={{end}}") for name in SPANS},
        "repeated": lambda: bot.asked([again] * requests)[0],
        "newest": lambda: bot.asked([last] * requests)[0],
        "newest_first": of(bot, last + "&to={end}"),
        "unchanged": lambda: bot.asked([last] * requests, tag)[0],
        "datasette": of(datasette, datasette_path(500)),
    }


def datasette_path(limit: int) -> str:
    """Return where datasette answers with the last so many minutes before `{end}`."""
    return f"/trading.json?sql={quote(QUERY)}&_shape=arrays&limit={limit}&to={{end}}"


def _same(bot: Served, bare: Served, datasette: Served, newest: int) -> None:
    """All three give the same candles.

    Raises:
        VoidError: They do not.
    """
    ours = json.loads(bot.asked(["/api/candles?timeframe=1m&limit=500"])[2])["candles"]
    rows = json.loads(datasette.asked([datasette_path(500).format(end=newest + 1)])[2])["rows"]
    theirs = dict(zip(COLUMNS, map(list, zip(*rows[::-1], strict=True)), strict=True))
    if ours != theirs or ours != json.loads(bare.asked(["/candles"])[2])["candles"]:
        raise VoidError("the candles differ")

"""What the strategy sees and would have done, over HTTP: beside the candles alone, and beside the computing itself."""

from __future__ import annotations

import json
from statistics import median
from typing import TYPE_CHECKING

from analysis.account.equity import equity
from analysis.account.statistics import statistics
from analysis.account.track_record import of_result
from analysis.batch.backtest import backtest
from analysis.batch.completeness import missing
from analysis.batch.history import History
from analysis.results import as_plain
from benchmarks import past, web_market, web_served
from benchmarks.figure import Figure, VoidError
from benchmarks.turns import Reading, cpu, in_turns, ratio
from bot.core.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS, REQUESTS = 9, 20


def figures(*, tiny: bool = False) -> Iterator[Figure]:
    """Yield the figures of indicators and of the back-test."""
    rounds, requests = (1, 2) if tiny else (ROUNDS, REQUESTS)
    market = web_market.stored(20_000 if tiny else past.MINUTES)
    minutes = past.market(market.minutes)
    number, counted = 0, {}

    with web_served.bot(market.database, market.folder) as bot:

        def of(path: str) -> Callable[[], Reading]:
            def ask() -> Reading:
                nonlocal number
                number += requests
                ends = range(market.newest + 86_400_000 + number, market.newest + 86_400_000 + number + requests)
                return bot.asked([path.format(end=end) for end in ends])[0]

            return ask

        def what_if() -> Reading:
            taken, _, body = bot.asked(["/api/backtest"], body="{}")
            counted["http"] = len(json.loads(body)["trades"])
            return taken

        def computed() -> Reading:
            start = Reading.now()
            history, parameters = History(minutes), Parameters()
            result = backtest(history, parameters, None, None)
            record = of_result(history, result)
            assert result.begin is not None
            assert result.end is not None
            lacking = missing(minutes, result.begin, result.end, parameters.chart_ms)
            as_plain(history, result, statistics(record), equity(record), lacking)
            counted["computed"] = len(result.trades)
            return Reading.now().since(start)

        bot.asked(["/api/candles?timeframe=1d&from=0", "/api/indicators?timeframe=5m&limit=1000"])
        runs = {
            "candles": of("/api/candles?timeframe=5m&limit=1000&to={end}"),
            "indicators": of("/api/indicators?timeframe=5m&limit=1000&to={end}"),
            "what_if": what_if,
            "computed": computed,
        }
        taken = in_turns(runs, rounds)
    if counted["http"] != counted["computed"]:
        raise VoidError(f"{counted['http']} trades over HTTP, {counted['computed']} without")
    seconds = {name: cpu(each) for name, each in taken.items()}
    spent = {f"{name}_cpu_ms": 1000 * median(each) for name, each in seconds.items()}
    yield Figure(
        "web.indicators",
        ratio(seconds["indicators"], seconds["candles"]),
        "x the candles alone",
        3.0,
        {**spent, "rounds": rounds},
        at_most=True,
    )
    yield Figure(
        "web.backtest",
        ratio(seconds["what_if"], seconds["computed"]),
        "x the computing alone",
        1.5,
        {**spent, "trades": counted["http"], "rounds": rounds},
        at_most=True,
    )

"""Two years back-tested at 5m with all statistics, beside the same strategy in backtesting.py, on the same bars.

Both begin with the bars and end with their statistics; `ratio_from_minutes` is the same with our side making the bars
of 1.05 million minutes first. The trades are compared one by one: entry and exit bar, prices and profit. A side that
trades something else is not faster.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from analysis.account.statistics import statistics
from analysis.account.track_record import of_result
from analysis.batch.backtest import backtest
from analysis.batch.history import History
from benchmarks import backtesting_strategy, past
from benchmarks.figure import Figure
from benchmarks.turns import Reading, cpu, in_turns, ratio
from bot.core.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from analysis.batch.backtest import Result

GOAL = 20.0
ROUNDS = 7


class VoidError(Exception):
    """The two sides did not make the same trades: the figure means nothing."""


def figures(*, tiny: bool = False) -> Iterator[Figure]:
    """Yield the one figure."""
    minutes, rounds = (20_000, 1) if tiny else (past.MINUTES, ROUNDS)
    market, parameters = past.market(minutes), Parameters()
    bars = backtesting_strategy.frame(History(market).bars(parameters))
    results: dict[str, Result | pd.Series] = {}

    def bot(history: History) -> Reading:
        start = Reading.now()
        result = backtest(history, parameters)
        statistics(of_result(history, result))
        passed = Reading.now().since(start)
        results["bot"] = result
        return passed

    def on_bars() -> Reading:
        history = History(market)
        history.bars(parameters)
        return bot(history)

    def backtesting() -> Reading:
        start = Reading.now()
        result = backtesting_strategy.run(bars)
        passed = Reading.now().since(start)
        results["backtesting"] = result
        return passed

    runs = {"bot": on_bars, "backtesting": backtesting, "minutes": lambda: bot(History(market))}
    taken = in_turns(runs, rounds)
    trades = agreed(results["bot"], results["backtesting"])
    ours, theirs, whole = (cpu(taken[name]) for name in runs)
    yield Figure(
        "backtest.trades",
        ratio(theirs, ours),
        "x backtesting.py's speed",
        GOAL,
        {
            "ratio_from_minutes": ratio(theirs, whole),
            "bot_cpu_s": median(ours),
            "bot_from_minutes_cpu_s": median(whole),
            "backtesting_cpu_s": median(theirs),
            "minutes": minutes,
            "bars": len(bars),
            "trades": trades,
            "rounds": rounds,
        },
    )


def agreed(ours: Result, theirs: pd.Series) -> int:
    """Return how many trades both made, which are the same."""
    table = theirs["_trades"]
    mine = np.array(
        [
            (each.position.entry_time, each.exit_time, each.position.entry_price, each.exit_price, each.profit)
            for each in ours.trades
        ]
    )
    times = [table[name].to_numpy().astype("datetime64[ms]").astype(np.int64) for name in ("EntryTime", "ExitTime")]
    yours = np.column_stack([*times, table.EntryPrice, table.ExitPrice, table.PnL])
    if len(mine) != len(yours) or not len(mine):
        raise VoidError(f"the bot made {len(mine)} trades, backtesting.py {len(yours)}")
    apart = ~np.isclose(mine, yours, rtol=1e-12, atol=1e-6).all(axis=1)
    if apart.any():
        first = int(np.argmax(apart))
        raise VoidError(
            f"trade {first + 1}: the bot has {mine[first].tolist()}, backtesting.py {yours[first].tolist()}"
        )
    return len(mine)

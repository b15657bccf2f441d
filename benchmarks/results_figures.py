"""All figures and the equity of two years and some 1,900 trades, beside quantstats on the same account.

Our side begins with the trades and bars: the equity of them, and every figure with weekdays, hours and the interval of
the expectancy. quantstats is given the equity (balance, and marked to market) and the trades' profits, and says what it
knows of the same: ratios, both deepest falls with their dates, wins and streaks. What both say is compared: a side that
says something else is not faster.
"""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import quantstats

from analysis.account.equity import equity
from analysis.account.statistics import statistics
from analysis.account.track_record import of_result
from analysis.batch.backtest import backtest
from analysis.batch.history import History
from benchmarks import past
from benchmarks.figure import Figure, VoidError
from benchmarks.turns import Reading, cpu, in_turns, ratio
from bot.core.parameters import Parameters
from bot.core.times import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.account.statistics import Statistics
    from analysis.account.track_record import TrackRecord

GOAL = 0.1
ROUNDS = 15
PARAMETERS = {"fvg_sensitivity": "all", "initial_balance": 100_000.0}
DAYS_A_YEAR = 365


def figures(*, tiny: bool = False) -> Iterator[Figure]:
    """Yield the one figure."""
    minutes, rounds = (60_000, 1) if tiny else (past.MINUTES, ROUNDS)
    history = History(past.market(minutes))
    record = of_result(history, backtest(history, Parameters.from_mapping(PARAMETERS)))
    balance, marked, profits = as_pandas(record)
    said: dict[str, Statistics] = {}
    told: dict[str, dict[str, float]] = {}

    def bot() -> Reading:
        start = Reading.now()
        said["bot"] = statistics(record)
        equity(record)
        return Reading.now().since(start)

    def beside() -> Reading:
        quantstats.utils._PREPARE_RETURNS_CACHE.clear()  # noqa: SLF001 - what it has kept of the round before
        start = Reading.now()
        told["quantstats"] = by_quantstats(balance, marked, profits)
        return Reading.now().since(start)

    taken = in_turns({"bot": bot, "quantstats": beside}, rounds)
    compared = _agreed(said["bot"], told["quantstats"])
    ours, theirs = cpu(taken["bot"]), cpu(taken["quantstats"])
    yield Figure(
        "results.figures",
        ratio(ours, theirs),
        "x quantstats' time",
        GOAL,
        {
            "bot_cpu_ms": median(ours) * 1e3,
            "quantstats_cpu_ms": median(theirs) * 1e3,
            "bot_figures": len(said["bot"].figures),
            "compared": compared,
            "trades": len(record.trades),
            "bars": len(record.prices),
            "rounds": rounds,
        },
        at_most=True,
    )


def as_pandas(record: TrackRecord) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Return an account's balance and marked value, and its trades' profits as shares of the initial balance.

    Both begin with that balance on the day before the first, so that the first day has a change as well.
    """
    worth = equity(record)
    opens = pd.to_datetime(np.append([record.begin // DAY * DAY - 1], worth.timestamp), unit="ms")
    balance, marked = (
        pd.Series(np.append([worth.initial_balance], values), index=opens) for values in (worth.balance, worth.marked)
    )
    return balance, marked, pd.Series([trade.profit / record.initial_balance for trade in record.trades])


def by_quantstats(balance: pd.Series, marked: pd.Series, profits: pd.Series) -> dict[str, float]:
    """Return what quantstats says of an account, by our names; ratios are of changes in USDT, a year has 365 days."""
    of = quantstats.stats
    daily = marked.resample("D").last().diff().dropna() / marked.iloc[0]
    falls = {"max_drawdown": balance, "marked_max_drawdown": marked}
    return {
        **{f"{name}_{what}": value for name, series in falls.items() for what, value in _fall(series).items()},
        "sharpe": of.sharpe(daily, periods=DAYS_A_YEAR),
        "sortino": of.sortino(daily, periods=DAYS_A_YEAR),
        "win_rate": 100 * of.win_rate(profits, prepare_returns=False),
        "profit_factor": of.profit_factor(profits, prepare_returns=False),
        "payoff_ratio": of.payoff_ratio(profits, prepare_returns=False),
        "average_profit": of.avg_return(profits, prepare_returns=False) * marked.iloc[0],
        "best": of.best(profits, compounded=False, prepare_returns=False) * marked.iloc[0],
        "worst": of.worst(profits, compounded=False, prepare_returns=False) * marked.iloc[0],
        "longest_win_streak": of.consecutive_wins(profits, prepare_returns=False),
        "longest_loss_streak": of.consecutive_losses(profits, prepare_returns=False),
    }


def _fall(series: pd.Series) -> dict[str, float]:
    """Return the largest fall in %, and the days (UTC ms) of its lowest point and its end, or the span's."""
    details = quantstats.stats.drawdown_details(quantstats.stats.to_drawdown_series(series))
    largest = details.loc[details["max drawdown"].idxmin()]
    days = {f"{name}_day": pd.Timestamp(largest[of]).value / 1e6 for name, of in (("trough", "valley"), ("end", "end"))}
    return {"percent": -100 * quantstats.stats.max_drawdown(series), **days}


def _agreed(ours: Statistics, theirs: dict[str, float]) -> int:
    """Return how many figures both say, which are the same."""
    for name, value in theirs.items():
        mine = ours.figures[name.removesuffix("_day")].value
        if name.endswith("_day"):
            mine = (ours.end - 1 if mine is None else mine) // DAY * DAY
        if mine is None or not math.isclose(mine, value, rel_tol=1e-9):
            raise VoidError(f"{name}: the bot says {mine}, quantstats {value}")
    return len(theirs)

"""A thousand parameter sets over 46,673 quarters of an hour, beside backtesting.py's own optimizer on some of them.

Both begin with the bars and use the same two processes. Ours is the sweep as the command runs it, processes started and
all figures of every set; theirs is `Backtest.optimize` over a part of the grid, its sets a second in wall-clock time.
Their trades of every set of that part are compared with ours, one by one: a side that trades something else is not
faster.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, cast

from analysis.batch.backtest import backtest
from analysis.batch.history import History
from analysis.batch.market import COLUMNS, Market
from analysis.study.sweeps.chunks import Task
from analysis.study.sweeps.grid import Grid, sets
from analysis.study.sweeps.workers import compute
from benchmarks import backtesting_strategy, past
from benchmarks.backtest_trades import agreed
from benchmarks.figure import Figure, VoidError
from benchmarks.turns import Reading, in_turns, ratio, wall
from bot.core.parameters import RISK_MULTIPLE, SENSITIVITY, FvgSensitivity, Risk
from bot.core.times import MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from bot.core.parameters import Parameters, Plain

GOAL = 20.0
BARS, QUARTER = 46_673, 15
ROUNDS, PROCESSES = 3, 2

GRID: dict[str, tuple[Plain, ...]] = {
    "fvg_sensitivity": tuple(FvgSensitivity),
    "risk": tuple(Risk),
    "reward_to_risk": (0.4, 0.57, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0),
    "atr_length": (5, 10, 15, 20, 30),
}
"""A thousand sets."""

PART: dict[str, tuple[Plain, ...]] = {
    "fvg_sensitivity": (FvgSensitivity.EXTREME, FvgSensitivity.NORMAL),
    "risk": (Risk.NORMAL, Risk.LOW),
    "reward_to_risk": (0.57, 1.0),
    "atr_length": (10, 20),
}
"""Sixteen of them."""

TIMEFRAMES: dict[str, Plain] = {"chart_timeframe": "15m", "anchor_period": "15m"}
"""Those of the strategy written for backtesting.py."""


def figures(*, tiny: bool = False) -> Iterator[Figure]:
    """Yield the one figure."""
    bars, rounds = (1_000, 1) if tiny else (BARS, ROUNDS)
    market = quarters(past.market(bars * QUARTER))
    whole, part = _sets(GRID), _sets(PART)
    frame = backtesting_strategy.frame(History(market).bars(whole[0]))
    told: dict[str, pd.Series] = {}

    def bot() -> Reading:
        start = Reading.now()
        done = sum(len(rows) for rows in compute(market, list(enumerate(whole)), Task((None, None)), PROCESSES))
        passed = Reading.now().since(start)
        if done != len(whole):
            raise VoidError(f"{done} of {len(whole)} sets were computed")
        return passed

    def optimizer() -> Reading:
        varied = {THEIRS[name]: [_number(value) for value in values] for name, values in PART.items()}
        start = Reading.now()
        made = backtesting_strategy.optimize(frame, PROCESSES, **varied)
        passed = Reading.now().since(start)
        told["made"] = made
        return passed

    taken = in_turns({"bot": bot, "optimizer": optimizer}, rounds)
    trades = _compared(History(market), part, frame, told["made"])
    ours = [len(whole) / seconds for seconds in wall(taken["bot"])]
    theirs = [len(part) / seconds for seconds in wall(taken["optimizer"])]
    yield Figure(
        "sweep.sets",
        ratio(ours, theirs),
        "x backtesting.py's sets a second",
        GOAL,
        {
            "bot_sets_per_s": median(ours),
            "backtesting_sets_per_s": median(theirs),
            "sets": len(whole),
            "backtesting_sets": len(part),
            "bars": bars,
            "processes": PROCESSES,
            "trades_compared": trades,
            "rounds": rounds,
        },
    )


def quarters(minutes: Market) -> Market:
    """Return whole quarters of an hour of minutes without a gap, as an archive of that interval holds them."""
    rows = {name: getattr(minutes, name).reshape(-1, QUARTER) for name in COLUMNS.names or ()}
    return Market(
        minutes.pair,
        rows["timestamp"][:, 0].copy(),
        rows["open"][:, 0].copy(),
        rows["high"].max(axis=1),
        rows["low"].min(axis=1),
        rows["close"][:, -1].copy(),
        rows["buy"].sum(axis=1),
        rows["sell"].sum(axis=1),
        QUARTER * MINUTE,
    )


THEIRS = {
    "fvg_sensitivity": "sensitivity",
    "risk": "risk_multiple",
    "reward_to_risk": "reward_to_risk",
    "atr_length": "atr_length",
}
"""What is varied -> its name in benchmarks/backtesting_strategy.py."""


def _sets(varied: dict[str, tuple[Plain, ...]]) -> list[Parameters]:
    return sets(Grid(tuple(varied), tuple(varied.values())), TIMEFRAMES).parameters


def _number(value: Plain) -> float:
    """Return a value as the strategy written for backtesting.py takes it."""
    if isinstance(value, FvgSensitivity):
        return SENSITIVITY[value]
    return RISK_MULTIPLE[value] if isinstance(value, Risk) else cast("float", value)


def _compared(history: History, part: list[Parameters], frame: pd.DataFrame, made: pd.Series) -> int:
    """Return how many trades both sides made in all sets of the part, which are the same.

    Their optimizer keeps no trades: each set is run once more, and must have as many as the optimizer said.
    """
    trades = 0
    for chosen in part:
        varied = {theirs: _number(getattr(chosen, name)) for name, theirs in THEIRS.items()}
        same = agreed(backtest(history, chosen), backtesting_strategy.run(frame, **varied))
        if made[tuple(varied.values())] != same:
            raise VoidError(f"{varied}: {same} trades, the optimizer says {made[tuple(varied.values())]:g}")
        trades += same
    return trades

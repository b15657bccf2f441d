"""All indicators over two years of minutes at 5m, beside one running sum over the same minutes.

Bars, ATR, CVD, signals and fair value gaps, made of 1.05 million minutes; the yardstick is one `numpy.cumsum` over the
minutes' deltas, which are at hand.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from analysis.batch.history import History
from analysis.batch.indicators import deltas
from benchmarks import past
from benchmarks.figure import Figure
from benchmarks.turns import Reading, cpu, in_turns, ratio
from bot.core.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

GOAL = 30.0
ROUNDS = 31


def figures(*, tiny: bool = False) -> Iterator[Figure]:
    """Yield the one figure."""
    minutes, rounds = (20_000, 1) if tiny else (past.MINUTES, ROUNDS)
    market, parameters = past.market(minutes), Parameters()
    delta = deltas(market, parameters.delta_source)

    def indicators() -> Reading:
        history = History(market)
        start = Reading.now()
        history.atr(parameters, parameters.atr_length)
        history.risk_atr(parameters)
        history.signals(parameters)
        history.gaps(parameters)
        return Reading.now().since(start)

    def cumsum() -> Reading:
        start = Reading.now()
        np.cumsum(delta)
        return Reading.now().since(start)

    taken = in_turns({"indicators": indicators, "cumsum": cumsum}, rounds)
    ours, yardstick = cpu(taken["indicators"]), cpu(taken["cumsum"])
    yield Figure(
        "backtest.indicators",
        ratio(ours, yardstick),
        "x the time of one numpy.cumsum",
        GOAL,
        at_most=True,
        beside={
            "indicators_cpu_ms": median(ours) * 1e3,
            "cumsum_cpu_ms": median(yardstick) * 1e3,
            "minutes": minutes,
            "rounds": rounds,
        },
    )

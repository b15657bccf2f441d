"""What came after the close of each bar? The labels of `analysis.study.dataset.columns`.

A label of so many bars ahead speaks of the bars that follow one another right after this one, from the next one's open:
the price at which somebody could have acted on what he knew at the close. It is null until the last of them has
closed, when one is missing, and when the price ended where it began.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from analysis.batch.backtest import backtest
from analysis.study.dataset.columns import HORIZONS
from analysis.study.gap_fills import without_hole

if TYPE_CHECKING:
    from analysis.batch.history import History
    from bot.core.parameters import Parameters


def labels(history: History, p: Parameters) -> pl.DataFrame:
    """Return `timestamp` (the bar's open, UTC ms) and the labels, a row a confirmed bar, oldest first."""
    chart = history.bars(p)
    columns = {"timestamp": chart.timestamp}
    moves = {}
    bars = np.arange(len(chart))
    for ahead in HORIZONS:
        move = np.full(len(chart), np.nan)
        known = bars[without_hole(chart.timestamp, bars, ahead, p.chart_ms, len(chart))]
        move[known] = (chart.close[known + ahead] / chart.open[known + 1] - 1) * 100
        columns[f"up_{ahead}"] = np.where(np.isnan(move) | (move == 0), np.nan, move > 0)
        moves[f"move_{ahead}"] = move
    return (
        pl.DataFrame({**columns, **moves, **_trades(history, p)})
        .with_columns(
            pl.col(pl.Float64).fill_nan(None),
        )
        .with_columns(pl.col("trade_exit").cast(pl.Int64))
    )


def _trades(history: History, p: Parameters) -> dict[str, np.ndarray]:
    """Return of each bar what the trade that was entered at its close came to."""
    opens = history.bars(p).timestamp
    profit, win, left = np.full((3, len(opens)), np.nan)
    for trade in backtest(history, p).trades:
        at = int(np.searchsorted(opens, trade.position.entry_time))
        profit[at], win[at], left[at] = trade.profit, trade.profit > 0, trade.exit_time
    return {"trade_profit": profit, "trade_win": win, "trade_exit": left}

"""What do the trades say, one by one and together? Counts, profits, streaks, durations, long against short.

A trade with a profit above 0, net of fees, is a win, below 0 a loss; exactly 0 is neither and ends a streak.
Vocabulary and formulas follow the field's common ones (as in backtesting.py's `_stats.py`); money is USDT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.account.figures import MINUTES, NUMBER, PERCENT, TRADES, USDT, Definition, Of, Sample, ratio
from bot.core.times import MINUTE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.batch.indicators import Floats


def win_rate(profit: Floats) -> float | None:
    """Return the wins in % of all trades, None without one."""
    return float(np.count_nonzero(profit > 0) / len(profit) * 100) if len(profit) else None


def mean(values: Floats) -> float | None:
    """Return the mean of the values that are known, None when none is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None


def longest(holds: NDArray[np.bool_]) -> int:
    """Return the length of the longest run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], holds, [False])).astype(np.int8)))
    return int(np.max(edges[1::2] - edges[::2], initial=0))


def _profit_factor(sample: Sample) -> float | None:
    profit = sample.trades.profit
    return ratio(profit[profit > 0].sum(), -profit[profit < 0].sum())


def _payoff_ratio(sample: Sample) -> float | None:
    wins, losses = sample.trades.profit[sample.trades.profit > 0], sample.trades.profit[sample.trades.profit < 0]
    return ratio(wins.mean(), -losses.mean()) if len(wins) and len(losses) else None


def _expectancy_r(sample: Sample) -> float | None:
    trades = sample.trades
    risk = np.abs(trades.entry_price - trades.stop_loss) * trades.size
    return mean(np.divide(trades.profit, risk, out=np.full(len(trades), np.nan), where=risk > 0))


def _durations(sample: Sample) -> Floats:
    minutes: Floats = (sample.trades.exit_time - sample.trades.entry_time) / MINUTE
    return minutes


def _exposure(sample: Sample) -> float | None:
    record = sample.record
    held = float((sample.trades.exit_time - sample.trades.entry_time).sum())
    if record.open is not None:
        held += record.end - record.open.entry_time - record.prices.bar_ms
    share = ratio(held, record.end - record.begin)
    return None if share is None else share * 100


def _total_percent(sample: Sample) -> float | None:
    share = ratio(sample.trades.profit.sum(), sample.record.initial_balance)
    return None if share is None else share * 100


def _average_percent(sample: Sample) -> float | None:
    share = mean(sample.trades.profit / sample.trades.notional)
    return None if share is None else share * 100


def _side(name: str, of: Of) -> tuple[Definition, ...]:
    def mine(sample: Sample) -> Floats:
        profit: Floats = sample.trades.profit[sample.trades.long == (of is Of.LONG)]
        return profit

    return (
        Definition(f"{name}_trades", TRADES, f"Completed {name} trades.", lambda s: len(mine(s)), of, least=0),
        Definition(
            f"{name}_win_rate", PERCENT, f"Wins in % of the {name} trades.", lambda s: win_rate(mine(s)), of, money=True
        ),
        Definition(
            f"{name}_profit",
            USDT,
            f"Sum of the {name} trades' profits.",
            lambda s: float(mine(s).sum()),
            of,
            money=True,
        ),
        Definition(
            f"{name}_average_profit",
            USDT,
            f"Mean profit of a {name} trade.",
            lambda s: mean(mine(s)),
            of,
            money=True,
        ),
    )


FIGURES = (
    Definition("trades", TRADES, "Completed trades.", lambda s: len(s.trades), least=0),
    Definition(
        "wins",
        TRADES,
        "Trades with a profit above 0, net of fees.",
        lambda s: int(np.count_nonzero(s.trades.profit > 0)),
        money=True,
    ),
    Definition(
        "losses",
        TRADES,
        "Trades with a profit below 0, net of fees; exactly 0 is neither.",
        lambda s: int(np.count_nonzero(s.trades.profit < 0)),
        money=True,
    ),
    Definition("win_rate", PERCENT, "Wins in % of all trades.", lambda s: win_rate(s.trades.profit), money=True),
    Definition(
        "total_profit",
        USDT,
        "Sum of the trades' profits, net of fees.",
        lambda s: float(s.trades.profit.sum()),
        money=True,
    ),
    Definition(
        "total_profit_percent",
        PERCENT,
        "Total profit in % of the initial balance. Null when that is 0.",
        _total_percent,
        money=True,
    ),
    Definition(
        "average_profit", USDT, "Mean profit of a trade, net of fees.", lambda s: mean(s.trades.profit), money=True
    ),
    Definition(
        "average_profit_percent",
        PERCENT,
        "Mean of each trade's profit in % of its notional at entry (price x size): fees are taken of the "
        "same. Null where sizes are unknown.",
        _average_percent,
        money=True,
    ),
    Definition(
        "price_profit",
        USDT,
        "Sum of the trades' profits apart from fees: price difference x size.",
        lambda s: float(s.trades.price_profit.sum()),
    ),
    Definition("fees", USDT, "Sum of the trades' fees and slippage, both sides.", lambda s: float(s.trades.fees.sum())),
    Definition(
        "profit_factor",
        NUMBER,
        "Sum of the winning profits / sum of the losing ones (as a positive number). Null without a loss.",
        _profit_factor,
        money=True,
    ),
    Definition(
        "expectancy",
        USDT,
        "What a trade brings on average: win share x mean win - loss share x mean loss, which is the mean profit.",
        lambda s: mean(s.trades.profit),
        money=True,
    ),
    Definition(
        "expectancy_r",
        "R",
        "Mean of profit / R, where R is what the trade's stop would have cost apart from fees. Null where stops are "
        "unknown.",
        _expectancy_r,
        money=True,
    ),
    Definition(
        "payoff_ratio",
        NUMBER,
        "Mean win / mean loss (as a positive number). Null without one of each.",
        _payoff_ratio,
        money=True,
    ),
    Definition("best", USDT, "The largest profit of a trade.", lambda s: float(s.trades.profit.max()), money=True),
    Definition("worst", USDT, "The smallest profit of a trade.", lambda s: float(s.trades.profit.min()), money=True),
    Definition(
        "longest_win_streak", TRADES, "The most wins in a row.", lambda s: longest(s.trades.profit > 0), money=True
    ),
    Definition(
        "longest_loss_streak", TRADES, "The most losses in a row.", lambda s: longest(s.trades.profit < 0), money=True
    ),
    Definition(
        "average_duration",
        MINUTES,
        "Mean time in a trade, from the close of the entry's bar to the close of the exit's.",
        lambda s: float(_durations(s).mean()),
    ),
    Definition(
        "median_duration",
        MINUTES,
        "Median time in a trade, from the close of the entry's bar to the close of the exit's.",
        lambda s: float(np.median(_durations(s))),
    ),
    Definition(
        "longest_duration",
        MINUTES,
        "Longest time in a trade, from the close of the entry's bar to the close of the exit's.",
        lambda s: float(_durations(s).max()),
    ),
    Definition(
        "exposure",
        PERCENT,
        "Time in a position in % of the span, the open position included; from the close of the entry's bar to the "
        "close of the exit's.",
        _exposure,
        of=Of.POSITIONS,
    ),
    *_side("long", Of.LONG),
    *_side("short", Of.SHORT),
)

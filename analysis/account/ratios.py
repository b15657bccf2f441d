"""What was the reward for the risk? Drawdowns, and the ratios of return to deviation or drawdown.

**Period and annualisation.** Sharpe and Sortino take the change of the marked-to-market account on each UTC day that
the span touches, days without a trade included, and are annualised with the square root of 365: this market knows no
weekend. The risk-free rate is 0. Positions have a fixed size and profits do not compound, so changes are taken in
USDT; dividing them by any fixed capital gives the same ratio, and an account below 0 still has one.

Sources: W. F. Sharpe, The Sharpe Ratio (1994); F. Sortino, R. van der Meer, Downside risk (1991), with the target 0;
T. Young, Calmar ratio (1991); V. Tharp, System Quality Number.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from analysis.account.figures import DAYS, INSTANT, NUMBER, PERCENT, USDT, Definition, Of, Sample, ratio
from bot.core.times import DAY

if TYPE_CHECKING:
    from analysis.account.equity import Drawdown

DAYS_A_YEAR = 365
LEAST_DAYS = LEAST_TRADES = 30


def _sharpe(sample: Sample) -> float | None:
    changes = sample.daily_changes
    found = ratio(changes.mean(), changes.std(ddof=1))
    return None if found is None else found * sqrt(DAYS_A_YEAR)


def _sortino(sample: Sample) -> float | None:
    changes = sample.daily_changes
    found = ratio(changes.mean(), sqrt(np.square(np.minimum(changes, 0.0)).mean()))
    return None if found is None else found * sqrt(DAYS_A_YEAR)


def _calmar(sample: Sample) -> float | None:
    a_year = sample.daily_changes.sum() * DAYS_A_YEAR / sample.days
    return ratio(a_year, sample.marked_drawdown.amount)


def _sqn(sample: Sample) -> float | None:
    profit = sample.trades.profit
    found = ratio(profit.mean(), profit.std(ddof=1))
    return None if found is None else found * sqrt(len(profit))


def _length(sample: Sample, fall: Drawdown) -> float | None:
    if fall.peak is None:
        return None
    return ((sample.record.end if fall.recovered is None else fall.recovered) - fall.peak) / DAY


FIGURES = (
    Definition(
        "max_drawdown",
        USDT,
        "The deepest fall of the balance from its highest value before, the initial balance included.",
        lambda s: s.drawdown.amount,
        money=True,
    ),
    Definition(
        "max_drawdown_percent",
        PERCENT,
        "The largest fall of the balance in % of its highest value before; it may be another fall than the deepest. "
        "Null when that value is not above 0.",
        lambda s: s.drawdown.percent,
        money=True,
    ),
    Definition(
        "max_drawdown_length",
        DAYS,
        "From the peak before the balance's deepest fall until it was reached again, or to the end of the span. Null "
        "without a fall.",
        lambda s: _length(s, s.drawdown),
    ),
    Definition(
        "max_drawdown_start",
        INSTANT,
        "The peak before the balance's deepest fall. Null without a fall.",
        lambda s: s.drawdown.peak,
    ),
    Definition(
        "max_drawdown_trough",
        INSTANT,
        "The lowest point of the balance's deepest fall. Null without a fall.",
        lambda s: s.drawdown.trough,
    ),
    Definition(
        "max_drawdown_end",
        INSTANT,
        "When the peak before the balance's deepest fall was reached again. Null when it was not.",
        lambda s: s.drawdown.recovered,
    ),
    Definition(
        "marked_max_drawdown",
        USDT,
        "The deepest fall of the account marked to market at every bar's close: the balance and what the open position "
        "would bring, fees of both sides taken off.",
        lambda s: s.marked_drawdown.amount if len(s.record.prices) else None,
        of=Of.POSITIONS,
        money=True,
    ),
    Definition(
        "marked_max_drawdown_percent",
        PERCENT,
        "The largest fall of the account marked to market in % of its highest value before. Null when that is not "
        "above 0.",
        lambda s: s.marked_drawdown.percent if len(s.record.prices) else None,
        of=Of.POSITIONS,
        money=True,
    ),
    Definition(
        "marked_max_drawdown_length",
        DAYS,
        "From the peak before the deepest fall of the account marked to market until it was reached again, or to the "
        "end of the span. Null without a fall.",
        lambda s: _length(s, s.marked_drawdown),
        of=Of.POSITIONS,
    ),
    Definition(
        "marked_max_drawdown_start",
        INSTANT,
        "The peak before the deepest fall of the account marked to market. Null without a fall.",
        lambda s: s.marked_drawdown.peak,
        of=Of.POSITIONS,
    ),
    Definition(
        "marked_max_drawdown_trough",
        INSTANT,
        "The lowest point of the deepest fall of the account marked to market. Null without a fall.",
        lambda s: s.marked_drawdown.trough,
        of=Of.POSITIONS,
    ),
    Definition(
        "marked_max_drawdown_end",
        INSTANT,
        "When the peak before the deepest fall of the account marked to market was reached again. Null: it was not.",
        lambda s: s.marked_drawdown.recovered,
        of=Of.POSITIONS,
    ),
    Definition(
        "sharpe",
        NUMBER,
        "Mean / standard deviation (n - 1) of the daily changes of the account marked to market, in USDT, each UTC day "
        "that the span touches; risk-free rate 0; annualised with the square root of 365. Null without deviation.",
        _sharpe,
        of=Of.DAYS,
        least=LEAST_DAYS,
        money=True,
    ),
    Definition(
        "sortino",
        NUMBER,
        "Mean / downside deviation (the root of the mean square of the changes below 0) of the daily changes of the "
        "account marked to market, in USDT, each UTC day that the span touches; target 0; annualised with the square "
        "root of 365. Null without a day below 0.",
        _sortino,
        of=Of.DAYS,
        least=LEAST_DAYS,
        money=True,
    ),
    Definition(
        "calmar",
        NUMBER,
        "Change of the account marked to market over the span x 365 / its UTC days, / its deepest fall, both in USDT. "
        "Over the span, not the last 36 months. Null without a fall.",
        _calmar,
        of=Of.DAYS,
        least=LEAST_DAYS,
        money=True,
    ),
    Definition(
        "sqn",
        NUMBER,
        "System Quality Number: square root of the number of trades x mean / standard deviation (n - 1) of their "
        "profits; per trade, not annualised, the number not capped at 100. Null without deviation.",
        _sqn,
        least=LEAST_TRADES,
        money=True,
    ),
)

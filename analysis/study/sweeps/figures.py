"""What is there to say about one parameter set? The figures of `cvdbot backtest` of the same set, by the same code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.account import ratios, trade_figures
from analysis.account.figures import Sample
from analysis.account.track_record import of_result
from analysis.batch.backtest import backtest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.batch.history import History
    from bot.core.parameters import Parameters

FIGURES: Mapping[str, str] = {
    "trades": "trades",
    "profit": "total_profit",
    **{
        name: name
        for name in (
            *("win_rate", "profit_factor", "expectancy", "payoff_ratio", "fees", "exposure"),
            *("max_drawdown", "max_drawdown_percent", "marked_max_drawdown", "marked_max_drawdown_percent"),
            *("sharpe", "sortino", "calmar", "sqn"),
        )
    },
}
"""The name of a figure here -> in the statistics of a back-test, where its unit and definition stand."""

_KNOWN = {each.name: each for each in (*trade_figures.FIGURES, *ratios.FIGURES)}
_DEFINITIONS = {name: _KNOWN[theirs] for name, theirs in FIGURES.items()}

Span = tuple[int | None, int | None]
"""Bars that open in [begin, end), UTC ms; None leaves a side open."""


@dataclass(frozen=True, slots=True)
class Score:
    """What sets are ranked by."""

    sharpe: float | None
    profit: float | None
    """USDT."""


@dataclass(frozen=True, slots=True)
class Row:
    """One set: its number in the sweep, from 0; its figures by name; its score in each window, in-sample."""

    number: int
    figures: dict[str, float | None]
    windows: tuple[Score, ...] = ()

    @property
    def score(self) -> Score:
        """Return what it is ranked by over the whole range."""
        return Score(self.figures["sharpe"], self.figures["profit"])


def sample(history: History, parameters: Parameters, span: Span) -> Sample:
    """Back-test one set over a span."""
    return Sample(of_result(history, backtest(history, parameters, *span)))


def figures(of: Sample) -> dict[str, float | None]:
    """Return the figures by name, None where there is too little for one."""
    return {name: each.of_sample(of)[0] for name, each in _DEFINITIONS.items()}


def score(of: Sample) -> Score:
    """Return what a set is ranked by."""
    return Score(_DEFINITIONS["sharpe"].of_sample(of)[0], _DEFINITIONS["profit"].of_sample(of)[0])


def row(history: History, number: int, parameters: Parameters, span: Span, windows: tuple[Span, ...]) -> Row:
    """Return the figures of one set, and its score in each window."""
    whole = figures(sample(history, parameters, span))
    return Row(number, whole, tuple(score(sample(history, parameters, each)) for each in windows))


def best(scores: list[Score]) -> int | None:
    """Return the place of the best: the highest Sharpe ratio; of equal ones the first. None when none traded.

    Where no set has a Sharpe ratio (fewer than 30 days), the highest profit.
    """
    for of in ("sharpe", "profit"):
        known = [(value, -place) for place, each in enumerate(scores) if (value := getattr(each, of)) is not None]
        if known:
            return -max(known)[1]
    return None

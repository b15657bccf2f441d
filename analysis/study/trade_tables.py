"""Does the outcome of a trade depend on what was known at its entry? Five questions, a table each, all in one answer.

The trades are sorted by a value (`analysis.study.entry_values`) and parted into groups of about equal size: fifths of
the trades' own values from QUINTILES_FROM trades on, thirds below; hours into four blocks. Trades of one value are
never split. Each group has its trades, wins, win rate and mean profit. A value at the entry never changes, but where
the groups part depends on all trades of the span: more trades move the edges.

Five questions are five chances to be fooled, and so are dozens of intervals. So the p-value of each question (do mean
profits differ at all?) is corrected for five (`analysis.study.differences`), whether or not all can be answered, and
the intervals are simultaneous: with 90 % *all* of them hold the true value. An account has one position at a time, so
its trades do not overlap, and are taken as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from analysis.study.differences import ROUNDS, holm, p_value
from analysis.study.entry_values import EntryValues
from analysis.study.intervals import LEAST, Estimate, mean, share, simultaneous

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.batch.indicators import Floats, Integers
    from analysis.study.cvd_before_trades import Entered

QUINTILES_FROM = 100
"""Trades with a known value; below there are thirds."""
LEVEL = 0.05
"""A corrected p-value below it is told as more than luck."""
HOUR = "hour"
BLOCK = 6
"""Hours of a block."""

UNITS = {"cvd": "BTC", "delta": "% of the volume", "gap": "ATR", HOUR: "hour, UTC", "volatility": "% of the price"}
"""Question -> the unit of its values."""
TITLES = {
    "cvd": "CVD at entry, in the trade's direction",
    "delta": "delta of the entry's bar, in the trade's direction",
    "gap": "size of the gap taken",
    HOUR: "hour of entry",
    "volatility": "volatility at entry",
}
NAMES = tuple(each.name for each in fields(EntryValues))
NUMBERS = ("no", "one", "two", "three", "four", "five")


@dataclass(frozen=True, slots=True)
class TradeGroup:
    """The trades whose values lie together."""

    lowest: float
    """The least value of its trades; of hours the first of the block."""
    highest: float
    """The largest one, inclusive."""
    n: int
    wins: int
    """Profit above 0, net of fees."""
    win_rate: Estimate | None
    """In %, with its simultaneous interval; None with fewer than 10 trades."""
    mean_profit: Estimate | None
    """Net of fees, USDT; as `win_rate`."""


@dataclass(frozen=True, slots=True)
class TradeTable:
    """One question."""

    question: str
    unit: str
    n: int
    """Trades whose value is known."""
    unknown: int
    groups: tuple[TradeGroup, ...] | None
    """By ascending value; None with fewer than 10 known values."""
    p: float | None
    """How likely such different mean profits are by luck alone; None where that cannot be told."""
    corrected_p: float | None
    """The same for the number of questions."""


@dataclass(frozen=True, slots=True)
class TradeTables:
    """All questions."""

    n: int
    questions: int
    """What p-values are corrected for."""
    level: float
    """Below it a corrected p-value counts as more than luck."""
    intervals: int
    """How many are shown; with CONFIDENCE % all of them hold."""
    each_confidence: float
    """Of each of them, %."""
    tables: tuple[TradeTable, ...]
    conclusion: str


def trade_tables(values: EntryValues, trades: Sequence[Entered], rounds: int = ROUNDS) -> TradeTables:
    """Return the tables of completed trades; `values` are theirs."""
    profit = np.array([trade.profit for trade in trades], dtype=np.float64)
    columns = {name: getattr(values, name) for name in NAMES}
    known = {name: ~np.isnan(column) for name, column in columns.items()}
    parted = {
        name: grouped(name, column[known[name]])
        for name, column in columns.items()
        if np.count_nonzero(known[name]) >= LEAST
    }
    shown = 2 * sum(int(np.count_nonzero(np.bincount(labels) >= LEAST)) for labels in parted.values())
    confidence = simultaneous(shown)
    p = [p_value(profit[known[name]], parted[name], rounds) if name in parted else None for name in NAMES]
    tables = tuple(
        TradeTable(
            name,
            UNITS[name],
            int(np.count_nonzero(known[name])),
            int(np.count_nonzero(~known[name])),
            _groups(name, columns[name][known[name]], profit[known[name]], parted[name], confidence)
            if name in parted
            else None,
            p[place],
            corrected,
        )
        for place, (name, corrected) in enumerate(zip(NAMES, holm(p, len(NAMES)), strict=True))
    )
    return TradeTables(len(profit), len(NAMES), LEVEL, shown, confidence, tables, conclusion(tables, len(profit)))


def grouped(question: str, values: Floats) -> Integers:
    """Return the number of each value's group, from 0 in ascending order; equal values are in one group."""
    if question == HOUR:
        return values.astype(np.int64) // BLOCK
    count = 5 if len(values) >= QUINTILES_FROM else 3
    edges = np.unique(np.quantile(values, np.arange(1, count) / count, method="inverted_cdf"))
    _, labels = np.unique(np.searchsorted(edges, values, side="left"), return_inverse=True)
    return labels.astype(np.int64)


def conclusion(tables: Sequence[TradeTable], trades: int) -> str:
    """Say in a sentence what was found."""
    if trades < LEAST:
        said = f"{trades} completed trade{'s' * (trades != 1)}" if trades else "no completed trade"
        return f"Too few trades: {said}, and below {LEAST} nothing is told."
    corrected = [(table.corrected_p, table) for table in tables if table.corrected_p is not None]
    if not corrected:
        return "Nothing can be told: no question has two groups of trades with known values."
    asked = f"with {NUMBERS[len(tables)]} questions asked"
    if lacking := len(tables) - len(corrected):
        asked += f" ({NUMBERS[lacking]} of them cannot be answered here)"
    found = [
        f"{TITLES[table.question]} (corrected p {said_p(p)})" for p, table in corrected if p is not None and p < LEVEL
    ]
    if not found:
        least = min(p for p, _ in corrected if p is not None)
        return f"No evidence: {asked}, none of the differences is beyond luck (smallest corrected p {said_p(least)})."
    return (
        f"More than luck, {asked}: {', '.join(found)}. Found in the past:"
        " it is news only once trades that come later show it again."
    )


def said_p(p: float) -> str:
    """Write a p-value with the digits it needs."""
    return f"{p:.2f}" if p >= LEVEL else f"{p:.4f}"


def _groups(
    question: str, values: Floats, profit: Floats, labels: Integers, confidence: float
) -> tuple[TradeGroup, ...]:
    out = []
    for label in range(24 // BLOCK if question == HOUR else int(labels.max()) + 1):
        mine = labels == label
        n, made = int(np.count_nonzero(mine)), profit[mine]
        wins = int(np.count_nonzero(made > 0))
        block = (float(label * BLOCK), float((label + 1) * BLOCK - 1))
        lowest, highest = block if question == HOUR else (float(values[mine].min()), float(values[mine].max()))
        rate, average = share(wins, n, n, confidence), mean(made, n, confidence)
        out.append(TradeGroup(lowest, highest, n, wins, rate, average))
    return tuple(out)

"""What came out of a sweep: rows in the order of the grid, the best of them, and what it may claim; as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from analysis.account.ratios import DAYS_A_YEAR
from analysis.study.sweeps import deflated
from analysis.study.sweeps.figures import FIGURES, best, sample

if TYPE_CHECKING:
    from analysis.batch.history import History
    from analysis.study.sweeps.figures import Row, Span
    from analysis.study.sweeps.grid import Sets
    from analysis.study.sweeps.walk_forward import WalkForward
    from bot.core.parameters import Plain


@dataclass(frozen=True, slots=True)
class Claim:
    """What the Sharpe ratio of the best is worth."""

    sharpe: float
    """Of the best, annualised."""
    luck: float
    """The Sharpe ratio that the best of so many reaches by luck, annualised."""
    deflated: float | None
    """The probability that the best's true Sharpe ratio is above it."""


@dataclass(frozen=True, slots=True)
class SweepResult:
    """One sweep over the bars of [begin, end), UTC ms."""

    sets: Sets
    rows: list[Row]
    """In the order of the grid."""
    best: int | None
    claim: Claim | None
    """None where the best has no Sharpe ratio."""
    walk_forward: WalkForward | None
    pair: str
    begin: int
    end: int
    bars: int
    """Of the longest chart timeframe."""
    origin: str | None


def claim(history: History, sets: Sets, rows: list[Row], span: Span) -> Claim | None:
    """Judge the best set by how many were tried."""
    first = best([each.score for each in rows])
    if first is None or rows[first].score.sharpe is None:
        return None
    found = deflated.shape(sample(history, sets.parameters[first], span).daily_changes.tolist())
    if found is None:
        return None
    daily = [each.score.sharpe / sqrt(DAYS_A_YEAR) for each in rows if each.score.sharpe is not None]
    luck = deflated.expected_maximum(len(rows), deflated.spread(daily))
    year = sqrt(DAYS_A_YEAR)
    return Claim(found.sharpe * year, luck * year, deflated.deflated(found, luck))


def columns(sets: Sets, rows: list[Row]) -> dict[str, list[Plain | None]]:
    """Return what is varied and the figures as columns, a row a set."""
    varied = [sets.varied(row.number) for row in rows]
    found: dict[str, list[Plain | None]] = {name: [each[name] for each in varied] for name in sets.names}
    return found | {name: [row.figures[name] for row in rows] for name in FIGURES}


def as_plain(result: SweepResult) -> dict[str, object]:
    """Return what `json.dumps` takes; what is not known is null."""
    return {
        "results": [{"parameters": result.sets.varied(row.number), **row.figures} for row in result.rows],
        "tried": len(result.rows),
        "left_out": result.sets.left_out,
        "best": result.best,
        "deflated_sharpe": None if result.claim is None else result.claim.deflated,
        "sharpe_of_luck": None if result.claim is None else result.claim.luck,
        "walk_forward": None if result.walk_forward is None else _walk_forward(result, result.walk_forward),
        "pair": result.pair,
        "from": result.begin,
        "to": result.end,
        "bars": result.bars,
        "origin": result.origin,
    }


def _walk_forward(result: SweepResult, walk: WalkForward) -> dict[str, object]:
    return {
        "in": walk.bars.inside,
        "out": walk.bars.outside,
        "timeframe": walk.timeframe,
        "windows": [
            {
                "in": [each.window.begin, each.window.middle],
                "out": [each.window.middle, each.window.end],
                "best": each.best,
                "parameters": None if each.best is None else result.sets.varied(each.best),
                "in_sample": each.in_sample,
                "out_of_sample": each.out_of_sample,
            }
            for each in walk.judged
        ],
        "total": walk.total,
    }

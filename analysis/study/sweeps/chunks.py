"""How is a sweep cut into pieces of work? Sets that share indicators go together, so that each is computed once.

A piece is a few sets of one market. Whoever computes it keeps a `History` from piece to piece, until what is kept takes
too much memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.batch.history import History
from analysis.study.sweeps.figures import Row, row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.batch.market import Market
    from analysis.study.sweeps.figures import Span
    from bot.core.parameters import Parameters

KEPT = 256_000_000
"""Bytes of indicators that one process keeps at most, beside those of the set it is at."""

PIECES_A_WORKER = 8
"""So that none waits long for the last."""

LARGEST = 50
"""Sets of a piece: what an interruption loses is at most one a worker."""

Chunk = list[tuple[int, "Parameters"]]
"""Sets with their numbers in the sweep."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked of each set: figures over a span, and a score in each window."""

    span: Span
    windows: tuple[Span, ...] = ()


class Keeper:
    """The indicators of one market, bounded in memory."""

    def __init__(self, market: Market, kept: int = KEPT) -> None:
        self._market = market
        self._kept = kept
        self._history = History(market)

    @property
    def history(self) -> History:
        """A history to compute the next set with."""
        if self._history.nbytes() > self._kept:
            self._history = History(self._market)
        return self._history

    def rows(self, chunk: Chunk, task: Task) -> list[Row]:
        """Compute a piece."""
        return [row(self.history, number, parameters, task.span, task.windows) for number, parameters in chunk]


def chunks(sets: Iterable[tuple[int, Parameters]], workers: int) -> list[Chunk]:
    """Cut sets into pieces for so many workers, those that share indicators side by side."""
    ordered = sorted(sets, key=lambda each: (_indicators(each[1]), each[0]))
    size = max(1, min(LARGEST, len(ordered) // (workers * PIECES_A_WORKER)))
    return [ordered[begin : begin + size] for begin in range(0, len(ordered), size)]


def _indicators(p: Parameters) -> tuple[int | str, ...]:
    """What indicators depend on, the dearest first."""
    return (
        *(p.chart_ms, p.delta_source, p.anchor_ms, p.signal_type, p.entry_mode, p.atr_length),
        *(p.fvg_sensitivity, p.fvg_bars, p.swing_length, p.atr_length_risk),
    )

"""Which bars may a model learn from before it is asked about others? Walk-forward, purged, with an embargo.

A label speaks of the bars after its own: a row right before the test would be learnt with an answer that lies in it.
So the rows are **purged**: learnt is from rows whose label was decided before the first test row opened. And the
features of the first test rows look back over the bars before them, so there is an **embargo** as long as that look
back in between. Each fold is tested on bars after all it has learnt from, as it would have been lived through; the
newest part of what comes before is kept for early stopping and calibration, and held apart in the same way.

Source: M. López de Prado, Advances in Financial Machine Learning (2018), chapter 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import TooLittleDataError
from analysis.study.dataset.columns import LOOK_BACK

if TYPE_CHECKING:
    from analysis.batch.indicators import Integers

FOLDS = 5
FIRST = 0.5
"""So much of the rows comes before the first test."""
VALIDATED = 0.15
"""So much of what comes before a test is kept for early stopping and calibration."""
LEAST_TRAINED, LEAST_VALIDATED, LEAST_TESTED = 500, 100, 100
"""Rows."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows by position, each part after the one before it: what is learnt from, what is kept apart, what is tested."""

    train: slice
    validate: slice
    test: slice


def walk_forward(opens: Integers, bar_ms: int, ahead: int, folds: int = FOLDS) -> list[Fold]:
    """Return the folds of rows with these opens (UTC ms, ascending), oldest test first; together they test the end.

    Args:
        opens: Of the bars at whose close a row is known.
        bar_ms: Length of a bar.
        ahead: Bars that a label speaks of.
        folds: How many.

    Raises:
        TooLittleDataError: There are too few rows.
    """
    edges = [round(len(opens) * (FIRST + (1 - FIRST) * number / folds)) for number in range(folds + 1)]
    found = [_fold(opens, bar_ms, ahead, *edge) for edge in pairwise(edges)]
    if not all(
        _length(fold.train) >= LEAST_TRAINED
        and _length(fold.validate) >= LEAST_VALIDATED
        and _length(fold.test) >= LEAST_TESTED
        for fold in found
    ):
        raise TooLittleDataError(
            f"{len(opens):,} bars are known well enough to learn {ahead} bars ahead from: {folds} folds need about "
            f"{least(ahead, folds):,}; collect or import more candles, or choose a shorter --timeframe"
        )
    return found


def last_part(opens: Integers, bar_ms: int, ahead: int) -> tuple[slice, slice]:
    """Return what to learn from and what to keep apart when nothing is tested any more.

    Raises:
        TooLittleDataError: There are too few rows.
    """
    train, validate = _parts(opens, len(opens), bar_ms, ahead)
    if _length(train) < LEAST_TRAINED or _length(validate) < LEAST_VALIDATED:
        needed = ceil((LEAST_TRAINED + LOOK_BACK + ahead) / (1 - VALIDATED))
        raise TooLittleDataError(
            f"{len(opens):,} bars are known well enough to learn from: needed are about {needed:,}"
        )
    return train, validate


def least(ahead: int, folds: int = FOLDS) -> int:
    """Return about how many rows are needed."""
    apart = LOOK_BACK + ahead
    trained = ((LEAST_TRAINED + apart) / (1 - VALIDATED) + apart) / FIRST
    return ceil(max(trained, LEAST_TESTED * folds / (1 - FIRST), (LEAST_VALIDATED / VALIDATED + apart) / FIRST))


def _fold(opens: Integers, bar_ms: int, ahead: int, begin: int, end: int) -> Fold:
    known = _decided(opens, begin, bar_ms, ahead)
    train, validate = _parts(opens, known, bar_ms, ahead)
    return Fold(train, validate, slice(begin, end))


def _parts(opens: Integers, known: int, bar_ms: int, ahead: int) -> tuple[slice, slice]:
    """Part the first `known` rows."""
    kept = known - round(known * VALIDATED)
    return slice(0, _decided(opens, kept, bar_ms, ahead)), slice(kept, known)


def _decided(opens: Integers, row: int, bar_ms: int, ahead: int) -> int:
    """Return how many rows' labels were decided before the look back of a row begins."""
    if row >= len(opens):
        return len(opens)
    before = int(opens[row]) - (LOOK_BACK + ahead + 1) * bar_ms
    return int(np.searchsorted(opens, before, side="right"))


def _length(part: slice) -> int:
    return int(part.stop) - int(part.start)

"""Which features does a model lean on? Each is shuffled among the tested rows, and the model asked again.

What it is right less often then, is what the feature was worth to it, in percentage points. Features that say the same
share their worth, so one of two twins looks useless. Around 0 lies what was worth nothing.

Source: L. Breiman, Random Forests (2001).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.batch.indicators import Floats
    from analysis.study.learning.fitting import Fitted

TIMES, SEED = 5, 7


@dataclass(frozen=True, slots=True)
class Drop:
    """What a feature was worth, in percentage points of accuracy."""

    name: str
    mean: float
    """Over the folds."""
    deviation: float
    """Between the folds."""


def drops(model: Fitted, rows: Floats, up: Floats) -> Floats:
    """Return by how many percentage points the accuracy drops without each feature."""
    shuffled = np.random.default_rng(SEED)
    right = _accuracy(model, rows, up)
    out = np.zeros(rows.shape[1])
    for column in range(rows.shape[1]):
        mixed = np.tile(rows, (TIMES, 1))
        mixed[:, column] = np.concatenate([shuffled.permutation(rows[:, column]) for _ in range(TIMES)])
        out[column] = right - _accuracy(model, mixed, np.tile(up, TIMES))
    return out * 100


def importance(names: Sequence[str], folds: Sequence[Floats]) -> list[Drop]:
    """Return what each feature was worth over the folds, the most important first."""
    table = np.array(folds)
    means, deviations = table.mean(axis=0), table.std(axis=0)
    order = np.argsort(-means, kind="stable").tolist()
    return [Drop(names[each], float(means[each]), float(deviations[each])) for each in order]


def _accuracy(model: Fitted, rows: Floats, up: Floats) -> float:
    return float(((model(rows) > 0.5) == (up > 0)).mean())  # noqa: PLR2004 - one half

"""What does each feature say by itself? By how much P(up) changes when it is one standard deviation higher.

No model is in this: a straight line through what came, feature by feature, over all bars. It describes the bars it is
made of and is no test of a forecast. As many questions are asked as there are features and horizons, and the p-values
are corrected for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.study.learning.evidence import Gain, blocks, holm, slope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.study.dataset.made import DataSet


@dataclass(frozen=True, slots=True)
class Effect:
    """Of one feature on the direction of so many bars ahead."""

    name: str
    ahead: int
    n: int
    change: Gain
    """Of P(up), 0 to 1, per standard deviation of the feature; its `p` is two-sided."""
    p: float
    """Corrected for all features and horizons."""


def effects(data: DataSet, horizons: Sequence[int]) -> list[Effect]:
    """Return the effect of each feature that can be learnt from, the least likely to be luck first."""
    inputs, found = data.inputs(), []
    for ahead in horizons:
        label = data.label(f"up_{ahead}")
        for column, name in zip(inputs.T, data.names, strict=True):
            rows = ~np.isnan(column) & ~np.isnan(label)
            if not rows.any():
                continue
            change = slope(column[rows], label[rows], blocks(data.opens[rows], data.bar_ms, ahead))
            if change is not None:
                found.append((name, ahead, int(rows.sum()), change))
    corrected = holm([each[3].p for each in found])
    told = [Effect(*each, p) for each, p in zip(found, corrected, strict=True)]
    return sorted(told, key=lambda each: (each.p, each.change.p))

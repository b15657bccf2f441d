"""Features on one scale: how many standard deviations from the mean, both of the training rows alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analysis.batch.indicators import Floats

MOST = 4.0
"""Standard deviations; what lies further out is told as this."""


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """Of each column the mean and the standard deviation, 1 where a column stands still."""

    mean: Floats
    deviation: Floats

    @classmethod
    def of(cls, rows: Floats) -> Scaling:
        """Measure the training rows, a column a feature."""
        deviation = rows.std(axis=0)
        return cls(rows.mean(axis=0), np.where(deviation > 0, deviation, 1.0))

    def __call__(self, rows: Floats) -> Floats:
        """Scale rows."""
        scaled: Floats = np.clip((rows - self.mean) / self.deviation, -MOST, MOST)
        return scaled

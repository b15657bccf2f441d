"""How are values spread? Counts in classes of a round width, the tail in one class of its own."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analysis.batch.indicators import Floats

CLASSES = 20
"""About so many classes hold all but the largest hundredth of the values."""
LEAST = 30
"""Values that a distribution needs."""
ROUND = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Distribution:
    """Values counted in classes [edge, next edge), the last one closed; without enough values both are empty."""

    edges: list[float]
    """One more than `counts`. Equally far apart, but for the last one, which is the largest value."""
    counts: list[int]


def distribution(values: Floats) -> Distribution:
    """Return how values at or above 0 are spread."""
    if len(values) < LEAST or not values.max() > 0:
        return Distribution([], [])
    width = round_width(float(np.percentile(values, 99)) / CLASSES or float(values.max()) / CLASSES)
    last = int(np.percentile(values, 99) // width) + 1
    edges = [round(number * width, 12) for number in range(last + 1)]
    largest = float(values.max())
    edges = [*edges, largest] if largest > edges[-1] else edges
    return Distribution(edges, np.histogram(values, edges)[0].tolist())


def round_width(rough: float) -> float:
    """Return the least of 1, 2, 5 x a power of ten that is not below `rough`."""
    power = 10.0 ** floor(log10(rough))
    return next(each * power for each in ROUND if each * power >= rough * (1 - 1e-9))

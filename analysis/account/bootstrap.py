"""How sure is a mean? The bootstrap 90 % interval of the mean profit of a trade.

As many trades as there were are drawn from them, with replacement, again and again; the middle 90 % of the means of
these draws are the interval. It takes trades for independent, which flatters a strategy whose losses cluster. The draws
are seeded: the same trades give the same interval. Source: B. Efron, Bootstrap methods (1979), percentile interval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analysis.batch.indicators import Floats

DRAWS, SEED = 1_000, 20_240_809
AT_ONCE = 100
"""Draws that are made together: few enough to stay in the processor's cache."""
LEAST = 10
"""Below so many trades the draws repeat each other."""
PERCENTILES = (5, 95)


def interval(profit: Floats) -> tuple[float, float] | None:
    """Return the lower and upper end in the unit of `profit`; None with too few trades."""
    if len(profit) < LEAST:
        return None
    random, count = np.random.default_rng(SEED), len(profit)
    sums = [profit.take(random.integers(0, count, (AT_ONCE, count))).sum(axis=1) for _ in range(DRAWS // AT_ONCE)]
    low, high = np.percentile(np.concatenate(sums) / count, PERCENTILES)
    return float(low), float(high)

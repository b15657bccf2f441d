"""Do groups of trades differ by more than luck? One p-value a question, corrected for the number of questions.

**The test** is a permutation test: how often would the groups lie as far apart if the profits were dealt to the trades
anew, at random? How far apart is measured by Welch's statistic, with m, s^2 and n of each group,

    sum of n / s^2 x (m - centre)^2,    centre = the mean of all m, weighted by n / s^2

which asks for different *mean profits* alone. A plain comparison would also answer to a different spread, and groups
of a volatile market do have larger wins and larger losses. The draws are the same at each call.

**The correction** is Holm's: of the p-values in ascending order the first is multiplied by the number of questions, the
next by one less, ...; so the probability that any question at all is answered wrongly with yes is at most the level.

Sources: B. L. Welch (1951); E. Chung and J. P. Romano (2013), on permutations of a studentized statistic; S. Holm
(1979).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.study.intervals import LEAST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.batch.indicators import Floats, Integers

ROUNDS = 1999
"""Times the profits are dealt anew; so no p-value is below 1 / 2000."""
LEAST_IN_GROUP = 3
"""A group of fewer trades is left out of the test: its spread is unknown."""

SEED = 20240229
CELLS = 1_000_000
"""Profits dealt at a time, which bounds the memory."""
LEAST_VARIANCE = 1e-6
"""Of a group, in that of all trades; a group of equal profits has none."""


def p_value(profit: Floats, group: Integers, rounds: int = ROUNDS) -> float | None:
    """Return how likely mean profits so far apart are by luck alone; None with too few trades or a single group.

    Args:
        profit: Of each trade.
        group: The number of its group, from 0.
        rounds: Times the profits are dealt anew.
    """
    sizes = np.bincount(group)
    tested = np.flatnonzero(sizes >= LEAST_IN_GROUP)
    mine = np.isin(group, tested)
    if len(tested) < 2 or np.count_nonzero(mine) < LEAST:  # noqa: PLR2004 - two groups can differ
        return None
    values, members = profit[mine], (group[mine, np.newaxis] == tested).astype(np.float64)
    spread = float(values.std())
    if spread == 0:
        return 1.0
    values = (values - values.mean()) / spread
    reached = float(_apart(values[np.newaxis], members)[0]) * (1 - 1e-9)
    rng, as_far, left = np.random.default_rng(SEED), 0, rounds
    while left:
        rows = min(left, max(1, CELLS // len(values)))
        dealt = rng.permuted(np.broadcast_to(values, (rows, len(values))), axis=1)
        as_far += int(np.count_nonzero(_apart(dealt, members) >= reached))
        left -= rows
    return (1 + as_far) / (1 + rounds)


def holm(p_values: Sequence[float | None], questions: int) -> list[float | None]:
    """Return the p-values corrected for the number of questions; what could not be tested stays None."""
    known = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    out: list[float | None] = [None] * len(p_values)
    least = 0.0
    for rank, (p, place) in enumerate(known):
        out[place] = least = max(least, min(1.0, (questions - rank) * p))
    return out


def _apart(values: Floats, members: Floats) -> Floats:
    """Return Welch's statistic of each row of values; `members`: a column a group, 1 where the value is of it."""
    n = members.sum(axis=0)
    middle = values @ members / n
    variance = ((values**2) @ members / n - middle**2) * n / (n - 1)
    weight = n / np.maximum(variance, LEAST_VARIANCE)
    centre = (weight * middle).sum(axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True)
    apart: Floats = (weight * (middle - centre) ** 2).sum(axis=1)
    return apart

"""Is it more than luck? The mean of a row's gain, with an interval and a p-value that know that rows hang together.

A row's gain is, say, 1 where the model was right and the baseline was not, -1 the other way round, else 0. Labels of 12
bars ahead share bars, and markets have moods, so rows near each other are no independent cases. They are summed over
**blocks** of bars, each ten times as long as a label and at least 50 bars, and the blocks' sums, which hardly know of
each other, tell the deviation of the mean. With m blocks of n_b rows and sums s_b,

    mean = sum(s_b) / n,   deviation^2 = m / (m - 1) * sum((s_b - n_b * mean)^2) / n^2,   t of m - 1 degrees.

**Many questions.** Who asks a hundred times finds something at 1 % by luck alone. `corrected` multiplies a p-value by
the number of questions asked (Bonferroni); several of different size are corrected by `holm`.

Sources: M. Kendall, Time Series (1976), on batch means; S. Holm, A simple sequentially rejective test (1979).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import t as student

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.batch.indicators import Floats, Integers

LEVEL = 0.01
"""What luck may do once in a hundred studies is not called an edge."""
CONFIDENCE = 1 - LEVEL
"""Of every interval of the study."""
LEAST_BLOCKS = 10
BLOCK, LABELS = 50, 10
"""A block is at least BLOCK bars long, and LABELS times a label."""


@dataclass(frozen=True, slots=True)
class Gain:
    """A mean with its 99 % interval; `p` is how often luck alone does as well or better."""

    value: float
    low: float
    high: float
    p: float


def blocks(opens: Integers, bar_ms: int, ahead: int) -> Integers:
    """Number the block of each row, by the open of its bar (UTC ms)."""
    length = max(BLOCK, LABELS * ahead) * bar_ms
    numbers: Integers = np.unique((opens - opens[0]) // length, return_inverse=True)[1]
    return numbers


def gain(values: Floats, block: Integers) -> Gain | None:
    """Return the mean gain and the one-sided p-value that it is above 0; None with fewer than 10 blocks."""
    sums, counts = np.bincount(block, values).astype(np.float64), np.bincount(block)
    many = len(sums)
    if many < LEAST_BLOCKS:
        return None
    mean = float(values.mean())
    return _judged(mean, sums - counts * mean, len(values), many, two_sided=False)


def slope(column: Floats, up: Floats, block: Integers) -> Gain | None:
    """Return by how much P(up) changes per standard deviation of a column, with a two-sided p-value.

    The least-squares line through what came (0 or 1) over the column in standard deviations; its deviation is the
    blocks' one, so neither hanging together nor a share that is no half harms it. None with fewer than 10 blocks, or
    when the column stands still.

    Source: H. White (1980); clustered: K.-Y. Liang, S. Zeger (1986).
    """
    deviation = column.std()
    if not deviation > 0 or block[-1] + 1 < LEAST_BLOCKS:
        return None
    scaled = (column - column.mean()) / deviation
    rate = float(scaled @ up) / len(up)
    rest = scaled * (up - up.mean() - rate * scaled)
    return _judged(rate, np.bincount(block, rest).astype(np.float64), len(up), int(block[-1]) + 1, two_sided=True)


def corrected(p: float, questions: int) -> float:
    """Return the p-value of the smallest of so many."""
    return min(1.0, p * questions)


def holm(values: Sequence[float]) -> list[float]:
    """Return p-values corrected for each other, in their order."""
    order = np.argsort(values, kind="stable")
    raised = np.array(values, dtype=np.float64)[order] * np.arange(len(values), 0, -1)
    out = np.empty(len(values))
    out[order] = np.minimum(1.0, np.maximum.accumulate(raised))
    found: list[float] = out.tolist()
    return found


def _judged(mean: float, rests: Floats, count: int, many: int, *, two_sided: bool) -> Gain:
    deviation = float(np.sqrt(many / (many - 1) * np.square(rests).sum())) / count
    if not deviation > 0:
        return Gain(mean, mean, mean, 1.0 if mean <= 0 and not two_sided else float(mean == 0))
    margin = float(student.ppf(0.5 + CONFIDENCE / 2, many - 1)) * deviation
    reached = abs(mean) / deviation if two_sided else mean / deviation
    return Gain(mean, mean - margin, mean + margin, float(student.sf(reached, many - 1)) * (1 + two_sided))

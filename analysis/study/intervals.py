"""How sure is a mean or a share of cases that overlap? 90 % intervals: Student's t of a mean, Wilson's of a share.

Two outcomes are not independent when they share bars: of what the price did in the 12 bars after each of two events, 3
bars apart, 9 bars are the same ones. Of a random walk the correlation of the two is exactly the share of the bars that
they have in common. So cases are counted for what they are worth:

    independent = n^2 / the sum, over all n^2 pairs (each case with itself as well), of the share of bars in common

which is n where nothing overlaps. The variance of n such outcomes about their mean then estimates the true one times
(1 - 1 / independent), so with m2, the mean squared deviation from the mean,

    mean  +- t(independent - 1) x sqrt(m2 / (independent - 1))

which is the usual t interval where nothing overlaps. A share is Wilson's score interval with `independent` in the place
of n. Where many are shown beside each other, each takes a higher confidence (`simultaneous`). Sources: E. B. Wilson
(1927); L. Kish, Survey Sampling (1965), on the effective size of a sample; Abramowitz and Stegun 26.7.5 for the
quantile of t; C. E. Bonferroni (1936).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.batch.indicators import Floats, Integers

CONFIDENCE = 90
"""%; so one in ten of such intervals does not hold the true value."""
LEAST = 10
"""So many independent cases are needed: below, neither a value nor an interval is told."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and the ends of its interval, all in one unit."""

    value: float
    low: float
    high: float


def independent(starts: Integers, length: int) -> float:
    """Return how many independent cases these are worth; `starts` ascending, each case `length` of their units long."""
    shared, apart = float(len(starts)), 1
    while apart < len(starts):
        distances = starts[apart:] - starts[:-apart]
        near = distances[distances < length]
        if not len(near):
            break
        shared += 2 * float((1 - near / length).sum())
        apart += 1
    return len(starts) ** 2 / shared if len(starts) else 0.0


def simultaneous(count: int) -> float:
    """Return the confidence, %, that each of `count` intervals needs for all to hold with CONFIDENCE (Bonferroni)."""
    return 100 - (100 - CONFIDENCE) / max(1, count)


def mean(values: Floats, worth: float, confidence: float = CONFIDENCE) -> Estimate | None:
    """Return the mean with its t interval; `worth` is the number of independent cases. None with too few."""
    if worth < LEAST:
        return None
    middle = float(values.mean())
    margin = t_quantile(worth - 1, confidence) * sqrt(float(((values - middle) ** 2).mean()) / (worth - 1))
    return Estimate(middle, middle - margin, middle + margin)


def share(hits: int, count: int, worth: float, confidence: float = CONFIDENCE) -> Estimate | None:
    """Return hits / count in % with Wilson's interval; `worth`: as in `mean`. None with too few."""
    if worth < LEAST:
        return None
    part = hits / count
    low, high = wilson(part, worth, confidence)
    return Estimate(part * 100, low * 100, high * 100)


def wilson(part: float, count: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the ends of Wilson's score interval of a share (0 to 1) of `count` cases; `confidence` in %."""
    z = _normal_quantile(confidence)
    shrink = 1 + z**2 / count
    middle = (part + z**2 / (2 * count)) / shrink
    margin = z / shrink * sqrt(part * (1 - part) / count + z**2 / (4 * count**2))
    return max(0.0, middle - margin), min(1.0, middle + margin)


def t_quantile(freedom: float, confidence: float = CONFIDENCE) -> float:
    """Return what Student's t exceeds in (100 - confidence) / 2 % of all cases.

    To 4 digits from 9 degrees on at 90 %, to 3 digits up to 99.8 %.
    """
    z = _normal_quantile(confidence)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum(term / freedom**power for power, term in enumerate(terms))


def _normal_quantile(confidence: float) -> float:
    return NormalDist().inv_cdf(0.5 + confidence / 200)

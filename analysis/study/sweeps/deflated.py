"""Is the best of many Sharpe ratios more than the luck of having tried many? The deflated Sharpe ratio.

Source: D. H. Bailey, M. López de Prado, The Deflated Sharpe Ratio: Correcting for Selection Bias, Backtest Overfitting
and Non-Normality, Journal of Portfolio Management 40 (5), 2014.

Of N strategies without any skill the best has by luck alone an expected Sharpe ratio of about

    SR0 = sqrt(V) * ((1 - g) * Z(1 - 1/N) + g * Z(1 - 1/(N * e)))

where V is the variance of the Sharpe ratios over the sets tried, g the Euler-Mascheroni constant, e Euler's number and
Z the inverse of the normal distribution. The deflated Sharpe ratio is the probability that the true one lies above SR0:

    DSR = Phi((SR - SR0) * sqrt(T - 1) / sqrt(1 - skewness * SR + (kurtosis - 1) / 4 * SR^2))

over T periods, with the skewness and kurtosis (3 for a normal distribution) of the changes of the best. Every Sharpe
ratio here is that of one period (a day), not annualised.

Assumptions: the sets are tried independently (neighbours in a grid are not, so N is an upper bound and the DSR errs on
the side of doubt), the changes of the days are independent of each other, T is large.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import e, sqrt
from statistics import NormalDist, fmean, variance
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

EULER_MASCHERONI = 0.5772156649015329
EVIDENCE = 0.95
"""From this deflated Sharpe ratio on the best is more than luck explains."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The changes of the best set, a period each."""

    sharpe: float
    """Mean / standard deviation (n - 1) of a period, not annualised."""
    periods: int
    skewness: float
    kurtosis: float
    """3 for a normal distribution."""


def shape(changes: Sequence[float]) -> Shape | None:
    """Return the shape of changes; None where they do not differ, or are fewer than two."""
    count = len(changes)
    mean = fmean(changes) if count else 0.0
    apart = [each - mean for each in changes]
    second = fmean(each**2 for each in apart) if count else 0.0
    if count < 2 or not second > 0:  # noqa: PLR2004 - a deviation needs two
        return None
    return Shape(
        mean / sqrt(second * count / (count - 1)),
        count,
        fmean(each**3 for each in apart) / second**1.5,
        fmean(each**4 for each in apart) / second**2,
    )


def expected_maximum(tried: int, spread: float) -> float:
    """Return the Sharpe ratio that the best of `tried` sets has by luck; `spread` is their variance. 0 of one set."""
    if tried < 2:  # noqa: PLR2004 - nothing was chosen
        return 0.0
    quantile = NormalDist().inv_cdf
    luck = (1 - EULER_MASCHERONI) * quantile(1 - 1 / tried) + EULER_MASCHERONI * quantile(1 - 1 / (tried * e))
    return sqrt(spread) * luck


def deflated(best: Shape, luck: float) -> float | None:
    """Return the probability that the best's true Sharpe ratio is above what luck reaches; None where undefined."""
    squared = 1 - best.skewness * best.sharpe + (best.kurtosis - 1) / 4 * best.sharpe**2
    if not squared > 0:
        return None
    return NormalDist().cdf((best.sharpe - luck) * sqrt(best.periods - 1) / sqrt(squared))


def spread(sharpes: Sequence[float]) -> float:
    """Return the variance of Sharpe ratios over the sets tried, 0 of fewer than two."""
    return variance(sharpes) if len(sharpes) > 1 else 0.0

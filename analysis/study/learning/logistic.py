"""Logistic regression, the simple rival: a weight a feature. What a network says more than this, it has to show.

Of two dozen features most say nothing, and a weight for each would learn mostly noise. So weights pay for what they are
(the lasso): a feature is given one only when it says more than `NOISE` standard deviations of pure chance would. Of n
rows of a fair coin, the sum of a scaled feature over what came deviates by sqrt(n) / 2; the price follows from that,
and nothing is tuned.

Sources: R. Tibshirani, Regression Shrinkage and Selection via the Lasso (1996); for the price, A. Belloni,
V. Chernozhukov, Y. Wei, Post-Selection Inference for Generalized Linear Models (2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from sklearn.linear_model import LogisticRegression

if TYPE_CHECKING:
    from analysis.batch.indicators import Floats

NOISE = 2.0
"""Standard deviations."""


@dataclass(frozen=True, slots=True, eq=False)
class Logistic:
    """A fitted regression over scaled features."""

    weights: Floats
    intercept: float

    def odds(self, rows: Floats) -> Floats:
        """Return the log-odds of up."""
        out: Floats = rows @ self.weights + self.intercept
        return out


def fit(rows: Floats, up: Floats) -> Logistic:
    """Learn from scaled rows that came out `up` (1) or down (0); both must occur."""
    price = NOISE * sqrt(len(rows)) / 2
    found = LogisticRegression(l1_ratio=1.0, C=1 / price, solver="saga", max_iter=1_000, tol=1e-4, random_state=0)
    found.fit(rows, up)
    return Logistic(np.asarray(found.coef_[0], dtype=np.float64), float(found.intercept_[0]))

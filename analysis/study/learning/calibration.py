"""When a model says 60 %, is it so in 60 of 100 cases? Its log-odds are stretched and shifted until it is.

Platt's method: the calibrated log-odds are a * log-odds + b, with a and b from rows that the model has not learnt from.
Few rows say little about a and b, so both are drawn towards a = 1, b = 0 (nothing changed), as if `PULL` had been
measured in their favour; a is never negative: a model that was wrong is not turned around.

Source: J. Platt, Probabilistic Outputs for Support Vector Machines (1999).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

if TYPE_CHECKING:
    from analysis.batch.indicators import Floats

PULL = 10.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """What makes a probability of a model's log-odds."""

    stretch: float = 1.0
    shift: float = 0.0

    def __call__(self, odds: Floats) -> Floats:
        """Return the probabilities (0 to 1) of these log-odds."""
        return probability(self.stretch * odds + self.shift)


def probability(odds: Floats) -> Floats:
    """Return the probability of log-odds."""
    out: Floats = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
    return out


def calibrated(odds: Floats, up: Floats) -> Calibration:
    """Find the calibration of log-odds of rows that came out `up` (1) or down (0)."""

    def loss(by: Floats) -> tuple[float, Floats]:
        stretch, shift = by
        said = stretch * odds + shift
        wrong = probability(said) - up
        pull = PULL * ((stretch - 1) ** 2 + shift**2)
        total = float((np.logaddexp(0, said) - up * said).sum() + pull)
        return total, np.array([(wrong * odds).sum() + 2 * PULL * (stretch - 1), wrong.sum() + 2 * PULL * shift])

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0, None), (None, None)])
    return Calibration(float(found.x[0]), float(found.x[1]))

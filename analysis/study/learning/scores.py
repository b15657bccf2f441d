"""How good were the probabilities? The scores of a model or a baseline, all of rows it had not learnt from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn import metrics

if TYPE_CHECKING:
    from analysis.batch.indicators import Floats

BINS = 10
SURE = 1e-6
"""No probability is taken to be nearer to 0 or 1 than this, so that one wrong word costs no endless log-loss."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of n rows."""

    n: int
    accuracy: float
    """Right ones, 0 to 1; up is what is given more than one half."""
    balanced_accuracy: float
    """Mean of the right ones among those that rose and among those that fell: 0.5 says nothing."""
    brier: float
    """Mean squared distance of the probability from what came: 0.25 says nothing, lower is better."""
    log_loss: float
    """Mean surprise in nats: 0.693 says nothing, lower is better."""
    calibration_error: float
    """Mean distance of what was said from what came, over the bins of `calibration`, weighted by their rows."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows of a tenth of the rows, ordered by what was said."""

    n: int
    said: float
    """Mean probability of up."""
    came: float
    """Share that rose."""


def surprise(said: Floats, up: Floats) -> Floats:
    """Return the log-loss of each row in nats."""
    sure = np.clip(said, SURE, 1 - SURE)
    return -np.log(np.where(up > 0, sure, 1 - sure))


def scores(said: Floats, up: Floats, right: Floats) -> Scores:
    """Score probabilities of up; `right` (0 or 1) says which decisions were right."""
    decided = np.where(right > 0, up, 1 - up)
    bins = calibration(said, up)
    return Scores(
        len(up),
        float(right.mean()),
        float(metrics.balanced_accuracy_score(up, decided)) if 0 < up.sum() < len(up) else float(right.mean()),
        float(metrics.brier_score_loss(up, said)),
        float(surprise(said, up).mean()),
        sum(each.n * abs(each.said - each.came) for each in bins) / len(up),
    )


def calibration(said: Floats, up: Floats) -> list[Bin]:
    """Return up to BINS bins of about equally many rows; rows of one probability stay together."""
    edges = np.unique(np.quantile(said, np.linspace(0, 1, BINS + 1)[1:-1]))
    number = np.searchsorted(edges, said, side="right")
    return [
        Bin(int(np.count_nonzero(mine)), float(said[mine].mean()), float(up[mine].mean()))
        for mine in (number == each for each in np.unique(number))
    ]

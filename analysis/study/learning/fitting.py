"""One model, from raw rows to calibrated probabilities: scaled, fitted, calibrated, each on rows that are its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from analysis.errors import StudyError
from analysis.study.learning import logistic
from analysis.study.learning.calibration import Calibration, calibrated
from analysis.study.learning.loading import network
from analysis.study.learning.scaling import Scaling

if TYPE_CHECKING:
    from analysis.batch.indicators import Floats

LOGISTIC, KERAS = "logistic", "keras"


class Model(Protocol):
    """What says log-odds of scaled rows."""

    def odds(self, rows: Floats) -> Floats:
        """Return the log-odds of up."""


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A model that can be asked."""

    name: str
    scaling: Scaling
    model: Model
    calibration: Calibration

    def __call__(self, rows: Floats) -> Floats:
        """Return the probability of up (0 to 1) of raw rows, a column a feature."""
        return self.calibration(self.model.odds(self.scaling(rows)))


def fit(name: str, rows: Floats, up: Floats, kept: Floats, kept_up: Floats) -> Fitted:
    """Learn from raw rows that came out `up` (1) or down (0); those kept apart stop and calibrate it.

    Raises:
        StudyError: All rows came out alike.
    """
    if not 0 < up.sum() < len(up):
        raise StudyError(f"all {len(up):,} bars to learn from {'rose' if up.all() else 'fell'}: nothing to tell apart")
    scaling = Scaling.of(rows)
    scaled, scaled_kept = scaling(rows), scaling(kept)
    model: Model = network().fit(scaled, up, scaled_kept, kept_up) if name == KERAS else logistic.fit(scaled, up)
    return Fitted(name, scaling, model, calibrated(model.odds(scaled_kept), kept_up))

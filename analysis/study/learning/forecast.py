"""What does the model say of the bar that is forming now? From the newest closed bar, with the evidence behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import StudyError
from analysis.study.learning.evidence import LEVEL
from analysis.study.learning.models import AHEAD, check
from analysis.study.learning.predictions import Prediction
from bot.core.times import to_iso

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from analysis.study.dataset.made import DataSet
    from analysis.study.learning.models import Trained


def forecast(trained: Trained, data: DataSet, report: Mapping[str, Any] | None, now: int, insisted: bool) -> Prediction:
    """Predict the bar after the newest confirmed one.

    Args:
        trained: The model.
        data: The newest bars, enough of them before the last for its features.
        report: The evaluation of the same pair and timeframe (`report.json`); None: there is none.
        now: UTC ms.
        insisted: To be shown although no edge was found.

    Raises:
        StudyError: The model does not fit these candles, the newest bar is not known well enough, or the bar it would
            speak of has closed already.
    """
    check(trained, data)
    if not len(data.frame):
        raise StudyError(f"there is no whole bar of {data.timeframe} yet")
    last = int(data.opens[-1])
    bar, closes = last + data.bar_ms, last + 2 * data.bar_ms
    if now >= closes:
        raise StudyError(
            f"the newest whole bar is that of {to_iso(last)}, so the next one has closed already: nothing to predict "
            "until newer candles come (is the bot running, and the copy fresh?)"
        )
    row = data.frame.select(trained.names).tail(1).to_numpy().astype(np.float64)
    unknown = [name for name, value in zip(trained.names, row[0], strict=True) if np.isnan(value)]
    if unknown:
        raise StudyError(f"the bar of {to_iso(last)} is not known well enough: {', '.join(unknown)}")
    probability = float(trained.fitted(row)[0])
    edge, accuracy, margin, cases = _evidence(trained, report)
    return Prediction(
        data.pair,
        data.timeframe,
        bar,
        closes,
        now,
        probability,
        trained.name,
        trained.begin,
        trained.end,
        edge,
        insisted,
        accuracy,
        margin,
        cases,
        None,
    )


def outcomes(data: DataSet) -> dict[int, bool]:
    """Return of each bar (open, UTC ms) whether it rose; bars that stood still are left out."""
    body = data.label("body")
    moved = ~np.isnan(body) & (body != 0)
    return dict(zip(data.opens[moved].tolist(), (body[moved] > 0).tolist(), strict=True))


def _evidence(trained: Trained, report: Mapping[str, Any] | None) -> tuple[bool, float | None, float | None, int]:
    """Return whether there is an edge about the next candle, how often this model was right, the margin, the cases."""
    if report is None or any(report[name] != getattr(trained, name) for name in ("pair", "timeframe", "origin")):
        return False, None, None, 0
    found = next((each for each in report["horizons"] if each["bars"] == AHEAD), None)
    if found is None or trained.fitted.name not in found["scores"]:
        return False, None, None, 0
    score = found["scores"][trained.fitted.name]
    better = found["better_model"] == trained.fitted.name
    accuracy = found["accuracy"]
    margin = (accuracy["high"] - accuracy["low"]) / 2 if better and accuracy is not None else None
    return better and found["p_corrected"] < LEVEL, score["accuracy"], margin, score["n"]

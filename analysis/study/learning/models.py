"""A trained model, kept in two files: `model.json` says everything about it, `network.keras` holds a network's weights.

A model can be asked only about candles like those it was trained on: the same pair, timeframe and features. It names
its own training range, so nobody takes the bars it has learnt from for a forecast.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.errors import StudyError
from analysis.study.learning import loading
from analysis.study.learning.calibration import Calibration
from analysis.study.learning.fitting import KERAS, Fitted, Model, fit
from analysis.study.learning.folder import VERSION, write
from analysis.study.learning.logistic import Logistic
from analysis.study.learning.scaling import Scaling
from analysis.study.learning.splits import last_part
from bot.core.times import to_iso

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.study.dataset.made import DataSet

MODEL, NETWORK = "model.json", "network.keras"
AHEAD = 1
"""Bars: a model speaks of the next one."""


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A model of the next candle and where it comes from."""

    fitted: Fitted
    pair: str
    timeframe: str
    origin: str | None
    begin: int
    """Open of the first bar it has learnt from, UTC ms."""
    end: int
    """Close of the last one."""
    rows: int
    names: tuple[str, ...]
    """Its features."""

    @property
    def name(self) -> str:
        """Which model, and until when it has learnt."""
        return f"{self.fitted.name}, trained to {to_iso(self.end)[:16].replace('T', ' ')} UTC"


def train(data: DataSet, model: str) -> Trained:
    """Train a model of the next candle on all bars; the newest part stops and calibrates it.

    Raises:
        TooLittleDataError: There are too few bars.
        StudyError: There is nothing to learn from.
    """
    inputs, label = data.inputs(), data.label(f"up_{AHEAD}")
    known = np.flatnonzero(~np.isnan(inputs).any(axis=1) & ~np.isnan(label))
    opens, inputs, up = data.opens[known], inputs[known], label[known]
    learnt, kept = last_part(opens, data.bar_ms, AHEAD)
    fitted = fit(model, inputs[learnt], up[learnt], inputs[kept], up[kept])
    begin, end = int(opens[0]), int(opens[-1]) + (1 + AHEAD) * data.bar_ms
    return Trained(fitted, data.pair, data.timeframe, data.origin, begin, end, len(opens), data.names)


def save(into: Path, trained: Trained) -> None:
    """Keep a model; a crash leaves the one before, or this one.

    Raises:
        StudyError: It cannot be written.
    """
    fitted = trained.fitted
    network = None
    if fitted.name == KERAS:
        keras = fitted.model
        write(into / NETWORK, keras.save)  # type: ignore[attr-defined] # a Network
        network = _digest(into / NETWORK)
    text = json.dumps(
        {
            "version": VERSION,
            "model": fitted.name,
            "pair": trained.pair,
            "timeframe": trained.timeframe,
            "origin": trained.origin,
            "from": trained.begin,
            "to": trained.end,
            "rows": trained.rows,
            "features": list(trained.names),
            "mean": fitted.scaling.mean.tolist(),
            "deviation": fitted.scaling.deviation.tolist(),
            "stretch": fitted.calibration.stretch,
            "shift": fitted.calibration.shift,
            "weights": fitted.model.weights.tolist() if isinstance(fitted.model, Logistic) else None,
            "intercept": fitted.model.intercept if isinstance(fitted.model, Logistic) else None,
            "network": network,
        },
        indent=1,
    )
    write(into / MODEL, lambda beside: beside.write_text(text, encoding="utf-8"))


def load(of: Path) -> Trained:
    """Read a model back.

    Raises:
        StudyError: There is none, or it cannot be used any more.
    """
    path = of / MODEL
    again = "train it again with `cvdbot ml train`"
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StudyError(f"there is no model in {of} yet: `cvdbot ml train` makes one") from None
    except (OSError, ValueError) as error:
        raise StudyError(f"{path} cannot be read ({error}): {again}") from error
    if not isinstance(kept, dict) or kept.get("version") != VERSION:
        raise StudyError(f"{path} is of another version of the study: {again}")
    try:
        return _trained(of, kept)
    except (KeyError, TypeError, ValueError) as error:
        raise StudyError(f"{path} is damaged ({error}): {again}") from error


def _trained(of: Path, kept: dict[str, Any]) -> Trained:
    names = tuple(kept["features"])
    mean, deviation = (np.array(kept[name], dtype=np.float64) for name in ("mean", "deviation"))
    model: Model
    if kept["network"] is None:
        model = Logistic(np.array(kept["weights"], dtype=np.float64), float(kept["intercept"]))
        if model.weights.shape != (len(names),):
            raise ValueError(f"{len(names)} features, and not as many weights")
    else:
        model = _network(of / NETWORK, kept["network"])
    if not mean.shape == deviation.shape == (len(names),):
        raise ValueError(f"{len(names)} features, and not as many means and deviations")
    return Trained(
        Fitted(kept["model"], Scaling(mean, deviation), model, Calibration(kept["stretch"], kept["shift"])),
        kept["pair"],
        kept["timeframe"],
        kept["origin"],
        kept["from"],
        kept["to"],
        kept["rows"],
        names,
    )


def _network(path: Path, digest: str) -> Model:
    if not path.is_file() or _digest(path) != digest:
        raise ValueError(f"{path.name} is not the one it names")
    network: Model = loading.network().load(path)
    return network


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check(trained: Trained, data: DataSet) -> None:
    """Refuse candles unlike those it was trained on.

    Raises:
        StudyError: They are of another pair, timeframe or origin, or lack a feature.
    """
    again = f"train one with `cvdbot ml train --timeframe {data.timeframe}`"
    for what, mine, theirs in (
        ("pair", trained.pair, data.pair),
        ("timeframe", trained.timeframe, data.timeframe),
        ("origin", trained.origin, data.origin),
    ):
        if mine != theirs:
            raise StudyError(f"the model was trained on {what} {mine}, these candles are of {theirs}: {again}")
    lacking = [name for name in trained.names if name not in data.frame.columns]
    if lacking:
        raise StudyError(f"the model needs {', '.join(lacking)}, which these candles do not have: {again}")

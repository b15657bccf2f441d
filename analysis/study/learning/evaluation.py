"""Is there an edge? Models and baselines walk forward through the bars and are asked about what they have not seen.

Two questions are kept apart. **Is there an edge**: do the better of the models' probabilities fit what came better than
those of the better baseline, beyond what luck does once in a hundred studies, corrected for the models and horizons
tried? **Does Keras add anything**: do its fit better than those of the logistic regression? Fit is log-loss, the
surprise at what came: unlike the share of right ones it tells 51 % from 90 %. An edge in the direction is no profit
yet: fees are in none of these figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analysis.study.dataset.columns import HORIZONS
from analysis.study.learning.baselines import BASELINES, MAJORITY, SAME, Said, majority, same_as_last
from analysis.study.learning.effects import Effect, effects
from analysis.study.learning.evidence import Gain, blocks, corrected, gain
from analysis.study.learning.fitting import KERAS, LOGISTIC, Fitted, fit
from analysis.study.learning.importance import Drop, drops, importance
from analysis.study.learning.loading import network
from analysis.study.learning.scores import Bin, Scores, calibration, scores, surprise
from analysis.study.learning.splits import Fold, walk_forward

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from analysis.batch.indicators import Floats, Integers
    from analysis.study.dataset.made import DataSet

MODELS = (LOGISTIC, KERAS)
UP = 0.5
"""Above it, up is said."""


class Tested(NamedTuple):
    """One fold: when it was tested and how often each was right."""

    begin: int
    """Open of the first tested bar, UTC ms."""
    end: int
    """Close of the last one."""
    trained: int
    """Rows learnt from."""
    n: int
    accuracy: dict[str, float]


@dataclass(frozen=True, slots=True)
class Horizon:
    """What was found about so many bars ahead."""

    ahead: int
    folds: list[Tested]
    scores: dict[str, Scores]
    """Of each model and baseline."""
    calibration: list[Bin]
    """Of the better model."""
    better_model: str
    better_baseline: str
    right: Gain | None
    """How often the better model was right, 0 to 1; None with too few blocks, as what follows."""
    gain: Gain | None
    """By how many nats the better model was surprised less than the better baseline, a row."""
    p: float
    """Of the gain, corrected for the models and horizons tried."""
    accuracy_gain: Gain | None
    """By how much it was right more often."""
    keras_gain: Gain | None
    """By how many nats Keras was surprised less than the logistic regression; None without Keras too."""
    keras_p: float
    """Corrected for the horizons tried."""
    move: Gain | None
    """Mean move of the price in the direction the better model said, in %: what a trade would have to pay fees from."""
    importance: list[Drop]
    """Of the better model, the most important feature first; for the first horizon alone."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was found in a data set."""

    data: DataSet
    rows: int
    """Bars in which every feature is known."""
    models: tuple[str, ...]
    horizons: list[Horizon]
    device: str
    """What the network was trained on."""
    effects: list[Effect]
    """Of each feature and horizon, the least likely to be luck first."""


def evaluate(
    data: DataSet,
    models: Sequence[str] = MODELS,
    horizons: Sequence[int] = HORIZONS,
    told: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Walk the models forward; `told` is called with what is being done, once a model, fold and horizon.

    Raises:
        TooLittleDataError: There are too few bars for a split.
        StudyError: There is nothing to learn from.
    """
    inputs = data.inputs()
    known = np.asarray(~np.isnan(inputs).any(axis=1))
    found = [
        _horizon(data, inputs, known, ahead, tuple(models), len(horizons), told, first=ahead == horizons[0])
        for ahead in horizons
    ]
    device = network().device() if KERAS in models else "CPU"
    return Evaluation(data, int(known.sum()), tuple(models), found, device, effects(data, horizons))


def _horizon(
    data: DataSet,
    inputs: Floats,
    known: NDArray[np.bool_],
    ahead: int,
    models: tuple[str, ...],
    horizons: int,
    told: Callable[[str], None],
    *,
    first: bool,
) -> Horizon:
    label = data.label(f"up_{ahead}")
    rows = np.flatnonzero(known & ~np.isnan(label))
    opens, inputs, up = data.opens[rows], inputs[rows], label[rows]
    moves = data.label(f"move_{ahead}")[rows]
    body = np.nan_to_num(data.label("body"))[rows]
    folds = walk_forward(opens, data.bar_ms, ahead)
    said: dict[str, list[Said]] = {name: [] for name in (*models, *BASELINES)}
    fitted: dict[str, list[Fitted]] = {name: [] for name in models}
    for number, fold in enumerate(folds):
        for name in models:
            told(f"{ahead} bar{'s' * (ahead > 1)} ahead, fold {number + 1} of {len(folds)}: {name}")
            one = fit(name, inputs[fold.train], up[fold.train], inputs[fold.validate], up[fold.validate])
            fitted[name].append(one)
            probability = one(inputs[fold.test])
            said[name].append(Said(probability, (probability > UP).astype(np.float64)))
        before = slice(0, fold.validate.stop)
        said[MAJORITY].append(majority(up[before], fold.test.stop - fold.test.start))
        said[SAME].append(same_as_last(up[before], body[before], body[fold.test]))
    tested = slice(folds[0].test.start, folds[-1].test.stop)
    joined = {name: _joined(parts) for name, parts in said.items()}
    came, block = up[tested], blocks(opens[tested], data.bar_ms, ahead)
    right = {name: (each.up == came).astype(np.float64) for name, each in joined.items()}
    scored = {name: scores(joined[name].probability, came, right[name]) for name in joined}
    loss = {name: surprise(each.probability, came) for name, each in joined.items()}
    model = min(models, key=lambda name: scored[name].log_loss)
    baseline = min(BASELINES, key=lambda name: scored[name].log_loss)
    found = gain(loss[baseline] - loss[model], block)
    keras = gain(loss[LOGISTIC] - loss[KERAS], block) if {KERAS, LOGISTIC} <= set(models) else None
    return Horizon(
        ahead,
        _tested(folds, opens, data.bar_ms, right),
        scored,
        calibration(joined[model].probability, came),
        model,
        baseline,
        gain(right[model], block),
        found,
        1.0 if found is None else corrected(found.p, len(models) * horizons),
        gain(right[model] - right[baseline], block),
        keras,
        1.0 if keras is None else corrected(keras.p, horizons),
        gain(np.where(joined[model].up > 0, moves[tested], -moves[tested]), block),
        _importance(data, model, fitted[model], folds, inputs, up, told) if first else [],
    )


def _importance(
    data: DataSet,
    model: str,
    fitted: Sequence[Fitted],
    folds: Sequence[Fold],
    inputs: Floats,
    up: Floats,
    told: Callable[[str], None],
) -> list[Drop]:
    told(f"importance of each feature to {model}")
    each = [drops(one, inputs[fold.test], up[fold.test]) for one, fold in zip(fitted, folds, strict=True)]
    return importance(data.names, each)


def _joined(parts: Sequence[Said]) -> Said:
    return Said(np.concatenate([each.probability for each in parts]), np.concatenate([each.up for each in parts]))


def _tested(folds: Sequence[Fold], opens: Integers, bar_ms: int, right: dict[str, Floats]) -> list[Tested]:
    start = folds[0].test.start
    return [
        Tested(
            int(opens[fold.test.start]),
            int(opens[fold.test.stop - 1]) + bar_ms,
            fold.train.stop - fold.train.start,
            fold.test.stop - fold.test.start,
            {
                name: float(each[fold.test.start - start : fold.test.stop - start].mean())
                for name, each in right.items()
            },
        )
        for fold in folds
    ]


def _of(tested: Floats, fold: Fold, start: int) -> Floats:
    """Return a fold's part of what was tested from row `start` on."""
    return tested[fold.test.start - start : fold.test.stop - start]

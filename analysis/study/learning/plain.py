"""An evaluation as JSON: what `cvdbot ml evaluate --json` prints and `report.json` keeps.

Instants are UTC ms; accuracies, probabilities and their changes are 0 to 1, gains in nats (log-loss)
unless they are named otherwise, moves in %. What is not known is null.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from analysis.study.learning.baselines import BASELINES
from analysis.study.learning.conclusion import conclude
from analysis.study.learning.evidence import CONFIDENCE, LEVEL
from analysis.study.learning.folder import VERSION, Plain

if TYPE_CHECKING:
    from analysis.study.learning.evaluation import Evaluation, Horizon
    from analysis.study.learning.evidence import Gain


def as_plain(found: Evaluation) -> Plain:
    """Return what `json.dumps` takes; `baselines` are those of the first horizon."""
    data, first = found.data, found.horizons[0]
    opens = data.opens
    return {
        "version": VERSION,
        **asdict(conclude(found)),
        "pair": data.pair,
        "timeframe": data.timeframe,
        "origin": data.origin,
        "from": int(opens[0]),
        "to": int(opens[-1]) + data.bar_ms,
        "bars": len(opens),
        "rows": found.rows,
        "level": LEVEL,
        "confidence": CONFIDENCE,
        "models": list(found.models),
        "device": found.device,
        "horizons": [_horizon(each) for each in found.horizons],
        "folds": [_fold(each, number) for each in found.horizons for number in range(len(each.folds))],
        "baselines": {name: asdict(first.scores[name]) for name in BASELINES},
        "importance": [asdict(each) for each in first.importance],
        "effects": [
            {"feature": each.name, "bars": each.ahead, "n": each.n, **asdict(each.change), "p_corrected": each.p}
            for each in found.effects
        ],
        "features": list(data.names),
        "left_out": dict(data.left_out),
    }


def _horizon(each: Horizon) -> Plain:
    return {
        "bars": each.ahead,
        "n": each.scores[each.better_model].n,
        "scores": {name: asdict(score) for name, score in each.scores.items()},
        "better_model": each.better_model,
        "better_baseline": each.better_baseline,
        "accuracy": _gain(each.right),
        "gain": _gain(each.gain),
        "p_corrected": each.p,
        "accuracy_gain": _gain(each.accuracy_gain),
        "edge": each.p < LEVEL,
        "keras_gain": _gain(each.keras_gain),
        "keras_p_corrected": each.keras_p,
        "move": _gain(each.move),
        "calibration": [asdict(one) for one in each.calibration],
    }


def _fold(each: Horizon, number: int) -> Plain:
    fold = each.folds[number]
    return {
        "bars": each.ahead,
        "fold": number + 1,
        "from": fold.begin,
        "to": fold.end,
        "trained": fold.trained,
        "n": fold.n,
        "accuracy": fold.accuracy,
    }


def _gain(gain: Gain | None) -> Plain | None:
    return None if gain is None else asdict(gain)

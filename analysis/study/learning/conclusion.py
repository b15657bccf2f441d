"""What does an evaluation come to, in one plain sentence each? Is there an edge, and does Keras add anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.study.learning.baselines import BASELINES
from analysis.study.learning.evidence import LEVEL
from analysis.study.learning.fitting import KERAS

if TYPE_CHECKING:
    from analysis.study.learning.evaluation import Evaluation, Horizon

WORDS = {
    "majority": "always saying the more frequent direction",
    "same_as_last": "saying the last direction again",
    "logistic": "the logistic regression",
    "keras": "the Keras network",
}


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The two answers."""

    edge: bool
    sentence: str
    keras_adds: bool
    keras_sentence: str


def conclude(found: Evaluation) -> Conclusion:
    """Answer both questions; at the level of 1 %, corrected for what was tried."""
    best = min(found.horizons, key=lambda each: each.p)
    edge = best.p < LEVEL
    return Conclusion(edge, _edge(found, best, edge), *_keras(found))


def ahead_words(ahead: int) -> str:
    """Say which candles a horizon speaks of."""
    return "the next candle" if ahead == 1 else f"the next {ahead} candles"


def _edge(found: Evaluation, best: Horizon, edge: bool) -> str:
    score = best.scores[best.better_model]
    others = " and ".join(f"{WORDS[name]} in {best.scores[name].accuracy:.1%}" for name in BASELINES)
    facts = (
        f"{WORDS[best.better_model]} was right about {ahead_words(best.ahead)} in {score.accuracy:.1%} of {score.n:,} "
        f"cases, {others}"
    )
    tried = f"corrected for {len(found.models)} model{'s' * (len(found.models) > 1)} and {len(found.horizons)} horizon"
    tried += "s" * (len(found.horizons) > 1)
    if best.gain is None:
        return f"No evidence of an edge: {facts}; too few bars to tell it from luck."
    if not edge:
        return f"No evidence of an edge: {facts}; luck alone fits as well in {_often(best.p)} of studies, {tried}."
    paid = ""
    if best.move is not None:
        perhaps = ", which may be nothing" if best.move.low <= 0 else ""
        paid = (
            f" The price then moved {best.move.value:+.3f} % ({best.move.low:+.3f} to {best.move.high:+.3f}) a time"
            f" that way{perhaps}: it pays only where fees and spread cost less."
        )
    return f"Evidence of an edge: {facts}; luck alone fits as well in {_often(best.p)} of studies, {tried}.{paid}"


def _keras(found: Evaluation) -> tuple[bool, str]:
    if KERAS not in found.models:
        return False, "Keras was not tried."
    if len(found.models) == 1:
        return False, "Keras was tried alone."
    best = min(found.horizons, key=lambda each: each.keras_p)
    if best.keras_gain is None:
        return False, "Whether Keras adds anything cannot be told: too few bars."
    points = f"log-loss {-best.keras_gain.value:+.4f} about {ahead_words(best.ahead)}"
    if best.keras_p < LEVEL:
        return True, f"Keras adds to the logistic regression: {points} (p {best.keras_p:.1g})."
    return (
        False,
        f"Keras adds nothing that luck does not: {points} beside the logistic regression (p {best.keras_p:.2f}).",
    )


def _often(p: float) -> str:
    return f"{p:.0%}" if p >= LEVEL else f"{p:.1%}" if p >= 0.001 else "fewer than 0.1 %"  # noqa: PLR2004 - rounding

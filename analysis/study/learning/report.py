"""The report of an evaluation for a person, in Markdown: the answers first, then what they rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.study.dataset.made import meanings
from analysis.study.learning.baselines import BASELINES
from analysis.study.learning.conclusion import WORDS, ahead_words, conclude
from analysis.study.learning.evidence import LEVEL
from bot.core.times import to_iso

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.study.learning.evaluation import Evaluation, Horizon
    from analysis.study.learning.evidence import Gain

EFFECTS, IMPORTANT = 12, 12
"""Rows that are told; report.json has all."""
SIMULATED = "**SIMULATED**: these candles are of a made market. What is found here says nothing about a real one."


def markdown(found: Evaluation) -> str:
    """Return the report as text; it names the drawings of `plots` beside it."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Evaluation) -> Iterator[str]:
    data, told = found.data, conclude(found)
    opens = data.opens
    yield f"# The next {data.timeframe} candle of {data.pair}"
    yield ""
    if data.origin == "simulated":
        yield SIMULATED
        yield ""
    yield f"**{told.sentence}**"
    yield ""
    yield told.keras_sentence
    yield ""
    yield (
        f"{len(opens):,} bars from {_day(opens[0])} to {_day(opens[-1] + data.bar_ms)}, {found.rows:,} of them with "
        f"every feature known. Each fold was learnt from bars before it alone, purged of labels that reach into it. "
        f"Trained on {found.device}. Intervals "
        f"are of {1 - LEVEL:.0%}. No fee, spread or slippage is in any figure; nothing here is advice."
    )
    for each in found.horizons:
        yield ""
        yield from _horizon(each)
    yield ""
    yield from _effects(found)
    if found.horizons[0].importance:
        yield ""
        yield from _importance(found.horizons[0])
    yield ""
    yield "![Accuracy of each fold](accuracy.svg)"
    yield ""
    yield "![What was said, and what came](calibration.svg)"
    yield ""
    yield "![What each feature says by itself](effects.svg)"
    if data.left_out:
        yield ""
        yield "Features left out: " + ", ".join(f"{name} ({why})" for name, why in data.left_out) + "."
    yield ""
    yield "## The features"
    yield ""
    for name, meaning in meanings(data.names).items():
        yield f"- `{name}`: {meaning}"


def _horizon(each: Horizon) -> Iterator[str]:
    yield f"## {ahead_words(each.ahead).capitalize()}"
    yield ""
    rows = [
        (
            WORDS[name] + (" (the better)" if name in (each.better_model, each.better_baseline) else ""),
            f"{score.accuracy:.2%}",
            f"{score.balanced_accuracy:.2%}",
            f"{score.brier:.4f}",
            f"{score.log_loss:.4f}",
            f"{score.calibration_error:.1%}",
        )
        for name, score in each.scores.items()
    ]
    yield from _table(("", "right", "balanced", "Brier (0.25)", "log-loss (0.6931)", "calibration error"), rows)
    yield ""
    yield f"In brackets: what a coin scores. {each.scores[each.better_model].n:,} cases."
    yield ""
    yield f"- log-loss below the better baseline's: {_nats(each.gain)}; corrected p {_p(each.p)}"
    yield f"- right more often than it: {_points(each.accuracy_gain)}"
    if each.keras_gain is not None:
        keras = f"{_nats(each.keras_gain)}; corrected p {_p(each.keras_p)}"
        yield f"- Keras' log-loss below the logistic regression's: {keras}"
    if each.move is not None:
        move = each.move
        yield (
            f"- the price moved {move.value:+.4f} % ({move.low:+.4f} to {move.high:+.4f}) a time in the direction "
            "that was said, before fees"
        )
    yield ""
    names = [name for name in each.scores if name not in BASELINES] + [each.better_baseline]
    yield from _table(
        ("tested", "learnt from", "cases", *(WORDS[name] for name in names)),
        [
            (
                f"{_day(fold.begin)} to {_day(fold.end)}",
                f"{fold.trained:,}",
                f"{fold.n:,}",
                *(f"{fold.accuracy[name]:.1%}" for name in names),
            )
            for fold in each.folds
        ],
    )
    yield ""
    yield f"When {WORDS[each.better_model]} said so often up, it came so often:"
    yield ""
    yield from _table(
        ("said", "came", "cases"),
        [(f"{one.said:.1%}", f"{one.came:.1%}", f"{one.n:,}") for one in each.calibration],
    )


def _effects(found: Evaluation) -> Iterator[str]:
    yield "## What each feature says by itself"
    yield ""
    yield (
        "By how much the chance of up changes when a feature is one standard deviation higher: of "
        f"{len(found.effects)} questions the {min(EFFECTS, len(found.effects))} least likely to be luck, with p "
        "corrected for all of them. It "
        "describes these bars and is no test of a forecast."
    )
    yield ""
    yield from _table(
        ("feature", "bars ahead", "change of P(up)", "99 % interval", "corrected p"),
        [
            (
                f"`{each.name}`",
                str(each.ahead),
                f"{each.change.value * 100:+.2f} points",
                f"{each.change.low * 100:+.2f} to {each.change.high * 100:+.2f}",
                _p(each.p),
            )
            for each in found.effects[:EFFECTS]
        ],
    )


def _importance(first: Horizon) -> Iterator[str]:
    yield f"## What {WORDS[first.better_model]} leans on"
    yield ""
    yield (
        "How much less often it is right about the next candle when a feature is shuffled, in percentage points: mean "
        "of the folds, and the deviation between them."
    )
    yield ""
    yield from _table(
        ("feature", "worth", "deviation"),
        [(f"`{each.name}`", f"{each.mean:+.2f}", f"{each.deviation:.2f}") for each in first.importance[:IMPORTANT]],
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def _points(gain: Gain | None) -> str:
    if gain is None:
        return "too few bars to tell"
    return f"{gain.value * 100:+.2f} points ({gain.low * 100:+.2f} to {gain.high * 100:+.2f})"


def _nats(gain: Gain | None) -> str:
    if gain is None:
        return "too few bars to tell"
    return f"{gain.value:+.5f} ({gain.low:+.5f} to {gain.high:+.5f})"


def _p(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else "below 0.001"  # noqa: PLR2004 - rounding


def _day(instant: int) -> str:
    return to_iso(int(instant))[:10]

"""What does an evaluation look like? Drawings as SVG: accuracy by fold, calibration, the features' effects."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from analysis.study.learning.baselines import BASELINES
from analysis.study.learning.conclusion import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

    from analysis.study.learning.evaluation import Evaluation

COLOURS = {"logistic": "#274c77", "keras": "#c2410c", "majority": "#8a94a3", "same_as_last": "#c9ced6"}
INK, FAINT = "#16202e", "#e8ebef"
STYLE: Any = {
    "svg.hashsalt": "cvdbot",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": FAINT,
    "axes.axisbelow": True,
    "legend.frameon": False,
}
EFFECTS = 20


def plots(found: Evaluation) -> dict[str, str]:
    """Return file names with their SVG; equal evaluations give equal bytes."""
    return {
        "accuracy.svg": _drawn(7, 3.2, lambda axes: _accuracy(axes, found)),
        "calibration.svg": _drawn(4.6, 4.6, lambda axes: _calibration(axes, found)),
        "effects.svg": _drawn(
            7, 0.6 + 0.24 * min(EFFECTS, len(found.effects) or 1), lambda axes: _effects(axes, found)
        ),
    }


def _drawn(width: float, height: float, draw: Callable[[Axes], None]) -> str:
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure.add_subplot())
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


def _accuracy(axes: Axes, found: Evaluation) -> None:
    first = found.horizons[0]
    names = [*found.models, *BASELINES]
    for at, name in enumerate(names):
        where = [fold + (at - len(names) / 2 + 0.5) * 0.8 / len(names) for fold in range(len(first.folds))]
        right = [fold.accuracy[name] * 100 for fold in first.folds]
        axes.bar(where, right, 0.8 / len(names), color=COLOURS[name], label=WORDS[name])
    shown = [100 * each for fold in first.folds for each in fold.accuracy.values()]
    axes.set_ylim(min(45.0, min(shown) - 1), max(55.0, max(shown) + 3))
    axes.axhline(50, color=INK, linewidth=0.8)
    axes.set_xticks(range(len(first.folds)), [f"fold {number + 1}" for number in range(len(first.folds))])
    axes.set_ylabel("right about the next candle, %")
    axes.legend(ncols=2, loc="upper left", fontsize=7)


def _calibration(axes: Axes, found: Evaluation) -> None:
    for each in found.horizons:
        said, came = [one.said * 100 for one in each.calibration], [one.came * 100 for one in each.calibration]
        axes.plot(said, came, marker="o", markersize=3, label=f"{each.ahead} ahead: {WORDS[each.better_model]}")
    ends = [*axes.get_xlim(), *axes.get_ylim()]
    axes.plot([min(ends), max(ends)], [min(ends), max(ends)], color=INK, linewidth=0.8, linestyle=":")
    axes.set_xlabel("said up, %")
    axes.set_ylabel("came up, %")
    axes.legend(fontsize=7)


def _effects(axes: Axes, found: Evaluation) -> None:
    shown = found.effects[:EFFECTS][::-1]
    for at, each in enumerate(shown):
        axes.plot([each.change.low * 100, each.change.high * 100], [at, at], color="#8a94a3", linewidth=2)
        axes.plot(each.change.value * 100, at, "o", color=INK, markersize=3)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(shown)), [f"{each.name}, {each.ahead}" for each in shown], fontsize=7)
    axes.set_xlabel("change of P(up) a standard deviation, percentage points, with 99 % interval")

"""What has a model to beat? What needs no model: always the majority, and the same as the last candle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analysis.batch.indicators import Floats

MAJORITY, SAME = "majority", "same_as_last"
BASELINES = (MAJORITY, SAME)


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What was said of the tested rows."""

    probability: Floats
    """Of up, 0 to 1."""
    up: Floats
    """The decision: 1 up, 0 down."""


def majority(known: Floats, count: int) -> Said:
    """Always say what was more frequent among the labels known before."""
    rate = float(known.mean())
    return Said(np.full(count, rate), np.full(count, float(rate > 0.5)))  # noqa: PLR2004 - one half


def same_as_last(known: Floats, known_body: Floats, body: Floats) -> Said:
    """Say the direction of the bar itself again; its probability is what came after such a bar before.

    Bodies are close - open of the bars at whose close it is said; one that stood still is said to rise.
    """
    up = (body >= 0).astype(np.float64)
    rates = [_rate(known[(known_body >= 0) == rising]) for rising in (False, True)]
    return Said(np.where(up > 0, rates[1], rates[0]), up)


def _rate(known: Floats) -> float:
    """Return the share that rose, drawn towards one half as if two more rows had split evenly."""
    return float((known.sum() + 1) / (len(known) + 2))

"""The data set: features and labels of one pair's candles in one table, and which columns can be learnt from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.errors import StudyError
from analysis.study.dataset.columns import EXCHANGE_FEATURES, FEATURES, LOOK_BACK
from analysis.study.dataset.features import VenueBars, features
from analysis.study.dataset.labels import labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from analysis.batch.history import History
    from analysis.batch.indicators import Floats, Integers
    from bot.core.parameters import Parameters

KNOWN = 0.95
"""A feature is learnt from when it is known in so many of the bars after the first LOOK_BACK."""


@dataclass(frozen=True, slots=True, eq=False)
class DataSet:
    """A row a confirmed bar, oldest first."""

    pair: str
    timeframe: str
    bar_ms: int
    origin: str | None
    """`exchanges`, `simulated`, None where the source does not say."""
    frame: pl.DataFrame
    """`timestamp`, the features, the labels (analysis/study/dataset/columns.py)."""
    names: tuple[str, ...]
    """The features to learn from."""
    left_out: tuple[tuple[str, str], ...]
    """The others, each with the reason."""

    @property
    def opens(self) -> Integers:
        """Open of each bar, UTC ms."""
        return self.frame["timestamp"].to_numpy()

    def inputs(self) -> Floats:
        """Return the features to learn from, a column each, nan where one is null.

        Raises:
            StudyError: There is none.
        """
        if not self.names:
            why = ", ".join(f"{name} is {reason}" for name, reason in self.left_out[:3])
            raise StudyError(f"no feature can be learnt from ({why}, and so on): the study needs candles that move")
        return self.frame.select(self.names).to_numpy().astype(np.float64, copy=False)

    def label(self, name: str) -> Floats:
        """Return a label, nan where it is null."""
        return self.frame[name].to_numpy().astype(np.float64, copy=False)


def data_set(history: History, p: Parameters, venues: Sequence[VenueBars] = (), origin: str | None = None) -> DataSet:
    """Make the data set of these candles with the strategy's parameters."""
    known = features(history, p, venues)
    frame = known.hstack(labels(history, p).drop("timestamp"))
    left_out = tuple((name, why) for name in known.columns[1:] if (why := _unfit(known[name])))
    dropped = {name for name, _ in left_out}
    names = tuple(name for name in known.columns[1:] if name not in dropped)
    return DataSet(history.market.pair, p.chart_timeframe, p.chart_ms, origin, frame, names, left_out)


def _unfit(column: pl.Series) -> str | None:
    """Say why a feature cannot be learnt from; None when it can."""
    warm = column[LOOK_BACK:]
    unknown = warm.null_count()
    if unknown > (1 - KNOWN) * len(warm):
        return f"unknown in {unknown:,} of {len(warm):,} bars"
    if len(warm) and warm.min() == warm.max():
        return "the same in every bar"
    return None


def meanings(names: Sequence[str]) -> dict[str, str]:
    """Return what each of these features means, with its unit."""
    told = {each.name: f"{each.meaning} [{each.unit}]" for each in FEATURES}
    out = {}
    for name in names:
        stem, _, exchange = name.partition("_")
        of_exchange = next((each for each in EXCHANGE_FEATURES if each.name == f"{stem}_{{exchange}}"), None)
        out[name] = told.get(name) or (f"{exchange}: {of_exchange.meaning}" if of_exchange else "")
    return out

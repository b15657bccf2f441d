"""Which parameters fit candles of a length? Those of an archive take the place of the minute."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from analysis.batch.market import timeframe
from bot.core.parameters import Parameters, timeframe_ms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def fitted(settings: Sequence[str], interval_ms: int, base: Parameters | None = None) -> Parameters:
    """Return the parameters that `key=value` texts set, the others those of `base` (the defaults), raised to fit.

    What is not set and too short for candles of `interval_ms` is raised: `chart_timeframe` to the next multiple of it,
    `anchor_period` to the chart's timeframe. What is set stays as it is.

    Raises:
        ParameterError: They are not possible.
    """
    base = base or Parameters()
    named = {name.strip(): text.strip() for name, _, text in (setting.partition("=") for setting in settings)}
    values = {**base.plain(), **raised(named, interval_ms, base)}
    texts = [f"{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in values.items()]
    return Parameters.from_strings([*texts, *settings])


def raised(named: Mapping[str, object], interval_ms: int, base: Parameters) -> dict[str, str]:
    """Return both timeframes as they fit candles of `interval_ms` where `named` does not set them; see `fitted`."""
    chart_ms = -(-base.chart_ms // interval_ms) * interval_ms
    with suppress(KeyError, ValueError):  # what is no timeframe is refused by whoever makes the parameters
        chart_ms = timeframe_ms(str(named["chart_timeframe"]))
    return {"chart_timeframe": timeframe(chart_ms), "anchor_period": timeframe(max(chart_ms, base.anchor_ms))}

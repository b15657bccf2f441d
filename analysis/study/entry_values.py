"""What was known when a trade was entered? Five values, each of the last bar that had closed by then or of the entry.

| value | unit | definition |
| --- | --- | --- |
| cvd | BTC | the CVD at the bar's close, in the trade's direction: of a short trade with its sign turned |
| delta | % | the bar's delta in its volume, in the trade's direction |
| gap | ATR | height of the gap the trade took, in ATR(`atr_length`) of the bar the gap was found on |
| hour | hour, UTC | in which the entry's bar ended (a bar to 06:00 ends in the hour before it) |
| volatility | % | ATR(`atr_length`) at the bar's close in % of that close |

The delta is a share of the volume and not in BTC: in BTC it grows with the volume, and so would tell again how busy the
market was, which hour and volatility already ask; and volumes of two years cannot be compared. The CVD starts anew with
every anchor period, so it is of a few bars and can be compared in BTC.

A value is **unknown** (nan), never guessed, where a bar it is made of is missing: the one right before the entry, of
the CVD any since its anchor, of the ATR any of its last `atr_length`; where there is no volume; and the gap where the
trade took none. Nothing that comes after the entry is looked at, so later candles change none of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from bot.core.times import DAY, HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analysis.batch.history import History
    from analysis.batch.indicators import Floats, Integers
    from analysis.study.cvd_before_trades import Entered
    from bot.core.parameters import Parameters


@dataclass(frozen=True, slots=True, eq=False)
class EntryValues:
    """The values of each trade as columns, nan where unknown; units are in the module's table."""

    cvd: Floats
    delta: Floats
    gap: Floats
    hour: Floats
    volatility: Floats


def entry_values(history: History, parameters: Parameters, trades: Sequence[Entered]) -> EntryValues:
    """Return what was known at the entry of each trade, on the bars of `parameters.chart_timeframe`."""
    chart, bar_ms = history.bars(parameters), parameters.chart_ms
    at = np.array([trade.at for trade in trades], dtype=np.int64)
    toward = np.array([1.0 if trade.long else -1.0 for trade in trades])
    gap = np.array([nan if trade.gap is None else trade.gap for trade in trades], dtype=np.float64)
    hour = ((at - 1) % DAY // HOUR).astype(np.float64)
    if not len(chart):
        unknown = np.full(len(at), nan)
        return EntryValues(unknown, unknown, gap, hour, unknown)
    bar = np.searchsorted(chart.timestamp, at - bar_ms, side="right") - 1
    known = (bar >= 0) & (chart.timestamp[bar] > at - 2 * bar_ms)
    opened = chart.timestamp[bar]
    anchor = -(-(opened // parameters.anchor_ms * parameters.anchor_ms) // bar_ms) * bar_ms
    length = parameters.atr_length
    volume = _volume(history, opened, bar_ms)
    share = np.divide(chart.delta[bar], volume, out=np.full(len(at), nan), where=volume > 0) * 100
    atr_percent = history.atr(parameters, length)[bar] / chart.close[bar] * 100
    whole_anchor = known & _without_hole(chart.timestamp, bar, (opened - anchor) // bar_ms, bar_ms)
    whole_atr = known & _without_hole(chart.timestamp, bar, np.full(len(at), length - 1), bar_ms)
    return EntryValues(
        np.where(whole_anchor, toward * history.cvd(parameters).close[bar], nan),
        np.where(known, toward * share, nan),
        gap,
        hour,
        np.where(whole_atr, atr_percent, nan),
    )


def _volume(history: History, opened: Integers, bar_ms: int) -> Floats:
    """Return what was traded in the bars that open at these instants, BTC."""
    market = history.market
    traded = market.buy + market.sell
    first, last = (np.searchsorted(market.timestamp, opened + more).tolist() for more in (0, bar_ms))
    return np.array([traded[begin:end].sum() for begin, end in zip(first, last, strict=True)], dtype=np.float64)


def _without_hole(opens: Integers, bar: Integers, back: Integers, bar_ms: int) -> NDArray[np.bool_]:
    """Return for which bars, by index, all of the `back` bars before it are there."""
    first = np.maximum(bar - back, 0)
    whole: NDArray[np.bool_] = (bar >= back) & (opens[bar] - opens[first] == back * bar_ms)
    return whole

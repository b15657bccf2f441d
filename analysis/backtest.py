"""What would the strategy have done? The state machine of `bot.core.strategy`, over whole columns.

Of all bars only those are visited where something can happen: a signal, the next opposite one, the first zone of the
direction between them, the first bar that comes back to it, the first that hits stop or target. Levels and money are
computed by the streaming core's own functions, so trades are equal to it bit by bit.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.zones import BEAR, BULL
from bot.core.ledger import Account, CompletedTrade, Outcome, Position, Side, complete, levels
from bot.core.parameters import EntryMode

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from analysis.history import History
    from analysis.indicators import Bars, Signs
    from analysis.zones import Zones
    from bot.core.parameters import Parameters

FIRST_LOOK = 64
"""Bars to search at first; each further search takes four times as many."""


@dataclass(frozen=True, slots=True)
class Result:
    """One run of one parameter set over a range of bars."""

    parameters: Parameters
    pair: str
    begin: int | None
    """Open of the first bar of the range in UTC ms, None when there is none."""
    end: int | None
    """When the last bar of the range ends."""
    bars: int
    signals: int
    gaps: int
    trades: tuple[CompletedTrade, ...]
    open: Position | None
    """The position that is open at the end."""


@dataclass(frozen=True, slots=True)
class _Signals:
    """The signals of a range in order: bar, direction, the number of the next opposite one, the zone each would take.

    `opposite` is the number of signals where there is none, `zone` the number of zones.
    """

    bar: list[int]
    bullish: list[bool]
    opposite: list[int]
    zone: list[int]


def backtest(history: History, parameters: Parameters, begin: int | None = None, end: int | None = None) -> Result:
    """Run the strategy over the bars that open in [begin, end), in UTC ms; None leaves a side open.

    Bars before `begin` warm the indicators up. Raises ParameterError when these candles cannot make the bars.
    """
    chart = history.bars(parameters)
    first = 0 if begin is None else int(np.searchsorted(chart.timestamp, begin))
    last = len(chart) if end is None else int(np.searchsorted(chart.timestamp, end))
    signals = history.signals(parameters)
    gaps = history.gaps(parameters)
    trades, position = _walk(history, parameters, first, last)
    return Result(
        parameters,
        history.market.pair,
        int(chart.timestamp[first]) if first < last else None,
        int(chart.timestamp[last - 1]) + parameters.chart_ms if first < last else None,
        max(0, last - first),
        int(np.count_nonzero(signals[first:last])),
        int(np.count_nonzero((gaps.bar >= first) & (gaps.bar < last))),
        tuple(trades),
        position,
    )


def _walk(
    history: History, parameters: Parameters, first: int, last: int
) -> tuple[list[CompletedTrade], Position | None]:
    """Follow the setups one after the other through the bars [first, last)."""
    chart, risk_atr = history.bars(parameters), history.risk_atr(parameters)
    zones = history.gaps(parameters) if parameters.entry_mode is EntryMode.FVG else history.order_blocks(parameters)
    signals = _signals(history.signals(parameters), zones, parameters, first, last)
    account = Account(parameters.initial_balance)
    trades: list[CompletedTrade] = []
    setup, number = 1, 0
    while number < len(signals.bar):
        opposite = signals.opposite[number]
        abort = signals.bar[opposite] if opposite < len(signals.bar) else last
        entry = _entry(chart, zones, signals.zone[number], parameters.require_retracement, abort)
        if entry >= abort:
            setup, number = setup + 1, opposite + 1
            continue
        side = Side.LONG if signals.bullish[number] else Side.SHORT
        price = float(chart.close[entry])
        stop, target = levels(parameters, side, price, float(risk_atr[entry]))
        position = Position(setup, side, price, int(chart.timestamp[entry]), parameters.position_size, stop, target)
        left = _exit(chart, position, entry + 1, last)
        if left == last:
            return trades, position
        stopped = chart.low[left] <= stop if side is Side.LONG else chart.high[left] >= stop
        outcome, out = (Outcome.STOP_LOSS, stop) if stopped else (Outcome.TAKE_PROFIT, target)
        account, trade = complete(parameters, account, position, out, int(chart.timestamp[left]), outcome)
        trades.append(trade)
        setup, number = setup + 1, bisect_right(signals.bar, left)
    return trades, None


def _signals(directions: Signs, zones: Zones, parameters: Parameters, first: int, last: int) -> _Signals:
    bar = first + np.flatnonzero(directions[first:last])
    direction = directions[bar]
    turns = np.flatnonzero(np.diff(direction)) + 1
    opposite = np.append(turns, len(bar))[np.searchsorted(turns, np.arange(len(bar)), side="right")]
    # A gap starts on the signal's bar at the earliest, a block after it.
    since = bar - 1 if parameters.entry_mode is EntryMode.FVG else bar
    zone = np.full(len(bar), len(zones))
    for side in (BULL, BEAR):
        own = np.append(np.flatnonzero(zones.direction == side), len(zones))
        starts = np.maximum.accumulate(zones.start[own[:-1]])
        mine = direction == side
        zone[mine] = own[np.searchsorted(starts, since[mine], side="right")]
    return _Signals(bar.tolist(), (direction == BULL).tolist(), opposite.tolist(), zone.tolist())


def _entry(chart: Bars, zones: Zones, zone: int, retracement: bool, abort: int) -> int:
    """Return the bar at whose close a setup enters, `abort` when it does not before that bar."""
    if zone == len(zones):
        return abort
    found = int(zones.bar[zone])
    if not retracement or found >= abort:
        return min(found, abort)
    begin = max(found, int(zones.start[zone]) + 1)
    if zones.direction[zone] == BULL:
        top = zones.top[zone]
        return _first(lambda bars: chart.low[bars] <= top, begin, abort)
    bottom = zones.bottom[zone]
    return _first(lambda bars: chart.high[bars] >= bottom, begin, abort)


def _exit(chart: Bars, position: Position, begin: int, last: int) -> int:
    """Return the first bar that hits stop or target, `last` when none does."""
    stop, target = position.stop_loss, position.take_profit
    if position.side is Side.LONG:
        return _first(lambda bars: (chart.low[bars] <= stop) | (chart.high[bars] >= target), begin, last)
    return _first(lambda bars: (chart.high[bars] >= stop) | (chart.low[bars] <= target), begin, last)


def _first(holds: Callable[[slice], NDArray[np.bool_]], begin: int, end: int) -> int:
    """Return the first bar of [begin, end) for which a condition holds, `end` when there is none."""
    size = FIRST_LOOK
    while begin < end:
        found = holds(slice(begin, min(begin + size, end)))
        if found.any():
            return begin + int(np.argmax(found))
        begin, size = begin + size, size * 4
    return end

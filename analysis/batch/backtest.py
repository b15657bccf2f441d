"""What would the strategy have done? The state machine of `bot.core.strategy`, over whole columns.

Of all bars only those are visited where something can happen: a signal, the next opposite one, the first zone of the
direction between them, the first bar that comes back to it, the first that hits stop or target. Levels and money are
computed by the streaming core's own functions, so trades are equal to it bit by bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.batch.zones import BEAR, BULL
from bot.core.ledger import Account, CompletedTrade, Outcome, Position, Side, complete, levels
from bot.core.parameters import EntryMode

if TYPE_CHECKING:
    from analysis.batch.history import History
    from analysis.batch.indicators import Bars, Integers, Signs
    from analysis.batch.zones import Zones
    from bot.core.parameters import Parameters

FIRST_LOOK = 128
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
class Attempt:
    """One setup, from its signal on; bars are indices."""

    setup: int
    direction: int
    signal: int
    zone: int
    """Index of the zone it took."""
    taken: int | None
    """The bar it took its zone on, None when it took none."""
    entry: int | None
    """The bar it entered on."""
    aborted: int | None
    """The bar of the opposite signal that ended it; None while it goes on, and when it entered."""


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """What the setups of a range did."""

    zones: Zones
    attempts: list[Attempt]
    """Of `walk` alone; a back-test keeps none."""
    trades: list[CompletedTrade]
    position: Position | None
    """The position that is open at the end."""


@dataclass(frozen=True, slots=True, eq=False)
class _Signals:
    """The signals of a range, numbered in order, and what a setup that waits for one would come to."""

    bar: Integers
    direction: Signs
    zone: Integers
    """The zone each would take, the number of zones where there is none."""
    abort: Integers
    """The bar of the next opposite signal, the end of the range where there is none."""
    entry: list[int]
    """The first bar each could enter on, the end of the range where it is aborted before."""
    after: list[int]
    """The number of the first signal after the next opposite one."""
    until: Integers
    """Of each bar of the range: how many signals there are up to it."""


def backtest(history: History, parameters: Parameters, begin: int | None = None, end: int | None = None) -> Result:
    """Run the strategy over the bars that open in [begin, end), in UTC ms; None leaves a side open.

    Bars before `begin` warm the indicators up. Raises ParameterError when these candles cannot make the bars.
    """
    chart = history.bars(parameters)
    first = 0 if begin is None else int(np.searchsorted(chart.timestamp, begin))
    last = len(chart) if end is None else int(np.searchsorted(chart.timestamp, end))
    signals = history.signals(parameters)
    gaps = history.gaps(parameters)
    seen = _walk(history, parameters, first, last, keep=False)
    return Result(
        parameters,
        history.market.pair,
        int(chart.timestamp[first]) if first < last else None,
        int(chart.timestamp[last - 1]) + parameters.chart_ms if first < last else None,
        max(0, last - first),
        int(np.count_nonzero(signals[first:last])),
        int(np.count_nonzero((gaps.bar >= first) & (gaps.bar < last))),
        tuple(seen.trades),
        seen.position,
    )


def walk(history: History, parameters: Parameters, begin: int, end: int) -> Walk:
    """Return what each setup did over the bars that open in [begin, end), in UTC ms."""
    first, last = np.searchsorted(history.bars(parameters).timestamp, (begin, end))
    return _walk(history, parameters, int(first), int(last), keep=True)


def _walk(history: History, parameters: Parameters, first: int, last: int, *, keep: bool) -> Walk:
    """Follow the setups one after the other through the bars [first, last).

    Attempts are kept only where they are asked for: most end aborted, and to describe them costs more than all else.
    """
    chart, risk_atr = history.bars(parameters), history.risk_atr(parameters)
    zones = history.gaps(parameters) if parameters.entry_mode is EntryMode.FVG else history.order_blocks(parameters)
    signals = _signals(history.signals(parameters), zones, parameters, first, last)
    account = Account(parameters.initial_balance)
    trades: list[CompletedTrade] = []
    attempts: list[Attempt] = []
    setup, number, count = 1, 0, len(signals.entry)
    while number < count:
        entry = signals.entry[number]
        if entry < last and parameters.require_retracement:
            entry = _return(chart, zones, int(signals.zone[number]), entry, int(signals.abort[number]), last)
        if keep:
            attempts.append(_attempt(signals, zones, setup, number, entry, last))
        if entry == last:
            setup, number = setup + 1, signals.after[number]
            continue
        side = Side.LONG if signals.direction[number] == BULL else Side.SHORT
        price = float(chart.close[entry])
        stop, target = levels(parameters, side, price, float(risk_atr[entry]))
        position = Position(setup, side, price, int(chart.timestamp[entry]), parameters.position_size, stop, target)
        left = _reach(chart, min(stop, target), max(stop, target), entry + 1, last)
        if left == last:
            return Walk(zones, attempts, trades, position)
        stopped = chart.low[left] <= stop if side is Side.LONG else chart.high[left] >= stop
        outcome, out = (Outcome.STOP_LOSS, stop) if stopped else (Outcome.TAKE_PROFIT, target)
        account, trade = complete(parameters, account, position, out, int(chart.timestamp[left]), outcome)
        trades.append(trade)
        setup, number = setup + 1, int(signals.until[left - first])
    return Walk(zones, attempts, trades, None)


def _attempt(signals: _Signals, zones: Zones, setup: int, number: int, entry: int, last: int) -> Attempt:
    zone, abort = int(signals.zone[number]), int(signals.abort[number])
    taken = int(zones.bar[zone]) if zone < len(zones) else last
    return Attempt(
        setup,
        int(signals.direction[number]),
        int(signals.bar[number]),
        zone,
        taken if taken < min(abort, last) else None,
        entry if entry < last else None,
        abort if entry == last and abort < last else None,
    )


def _signals(directions: Signs, zones: Zones, parameters: Parameters, first: int, last: int) -> _Signals:
    signalled = directions[first:last] != 0
    bar = first + np.flatnonzero(signalled)
    direction = directions[bar]
    turns = np.flatnonzero(direction[1:] != direction[:-1]) + 1
    opposite = np.append(turns, len(bar)).repeat(np.diff(turns, prepend=0, append=len(bar)))
    # A gap starts on the signal's bar at the earliest, a block after it.
    since = bar - 1 if parameters.entry_mode is EntryMode.FVG else bar
    zone = np.full(len(bar), len(zones))
    for side in (BULL, BEAR):
        own = np.append(np.flatnonzero(zones.direction == side), len(zones))
        starts = np.maximum.accumulate(zones.start[own[:-1]])
        mine = direction == side
        zone[mine] = own[np.searchsorted(starts, since[mine], side="right")]
    # A block starts earlier, so the bar that takes it can also come back to it; a gap's own bar cannot.
    ready = np.maximum(zones.bar, zones.start + 1) if parameters.require_retracement else zones.bar
    entry, abort = np.append(ready, last)[zone], np.append(bar, last)[opposite]
    return _Signals(
        bar,
        direction,
        zone,
        abort,
        np.where(entry < abort, entry, last).tolist(),
        (opposite + 1).tolist(),
        np.cumsum(signalled),
    )


def _return(chart: Bars, zones: Zones, zone: int, begin: int, abort: int, never: int) -> int:
    """Return the first bar of [begin, abort) on which the price comes back to a zone, `never` when it does not."""
    bullish = zones.direction[zone] == BULL
    lower, upper = (float(zones.top[zone]), np.inf) if bullish else (-np.inf, float(zones.bottom[zone]))
    back = _reach(chart, lower, upper, begin, abort)
    return back if back < abort else never


def _reach(chart: Bars, lower: float, upper: float, begin: int, end: int) -> int:
    """Return the first bar of [begin, end) whose low is at or below `lower` or whose high is at or above `upper`.

    `end` when there is none.
    """
    low, high, size = chart.low, chart.high, FIRST_LOOK
    while begin < end:
        stop = min(begin + size, end)
        reached = low[begin:stop] <= lower
        reached |= high[begin:stop] >= upper
        first = int(reached.argmax())
        if reached[first]:
            return begin + first
        begin, size = stop, size * 4
    return end

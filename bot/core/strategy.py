"""When is a position entered and left? The state machine that moves a setup, one confirmed bar at a time.

`TRANSITIONS` is the whole machine. On each bar its rows are tried from first to last, and a row is taken when its
source is the setup's phase at that moment and its condition holds. So one bar may lead through several phases, and
the order of the rows is the order of the rules:

1. No setup, or the last one has exited or is aborted: a new one, waiting for the CVD.
2. Not yet entered, and a signal against its direction: aborted. That signal starts nothing.
3. Waiting for the CVD and a signal: take its direction and time.
4. Waiting for a gap and one of its direction starts on this bar, or waiting for an order block and the newest has its
   direction and starts after the signal's bar: take the zone. The setup keeps its own copy: what becomes of the gap
   or block later does not matter.
5. Waiting for retracement, on a later bar than the zone's start: enter when low <= top (bull) or high >= bottom (bear).
6. Enter at this bar's close.
7. Entered, on later bars: leave at the stop or the target. If one bar hits both, the stop counts.

The diagram of docs/strategy.md is made from the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from bot.core.indicators import Reading
from bot.core.ledger import SIDE, Outcome, Position, Side, levels
from bot.core.parameters import EntryMode, Parameters
from bot.core.setup import Event, EventKind, Exit, Phase, Setup
from bot.core.zones import Direction

if TYPE_CHECKING:
    from bot.core.setup import Scalar
    from bot.core.zones import Zone

Condition = Callable[[Parameters, Setup, Reading], bool]
Action = Callable[[Parameters, Setup, Reading], tuple[Setup, Event | None]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Transition:
    """A row: a setup in phase `source` for which `condition` holds is changed by `action` and goes to `target`."""

    rule: int
    source: Phase
    when: str
    """The condition in words."""
    target: Phase
    condition: Condition
    action: Action


def step(parameters: Parameters, setup: Setup, reading: Reading) -> tuple[Setup, tuple[Event, ...]]:
    """Move the setup by one confirmed bar; return what happened, in order."""
    events: list[Event] = []
    for row in TRANSITIONS:
        if row.source is setup.phase and row.condition(parameters, setup, reading):
            setup, event = row.action(parameters, setup, reading)
            setup = replace(setup, phase=row.target)
            if event is not None:
                events.append(event)
    return _remember_rejection(setup, reading), tuple(events)


def force_close(setup: Setup, timestamp: int, close: float) -> tuple[Setup, Event]:
    """Leave an entered position at the last bar's close, because history ends there.

    `timestamp` is that bar's open in UTC ms. Raises ValueError when no position is entered.
    """
    if setup.phase is not Phase.ENTERED:
        raise ValueError(f"setup {setup.number} is {setup.phase}: only an entered position can be closed")
    left, event = _leave(setup, timestamp, close, Outcome.FORCED_CLOSE)
    return replace(left, phase=Phase.EXITED), event


def _remember_rejection(setup: Setup, reading: Reading) -> Setup:
    if setup.phase is Phase.WAITING_FOR_FVG:
        rejection = reading.gap.rejection
    elif setup.phase is Phase.WAITING_FOR_ORDER_BLOCK:
        rejection = reading.block.rejection
    else:
        return setup
    if rejection is None or rejection.direction is not setup.direction:
        return setup
    return replace(setup, rejection=rejection)


def _always(_parameters: Parameters, _setup: Setup, _reading: Reading) -> bool:
    return True


def _signal(_parameters: Parameters, _setup: Setup, reading: Reading) -> bool:
    return reading.cvd.signal is not None


def _opposite_signal(_parameters: Parameters, setup: Setup, reading: Reading) -> bool:
    return reading.cvd.signal is not None and reading.cvd.signal is not setup.direction


def _gap(_parameters: Parameters, setup: Setup, reading: Reading) -> bool:
    return reading.gap.zone is not None and reading.gap.zone.direction is setup.direction


def _block(_parameters: Parameters, setup: Setup, reading: Reading) -> bool:
    block = reading.newest_block
    return block is not None and block.direction is setup.direction and block.start > _known(setup.signal_time)


def _mode(mode: EntryMode, condition: Condition) -> Condition:
    return lambda parameters, setup, reading: parameters.entry_mode is mode and condition(parameters, setup, reading)


def _retracement(required: bool, condition: Condition) -> Condition:
    return lambda parameters, setup, reading: (
        parameters.require_retracement is required and condition(parameters, setup, reading)
    )


def _price_is_back(_parameters: Parameters, setup: Setup, reading: Reading) -> bool:
    zone, bar = _known(setup.zone), reading.bar
    back = bar.low <= zone.top if zone.direction is Direction.BULL else bar.high >= zone.bottom
    return back and bar.timestamp > zone.start


def _stop_hit(_parameters: Parameters, setup: Setup, reading: Reading) -> bool:
    position, bar = _known(setup.position), reading.bar
    hit = bar.low <= position.stop_loss if position.side is Side.LONG else bar.high >= position.stop_loss
    return hit and bar.timestamp > position.entry_time


def _target_hit(_parameters: Parameters, setup: Setup, reading: Reading) -> bool:
    position, bar = _known(setup.position), reading.bar
    hit = bar.high >= position.take_profit if position.side is Side.LONG else bar.low <= position.take_profit
    return hit and bar.timestamp > position.entry_time


def _start(_parameters: Parameters, setup: Setup, _reading: Reading) -> tuple[Setup, None]:
    return Setup(setup.number + 1), None


def _abort(_parameters: Parameters, setup: Setup, reading: Reading) -> tuple[Setup, Event]:
    return setup, _event(
        setup, reading, EventKind.ABORTED, reason="opposite signal", phase=setup.phase, cvd=reading.cvd.close
    )


def _take_direction(_parameters: Parameters, setup: Setup, reading: Reading) -> tuple[Setup, Event]:
    directed = replace(setup, direction=reading.cvd.signal, signal_time=reading.bar.timestamp)
    return directed, _event(directed, reading, EventKind.SIGNAL, cvd=reading.cvd.close)


def _take_gap(_parameters: Parameters, setup: Setup, reading: Reading) -> tuple[Setup, Event]:
    return _take(setup, reading, EventKind.GAP, _known(reading.gap.zone))


def _take_block(_parameters: Parameters, setup: Setup, reading: Reading) -> tuple[Setup, Event]:
    return _take(setup, reading, EventKind.ORDER_BLOCK, _known(reading.newest_block))


def _take(setup: Setup, reading: Reading, kind: EventKind, zone: Zone) -> tuple[Setup, Event]:
    event = _event(setup, reading, kind, start=zone.start, top=zone.top, bottom=zone.bottom, atr=reading.atr)
    return replace(setup, zone=zone), event


def _note_retracement(_parameters: Parameters, setup: Setup, reading: Reading) -> tuple[Setup, Event]:
    return setup, _event(setup, reading, EventKind.RETRACED, high=reading.bar.high, low=reading.bar.low)


def _enter(parameters: Parameters, setup: Setup, reading: Reading) -> tuple[Setup, Event]:
    side, price = SIDE[_known(setup.direction)], reading.bar.close
    stop, target = levels(parameters, side, price, reading.risk_atr)
    position = Position(setup.number, side, price, reading.bar.timestamp, parameters.position_size, stop, target)
    event = _event(
        setup,
        reading,
        EventKind.ENTERED,
        side=side,
        stop_loss=stop,
        take_profit=target,
        atr=reading.atr,
        risk_atr=reading.risk_atr,
    )
    return replace(setup, position=position), event


def _leave_at_stop(_parameters: Parameters, setup: Setup, reading: Reading) -> tuple[Setup, Event]:
    return _leave(setup, reading.bar.timestamp, _known(setup.position).stop_loss, Outcome.STOP_LOSS)


def _leave_at_target(_parameters: Parameters, setup: Setup, reading: Reading) -> tuple[Setup, Event]:
    return _leave(setup, reading.bar.timestamp, _known(setup.position).take_profit, Outcome.TAKE_PROFIT)


def _leave(setup: Setup, timestamp: int, price: float, outcome: Outcome) -> tuple[Setup, Event]:
    detail = {"direction": setup.direction, "outcome": outcome, "entry_price": _known(setup.position).entry_price}
    return (
        replace(setup, exit=Exit(price, timestamp, outcome)),
        Event(timestamp, setup.number, EventKind.EXITED, price, detail),
    )


def _event(setup: Setup, reading: Reading, kind: EventKind, **detail: Scalar) -> Event:
    bar = reading.bar
    return Event(bar.timestamp, setup.number, kind, bar.close, {"direction": setup.direction, **detail})


def _known(value: T | None) -> T:
    """Return a field that the setup's phase, or the row's condition, guarantees."""
    if value is None:
        raise AssertionError("a setup reached a phase without what the phase stands for")
    return value


_FVG, _BLOCK = EntryMode.FVG, EntryMode.ORDER_BLOCK
_AWAIT_CVD, _AWAIT_FVG, _AWAIT_BLOCK = (
    Phase.WAITING_FOR_CVD,
    Phase.WAITING_FOR_FVG,
    Phase.WAITING_FOR_ORDER_BLOCK,
)
_AWAIT_RETURN = Phase.WAITING_FOR_RETRACEMENT

TRANSITIONS = (
    Transition(1, Phase.NONE, "first bar", _AWAIT_CVD, _always, _start),
    Transition(1, Phase.EXITED, "next bar", _AWAIT_CVD, _always, _start),
    Transition(1, Phase.ABORTED, "next bar", _AWAIT_CVD, _always, _start),
    Transition(2, _AWAIT_FVG, "opposite signal", Phase.ABORTED, _opposite_signal, _abort),
    Transition(2, _AWAIT_BLOCK, "opposite signal", Phase.ABORTED, _opposite_signal, _abort),
    Transition(2, _AWAIT_RETURN, "opposite signal", Phase.ABORTED, _opposite_signal, _abort),
    Transition(3, _AWAIT_CVD, "signal (entry_mode fvg)", _AWAIT_FVG, _mode(_FVG, _signal), _take_direction),
    Transition(3, _AWAIT_CVD, "signal (entry_mode order_block)", _AWAIT_BLOCK, _mode(_BLOCK, _signal), _take_direction),
    Transition(4, _AWAIT_FVG, "gap starts", Phase.ENTER, _retracement(False, _gap), _take_gap),
    Transition(4, _AWAIT_FVG, "gap starts (retracement)", _AWAIT_RETURN, _retracement(True, _gap), _take_gap),
    Transition(4, _AWAIT_BLOCK, "newest block fits", Phase.ENTER, _retracement(False, _block), _take_block),
    Transition(
        4, _AWAIT_BLOCK, "newest block fits (retracement)", _AWAIT_RETURN, _retracement(True, _block), _take_block
    ),
    Transition(5, _AWAIT_RETURN, "price is back at the zone", Phase.ENTER, _price_is_back, _note_retracement),
    Transition(6, Phase.ENTER, "close of the bar", Phase.ENTERED, _always, _enter),
    Transition(7, Phase.ENTERED, "stop hit", Phase.EXITED, _stop_hit, _leave_at_stop),
    Transition(7, Phase.ENTERED, "target hit", Phase.EXITED, _target_hit, _leave_at_target),
)

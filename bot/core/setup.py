"""What is a setup, where does it stand, and what does it wait for?

One attempt at a trade, from the wait for a signal to the exit. `bot.core.strategy` moves it; its story is told by
events, which the table `setup_events` keeps.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.core.ledger import Outcome, Position  # noqa: TC001 - msgspec reads the annotations
from bot.core.zones import Direction, Rejection, Zone

if TYPE_CHECKING:
    from collections.abc import Mapping

Scalar = str | int | float | None


class Phase(StrEnum):
    """Where a setup stands."""

    NONE = "none"
    """There was no setup yet."""
    WAITING_FOR_CVD = "waiting_for_cvd"
    WAITING_FOR_FVG = "waiting_for_fvg"
    WAITING_FOR_ORDER_BLOCK = "waiting_for_order_block"
    WAITING_FOR_RETRACEMENT = "waiting_for_retracement"
    ENTER = "enter"
    """Only within a bar: at its close the setup is entered."""
    ENTERED = "entered"
    EXITED = "exited"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class Exit:
    """How a position was left; `time` is the bar's open in UTC ms."""

    price: float
    time: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Setup:
    """One attempt at a trade; a field is None until its phase is reached."""

    number: int = 0
    """From 1; 0 before the first."""
    phase: Phase = Phase.NONE
    direction: Direction | None = None
    signal_time: int | None = None
    """Open of the signal's bar, UTC ms."""
    zone: Zone | None = None
    """The setup's own copy of the gap or block it took."""
    rejection: Rejection | None = None
    """The last candidate zone of its direction that failed since the signal, and why."""
    position: Position | None = None
    exit: Exit | None = None


class EventKind(StrEnum):
    """What happened to a setup."""

    SIGNAL = "signal"
    GAP = "gap"
    ORDER_BLOCK = "order_block"
    RETRACED = "retraced"
    ABORTED = "aborted"
    ENTERED = "entered"
    EXITED = "exited"


@dataclass(frozen=True, slots=True)
class Event:
    """One step in a setup's story."""

    timestamp: int
    """Open of the bar, UTC ms."""
    setup: int
    """Number of the setup."""
    kind: EventKind
    price: float
    """Price of entry or exit, else the bar's close."""
    detail: Mapping[str, Scalar]
    """What decided, by name; plain JSON."""


def waits_for(setup: Setup) -> str | None:
    """Return what the setup waits for, in words; None when it is over or has not begun."""
    if setup.phase is Phase.WAITING_FOR_CVD:
        return "a turn of the CVD"
    if setup.phase is Phase.WAITING_FOR_FVG:
        return f"a {_adjective(setup)} fair value gap{_failed(setup)}"
    if setup.phase is Phase.WAITING_FOR_ORDER_BLOCK:
        return f"a {_adjective(setup)} order block{_failed(setup)}"
    if setup.phase is Phase.WAITING_FOR_RETRACEMENT and setup.zone is not None:
        return f"the price to come back into {setup.zone.bottom:.10g} to {setup.zone.top:.10g}"
    if setup.phase is Phase.ENTERED and setup.position is not None:
        return f"the target {setup.position.take_profit:.10g} or the stop {setup.position.stop_loss:.10g}"
    return None


def _adjective(setup: Setup) -> str:
    return "bullish" if setup.direction is Direction.BULL else "bearish"


def _failed(setup: Setup) -> str:
    return "" if setup.rejection is None else f"; the last candidate failed: {setup.rejection}"

"""Run the streaming strategy over minutes and collect everything it said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.core import trader
from bot.core.times import MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.core.bars import Minute
    from bot.core.indicators import Reading
    from bot.core.ledger import CompletedTrade
    from bot.core.parameters import Parameters
    from bot.core.setup import Event
    from bot.core.trader import Trader


@dataclass(frozen=True)
class Run:
    readings: list[Reading]
    events: list[Event]
    trades: list[CompletedTrade]
    end: Trader


def replay(
    parameters: Parameters, minutes: Iterable[Minute], interval_ms: int = MINUTE, setups_from: int | None = None
) -> Run:
    state = trader.begin(parameters)
    run = Run([], [], [], state)
    for minute in minutes:
        state, happened = trader.step(parameters, state, minute, interval_ms, setups_from)
        run.readings.extend(happened.readings)
        run.events.extend(happened.events)
        run.trades.extend(happened.trades)
    return Run(run.readings, run.events, run.trades, state)

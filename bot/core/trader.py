"""What does the strategy do, minute by minute? The whole chain: minute -> bars and indicators -> setup -> account.

`step` is what the bot runs live and what every replay runs. Its state holds everything a restart needs and turns into
plain JSON and back (bot/core/saved.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.core import indicators, strategy
from bot.core.indicators import Indicators
from bot.core.ledger import Account, CompletedTrade, Position, complete
from bot.core.setup import Event, Phase, Setup
from bot.core.times import MINUTE

if TYPE_CHECKING:
    from bot.core.bars import Minute
    from bot.core.indicators import Reading
    from bot.core.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Trader:
    """The state between two minutes."""

    account: Account
    indicators: Indicators = field(default_factory=Indicators)
    newest_bar: int | None = None
    """Open of the newest confirmed bar, UTC ms."""
    setup: Setup = field(default_factory=Setup)


@dataclass(frozen=True, slots=True)
class Happened:
    """What one minute brought, oldest first."""

    readings: tuple[Reading, ...] = ()
    """One for each bar the minute confirmed."""
    events: tuple[Event, ...] = ()
    trades: tuple[CompletedTrade, ...] = ()


NOTHING = Happened()


def begin(parameters: Parameters) -> Trader:
    """Return the state before the first minute."""
    return Trader(Account(parameters.initial_balance))


def position(state: Trader) -> Position | None:
    """Return the open position, None when flat."""
    return state.setup.position if state.setup.phase is Phase.ENTERED else None


def step(
    parameters: Parameters,
    state: Trader,
    minute: Minute,
    interval_ms: int = MINUTE,
    setups_from: int | None = None,
) -> tuple[Trader, Happened]:
    """Add a minute, later than the ones before.

    Args:
        parameters: The same for every minute of a run.
        state: The state after the minute before, `begin(parameters)` before the first.
        minute: The candle.
        interval_ms: The length of what is called a minute here: a kline archive of 15 minutes has its own.
        setups_from: Bars that open before this instant (UTC ms) only warm the indicators up.

    Raises:
        ValueError: The minute is not later than the newest one.
    """
    chain, readings = indicators.step(parameters, state.indicators, minute, interval_ms)
    if not readings:
        return Trader(state.account, chain, state.newest_bar, state.setup), NOTHING
    account, setup = state.account, state.setup
    events: list[Event] = []
    trades: list[CompletedTrade] = []
    for reading in readings:
        if setups_from is not None and reading.bar.timestamp < setups_from:
            continue
        entered = setup.phase is Phase.ENTERED
        setup, news = strategy.step(parameters, setup, reading)
        events += news
        if entered and setup.phase is Phase.EXITED:
            account, trade = _book(parameters, account, setup)
            trades.append(trade)
    newest = readings[-1].bar.timestamp
    return Trader(account, chain, newest, setup), Happened(readings, tuple(events), tuple(trades))


def force_close(parameters: Parameters, state: Trader) -> tuple[Trader, Happened]:
    """Close the open position at the newest bar's close, where history ends and live trading begins.

    Without an open position nothing happens.
    """
    close = state.indicators.close
    if position(state) is None or state.newest_bar is None or close is None:
        return state, NOTHING
    setup, event = strategy.force_close(state.setup, state.newest_bar, close)
    account, trade = _book(parameters, state.account, setup)
    return replace(state, account=account, setup=setup), Happened(events=(event,), trades=(trade,))


def _book(parameters: Parameters, account: Account, setup: Setup) -> tuple[Account, CompletedTrade]:
    left, out = setup.position, setup.exit
    if left is None or out is None:
        raise AssertionError("a setup exited without a position and an exit")
    return complete(parameters, account, left, out.price, out.time, out.outcome)

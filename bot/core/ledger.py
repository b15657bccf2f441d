"""What is a position worth, and what has the paper account earned?

Profit = price difference x size - fees, fees = (`fee_rate` + `slippage`) x (entry + exit) x size, and the new balance
= previous balance + profit. Prices and money in USDT, sizes in BTC.

Dynamic levels: the stop lies the risk ATR x the `risk` multiple from the entry, the target |entry - stop| x
`reward_to_risk` on the other side. Fixed levels: at the percentages of the entry price. Rules: docs/strategy.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.core.parameters import TpslMethod
from bot.core.zones import Direction

if TYPE_CHECKING:
    from bot.core.parameters import Parameters


class Side(StrEnum):
    """The tables' `entryType`."""

    LONG = "Long"
    SHORT = "Short"


SIDE = {Direction.BULL: Side.LONG, Direction.BEAR: Side.SHORT}
"""The side a setup of a direction enters on."""


class Outcome(StrEnum):
    """How a trade ended."""

    TAKE_PROFIT = "Take Profit"
    STOP_LOSS = "Stop Loss"
    FORCED_CLOSE = "Forced Close"


@dataclass(frozen=True, slots=True)
class Position:
    """An open position."""

    setup: int
    """Number of the setup that entered it."""
    side: Side
    entry_price: float
    entry_time: int
    """Open of the bar at whose close it was entered, UTC ms."""
    size: float
    stop_loss: float
    take_profit: float


@dataclass(frozen=True, slots=True)
class CompletedTrade:
    """A position that was closed, and the account after it."""

    number: int
    """From 1."""
    position: Position
    exit_price: float
    exit_time: int
    """Open of the bar that hit stop or target, UTC ms."""
    outcome: Outcome
    fees: float
    profit: float
    """Net of the fees."""
    new_balance: float


@dataclass(frozen=True, slots=True)
class Account:
    """A paper account: its balance and how many trades it has completed."""

    balance: float
    trades: int = 0


def levels(parameters: Parameters, side: Side, entry_price: float, risk_atr: float) -> tuple[float, float]:
    """Return the stop and the target of a position entered at `entry_price`."""
    forward = 1 if side is Side.LONG else -1
    if parameters.tpsl_method is TpslMethod.FIXED:
        stop = entry_price * (1 - forward * parameters.stop_loss_percent / 100)
        return stop, entry_price * (1 + forward * parameters.take_profit_percent / 100)
    stop = entry_price - forward * (risk_atr * parameters.risk_multiple)
    return stop, entry_price + forward * (abs(entry_price - stop) * parameters.reward_to_risk)


def complete(
    parameters: Parameters,
    account: Account,
    position: Position,
    exit_price: float,
    exit_time: int,
    outcome: Outcome,
) -> tuple[Account, CompletedTrade]:
    """Close a position and book it."""
    entry_price, size = position.entry_price, position.size
    difference = exit_price - entry_price if position.side is Side.LONG else entry_price - exit_price
    fees = (parameters.fee_rate + parameters.slippage) * (entry_price + exit_price) * size
    profit = difference * size - fees
    number, balance = account.trades + 1, account.balance + profit
    trade = CompletedTrade(number, position, exit_price, exit_time, outcome, fees, profit, balance)
    return Account(balance, number), trade

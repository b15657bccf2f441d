"""What are figures made of? One account's trades over a span of time, and the bars they were traded on.

A track record is made of a back-test (`of_result`) or of the rows of the tables `trades` and `orders`. Its trades may
lack what the earlier bot did not keep: size, stop, target and fees.

**Late** trades, entered on bars that were back-filled after an outage, could have been made by nobody. `apart` parts
them from the others, so that every figure is of the one kind or the other.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from bot.core.ledger import Side
from bot.core.times import MINUTE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.batch.backtest import Result
    from analysis.batch.history import History
    from analysis.batch.indicators import Floats, Integers
    from bot.core.ledger import CompletedTrade, Position


@dataclass(frozen=True, slots=True)
class Closed:
    """A completed trade; a field is None where the account did not keep it."""

    number: int
    side: Side
    entry_price: float
    entry_time: int
    """Open of the bar at whose close it was entered, UTC ms."""
    exit_price: float
    exit_time: int
    """Open of the bar that hit stop or target, UTC ms."""
    profit: float
    """Net of the fees, USDT."""
    balance_before: float
    """The account's balance at the entry, USDT."""
    size: float | None = None
    stop_loss: float | None = None
    take_profit: float | None = None
    fees: float | None = None
    late: bool = False

    @property
    def rate(self) -> float:
        """Fees a side as a fraction of the notional; 0 where unknown."""
        turnover = (self.entry_price + self.exit_price) * (self.size or 0.0)
        return (self.fees or 0.0) / turnover if turnover > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Open:
    """The position that is open at the end."""

    side: Side
    entry_price: float
    entry_time: int
    size: float
    late: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """The bars of the span that exist, as columns in order of time."""

    timestamp: Integers
    """Opens in UTC ms."""
    high: Floats
    low: Floats
    close: Floats
    bar_ms: int

    def __len__(self) -> int:
        """How many bars."""
        return len(self.timestamp)


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """One account over the span [begin, end)."""

    pair: str
    mode: str
    begin: int
    """UTC ms."""
    end: int
    initial_balance: float
    """At `begin`, USDT."""
    trades: tuple[Closed, ...]
    """In the order they were closed."""
    open: Open | None
    prices: Prices
    rate: float
    """Fees and slippage a side that the open position pays, a fraction of the notional."""
    size: float
    """What a position is, in BTC; buy-and-hold holds as much."""


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Trades as columns, in their order; see `Closed`. Fees are 0, the rest nan, where the account did not keep it."""

    long: NDArray[np.bool_]
    entry_time: Integers
    exit_time: Integers
    entry_price: Floats
    exit_price: Floats
    stop_loss: Floats
    take_profit: Floats
    size: Floats
    fees: Floats
    profit: Floats
    balance_before: Floats

    def __len__(self) -> int:
        """How many trades."""
        return len(self.profit)

    @property
    def price_profit(self) -> Floats:
        """Profit apart from fees, USDT."""
        return self.profit + self.fees

    @property
    def notional(self) -> Floats:
        """What was bought or sold at the entry, USDT."""
        return self.entry_price * self.size

    @property
    def turnover(self) -> Floats:
        """What both sides' fees are taken of, USDT."""
        return (self.entry_price + self.exit_price) * self.size

    @property
    def rate(self) -> Floats:
        """Fees a side as a fraction of the notional; 0 where unknown."""
        return np.divide(self.fees, self.turnover, out=np.zeros(len(self)), where=self.turnover > 0)

    def where(self, mask: NDArray[np.bool_]) -> Columns:
        """Return the trades for which `mask` holds."""
        return Columns(*(getattr(self, each.name)[mask] for each in fields(self)))


def columns(trades: tuple[Closed, ...]) -> Columns:
    """Return trades as columns."""

    def floats(name: str) -> Floats:
        return np.array(list(map(attrgetter(name), trades)), dtype=np.float64)  # None becomes nan

    return Columns(
        np.array([each.side is Side.LONG for each in trades], dtype=np.bool_),
        np.array([each.entry_time for each in trades], dtype=np.int64),
        np.array([each.exit_time for each in trades], dtype=np.int64),
        floats("entry_price"),
        floats("exit_price"),
        floats("stop_loss"),
        floats("take_profit"),
        floats("size"),
        np.nan_to_num(floats("fees")),
        floats("profit"),
        floats("balance_before"),
    )


def is_late(decided: int | None, entry_time: int, bar_ms: int) -> bool:
    """Say whether an entry was decided more than a minute after its bar's close; a replay's (None) never is."""
    return decided is not None and decided > entry_time + bar_ms + MINUTE


def apart(record: TrackRecord) -> tuple[TrackRecord, TrackRecord]:
    """Return the account without its late trades, and with them alone."""

    def only(late: bool) -> TrackRecord:
        opened = record.open if record.open is not None and record.open.late is late else None
        return replace(record, trades=tuple(each for each in record.trades if each.late is late), open=opened)

    return only(late=False), only(late=True)


def of_result(history: History, result: Result) -> TrackRecord:
    """Return the track record of a back-test that was run on this history."""
    parameters = result.parameters
    chart = history.bars(parameters)
    begin, end = result.begin or 0, result.end or 0
    span = slice(*np.searchsorted(chart.timestamp, (begin, end)))
    balances = [parameters.initial_balance, *(trade.new_balance for trade in result.trades)]
    return TrackRecord(
        result.pair,
        "backtest",
        begin,
        end,
        parameters.initial_balance,
        tuple(_closed(trade, before) for trade, before in zip(result.trades, balances, strict=False)),
        None if result.open is None else _open(result.open),
        Prices(chart.timestamp[span], chart.high[span], chart.low[span], chart.close[span], parameters.chart_ms),
        parameters.fee_rate + parameters.slippage,
        parameters.position_size,
    )


def _closed(trade: CompletedTrade, balance_before: float) -> Closed:
    position = trade.position
    return Closed(
        trade.number,
        position.side,
        position.entry_price,
        position.entry_time,
        trade.exit_price,
        trade.exit_time,
        trade.profit,
        balance_before,
        position.size,
        position.stop_loss,
        position.take_profit,
        trade.fees,
    )


def _open(position: Position) -> Open:
    return Open(position.side, position.entry_price, position.entry_time, position.size)

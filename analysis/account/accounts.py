"""What has an account done? The rows of the tables `trades` and `orders`, as a track record over a span of time.

- A trade belongs to the span in which it was **closed**, when its profit is booked: so the spans of an account add up,
  and the balance changes over a span by the profit of its trades. One that is entered in a span and closed after it is
  the open position at the span's end.
- The span of an account, unless less of it is asked for: of `paper` from the start of the bot to the last confirmed
  bar, of `backtest` from the first candle to the start of the bot, of `imported` from its first entry to its last exit.
- Bars are those of the strategy's own timeframe, and confirmed: the newest counts when its last minute is there.
- Each trade is judged late by the bars of the configuration it was entered under.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from analysis.account.track_record import Closed, Open, TrackRecord, is_late
from bot.core.ledger import Side
from bot.core.parameters import NAMES, ParameterError, Parameters
from bot.core.times import MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analysis.account.track_record import Prices

PAPER, BACKTEST, IMPORTED = "paper", "backtest", "imported"

DEFAULT = Parameters()
"""What is taken of an account that names no configuration."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of `trades`, None where the account did not keep it; instants are UTC ms of a bar's open."""

    number: int
    side: str
    entry_price: float
    entry_time: int
    exit_price: float
    exit_time: int
    profit: float
    new_balance: float
    size: float | None
    stop_loss: float | None
    take_profit: float | None
    fees: float | None
    configuration: int | None
    decided: int | None


@dataclass(frozen=True, slots=True)
class Order:
    """A row of `orders`: the open position."""

    side: str
    entry_price: float
    entry_time: int
    size: float
    configuration: int
    decided: int


@dataclass(frozen=True, slots=True)
class Account:
    """One pair and mode, all that is stored of it."""

    pair: str
    mode: str
    trades: tuple[Row, ...]
    """In the order they were closed."""
    order: Order | None
    """None when flat, and in every account but `paper`."""
    strategies: dict[int, Parameters]
    """Id of a configuration -> its parameters, in order of the ids."""
    since: int | None
    """When the bot first ran with this pair, UTC ms; None: never."""

    @property
    def newest(self) -> Parameters:
        """What it was traded with last."""
        used = list(self.strategies) if self.mode == PAPER else [row.configuration or 0 for row in self.trades]
        return next((self.strategies[one] for one in reversed(used) if one in self.strategies), DEFAULT)

    @property
    def configured(self) -> Parameters:
        """What the bot ran with last, whoever's trades these are; the defaults where it never did."""
        return next(reversed(self.strategies.values()), DEFAULT)

    @property
    def initial_balance(self) -> float:
        """The balance it began with, USDT."""
        first = self.trades[0] if self.trades else None
        if first is None:
            return self.newest.initial_balance
        strategy = self.strategies.get(first.configuration or 0)
        return first.new_balance - first.profit if strategy is None else strategy.initial_balance

    def bar_ms(self, configuration: int | None) -> int:
        """Return the length of the bars of a configuration."""
        return self.strategies.get(configuration or 0, DEFAULT).chart_ms

    def is_late(self, row: Row | Order) -> bool:
        """Say whether nobody could have made this entry."""
        return is_late(row.decided, row.entry_time, self.bar_ms(row.configuration))


def parameters_of(text: str) -> Parameters:
    """Return the parameters that a configuration's JSON names; what this program does not know is left out."""
    try:
        return Parameters.from_mapping({name: value for name, value in json.loads(text).items() if name in NAMES})
    except (ParameterError, ValueError, AttributeError):
        return DEFAULT


def bar_lengths() -> Callable[[str | None], int]:
    """Return a function that tells the length of a configuration's bars by its JSON, None where there is none."""
    return cache(lambda text: (DEFAULT if text is None else parameters_of(text)).chart_ms)


def profit_in_r(profit: float, entry_price: float, stop_loss: float | None, size: float | None) -> float | None:
    """Return a profit in multiples of what the stop costs apart from fees; None where that is unknown or nothing."""
    risk = 0.0 if stop_loss is None or size is None else abs(entry_price - stop_loss) * size
    return profit / risk if risk > 0 else None


def span(account: Account, first: int | None, newest: int | None) -> tuple[int, int] | None:
    """Return the account's [begin, end) in UTC ms, both opens of bars; None when there is nothing of it.

    Args:
        account: The account.
        first: The pair's first minute; None without one.
        newest: Its newest.
    """
    bar = account.newest.chart_ms
    trades = account.trades
    begins = [min(row.entry_time for row in trades)] if trades else []
    ends = [max(row.exit_time for row in trades) + bar] if trades else []
    if account.mode == PAPER and newest is not None and (trades or account.since is not None):
        begins += [] if account.since is None else [account.since]
        ends += [newest + MINUTE]
    elif account.mode == BACKTEST and trades:
        begins += [] if first is None else [first]
        ends += [] if account.since is None else [account.since]
    if not begins:
        return None
    begin = min(begins) // bar * bar
    return begin, max(begin, max(ends) // bar * bar)


def part(whole: tuple[int, int] | None, bar_ms: int, begin: int | None, end: int | None) -> tuple[int, int]:
    """Return what of a span is asked for: [begin, end), both opens of bars. Nothing of it is an empty span.

    Args:
        whole: The account's span; None when there is nothing of it.
        bar_ms: The length of its bars.
        begin: The first instant that is asked for, UTC ms; None: from its beginning.
        end: The first that is not; None: to its end.
    """
    if whole is None:
        return 0, 0
    first = whole[0] if begin is None else min(max(whole[0], -(-begin // bar_ms) * bar_ms), whole[1])
    last = whole[1] if end is None else min(max(whole[0], -(-end // bar_ms) * bar_ms), whole[1])
    return first, max(first, last)


def track_record(account: Account, begin: int, end: int, prices: Prices) -> TrackRecord:
    """Return what the account did in [begin, end), UTC ms, on the bars of that span."""
    strategy = account.newest
    balances = [account.initial_balance, *(row.new_balance for row in account.trades)]
    inside = [(row, balances[at]) for at, row in enumerate(account.trades) if begin <= row.exit_time < end]
    earlier = sum(row.exit_time < begin for row in account.trades)
    return TrackRecord(
        account.pair,
        account.mode,
        begin,
        end,
        balances[earlier],
        tuple(_closed(account, row, before) for row, before in inside),
        _open_at(account, end),
        prices,
        strategy.fee_rate + strategy.slippage,
        strategy.position_size,
    )


def _open_at(account: Account, end: int) -> Open | None:
    """Return the position that is open at an instant: the account's own, or a trade that is closed later."""
    rows: Sequence[Row | Order] = [row for row in account.trades if row.entry_time < end <= row.exit_time]
    if account.order is not None and account.order.entry_time < end:
        rows = [*rows, account.order]
    if not rows or rows[-1].size is None:
        return None
    row = rows[-1]
    return Open(Side(row.side), row.entry_price, row.entry_time, row.size or 0.0, account.is_late(row))


def _closed(account: Account, row: Row, balance_before: float) -> Closed:
    return Closed(
        row.number,
        Side(row.side),
        row.entry_price,
        row.entry_time,
        row.exit_price,
        row.exit_time,
        row.profit,
        balance_before,
        row.size,
        row.stop_loss,
        row.take_profit,
        row.fees,
        account.is_late(row),
    )

"""Accounts made by hand: trades a person can check, on 5-minute bars."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.account.track_record import Closed, Open, Prices, TrackRecord
from bot.core.ledger import Side

BAR = 300_000
START = 1_746_403_200_000
"""2025-05-05 00:00 UTC, a Monday."""


def at(bar: int) -> int:
    """The open of a bar, counted from START."""
    return START + bar * BAR


def closed(
    profit: float,
    *,
    entry: int = 0,
    exit: int = 1,  # noqa: A002 - the field's word
    side: Side = Side.LONG,
    price: float = 100.0,
    size: float = 1.0,
    fees: float = 0.0,
    stop: float = 10.0,
    target: float = 5.7,
    late: bool = False,
) -> Closed:
    """A trade of 1 BTC at 100 USDT with a stop 10 and a target 5.7 away; `entry` and `exit` are bars."""
    forward = 1 if side is Side.LONG else -1
    return Closed(
        number=0,
        side=side,
        entry_price=price,
        entry_time=at(entry),
        exit_price=price + forward * (profit + fees) / size,
        exit_time=at(exit),
        profit=profit,
        balance_before=0.0,
        size=size,
        stop_loss=price - forward * stop,
        take_profit=price + forward * target,
        fees=fees,
        late=late,
    )


def in_a_row(*profits: float, **same: object) -> list[Closed]:
    """Trades one after the other, each from one bar to the next."""
    return [closed(profit, entry=2 * n, exit=2 * n + 1, **same) for n, profit in enumerate(profits)]


def account(
    trades: list[Closed],
    *,
    closes: list[float] | None = None,
    highs: list[float] | None = None,
    lows: list[float] | None = None,
    balance: float = 1000.0,
    open: Open | None = None,  # noqa: A002 - the field's word
    rate: float = 0.0,
) -> TrackRecord:
    """An account of 1,000 USDT whose balances follow from its trades; bars at 100 USDT unless prices are given."""
    count = max([24, *((each.exit_time - START) // BAR + 1 for each in trades)])
    close = np.array([100.0] * count if closes is None else closes)
    booked, before = [], balance
    for number, each in enumerate(trades, 1):
        booked.append(replace(each, number=number, balance_before=before))
        before += each.profit
    prices = Prices(
        START + np.arange(len(close), dtype=np.int64) * BAR,
        close if highs is None else np.array(highs),
        close if lows is None else np.array(lows),
        close,
        BAR,
    )
    return TrackRecord("BTC/USDT", "backtest", START, at(len(close)), balance, tuple(booked), open, prices, rate, 1.0)

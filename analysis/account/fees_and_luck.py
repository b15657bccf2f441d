"""What would a sober trader ask before believing a profit? Fees, luck, leverage, ruin, and what doing nothing brought.

**Break-even.** With a target at 0.57 of the stop, 63.7 % of the trades must win before any fee is paid: a win rate
says nothing beside any other number than this one. **Fees** are taken of the notional, which is about ten times a
balance of 10,000 USDT. **Luck**: where the 90 % interval of the expectancy holds 0 (bootstrap.py), these trades
do not tell a strategy from chance, and the conclusion says so in words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.account.bootstrap import DRAWS, LEAST, PERCENTILES, SEED
from analysis.account.figures import INSTANT, PERCENT, TIMES, TRADES, USDT, Definition, Of, Sample, ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from analysis.account.track_record import Columns, TrackRecord
    from analysis.batch.indicators import Floats

RATES = {"0": 0.0, "0_055": 0.055, "0_1": 0.1}
"""Of a figure's name -> fees in % a side. 0.055 is a common taker fee on perpetuals, 0.1 on spot."""


def break_even(trades: Columns, *, fees: bool) -> float | None:
    """Return the win rate in % at which stops and targets as they were set bring nothing; None where unknown."""
    known = trades.where(~np.isnan(trades.stop_loss + trades.take_profit + trades.size))
    entry, stop, target = known.entry_price, known.stop_loss, known.take_profit
    rate = known.rate if fees else np.zeros(len(known))
    lost = ((np.abs(entry - stop) + rate * (entry + stop)) * known.size).sum()
    won = ((np.abs(entry - target) - rate * (entry + target)) * known.size).sum()
    share = ratio(lost, lost + won)
    return None if share is None else share * 100


def leverage(trades: Columns) -> Floats:
    """Return each trade's notional / balance at entry; nan where the balance was not above 0 or the size is unknown."""
    out = np.full(len(trades), np.nan)
    np.divide(trades.notional, trades.balance_before, out=out, where=trades.balance_before > 0)
    return out


def both_hit(record: TrackRecord, trades: Columns) -> NDArray[np.bool_]:
    """Return for each trade whether the bar it was closed on reached both its stop and its target."""
    prices = record.prices
    at = np.searchsorted(prices.timestamp, trades.exit_time)
    at[at == len(prices)] = 0
    if not len(prices):
        return np.zeros(len(trades), dtype=np.bool_)
    high, low = prices.high[at], prices.low[at]
    upper, lower = np.maximum(trades.stop_loss, trades.take_profit), np.minimum(trades.stop_loss, trades.take_profit)
    both: NDArray[np.bool_] = (prices.timestamp[at] == trades.exit_time) & (high >= upper) & (low <= lower)
    return both


def ruined(record: TrackRecord, values: Floats) -> int | None:
    """Return when a value of the equity's first stood at or below 0, UTC ms of the bar's open; None: never."""
    below = np.flatnonzero(values <= 0)
    return int(record.prices.timestamp[below[0]]) if len(below) else None


def conclusion(sample: Sample) -> str:
    """Say in words what the trades allow to conclude about the expectancy."""
    count, found = len(sample.trades), sample.interval
    if not count:
        return "no trades: nothing to conclude"
    if found is None:
        return f"too few trades to conclude: {count}, and at least {LEAST} are needed"
    span = f"{found[0]:.2f} to {found[1]:.2f} USDT a trade"
    if found[0] <= 0 <= found[1]:
        return f"too few trades to conclude: the 90 % interval of the expectancy, {span}, holds 0"
    side = "above" if found[0] > 0 else "below"
    return f"the 90 % interval of the expectancy, {span}, lies {side} 0; of these trades alone, which are the past"


def _fees_share(sample: Sample) -> float | None:
    gross = sample.trades.price_profit
    share = ratio(sample.trades.fees.sum(), gross[gross > 0].sum())
    return None if share is None else share * 100


def _profit_at(percent: float) -> Callable[[Sample], float | None]:
    def profit(sample: Sample) -> float | None:
        known = sample.trades.where(~np.isnan(sample.trades.size))
        if not len(known):
            return None
        return float((known.price_profit - percent / 100 * known.turnover).sum())

    return profit


def _bound(which: int) -> Callable[[Sample], float | None]:
    return lambda sample: None if sample.interval is None else sample.interval[which]


def held(record: TrackRecord) -> Floats:
    """Return what buying at the first bar's close and selling at each bar's would bring, fees taken off, USDT."""
    close = record.prices.close
    profit: Floats = (close - close[:1] - record.rate * (close[:1] + close)) * record.size
    return profit


def _hold(sample: Sample) -> float:
    return float(held(sample.record)[-1])


def _hold_percent(sample: Sample) -> float | None:
    first, last = float(sample.record.prices.close[0]), float(sample.record.prices.close[-1])
    share = ratio(last - first, first) if last >= first else -(ratio(first - last, first) or 0.0)
    return None if share is None else share * 100


def _known(values: Floats, pick: Callable[[Floats], float]) -> float | None:
    known = values[~np.isnan(values)]
    return float(pick(known)) if len(known) else None


_BOOTSTRAP = (
    f"the mean profits of {DRAWS:,} draws, with replacement, of as many trades (seed {SEED}); it takes trades for "
    "independent."
)

FIGURES = (
    Definition(
        "break_even_win_rate",
        PERCENT,
        "The win rate at which these trades, with their stops and targets as they were set, bring nothing: what all "
        "stops would cost with fees / (that + what all targets would bring after fees). Above 100 when the fees are "
        "larger than the targets: then no win rate is enough. Null where stops are unknown.",
        lambda s: break_even(s.trades, fees=True),
        money=True,
    ),
    Definition(
        "break_even_win_rate_before_fees",
        PERCENT,
        "The same without fees and slippage: stop / (stop + target), 63.7 % for a target at 0.57 of the stop.",
        lambda s: break_even(s.trades, fees=False),
    ),
    Definition(
        "fees_share",
        PERCENT,
        "Fees and slippage of all trades in % of the gross profit, which is the sum of the price profits above 0. Null "
        "without one.",
        _fees_share,
    ),
    *(
        Definition(
            f"profit_at_{name}_percent",
            USDT,
            f"Total profit, if fees and slippage were {percent:g} % of the notional a side. Null without sizes.",
            _profit_at(percent),
        )
        for name, percent in RATES.items()
    ),
    Definition(
        "buy_and_hold",
        USDT,
        "Profit of buying the position size at the close of the span's first bar and selling it at the last close, "
        "fees of both sides taken off.",
        _hold,
        of=Of.BARS,
        money=True,
    ),
    Definition(
        "buy_and_hold_percent",
        PERCENT,
        "Change of the price from the close of the span's first bar to the last close: what a balance earns that holds "
        "without leverage or fees.",
        _hold_percent,
        of=Of.BARS,
    ),
    Definition(
        "expectancy_low",
        USDT,
        f"Lower end of the expectancy's 90 % interval (bootstrap): the {PERCENTILES[0]}th percentile of {_BOOTSTRAP}",
        _bound(0),
        least=LEAST,
        money=True,
    ),
    Definition(
        "expectancy_high",
        USDT,
        f"Upper end of the expectancy's 90 % interval (bootstrap): the {PERCENTILES[1]}th percentile of {_BOOTSTRAP}",
        _bound(1),
        least=LEAST,
        money=True,
    ),
    Definition(
        "average_leverage",
        TIMES,
        "Mean of notional / balance at the entries. Null where sizes are unknown or no balance was above 0.",
        lambda s: _known(leverage(s.trades), np.mean),
    ),
    Definition(
        "max_leverage",
        TIMES,
        "Largest notional / balance at an entry. Null where sizes are unknown or no balance was above 0.",
        lambda s: _known(leverage(s.trades), np.max),
    ),
    Definition(
        "ruined",
        INSTANT,
        "The first bar after which the balance is at or below 0: ruined, whatever the trades after it bring. Null: it "
        "never is.",
        lambda s: ruined(s.record, s.equity.balance),
        of=Of.POSITIONS,
    ),
    Definition(
        "marked_ruined",
        INSTANT,
        "The first bar at whose close the account marked to market is at or below 0: a real one would have been "
        "liquidated before. Null: it never is.",
        lambda s: ruined(s.record, s.equity.marked),
        of=Of.POSITIONS,
    ),
    Definition(
        "both_hit",
        TRADES,
        "Trades that were closed on a bar that reached both stop and target; the stop counts, and nobody knows which "
        "came first.",
        lambda s: int(np.count_nonzero(both_hit(s.record, s.trades))),
    ),
)

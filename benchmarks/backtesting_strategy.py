"""The strategy as one writes it for backtesting.py: indicators once in `init`, the state machine bar by bar in `next`.

Written from the rules (docs/strategy.md) with pandas, not from the project's own code, for the defaults: raw signals,
fair value gaps of one kind of bar, no retracement, dynamic stops. Entries are market orders filled at the bar's close
(`trade_on_close`), stop and target are the trade's own; backtesting.py tries the stop first, as the rules want.
Only `make bench` installs backtesting.py (requirements/bench.txt).
"""

from __future__ import annotations

import multiprocessing
import warnings
from functools import partial
from typing import TYPE_CHECKING
from unittest.mock import patch

import backtesting
import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy
from backtesting import backtesting as engine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.batch.indicators import Bars

CASH = 1e9
"""So much that a position of 1 BTC is never refused."""


class CumulativeVolumeDelta(Strategy):
    """The defaults of the strategy; their optimizer varies what stands here."""

    sensitivity = 6.0
    risk_multiple = 6.5
    reward_to_risk = 0.57
    atr_length = 10

    def init(self) -> None:
        """Compute what every bar needs."""
        bars = self.data.df
        self.signal = self.I(signals, bars, plot=False)
        self.gap = self.I(gaps, bars, self.sensitivity, self.atr_length, plot=False)
        self.risk = self.I(risk_atr, bars, plot=False)
        self.direction = 0
        self.entered = False

    def next(self) -> None:
        """Move the setup by one bar."""
        if self.entered:
            self.entered = bool(self.position)  # the bar that exits does nothing else
            return
        signal = self.signal[-1]
        if self.direction == 0:
            self.direction = signal
        elif signal == -self.direction:
            self.direction = 0  # aborted; this signal starts nothing
            return
        if self.direction == 0 or self.gap[-1] != self.direction:
            return
        close, distance = self.data.Close[-1], self.risk[-1] * self.risk_multiple
        if self.direction > 0:
            stop = close - distance
            self.buy(size=1, sl=stop, tp=close + (close - stop) * self.reward_to_risk)
        else:
            stop = close + distance
            self.sell(size=1, sl=stop, tp=close - (stop - close) * self.reward_to_risk)
        self.entered, self.direction = True, 0


def frame(chart: Bars) -> pd.DataFrame:
    """Return bars as backtesting.py wants them, with the delta of each as one column more."""
    return pd.DataFrame(
        {"Open": chart.open, "High": chart.high, "Low": chart.low, "Close": chart.close, "Delta": chart.delta},
        index=pd.to_datetime(chart.timestamp, unit="ms"),
    )


def run(bars: pd.DataFrame, **varied: float) -> pd.Series:
    """Run the strategy; return backtesting.py's statistics, its trades among them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a trade left open, and of what pandas will change
        return Backtest(bars, CumulativeVolumeDelta, cash=CASH, trade_on_close=True).run(**varied)


def optimize(bars: pd.DataFrame, processes: int, **varied: list[float]) -> pd.Series:
    """Run every combination in their optimizer; return how many trades each made, by its values."""
    pool = partial(multiprocessing.Pool, processes)
    with warnings.catch_warnings(), patch.object(backtesting, "Pool", pool), patch.object(engine, "_tqdm", plain):
        warnings.simplefilter("ignore")
        test = Backtest(bars, CumulativeVolumeDelta, cash=CASH, trade_on_close=True)
        _, made = test.optimize(maximize="# Trades", return_heatmap=True, **varied)
    return made


def plain(items: Iterable[object], **_: object) -> Iterable[object]:
    """Take the place of their progress bar."""
    return items


def true_range(bars: pd.DataFrame) -> pd.Series:
    """Return the true range, of the first bar high - low."""
    before = bars.Close.shift()
    return pd.concat([bars.High - bars.Low, (bars.High - before).abs(), (bars.Low - before).abs()], axis=1).max(axis=1)


def atr(bars: pd.DataFrame, length: int) -> pd.Series:
    """Return Wilder's ATR, which begins with a simple mean; nan before."""
    ranges = true_range(bars)
    seeded = ranges.copy()
    seeded.iloc[: length - 1] = np.nan
    seeded.iloc[length - 1] = ranges.iloc[:length].mean()
    return seeded.ewm(alpha=1 / length, adjust=False).mean()


def risk_atr(bars: pd.DataFrame) -> np.ndarray:
    """Return ATR(50), the true range while it is undefined."""
    return np.asarray(atr(bars, 50).fillna(true_range(bars)))


def signals(bars: pd.DataFrame) -> np.ndarray:
    """Return 1 where the CVD of the quarter of an hour turns above 0, -1 where it turns below."""
    close = bars.Delta.groupby(bars.index.floor("15min")).cumsum()
    before = close.shift()
    bull, bear = (close > 0) & (before <= 0), (close < 0) & (before >= 0)
    return np.asarray(bull.astype(int) - bear.astype(int))


def gaps(bars: pd.DataFrame, sensitivity: float, length: int) -> np.ndarray:
    """Return 1 where a bullish fair value gap starts, -1 where a bearish one does."""
    size = atr(bars, length)
    falling = (bars.Open > bars.Close).astype(int)
    bodies = (bars.Open - bars.Close).abs().rolling(3).sum()
    jump = (bars.Close.shift() - bars.Open).abs()
    fits = falling.rolling(3).sum().isin((0, 3)) & (bodies * sensitivity > size / 1.5)
    fits &= np.maximum(jump, jump.shift()) <= size
    high, low, middle = bars.High.shift(2), bars.Low.shift(2), bars.Close.shift(1)
    bull = fits & (bars.Low > high) & (middle > high) & ((bars.Low - high) * sensitivity > size)
    bear = fits & (bars.High < low) & (middle < low) & ((low - bars.High) * sensitivity > size)
    return np.asarray(bull.astype(int) - bear.astype(int))

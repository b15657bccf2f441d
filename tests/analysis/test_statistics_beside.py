"""Ratios and drawdowns beside quantstats and backtesting.py on the same equity: equal, or the page says why not."""

from __future__ import annotations

import math
import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from analysis.account.equity import equity
from analysis.account.statistics import statistics
from analysis.account.track_record import of_result
from analysis.batch.backtest import backtest
from analysis.batch.history import History
from benchmarks import past
from bot.core.parameters import Parameters

if TYPE_CHECKING:
    import pandas as pd

    from analysis.account.track_record import TrackRecord

pytestmark = pytest.mark.bench

DAY = 86_400_000
BARS_A_YEAR = 365 * 288
LARGE = 1e11
"""USDT, on top of which nothing compounds: the equity changes by a millionth."""
LARGE_ENOUGH = 1e8
"""The same for backtesting.py, whose deviation would be lost in the last digits of more."""


@pytest.fixture(scope="module")
def record() -> TrackRecord:
    """An account of 60 whole UTC days at 5m."""
    market = past.market(62 * 1440)
    begin = -(-past.START // DAY) * DAY
    history = History(market.between(begin, begin + 60 * DAY))
    parameters = Parameters.from_mapping({"fvg_sensitivity": "all", "initial_balance": 100_000.0})
    return of_result(history, backtest(history, parameters))


@pytest.fixture(scope="module")
def ours(record: TrackRecord) -> dict[str, float | None]:
    return {name: figure.value for name, figure in statistics(record).figures.items()}


@pytest.fixture(scope="module")
def marked(record: TrackRecord) -> pd.Series:
    """The account marked to market after each bar, after the initial balance on the day before."""
    pd = import_module("pandas")
    worth = equity(record)
    opens = np.append([record.begin - record.prices.bar_ms], worth.timestamp)
    return pd.Series(np.append([worth.initial_balance], worth.marked), index=pd.to_datetime(opens, unit="ms"))


@pytest.fixture(scope="module")
def quantstats() -> Any:
    """Its statistics; only `make bench` installs them."""
    return import_module("quantstats").stats


def changes(marked: pd.Series) -> pd.Series:
    """Its change on each day, as a share of the initial balance."""
    return marked.resample("D").last().diff().dropna() / marked.iloc[0]


def test_quantstats_says_the_same_sharpe_and_sortino_of_changes_in_usdt_and_365_days(
    quantstats: Any, ours: dict[str, float], marked: pd.Series
):
    assert quantstats.sharpe(changes(marked), periods=365) == pytest.approx(ours["sharpe"], rel=1e-9)
    assert quantstats.sortino(changes(marked), periods=365) == pytest.approx(ours["sortino"], rel=1e-9)


def test_quantstats_own_252_days_make_them_smaller_by_a_known_factor(
    quantstats: Any, ours: dict[str, float], marked: pd.Series
):
    factor = math.sqrt(252 / 365)
    assert quantstats.sharpe(changes(marked)) == pytest.approx(ours["sharpe"] * factor, rel=1e-9)
    assert quantstats.sortino(changes(marked)) == pytest.approx(ours["sortino"] * factor, rel=1e-9)


def test_quantstats_says_the_same_drawdown_of_every_bar(quantstats: Any, ours: dict[str, float], marked: pd.Series):
    percent = -100 * quantstats.max_drawdown(marked)
    assert percent == pytest.approx(ours["marked_max_drawdown_percent"], rel=1e-9)
    on_a_large_balance = -quantstats.max_drawdown(marked + LARGE) * LARGE
    assert on_a_large_balance == pytest.approx(ours["marked_max_drawdown"], rel=1e-5)


def test_quantstats_says_the_same_calmar_where_nothing_compounds_and_every_bar_counts(
    quantstats: Any, ours: dict[str, float], marked: pd.Series
):
    found = quantstats.calmar(marked.diff().dropna() / LARGE, compounded=False, periods=BARS_A_YEAR)
    assert found == pytest.approx(ours["calmar"], rel=1e-5)


def test_backtesting_py_says_the_same_where_nothing_compounds_and_the_sqn_as_it_is(
    ours: dict[str, float], record: TrackRecord, marked: pd.Series
):
    told = by_backtesting(record, marked, LARGE_ENOUGH)
    assert told["Sharpe Ratio"] == pytest.approx(ours["sharpe"], rel=1e-3)
    assert told["Sortino Ratio"] == pytest.approx(ours["sortino"], rel=1e-3)
    assert told["Calmar Ratio"] == pytest.approx(ours["calmar"], rel=1e-3)
    assert told["SQN"] == pytest.approx(ours["sqn"], rel=1e-9)
    assert told["Win Rate [%]"] == pytest.approx(ours["win_rate"], rel=1e-9)
    as_it_is = by_backtesting(record, marked, 0.0)
    assert -as_it_is["Max. Drawdown [%]"] == pytest.approx(ours["marked_max_drawdown_percent"], rel=1e-9)
    assert as_it_is["Sharpe Ratio"] != pytest.approx(ours["sharpe"], rel=1e-2), "its returns compound"


def by_backtesting(record: TrackRecord, marked: pd.Series, capital: float) -> pd.Series:
    """backtesting.py's statistics of these trades and this equity on top of some capital."""
    pd = import_module("pandas")
    prices = record.prices.close
    bars = pd.DataFrame({"Close": np.append(prices[:1], prices)}, index=marked.index)
    times = {
        name: pd.to_datetime([getattr(trade, of) for trade in record.trades], unit="ms")
        for name, of in (("EntryTime", "entry_time"), ("ExitTime", "exit_time"))
    }
    trades = pd.DataFrame(
        {
            "PnL": [trade.profit for trade in record.trades],
            "ReturnPct": [trade.profit / trade.entry_price for trade in record.trades],
            "EntryBar": bars.index.get_indexer(times["EntryTime"]),
            "ExitBar": bars.index.get_indexer(times["ExitTime"]),
            **times,
        }
    )
    trades["Duration"] = trades.ExitTime - trades.EntryTime
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what pandas will change
        compute = import_module("backtesting._stats").compute_stats
        return compute(trades, marked.to_numpy() + capital, bars, None)

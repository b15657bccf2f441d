"""Trades by what was known at their entry: values and groups a person can check, and luck kept at bay."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from batch import from_minutes
from hypothesis import given, settings
from hypothesis import strategies as st
from walks import walk

from analysis.batch.backtest import backtest
from analysis.batch.history import History
from analysis.batch.market import COLUMNS, from_rows
from analysis.study.cvd_before_trades import Entered
from analysis.study.differences import holm, p_value
from analysis.study.entered import gap_sizes, of_replay
from analysis.study.entry_values import EntryValues, entry_values
from analysis.study.intervals import simultaneous, t_quantile, wilson
from analysis.study.trade_tables import NAMES, grouped, trade_tables
from bot.core.parameters import FvgSensitivity, Parameters

MINUTE, HOUR = 60_000, 3_600_000
ONE_MINUTE = Parameters(chart_timeframe="1m", anchor_period="3m", atr_length=2, fvg_sensitivity=FvgSensitivity.ALL)


def market(*rows, without=()):
    """Minutes from 00:00 of (close, bought, sold); each reaches 1 above and below its close."""
    table = [
        (n * MINUTE, close, close + 1.0, close - 1.0, close, buy, sell)
        for n, (close, buy, sell) in enumerate(rows)
        if n not in without
    ]
    return from_rows("BTC/USDT", np.array(table, dtype=COLUMNS))


SIX = ((100.0, 3.0, 1.0), (100.0, 1.0, 3.0), (100.0, 4.0, 1.0), (100.0, 1.0, 4.0), (200.0, 3.0, 0.0), (100.0, 0.0, 0.0))
"""Deltas 2, -2, 3, -3, 3, 0, so with an anchor of three minutes the CVD is 2, 0, 3, -3, 0, 0."""


def value(name, at, *, long=True, gap=None, rows=SIX, without=()):
    """The value of a trade whose entry's bar closed at minute `at`, None where unknown."""
    found = entry_values(History(market(*rows, without=without)), ONE_MINUTE, [Entered(at * MINUTE, long, 0.0, gap)])
    (number,) = getattr(found, name).tolist()
    return None if np.isnan(number) else number


def test_the_cvd_is_that_of_the_entrys_bar_in_the_trades_direction():
    assert value("cvd", 3) == 3.0
    assert value("cvd", 4) == -3.0
    assert value("cvd", 4, long=False) == 3.0


def test_the_delta_is_a_share_of_the_bars_volume_and_unknown_without_one():
    assert value("delta", 1) == 50.0
    assert value("delta", 3, long=False) == -60.0
    assert value("delta", 6) is None


def test_volatility_is_the_atr_in_percent_of_the_close():
    assert value("volatility", 2) == 2.0, "two true ranges of 2 at a price of 100"
    assert value("volatility", 5) == pytest.approx((2 + 101) / 2 / 200 * 100)
    assert value("volatility", 1) is None, "one bar is too few for ATR(2)"


def test_the_gap_is_what_the_trade_brings_along():
    assert value("gap", 3, gap=0.7) == 0.7
    assert value("gap", 3) is None


def test_a_bar_to_six_ends_in_the_hour_before():
    assert value("hour", 6 * 60) == 5
    assert value("hour", 6 * 60 + 1) == 6
    assert value("hour", 0) == 23


def test_what_a_missing_bar_is_part_of_is_unknown():
    assert (value("cvd", 3, without=[2]), value("delta", 3, without=[2])) == (None, None)
    assert (value("cvd", 3, without=[1]), value("delta", 3, without=[1])) == (None, 60.0), "not all since the anchor"
    assert (value("volatility", 3, without=[1]), value("volatility", 4, without=[1])) == (None, 2.0)
    assert value("cvd", 4, without=[1]) == -3.0, "a new anchor"
    assert value("cvd", 60) is None, "long after the last bar"
    assert value("cvd", 0) is None, "before the first"


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(20, 300))
def test_candles_that_come_later_never_change_a_value_at_entry(seed, cut):
    minutes = walk(seed, 320, 1.0, 0.05)
    parameters = Parameters(chart_timeframe="5m", anchor_period="15m", fvg_sensitivity=FvgSensitivity.ALL)
    before = [minute for minute in minutes if minute.timestamp < minutes[0].timestamp + cut * MINUTE]
    end = before[-1].timestamp + MINUTE
    last = end // (5 * MINUTE) * 5 * MINUTE
    trades = [Entered(at, at % 2 == 0, 1.0) for at in (*range(before[0].timestamp, last, 7777), last)]
    early, late = (
        entry_values(History(from_minutes("BTC/USDT", part)), parameters, trades) for part in (before, minutes)
    )
    for each in fields(EntryValues):
        np.testing.assert_array_equal(getattr(early, each.name), getattr(late, each.name))


def test_groups_are_thirds_below_100_values_and_fifths_from_there_on():
    assert grouped("cvd", np.arange(10.0)).tolist() == [0, 0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert np.bincount(grouped("cvd", np.arange(99.0))).tolist() == [33, 33, 33]
    assert np.bincount(grouped("cvd", np.arange(100.0)[::-1])).tolist() == [20] * 5


@given(st.lists(st.integers(0, 6), min_size=10, max_size=150))
def test_equal_values_are_never_in_two_groups_and_groups_ascend(values):
    labels = grouped("gap", np.array(values, dtype=float))
    assert {value: set(labels[np.array(values) == value]) for value in values} == {
        value: {labels[values.index(value)]} for value in values
    }
    ordered = labels[np.argsort(values, kind="stable")]
    assert (np.diff(ordered) >= 0).all()
    assert set(labels.tolist()) == set(range(max(labels.tolist()) + 1)), "no group is empty"


def with_values(profits, **columns):
    """Trades of these profits; a column that is not named is unknown of all of them."""
    unknown = np.full(len(profits), np.nan)
    values = EntryValues(*(np.array(columns.get(name, unknown), dtype=float) for name in NAMES))
    return values, [Entered(n * HOUR, True, profit) for n, profit in enumerate(profits)]


def table(found, name):
    return found.tables[NAMES.index(name)]


def test_thirty_trades_in_thirds_with_their_wins_and_simultaneous_intervals():
    profits = [1.0, -1.0] * 5 + [1.0] * 10 + [-1.0] * 10
    found = trade_tables(*with_values(profits, cvd=range(30)))
    low, middle, high = table(found, "cvd").groups
    assert [(each.lowest, each.highest, each.n, each.wins) for each in (low, middle, high)] == [
        (0, 9, 10, 5),
        (10, 19, 10, 10),
        (20, 29, 10, 0),
    ]
    assert [each.mean_profit.value for each in (low, middle, high)] == [0, 1, -1]
    assert (found.intervals, found.each_confidence) == (6, pytest.approx(100 - 10 / 6))
    assert low.win_rate.low == pytest.approx(wilson(0.5, 10, 100 - 10 / 6)[0] * 100)
    assert low.win_rate.low < wilson(0.5, 10)[0] * 100, "wider than an interval that stands alone"
    assert low.mean_profit.high == pytest.approx(t_quantile(9, 100 - 10 / 6) * np.sqrt(1 / 9))


def test_unknown_values_are_counted_and_left_out():
    found = table(trade_tables(*with_values([1.0, -1.0] * 10, gap=[*range(12), *[np.nan] * 8])), "gap")
    assert (found.n, found.unknown, sum(each.n for each in found.groups)) == (12, 8, 12)
    assert [each.win_rate for each in found.groups] == [None] * 3, "four trades are too few"


def test_hours_are_four_blocks_also_where_one_has_no_trade():
    found = table(trade_tables(*with_values([1.0, -1.0] * 10, hour=[0, 5] * 5 + [6, 23] * 5)), "hour")
    assert [(each.lowest, each.highest, each.n) for each in found.groups] == [
        (0, 5, 10),
        (6, 11, 5),
        (12, 17, 0),
        (18, 23, 5),
    ]


def test_fewer_than_ten_trades_tell_nothing_and_say_so():
    found = trade_tables(*with_values([1.0] * 9, cvd=range(9), hour=[1] * 9))
    assert {(each.groups, each.p, each.corrected_p) for each in found.tables} == {(None, None, None)}
    assert found.conclusion == "Too few trades: 9 completed trades, and below 10 nothing is told."
    assert (
        trade_tables(*with_values([])).conclusion == "Too few trades: no completed trade, and below 10 nothing is told."
    )


def test_one_value_for_all_is_one_group_and_no_comparison():
    found = trade_tables(*with_values([1.0, -1.0] * 10, gap=[0.5] * 20))
    assert (len(table(found, "gap").groups), table(found, "gap").p) == (1, None)
    assert found.conclusion == "Nothing can be told: no question has two groups of trades with known values."


def test_a_dependence_that_is_there_is_found_and_named():
    draw = np.random.default_rng(5)
    cvd = draw.normal(size=150)
    profits = np.where(draw.random(150) < 0.5 + 0.35 * np.sign(cvd), 100.0, -100.0).tolist()
    found = trade_tables(*with_values(profits, cvd=cvd, gap=draw.normal(size=150), hour=[1, 7, 13] * 50))
    assert table(found, "cvd").corrected_p == pytest.approx(5 / 2000)
    assert min(table(found, name).corrected_p for name in ("gap", "hour")) > 0.05
    assert found.conclusion == (
        "More than luck, with five questions asked (two of them cannot be answered here): CVD at entry, in the trade's "
        "direction (corrected p 0.0025). Found in the past: it is news only once trades that come later show it again."
    )


def test_no_dependence_is_said_with_the_smallest_corrected_p():
    draw = np.random.default_rng(1)
    columns = {name: draw.random(60) * 23 for name in NAMES}
    found = trade_tables(*with_values(draw.normal(size=60), **columns))
    least = min(each.corrected_p for each in found.tables)
    assert found.conclusion == (
        f"No evidence: with five questions asked, none of the differences is beyond luck "
        f"(smallest corrected p {least:.2f})."
    )


def test_of_200_accounts_that_depend_on_nothing_at_most_one_in_twenty_looks_as_if():
    """Wins and losses grow with the volatility, as the strategy's do: that alone is no dependence of the mean."""
    fooled = 0
    for seed in range(200):
        draw = np.random.default_rng(seed)
        columns = {name: draw.random(60) * 23 for name in NAMES}
        size = 1 + columns["volatility"]
        profits = np.where(draw.random(60) < 1 / 1.57, 0.57, -1.0) * size
        found = trade_tables(*with_values(profits, **columns), rounds=199)
        fooled += any(each.corrected_p < 0.05 for each in found.tables)
    assert fooled <= 0.05 * 200


def test_a_larger_spread_of_the_smaller_group_is_no_difference_of_the_means():
    group = np.array([0] * 10 + [1] * 50)
    spread = np.where(group == 0, 5.0, 1.0)
    fooled = sum(
        p_value(np.random.default_rng(seed).normal(size=60) * spread, group, 199) < 0.05 for seed in range(200)
    )
    assert fooled <= 0.08 * 200, "comparing the means alone is fooled by more than a third"


def test_holm_multiplies_the_smallest_by_all_questions_and_keeps_their_order():
    assert holm([0.01, 0.04, 0.03, None, 0.5], 5) == pytest.approx([0.05, 0.12, 0.12, None, 1.0])


def test_a_p_value_is_the_part_of_all_deals_that_lie_as_far_apart():
    profit = np.array([1.0] * 5 + [2.0] * 4 + [-1.0])
    assert p_value(profit, np.array([0] * 5 + [1] * 5)) == p_value(profit, np.array([0] * 5 + [1] * 5)), "fixed draws"
    assert p_value(np.ones(20), np.arange(20) % 2) == 1.0
    assert p_value(np.arange(20.0), np.arange(20) // 10) == 1 / 2000
    assert p_value(np.arange(20.0), np.array([0] * 18 + [1] * 2)) is None, "two trades have no spread to speak of"


def test_confidence_is_shared_among_the_intervals():
    assert (simultaneous(0), simultaneous(1), simultaneous(20)) == (90, 90, 99.5)
    assert t_quantile(9, 99.5) == pytest.approx(3.6897, abs=1e-3)


def test_the_gap_of_a_stored_trade_is_the_last_one_its_setup_took_before_the_entry():
    events = [
        (7, 100, '{"top": 30, "bottom": 10, "atr": 10}'),
        (7, 900, '{"top": 12, "bottom": 10, "atr": 4}'),
        (8, 900, '{"top": 12, "bottom": 10, "atr": null}'),
    ]
    trades = [(1, 7, 150), (2, 7, 900), (3, 8, 950), (4, 9, 950)]
    assert gap_sizes(trades, events) == {1: 2.0, 2: 0.5}


def test_the_gap_of_a_replayed_trade_is_measured_in_the_atr_of_its_bar():
    parameters = Parameters(chart_timeframe="1m", anchor_period="5m", fvg_sensitivity=FvgSensitivity.ALL, risk="lowest")
    history = History(from_minutes("BTC/USDT", walk(7, 1500, 1.0, 0.0)))
    result = backtest(history, parameters)
    trades = of_replay(history, result)
    assert [each.at - MINUTE for each in trades] == [each.position.entry_time for each in result.trades]
    gaps, atr, opens = history.gaps(parameters), history.atr(parameters, 10), history.bars(parameters).timestamp
    for trade in trades[:5]:
        (bar,) = np.flatnonzero(opens == trade.at - MINUTE)
        (gap,) = np.flatnonzero((gaps.bar == bar) & (gaps.direction == (1 if trade.long else -1)))
        assert trade.gap == pytest.approx((gaps.top[gap] - gaps.bottom[gap]) / atr[bar])
    assert len(trades) > 4

from __future__ import annotations

from dataclasses import replace

import pytest
from accounts import account, at, closed, in_a_row

from analysis.account.equity import equity
from analysis.account.statistics import statistics
from analysis.account.track_record import Open, Prices
from bot.core.ledger import Side
from bot.core.times import DAY


def figures(record):
    return {name: each.value for name, each in statistics(record).figures.items()}


def test_a_position_is_marked_at_every_close_from_its_entry_to_the_bar_before_its_exit():
    record = account([closed(5.0, entry=1, exit=4)], closes=[90.0, 100.0, 93.0, 102.0, 104.0, 99.0])
    worth = equity(record)
    assert worth.balance.tolist() == [1000, 1000, 1000, 1000, 1005, 1005]
    assert worth.marked.tolist() == [1000, 1000, 993, 1002, 1005, 1005]
    assert worth.drawdown.tolist() == [0, 0, 7, 0, 0, 0]
    assert worth.balance_drawdown.tolist() == [0] * 6
    assert worth.timestamp.tolist() == [at(bar) for bar in range(6)]


def test_a_short_gains_where_the_price_falls():
    record = account([closed(5.0, entry=0, exit=2, side=Side.SHORT, size=2.0)], closes=[100.0, 97.0, 97.5])
    assert equity(record).marked.tolist() == [1000, 1006, 1005]


def test_the_open_position_is_marked_to_the_end_with_the_fees_of_both_sides():
    left = Open(Side.LONG, 100.0, at(1), 1.0)
    record = account([], closes=[100.0, 100.0, 110.0], open=left, rate=0.01)
    assert equity(record).marked.tolist() == pytest.approx([1000, 1000 - 2.0, 1000 + 10 - 2.1])
    assert equity(record).balance.tolist() == [1000] * 3


def test_a_fall_below_the_initial_balance_counts_from_it_on_the_very_first_bar():
    left = Open(Side.LONG, 100.0, at(0), 1.0)
    record = account([], closes=[100.0, 97.0], open=left, rate=0.01)
    assert equity(record).drawdown.tolist() == pytest.approx([2.0, 3 + 1.97])


def test_a_stop_far_away_hides_a_loss_from_the_balance_and_not_from_the_mark():
    closes = [100.0, 60.0, 105.0, *[105.0] * 21]
    found = figures(account([closed(5.0, entry=0, exit=2)], closes=closes))
    assert (found["max_drawdown"], found["marked_max_drawdown"]) == (0.0, 40.0)
    assert found["marked_max_drawdown_percent"] == pytest.approx(4.0)
    assert (found["marked_max_drawdown_start"], found["marked_max_drawdown_trough"]) == (at(0), at(1))
    assert found["marked_max_drawdown_end"] == at(2)
    assert found["marked_max_drawdown_length"] == pytest.approx(10 / (24 * 60))


def test_the_deepest_fall_goes_from_1030_to_990_and_is_recovered_at_1040():
    found = figures(account(in_a_row(30.0, -25.0, -15.0, 50.0, -5.0)))
    assert found["max_drawdown"] == 40.0
    assert found["max_drawdown_percent"] == pytest.approx(40 / 1030 * 100)
    names = ("max_drawdown_start", "max_drawdown_trough", "max_drawdown_end")
    assert [found[name] for name in names] == [at(1), at(5), at(7)]
    assert found["max_drawdown_length"] == pytest.approx(30 / (24 * 60))


def test_a_fall_from_the_first_trade_on_begins_with_the_span_and_lasts_to_its_end():
    found = figures(account(in_a_row(-10.0, 5.0)))
    assert (found["max_drawdown"], found["max_drawdown_start"], found["max_drawdown_end"]) == (10.0, at(0), None)
    assert found["max_drawdown_length"] == pytest.approx(24 * 5 / (24 * 60))


def test_a_balance_at_or_below_0_is_ruined_whatever_comes_after():
    found = figures(account(in_a_row(-4.0, -6.0, 50.0), balance=10.0))
    assert found["ruined"] == at(3)
    assert figures(account(in_a_row(-4.0, -5.0), balance=10.0))["ruined"] is None


def test_marked_to_market_an_account_is_ruined_before_its_balance_is():
    closes = [100.0, 89.0, 105.0, *[105.0] * 21]
    found = figures(account([closed(5.0, entry=0, exit=2)], closes=closes, balance=10.0))
    assert (found["ruined"], found["marked_ruined"]) == (None, at(1))


DAILY = DAY // 300_000


def thirty_days(*profits):
    """A trade at noon of each day."""
    trades = [closed(p, entry=n * DAILY + 144, exit=n * DAILY + 145) for n, p in enumerate(profits)]
    return account(trades, closes=[100.0] * (DAILY * len(profits)))


def test_days_of_2_and_minus_1_usdt_have_a_known_sharpe_sortino_calmar_and_sqn():
    found = figures(thirty_days(*[2.0, -1.0] * 15))
    deviation = (30 * 1.5**2 / 29) ** 0.5
    assert found["sharpe"] == pytest.approx(0.5 / deviation * 365**0.5)
    assert found["sortino"] == pytest.approx(0.5 / 0.5**0.5 * 365**0.5)
    assert found["calmar"] == pytest.approx(15 * 365 / 30 / 1.0)
    assert found["sqn"] == pytest.approx(30**0.5 * 0.5 / deviation)


def test_29_days_are_too_few_for_a_ratio():
    found = figures(thirty_days(*[2.0, -1.0] * 14, 2.0))
    assert [found[name] for name in ("sharpe", "sortino", "calmar", "sqn")] == [None] * 4


def test_without_a_losing_day_there_is_no_sortino_and_without_a_fall_no_calmar():
    found = figures(thirty_days(*[2.0, 1.0] * 15))
    assert found["sharpe"] > 0
    assert (found["sortino"], found["calmar"]) == (None, None)


def test_a_day_without_bars_changes_nothing_and_counts():
    record = thirty_days(*[2.0, -1.0] * 15)
    keep = (record.prices.timestamp - at(0)) // DAY != 3
    kept = [getattr(record.prices, column)[keep] for column in ("timestamp", "high", "low", "close")]
    prices = Prices(*kept, record.prices.bar_ms)
    assert statistics(replace(record, prices=prices)).figures["sharpe"].n == 30

from __future__ import annotations

import numpy as np
import pytest
from accounts import account, at, closed, in_a_row

from analysis.account.bootstrap import interval
from analysis.account.statistics import statistics


def figures(record):
    return {name: each.value for name, each in statistics(record).figures.items()}


def test_a_target_at_0_57_of_the_stop_needs_63_7_percent_of_wins_before_fees():
    found = figures(account(in_a_row(5.7, -10.0)))
    assert found["break_even_win_rate"] == found["break_even_win_rate_before_fees"] == pytest.approx(100 / 1.57)


def test_fees_of_1_percent_a_side_move_the_break_even_to_where_wins_and_losses_cancel():
    trade = closed(100 * 0.057 - 0.01 * 205.7, fees=0.01 * 205.7)
    found = figures(account([trade]))
    loss, win = 10 + 0.01 * 190, 5.7 - 0.01 * 205.7
    assert found["break_even_win_rate"] == pytest.approx(loss / (loss + win) * 100)
    assert found["break_even_win_rate"] / 100 * win == pytest.approx((1 - found["break_even_win_rate"] / 100) * loss)
    assert found["break_even_win_rate_before_fees"] == pytest.approx(100 / 1.57)


def test_fees_larger_than_the_target_need_more_than_every_trade_to_win():
    assert figures(account([closed(5.7 - 8.0, fees=8.0)]))["break_even_win_rate"] > 100


def test_fees_of_6_of_a_gross_profit_of_24_are_a_quarter():
    assert figures(account(in_a_row(10.0, -12.0, 10.0, fees=2.0)))["fees_share"] == pytest.approx(25.0)


def test_without_a_gross_profit_fees_have_no_share_of_it():
    assert figures(account(in_a_row(-12.0, fees=2.0)))["fees_share"] is None


def test_the_same_trades_at_other_rates():
    found = figures(account(in_a_row(9.8, -10.2, fees=0.2)))
    assert found["profit_at_0_percent"] == pytest.approx(0.0)
    turnover = (100 + 110) + (100 + 90)
    assert found["profit_at_0_055_percent"] == pytest.approx(-0.00055 * turnover)
    assert found["profit_at_0_1_percent"] == pytest.approx(-0.001 * turnover)


def test_holding_from_80_to_100_brings_20_usdt_a_coin_and_25_percent():
    found = figures(account([], closes=[80.0, 300.0, 100.0]))
    assert (found["buy_and_hold"], found["buy_and_hold_percent"]) == (20.0, 25.0)
    assert figures(account([], closes=[80.0, 60.0], rate=0.01))["buy_and_hold"] == pytest.approx(-21.4)
    assert figures(account([], closes=[80.0, 60.0]))["buy_and_hold_percent"] == pytest.approx(-25.0)


def test_one_coin_at_100_on_1000_and_on_what_900_left_is_leverage_of_0_1_and_1():
    said = statistics(account([closed(-900.0), closed(-200.0, entry=2, exit=3), closed(1.0, entry=4, exit=5)]))
    assert said.entries.leverage == pytest.approx([0.1, 1.0, None])
    assert said.figures["average_leverage"].value == pytest.approx(0.55)
    assert said.figures["max_leverage"].value == pytest.approx(1.0)


def test_a_bar_that_reaches_stop_and_target_is_counted():
    trades = [closed(-10.0, entry=0, exit=1), closed(5.7, entry=2, exit=3)]
    record = account(trades, closes=[100.0] * 4, highs=[100.0, 105.7, 100.0, 105.7], lows=[100.0, 90.0, 90.0, 90.1])
    said = statistics(record)
    assert (said.figures["both_hit"].value, said.entries.both_hit) == (1, [True, False])


def test_the_interval_of_equal_profits_is_that_profit():
    assert interval(np.full(10, 3.0)) == (3.0, 3.0)


def test_nine_trades_are_too_few_for_an_interval():
    assert interval(np.full(9, 3.0)) is None


def test_the_same_trades_give_the_same_interval_to_the_last_bit():
    profit = np.array([1.0, -2.0, 3.5] * 10)
    assert interval(profit) == interval(profit.copy())


def test_the_interval_of_many_trades_is_near_that_of_the_normal_distribution():
    profit = np.random.default_rng(1).normal(10.0, 50.0, 2_000)
    low, high = interval(profit)
    error = profit.std() / 2_000**0.5
    assert (low, high) == pytest.approx((profit.mean() - 1.645 * error, profit.mean() + 1.645 * error), abs=error / 5)


@pytest.mark.parametrize(
    ("profits", "words"),
    [
        ([], "no trades: nothing to conclude"),
        ([5.0] * 9, "too few trades to conclude: 9, and at least 10 are needed (before fees)"),
        ([5.0, -5.0] * 10, "too few trades to conclude: the 90 % interval of the expectancy, "),
        ([5.0] * 10, "the 90 % interval of the expectancy, 5.00 to 5.00 USDT a trade, lies above 0"),
        ([-5.0] * 10, "the 90 % interval of the expectancy, -5.00 to -5.00 USDT a trade, lies below 0"),
    ],
)
def test_the_conclusion_is_said_in_words(profits, words):
    assert statistics(account(in_a_row(*profits))).conclusion.startswith(words)


def test_without_fees_every_figure_of_profit_says_before_fees():
    said = statistics(account(in_a_row(10.0, -5.0))).figures
    noted = {name for name, each in said.items() if each.note == "before fees"}
    assert noted >= {"total_profit", "win_rate", "expectancy", "profit_factor", "sharpe", "max_drawdown", "best"}
    assert {name for name, each in said.items() if each.unit == "USDT"} - noted == {
        *("price_profit", "fees", "profit_at_0_percent", "profit_at_0_055_percent", "profit_at_0_1_percent"),
    }


def test_with_fees_no_figure_says_so_and_with_fees_in_some_trades_it_is_counted():
    paid = statistics(account(in_a_row(10.0, -5.0, fees=1.0))).figures
    assert {each.note for each in paid.values()} == {None}
    mixed = statistics(account([closed(1.0, fees=1.0), closed(1.0, entry=2, exit=3)])).figures
    assert mixed["total_profit"].note == "before fees in 1 of 2 trades"


def test_an_account_without_trades_says_before_fees_when_the_next_one_would_pay_none():
    assert statistics(account([])).figures["total_profit"].note == "before fees"
    assert statistics(account([], rate=0.0005)).figures["total_profit"].note is None


def test_a_figure_of_a_trade_beyond_the_bars_does_not_guess():
    record = account([closed(-10.0, entry=0, exit=30)], closes=[100.0] * 4, lows=[80.0] * 4, highs=[120.0] * 4)
    assert statistics(record).figures["both_hit"].value == 0
    assert record.end == at(4)

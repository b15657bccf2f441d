from __future__ import annotations

import pytest
from accounts import BAR, account, at, closed, in_a_row

from analysis.account.figures import Of, Sample
from analysis.account.groups import by_hour, by_weekday
from analysis.account.statistics import DEFINITIONS, statistics
from analysis.account.track_record import Open, columns, is_late
from bot.core.ledger import Side


def values(record) -> dict[str, float | None]:
    return {name: figure.value for name, figure in statistics(record).figures.items()}


FIVE = in_a_row(10.0, 20.0, -15.0, -5.0, 30.0)
"""3 wins of 60 together, 2 losses of 20 together."""


def test_three_wins_of_five_are_a_win_rate_of_60_percent():
    found = values(account(FIVE))
    assert (found["trades"], found["wins"], found["losses"], found["win_rate"]) == (5, 3, 2, 60.0)


def test_wins_of_60_and_losses_of_20_make_40_usdt_and_4_percent_of_1000():
    found = values(account(FIVE))
    assert (found["total_profit"], found["total_profit_percent"]) == (40.0, 4.0)
    assert (found["average_profit"], found["average_profit_percent"]) == (8.0, pytest.approx(8.0))
    assert (found["best"], found["worst"]) == (30.0, -15.0)


def test_the_profit_factor_is_60_by_20_and_the_payoff_ratio_20_by_10():
    found = values(account(FIVE))
    assert (found["profit_factor"], found["payoff_ratio"]) == (3.0, 2.0)


def test_the_expectancy_is_three_fifths_of_20_less_two_fifths_of_10_and_in_r_a_tenth_of_it():
    found = values(account(FIVE))
    assert found["expectancy"] == pytest.approx(0.6 * 20 - 0.4 * 10)
    assert found["expectancy_r"] == pytest.approx(0.8)


def test_streaks_are_runs_of_wins_and_losses_and_a_zero_ends_both():
    found = values(account(in_a_row(1.0, 1.0, 0.0, 1.0, -1.0, -1.0, -1.0, 0.0, -1.0)))
    assert (found["longest_win_streak"], found["longest_loss_streak"]) == (2, 3)
    assert (found["wins"], found["losses"]) == (3, 4)


def test_a_trade_from_bar_0_to_bar_3_lasts_15_minutes():
    found = values(account([closed(1.0, entry=0, exit=3), closed(1.0, entry=4, exit=5), closed(1.0, entry=6, exit=8)]))
    assert (found["average_duration"], found["median_duration"], found["longest_duration"]) == (10.0, 10.0, 15.0)


def test_exposure_counts_the_bars_after_the_entry_and_the_open_position():
    closes = [100.0] * 10
    assert values(account([closed(1.0, entry=0, exit=3)], closes=closes))["exposure"] == pytest.approx(30.0)
    left = Open(Side.LONG, 100.0, at(5), 1.0)
    assert values(account([closed(1.0, entry=0, exit=3)], closes=closes, open=left))["exposure"] == pytest.approx(70.0)


def test_price_profit_and_fees_are_apart():
    found = values(account(in_a_row(10.0, -5.0, fees=2.0)))
    assert (found["total_profit"], found["price_profit"], found["fees"]) == (5.0, 9.0, 4.0)


def test_long_and_short_are_told_apart():
    trades = [*in_a_row(10.0, 20.0, -15.0), closed(4.0, entry=8, exit=9, side=Side.SHORT)]
    found = statistics(account(trades)).figures
    assert (found["long_trades"].value, found["long_profit"].value) == (3, 15.0)
    assert found["long_average_profit"].value == 5.0
    assert found["long_win_rate"].value == pytest.approx(200 / 3)
    assert (found["short_trades"].value, found["short_win_rate"].value, found["short_profit"].value) == (1, 100.0, 4.0)
    assert (found["long_profit"].n, found["short_profit"].n) == (3, 1)


def test_trades_are_grouped_by_the_weekday_and_hour_of_their_entry_in_utc():
    monday_1am, tuesday = 13, 24 * 12
    trades = columns(
        (closed(1.0, entry=monday_1am, exit=20), closed(-2.0, entry=tuesday, exit=tuesday + 1), closed(4.0, entry=14))
    )
    days = {each.group: each for each in by_weekday(trades)}
    assert list(days) == ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    assert (days["Monday"].trades, days["Monday"].profit, days["Monday"].average_profit) == (2, 5.0, 2.5)
    assert (days["Tuesday"].wins, days["Tuesday"].win_rate) == (0, 0.0)
    assert (days["Sunday"].trades, days["Sunday"].profit, days["Sunday"].win_rate) == (0, None, None)
    hours = by_hour(trades)
    assert [each.group for each in hours] == list(range(24))
    assert [each.trades for each in hours[:3]] == [1, 2, 0]


def test_without_a_trade_every_figure_but_the_counts_is_null():
    found = values(account([]))
    of_the_market = {"buy_and_hold", "buy_and_hold_percent"}
    counts = {"trades", "long_trades", "short_trades"}
    assert {name: found[name] for name in counts} == dict.fromkeys(counts, 0)
    assert {name for name, value in found.items() if value is not None} == of_the_market | counts


def test_one_win_has_no_profit_factor_no_payoff_ratio_and_no_ratio():
    found = values(account(in_a_row(10.0)))
    assert found["win_rate"] == 100.0
    names = ("profit_factor", "payoff_ratio", "sharpe", "sortino", "calmar", "sqn", "expectancy_low", "short_win_rate")
    assert [found[name] for name in names] == [None] * 8


def test_the_earlier_bot_s_trades_without_size_stop_and_fees_have_what_can_be_known():
    bare = closed(10.0)
    trade = type(bare)(0, bare.side, 100.0, bare.entry_time, 110.0, bare.exit_time, 10.0, 1000.0)
    found = values(account([trade]))
    assert (found["win_rate"], found["total_profit"], found["max_drawdown"]) == (100.0, 10.0, 0.0)
    unknown = ("average_profit_percent", "expectancy_r", "break_even_win_rate", "profit_at_0_1_percent", "max_leverage")
    assert [found[name] for name in unknown] == [None] * 5


def test_an_entry_is_late_when_it_was_decided_more_than_a_minute_after_its_bar_s_close():
    close = at(0) + BAR
    assert not is_late(close + 60_000, at(0), BAR)
    assert is_late(close + 60_001, at(0), BAR)
    assert not is_late(None, at(0), BAR)


def test_late_trades_stand_apart_in_every_figure():
    trades = [*in_a_row(10.0, -5.0), closed(100.0, entry=8, exit=9, late=True)]
    said = statistics(account(trades))
    assert (said.figures["trades"].value, said.figures["total_profit"].value) == (2, 5.0)
    assert (said.figures["total_profit"].late.value, said.figures["total_profit"].late.n) == (100.0, 1)
    assert said.figures["win_rate"].late.value == 100.0
    assert said.figures["max_drawdown"].value == 5.0
    apart = {name for name, figure in said.figures.items() if figure.late is not None}
    assert apart == {each.name for each in DEFINITIONS} - {"buy_and_hold", "buy_and_hold_percent"}
    assert [each.trades for each in said.late_weekdays][:2] == [1, 0]
    assert said.entries.late == [False, False, True]


def test_without_late_trades_nothing_is_apart():
    said = statistics(account(FIVE))
    assert {figure.late for figure in said.figures.values()} == {None}
    assert (said.late_weekdays, said.late_hours) == (None, None)


def test_a_definition_says_how_many_it_needs():
    said = {each.name: each.definition for each in DEFINITIONS}
    assert said["win_rate"].endswith("Needs at least 1 trade.")
    assert said["sqn"].endswith("Needs at least 30 trades.")
    assert said["sharpe"].endswith("Needs at least 30 days.")
    assert len(said) == len(DEFINITIONS)


def test_a_sample_counts_long_trades_days_and_bars():
    sample = Sample(account(FIVE))
    assert [sample.count(of) for of in (Of.TRADES, Of.LONG, Of.SHORT, Of.DAYS, Of.BARS)] == [5, 5, 0, 1, 24]

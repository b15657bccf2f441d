"""Rows of `trades` and `orders` become a track record whose spans add up, with late trades known by their own bars."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from accounts import BAR, START, at

from analysis.account.accounts import (
    Account,
    Order,
    Row,
    bar_lengths,
    parameters_of,
    part,
    profit_in_r,
    span,
    track_record,
)
from analysis.account.track_record import Prices
from bot.core.ledger import Side
from bot.core.parameters import Parameters

FIVE, HOUR = Parameters(fee_rate=0.001), Parameters(chart_timeframe="1h", anchor_period="4h", initial_balance=500.0)


def row(number, entry, out, profit, balance, configuration=1, decided=None):
    """A long of 1 BTC at 100 USDT with its stop 10 away; `entry` and `out` are bars."""
    return Row(
        number, "Long", 100.0, at(entry), 100.0 + profit, at(out), profit, balance, 1.0, 90.0, 105.7, 0.0,
        configuration, decided,
    )  # fmt: skip


def paper(*rows, **changed):
    return replace(Account("BTC/USDT", "paper", rows, None, {1: FIVE, 2: HOUR}, START), **changed)


def flat(count):
    price = np.full(count, 100.0)
    return Prices(START + np.arange(count, dtype=np.int64) * BAR, price, price, price, BAR)


THREE = (row(1, 0, 2, 50.0, 10_050.0), row(2, 4, 6, -20.0, 10_030.0), row(3, 8, 12, 5.0, 10_035.0))


def test_a_trade_belongs_to_the_span_it_was_closed_in_and_the_balance_before_is_carried_on():
    first, second = (track_record(paper(*THREE), at(a), at(b), flat(24)) for a, b in ((0, 6), (6, 24)))
    assert [trade.number for trade in first.trades] == [1]
    assert [trade.number for trade in second.trades] == [2, 3]
    assert (first.initial_balance, second.initial_balance) == (10_000.0, 10_050.0)
    assert [trade.balance_before for trade in second.trades] == [10_050.0, 10_030.0]


def test_a_trade_closed_after_the_span_is_its_open_position_at_the_end():
    record = track_record(paper(*THREE), at(0), at(10), flat(10))
    assert record.open is not None
    assert (record.open.side, record.open.entry_time, record.open.size) == (Side.LONG, at(8), 1.0)
    assert track_record(paper(*THREE), at(0), at(8), flat(8)).open is None


def test_the_order_is_the_open_position_once_it_was_entered():
    account = paper(*THREE, order=Order("Short", 101.0, at(20), 2.0, 1, at(21) + 2_500))
    record = track_record(account, at(0), at(24), flat(24))
    assert record.open is not None
    assert (record.open.side, record.open.size, record.open.late) == (Side.SHORT, 2.0, False)
    assert track_record(account, at(0), at(20), flat(20)).open is None


def test_late_is_judged_by_the_bars_of_the_trades_own_configuration():
    three_minutes = at(1) + 180_000
    account = paper(row(1, 0, 2, 1.0, 1.0, 1, three_minutes), row(2, 12, 24, 1.0, 1.0, 2, at(13) + 180_000))
    assert [account.is_late(one) for one in account.trades] == [True, False]


def test_a_replay_is_never_late():
    assert not paper().is_late(row(1, 0, 2, 1.0, 1.0, decided=None))


def test_the_initial_balance_is_the_configurations_else_what_the_first_trade_left_behind():
    assert paper(*THREE).initial_balance == 10_000.0
    assert paper(row(1, 0, 2, 50.0, 550.0, 2)).initial_balance == 500.0
    assert paper(row(1, 0, 2, 50.0, 770.0, None), mode="imported").initial_balance == 720.0
    assert paper().initial_balance == 500.0, "that of the newest configuration"


def test_a_paper_account_spans_from_the_start_of_the_bot_to_its_newest_confirmed_bar():
    account = paper(*THREE, strategies={1: FIVE})
    assert span(account, START - 10 * BAR, at(20) + 60_000) == (START, at(20))
    assert span(account, START - 10 * BAR, at(20) + 240_000) == (START, at(21))


def test_a_backtest_account_spans_from_the_first_candle_to_the_start_of_the_bot():
    account = paper(*THREE, mode="backtest", since=at(30), strategies={1: FIVE})
    assert span(account, at(-40), at(50)) == (at(-40), at(30))


def test_an_imported_account_spans_its_trades():
    account = paper(row(7, 3, 5, 1.0, 1.0, None), mode="imported")
    assert span(account, at(-40), at(50)) == (at(3), at(6))


def test_an_account_of_which_there_is_nothing_has_no_span():
    assert span(paper(mode="imported"), START, at(50)) is None
    assert span(paper(mode="backtest"), START, at(50)) is None
    assert span(paper(since=None), START, at(50)) is None
    assert part(None, BAR, at(3), at(5)) == (0, 0)


@pytest.mark.parametrize(
    ("begin", "end", "found"),
    [
        (None, None, (0, 20)),
        (5, 10, (5, 10)),
        (-5, 50, (0, 20)),
        (30, 40, (20, 20)),
        (-9, -5, (0, 0)),
    ],
)
def test_a_part_of_a_span_is_never_more_than_the_span(begin, end, found):
    asked = (None if begin is None else at(begin), None if end is None else at(end))
    assert part((at(0), at(20)), BAR, *asked) == (at(found[0]), at(found[1]))


def test_a_bar_belongs_to_a_part_when_its_open_does():
    assert part((at(0), at(20)), BAR, at(5) - 1, at(10) + 1) == (at(5), at(11))


def test_profit_in_r_is_profit_over_what_the_stop_costs():
    assert profit_in_r(5.0, 100.0, 90.0, 2.0) == 0.25
    assert profit_in_r(5.7, 100.0, None, 2.0) is None
    assert profit_in_r(5.7, 100.0, 90.0, None) is None
    assert profit_in_r(5.7, 100.0, 100.0, 1.0) is None


def test_parameters_of_another_version_are_taken_as_far_as_they_are_known():
    assert parameters_of('{"atr_length": 7, "from_the_future": 1}').atr_length == 7
    assert parameters_of("not json") == Parameters()
    assert parameters_of("[]") == Parameters()
    length = bar_lengths()
    assert (length(None), length('{"chart_timeframe": "15m"}')) == (300_000, 900_000)

"""Laws that hold for the statistics of any back-test."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from batch import history
from hypothesis import assume, given, settings
from walks import markets, parameter_sets

from analysis.account.equity import equity
from analysis.account.statistics import DEFINITIONS, statistics
from analysis.account.track_record import of_result
from analysis.batch.backtest import backtest
from analysis.batch.completeness import missing
from analysis.results import as_plain
from bot.core.ledger import Account, Outcome, complete


def studied(minutes, parameters):
    past = history(minutes)
    result = backtest(past, parameters)
    assume(result.begin is not None)
    return past, result, of_result(past, result)


@settings(max_examples=60, deadline=None)
@given(markets(), parameter_sets())
def test_the_equity_changes_by_the_sum_of_the_profits_and_a_drawdown_is_never_negative(minutes, parameters):
    _, result, record = studied(minutes, parameters)
    worth = equity(record)
    profits = [trade.profit for trade in result.trades]
    assert worth.balance[-1] == (result.trades[-1].new_balance if profits else parameters.initial_balance)
    assert worth.balance[-1] - record.initial_balance == pytest.approx(math.fsum(profits), abs=1e-6)
    assert (worth.drawdown >= 0).all()
    assert (worth.balance_drawdown >= 0).all()
    figures = statistics(record).figures
    if profits:
        assert figures["max_drawdown"].value == pytest.approx(worth.balance_drawdown.max(), abs=1e-9)
        assert figures["marked_max_drawdown"].value == worth.drawdown.max()


@settings(max_examples=60, deadline=None)
@given(markets(), parameter_sets())
def test_a_position_is_marked_as_if_it_were_closed_at_the_bar_s_close(minutes, parameters):
    past, result, record = studied(minutes, parameters)
    chart, worth = past.bars(parameters), equity(record)
    expected = worth.balance.copy()
    held = [(each.position, each.exit_time) for each in result.trades]
    held += [] if result.open is None else [(result.open, record.end)]
    for position, until in held:
        for bar in np.flatnonzero((chart.timestamp >= position.entry_time) & (chart.timestamp < until)):
            close, time = float(chart.close[bar]), int(chart.timestamp[bar])
            out = complete(parameters, Account(0.0), position, close, time, Outcome.FORCED_CLOSE)
            expected[bar] += out[0].balance
    assert worth.marked == pytest.approx(expected, rel=1e-9, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(markets(), parameter_sets())
def test_long_and_short_weighted_give_the_whole(minutes, parameters):
    _, result, record = studied(minutes, parameters)
    said = statistics(record)
    value = {name: figure.value for name, figure in said.figures.items()}
    assert value["long_trades"] + value["short_trades"] == value["trades"] == len(result.trades)
    for kind, whole in (("win_rate", "win_rate"), ("average_profit", "average_profit")):
        parts = [(value[f"{side}_trades"], value[f"{side}_{kind}"] or 0.0) for side in ("long", "short")]
        together = sum(count * part for count, part in parts)
        assert together == pytest.approx((value[whole] or 0.0) * value["trades"], abs=1e-6)
    for groups in (said.weekdays, said.hours):
        assert sum(each.trades for each in groups) == len(result.trades)
        assert sum(each.profit or 0.0 for each in groups) == pytest.approx(value["total_profit"] or 0.0, abs=1e-6)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(markets(), parameter_sets())
def test_a_result_is_plain_json_without_nan_and_the_same_each_time(minutes, parameters):
    past, result, record = studied(minutes, parameters)
    lacking = missing(past.market, record.begin, record.end, parameters.chart_ms)

    def written():
        return json.dumps(as_plain(past, result, statistics(record), equity(record), lacking), allow_nan=False)

    answer = json.loads(written())
    assert written() == written()
    assert list(answer["statistics"]["figures"]) == [each.name for each in DEFINITIONS]
    assert len({len(column) for column in answer["equity"].values()}) == 1

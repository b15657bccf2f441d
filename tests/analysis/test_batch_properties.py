"""The batch form gives the bits of the streaming core, for any market and any parameters."""

from __future__ import annotations

import math

import pytest
from batch import assert_same_indicators, history
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded import klines, needs_recorded, recorded_day
from replay import replay
from walks import markets, parameter_sets, walk

from analysis.batch.backtest import Result, backtest
from bot.core import ledger, strategy
from bot.core.parameters import NAMES, Parameters
from bot.core.setup import Phase, Setup


def streamed(parameters, readings, begin, end) -> tuple[tuple, object]:
    """Trades and open position of the streaming state machine over the bars that open in [begin, end)."""
    account, setup, trades = ledger.Account(parameters.initial_balance), Setup(), []
    for reading in readings:
        if begin <= reading.bar.timestamp < end:
            before = setup.phase
            setup, _ = strategy.step(parameters, setup, reading)
            if before is Phase.ENTERED and setup.phase is Phase.EXITED:
                out = setup.exit
                account, trade = ledger.complete(parameters, account, setup.position, out.price, out.time, out.outcome)
                trades.append(trade)
    return tuple(trades), setup.position if setup.phase is Phase.ENTERED else None


def assert_same_trades(result: Result, parameters, readings, begin=None, end=None) -> None:
    inside = (-math.inf if begin is None else begin, math.inf if end is None else end)
    assert (result.trades, result.open) == streamed(parameters, readings, *inside)


@pytest.mark.long
@settings(max_examples=100, deadline=None)
@given(markets(), parameter_sets(), st.data())
def test_batch_equals_streaming(minutes, parameters, data):
    past, readings = history(minutes), replay(parameters, minutes).readings
    assert_same_indicators(past, parameters, readings)
    assert_same_trades(backtest(past, parameters), parameters, readings)
    instants = st.none() | st.integers(minutes[0].timestamp - 60_000, minutes[-1].timestamp + 60_000)
    begin, end = data.draw(instants), data.draw(instants)
    assert_same_trades(backtest(past, parameters, begin, end), parameters, readings, begin, end)


@pytest.mark.long
@settings(max_examples=40, deadline=None)
@given(markets(), parameter_sets(), st.data())
def test_a_history_that_goes_on_with_newer_minutes_is_the_one_made_of_all(minutes, parameters, data):
    places = st.integers(1, len(minutes))
    shown = data.draw(places)
    past = history(minutes[:shown])
    for _ in range(3):
        for name in ("bars", "gap_endings"):
            getattr(past, name)(parameters)
        kept = data.draw(st.integers(0, shown) | st.just(shown))
        shown = max(kept, data.draw(places))  # also fewer than before, and changed ones from `kept` on
        minutes = [*minutes[:kept], *(each._replace(close=each.low, sell=1.0 + each.buy) for each in minutes[kept:])]
        since = minutes[kept].timestamp if kept < len(minutes) else minutes[-1].timestamp + 1
        past = past.later(history(minutes[:shown]).market, since)
        assert_same_indicators(past, parameters, replay(parameters, minutes[:shown]).readings)


@settings(max_examples=60, deadline=None)
@given(markets(), parameter_sets())
def test_the_cvd_so_far_is_that_of_the_bar_if_nothing_more_came(minutes, parameters):
    so_far = history(minutes).forming_cvd(parameters)
    after = minutes[-1]._replace(timestamp=minutes[-1].timestamp // parameters.chart_ms * parameters.chart_ms)
    after = after._replace(timestamp=after.timestamp + parameters.chart_ms)
    confirmed = history([*minutes, after])
    bars, flow = confirmed.bars(parameters), confirmed.cvd(parameters)
    place = bars.timestamp.tolist().index(after.timestamp - parameters.chart_ms)
    row = tuple(float(getattr(flow, name)[place]) for name in ("open", "high", "low", "close"))
    if so_far is None:
        assert after.timestamp == minutes[-1].timestamp + 60_000
    else:
        assert so_far == (after.timestamp - parameters.chart_ms, *row)


@pytest.mark.more
@needs_recorded
@settings(max_examples=10, deadline=None)
@given(parameter_sets())
@pytest.mark.parametrize(
    "name", ["", "binance_spot_BTCUSDT_1m_20251029_20251101.csv.gz", "binance_spot_BTCUSDT_1m_20210424_20210428.csv.gz"]
)
def test_batch_equals_streaming_on_recorded_minutes(name, parameters):
    minutes = klines(name) if name else recorded_day()
    past, readings = history(minutes), replay(parameters, minutes).readings
    assert_same_indicators(past, parameters, readings)
    assert_same_trades(backtest(past, parameters), parameters, readings)


@pytest.mark.more
@needs_recorded
@pytest.mark.parametrize(
    ("name", "interval_ms", "chart"),
    [
        ("binance_spot_BTCUSDT_15m_20241230_20260430.csv.gz", 900_000, "15m"),
        ("binance_spot_BTCUSDT_1h_20220101_20260430.csv.gz", 3_600_000, "2h"),
    ],
)
@pytest.mark.parametrize("entry_mode", ["fvg", "order_block"])
def test_batch_equals_streaming_on_years_of_longer_candles(name, interval_ms, chart, entry_mode):
    minutes = klines(name)
    parameters = Parameters.from_strings([f"chart_timeframe={chart}", "anchor_period=1d", f"entry_mode={entry_mode}"])
    past, readings = history(minutes, interval_ms), replay(parameters, minutes, interval_ms).readings
    assert_same_indicators(past, parameters, readings)
    result = backtest(past, parameters)
    assert len(result.trades) > 10
    assert_same_trades(result, parameters, readings)


@settings(max_examples=40, deadline=None)
@given(markets(800), parameter_sets(), st.data())
def test_later_minutes_never_change_what_was_known(minutes, parameters, data):
    cut = data.draw(st.integers(1, len(minutes)))
    short, long = history(minutes[:cut]), history(minutes)
    count = len(short.bars(parameters))
    for column in ("open", "high", "low", "close"):
        assert getattr(short.cvd(parameters), column).tolist() == getattr(long.cvd(parameters), column)[:count].tolist()
    assert short.signals(parameters).tolist() == long.signals(parameters)[:count].tolist()
    for kind in ("gaps", "order_blocks"):
        early, late = getattr(short, kind)(parameters), getattr(long, kind)(parameters)
        known = late.bar < count
        for column in ("bar", "start", "direction", "top", "bottom"):
            assert getattr(early, column).tolist() == getattr(late, column)[known].tolist()
    trades = backtest(short, parameters).trades
    assert backtest(long, parameters).trades[: len(trades)] == trades


OTHER = {
    "chart_timeframe": "2m",
    "anchor_period": "10m",
    "delta_source": "polarity",
    "signal_type": "advanced",
    "entry_mode": "order_block",
    "require_retracement": True,
    "fvg_sensitivity": "high",
    "fvg_bars": "all",
    "atr_length": 3,
    "atr_length_risk": 5,
    "swing_length": 4,
    "tpsl_method": "fixed",
    "risk": "lowest",
    "reward_to_risk": 1.5,
    "take_profit_percent": 1.0,
    "stop_loss_percent": 2.0,
    "initial_balance": 1.0,
    "position_size": 0.5,
    "fee_rate": 0.001,
    "slippage": 0.002,
}
"""Another value of every parameter."""


@pytest.mark.parametrize("base", [{}, {"entry_mode": "order_block", "swing_length": 3, "tpsl_method": "fixed"}])
def test_what_is_kept_for_one_parameter_set_never_reaches_another(base):
    base = {"chart_timeframe": "1m", "anchor_period": "1h", "atr_length": 10, **base}
    minutes = walk(11, 6000, 1.0, 0.01)
    shared = history(minutes)
    first = Parameters.from_mapping(base)
    for name, value in OTHER.items():
        varied = Parameters.from_mapping({**base, name: value})
        fresh = history(minutes)
        backtest(shared, first)
        assert backtest(shared, varied) == backtest(fresh, varied)
        for kind in ("gaps", "order_blocks"):
            assert getattr(shared, kind)(varied).bar.tolist() == getattr(fresh, kind)(varied).bar.tolist()
    assert set(OTHER) == set(NAMES)

"""Laws of the strategy for any market and any parameters; one of them: it is what the page says, told twice."""

from __future__ import annotations

import json
import math
from collections import Counter
from itertools import pairwise

import msgspec
import naive
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded import klines, needs_recorded, recorded_day
from replay import Run, replay
from walks import markets, parameter_sets

from bot.core import trader
from bot.core.bars import Bars, Minute, step
from bot.core.parameters import Parameters
from bot.core.setup import EventKind
from bot.core.trader import Trader


def _zone(zone, *more):
    return (zone.start, zone.direction, zone.top, zone.bottom, *more)


def assert_same(run: Run, told: naive.Result) -> None:
    """Every number of the streaming run is the one of the naive run, to the last bit."""
    readings = run.readings
    assert [_bar(reading) for reading in readings] == [tuple(bar.values()) for bar in told.bars]
    assert [reading.atr for reading in readings] == told.atr
    assert [reading.risk_atr for reading in readings] == told.risk_atr
    assert [reading.cvd.signal for reading in readings] == told.signals
    assert [reading.gap.zone and _zone(reading.gap.zone) for reading in readings] == told.gaps
    if readings:
        assert [_zone(gap.zone) for gap in run.end.indicators.gaps.kept] == told.kept_gaps[-1]
        assert [_zone(block.zone, block.broken) for block in run.end.indicators.blocks.kept] == told.blocks[-1]
        assert run.end.setup.phase == told.state
    assert [event.timestamp for event in run.events if event.kind is EventKind.ABORTED] == told.aborted
    assert [_trade(trade) for trade in run.trades] == told.trades
    left = trader.position(run.end)
    assert (left and _order(left)) == told.open


def _bar(reading):
    bar, cvd = reading.bar, reading.cvd
    return (bar.timestamp, bar.open, bar.high, bar.low, bar.close, cvd.open, cvd.high, cvd.low, cvd.close)


def _order(position):
    return {
        "side": position.side,
        "entry": position.entry_price,
        "entry_time": position.entry_time,
        "stop": position.stop_loss,
        "target": position.take_profit,
    }


def _trade(trade):
    return _order(trade.position) | {
        "exit": trade.exit_price,
        "exit_time": trade.exit_time,
        "outcome": trade.outcome,
        "fees": trade.fees,
        "profit": trade.profit,
        "balance": trade.new_balance,
    }


@pytest.mark.long
@settings(max_examples=150, deadline=None)
@given(markets(), parameter_sets(), st.sampled_from((0.0, 0.0, 0.4)))
def test_the_code_does_what_the_page_says(minutes, parameters, warm_up):
    setups_from = minutes[int(len(minutes) * warm_up)].timestamp if warm_up else 0
    assert_same(
        replay(parameters, minutes, setups_from=setups_from), naive.run(parameters, minutes, setups_from=setups_from)
    )


@pytest.mark.slow
@needs_recorded
@settings(max_examples=8, deadline=None)
@given(parameter_sets())
@pytest.mark.parametrize(
    "name", ["", "binance_spot_BTCUSDT_1m_20251029_20251101.csv.gz", "binance_spot_BTCUSDT_1m_20210424_20210428.csv.gz"]
)
def test_the_code_does_what_the_page_says_on_recorded_minutes(name, parameters):
    minutes = klines(name)[:3000] if name else recorded_day()
    assert_same(replay(parameters, minutes), naive.run(parameters, minutes))


@needs_recorded
@pytest.mark.parametrize("entry_mode", ["fvg", "order_block"])
def test_quarter_hours_may_take_the_place_of_minutes(entry_mode):
    parameters = Parameters.from_strings(
        ["chart_timeframe=1h", "anchor_period=1d", f"entry_mode={entry_mode}", "swing_length=3", "risk=low"]
    )
    minutes = klines("binance_spot_BTCUSDT_15m_20241230_20260430.csv.gz")[:8000]
    run = replay(parameters, minutes, interval_ms=900_000)
    assert len(run.readings) == 2000
    assert len(run.trades) >= 10
    assert_same(run, naive.run(parameters, minutes, interval=900_000))


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(markets(800), parameter_sets(), st.data())
def test_a_run_that_is_saved_and_restored_at_any_minute_goes_on_as_if_nothing_had_been(minutes, parameters, data):
    cut = data.draw(st.integers(0, len(minutes)))
    whole, first = replay(parameters, minutes), replay(parameters, minutes[:cut])
    state = msgspec.convert(json.loads(json.dumps(msgspec.to_builtins(first.end))), Trader)
    assert state == first.end
    events, trades = list(first.events), list(first.trades)
    for minute in minutes[cut:]:
        state, happened = trader.step(parameters, state, minute)
        events += happened.events
        trades += happened.trades
    assert (events, trades, state) == (whole.events, whole.trades, whole.end)


@settings(max_examples=40, deadline=None)
@given(markets(800), parameter_sets(), st.data())
def test_later_minutes_never_change_what_was_said_before(minutes, parameters, data):
    cut = data.draw(st.integers(0, len(minutes)))
    short, long = replay(parameters, minutes[:cut]), replay(parameters, minutes)
    assert long.readings[: len(short.readings)] == short.readings
    assert long.events[: len(short.events)] == short.events
    assert long.trades[: len(short.trades)] == short.trades


@settings(max_examples=60, deadline=None)
@given(markets(600), st.sampled_from([(1, 5, 15), (2, 4, 60), (3, 21, 63)]))
def test_a_bar_is_the_same_whether_made_of_minutes_or_of_shorter_bars(minutes, spans):
    whole = [minute._replace(buy=round(minute.buy), sell=round(minute.sell)) for minute in minutes]
    short, long, longest = (span * 60_000 for span in spans)
    steps = [_candles(whole, short, 60_000), _candles(whole, long, 60_000), _candles(whole, longest, 60_000)]
    for made, direct in ((_candles(steps[0], long, short), steps[1]), (_candles(steps[1], longest, long), steps[2])):
        assert made == direct[: len(made)]
        assert len(direct) - len(made) <= 1  # the minute that confirms the last bar may be in an unfinished short one
    closed = [minute for minute in whole if minute.timestamp < (steps[2][-1].timestamp + longest if steps[2] else 0)]
    assert sum(bar.buy for bar in steps[2]) == sum(minute.buy for minute in closed)
    assert sum(bar.sell for bar in steps[2]) == sum(minute.sell for minute in closed)


def _candles(minutes: list[Minute], chart_ms: int, interval_ms: int) -> list[Minute]:
    """The confirmed bars of a timeframe, as candles that longer bars can be made of."""
    state, out = Bars(), []
    for minute in minutes:
        state, confirmed = step(chart_ms, state, minute, 0.0, interval_ms)
        out += [Minute(bar.timestamp, bar.open, bar.high, bar.low, bar.close, bar.buy, bar.sell) for bar in confirmed]
    return out


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(markets(), parameter_sets())
def test_the_bounds_of_a_gap_or_block_never_move_and_it_ends_at_most_once(minutes, parameters):
    """One bar can be the block of two swings that are crossed one after the other: two blocks, each ends once."""
    state = trader.begin(parameters)
    gaps, blocks, alive = {}, {}, Counter()
    for minute in minutes:
        state, happened = trader.step(parameters, state, minute)
        for reading in happened.readings:
            for found, known in ((reading.gap, gaps), (reading.block, blocks)):
                if found.zone is not None:
                    key = (found.zone.start, found.zone.direction)
                    assert known.setdefault(key, _zone(found.zone)) == _zone(found.zone)
                    alive[id(known), *key] += 1
                    assert known is blocks or alive[id(known), *key] == 1
                for ending in found.ended:
                    key = (id(known), ending.zone.start, ending.zone.direction)
                    alive[key] -= 1
                    assert alive[key] >= 0
        for kept, known in ((state.indicators.gaps.kept, gaps), (state.indicators.blocks.kept, blocks)):
            for each in kept:
                assert known[(each.zone.start, each.zone.direction)] == _zone(each.zone)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(markets(), parameter_sets())
def test_the_balance_changes_by_the_sum_of_the_profits_and_they_are_price_differences_less_fees(minutes, parameters):
    run = replay(parameters, minutes)
    balance = parameters.initial_balance
    for number, trade in enumerate(run.trades, start=1):
        position = trade.position
        balance += trade.profit
        assert (trade.number, trade.new_balance) == (number, balance)
        sign = 1 if position.side == "Long" else -1
        gross = sign * (trade.exit_price - position.entry_price) * position.size
        assert math.isclose(trade.profit, gross - trade.fees, abs_tol=1e-9)
    assert run.end.account.balance == balance
    assert run.end.account.trades == len(run.trades)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(markets(), parameter_sets())
def test_the_events_tell_each_trade_from_its_signal_to_its_exit(minutes, parameters):
    run = replay(parameters, minutes)
    zone = EventKind.GAP if parameters.entry_mode == "fvg" else EventKind.ORDER_BLOCK
    back = [EventKind.RETRACED] if parameters.require_retracement else []
    whole = [EventKind.SIGNAL, zone, *back, EventKind.ENTERED, EventKind.EXITED]
    assert all(before.timestamp <= after.timestamp for before, after in pairwise(run.events))
    stories = {}
    for event in run.events:
        stories.setdefault(event.setup, []).append(event)
    for trade in run.trades:
        story = stories[trade.position.setup]
        assert [event.kind for event in story] == whole
        assert (story[-2].timestamp, story[-2].price) == (trade.position.entry_time, trade.position.entry_price)
        assert (story[-1].timestamp, story[-1].price) == (trade.exit_time, trade.exit_price)
    for story in stories.values():
        kinds = [event.kind for event in story]
        ended = kinds[-1] is EventKind.ABORTED
        assert kinds[: len(kinds) - ended] == whole[: len(kinds) - ended]
        assert not (ended and EventKind.ENTERED in kinds)
    assert json.loads(json.dumps([dict(event.detail) for event in run.events])) == [e.detail for e in run.events]

"""The story of each setup of a back-test is the one the streaming strategy tells, event by event."""

from __future__ import annotations

import json

import pytest
from batch import history
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded import needs_recorded, recorded_day
from replay import replay
from walks import markets, parameter_sets

from analysis.batch.backtest import backtest
from analysis.batch.setups import setups
from bot.core.parameters import Parameters


def told(found):
    return [
        (event["timestamp"], each["id"], event["event"], event["price"], event["detail"])
        for each in found
        for event in each["events"]
    ]


def assert_same_story(minutes, parameters, setups_from=None):
    past = history(minutes)
    if not len(past.bars(parameters)):
        return 0
    result = backtest(past, parameters, setups_from)
    run = replay(parameters, minutes, setups_from=setups_from)
    found = setups(past, result)
    assert told(found) == [
        (event.timestamp, event.setup, event.kind, event.price, dict(event.detail)) for event in run.events
    ]
    assert [each["trade"] for each in found if each["trade"]] == [trade.number for trade in run.trades]
    if run.end.setup.direction is not None and found:
        assert (found[-1]["id"], found[-1]["state"]) == (run.end.setup.number, run.end.setup.phase)
    return len(run.trades)


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(markets(), parameter_sets(), st.sampled_from((0.0, 0.4)))
def test_every_setup_is_told_as_the_streaming_strategy_tells_it(minutes, parameters, warm_up):
    assert_same_story(minutes, parameters, minutes[int(len(minutes) * warm_up)].timestamp if warm_up else None)


@needs_recorded
@pytest.mark.parametrize(
    "chosen", [[], ["fvg_sensitivity=all", "risk=lowest"], ["entry_mode=order_block", "require_retracement=true"]]
)
def test_the_recorded_day_is_told_alike(chosen):
    assert assert_same_story(recorded_day(), Parameters.from_strings(chosen)) >= 0


@needs_recorded
def test_a_story_is_plain_json_and_says_what_an_open_position_waits_for():
    past = history(recorded_day())
    found = json.loads(json.dumps(setups(past, backtest(past, Parameters()))))
    assert [each["trade"] for each in found if each["trade"]] == [1, 2]
    assert found[-1]["state"] == "entered"
    assert found[-1]["waits_for"].startswith("the target ")
    (signal, gap, entered) = found[-1]["events"]
    assert (signal["event"], gap["event"], entered["event"], entered["price"]) == ("signal", "gap", "entered", 97290.0)

"""The markets that property tests draw: most of them trade, or laws about trades would be checked on nothing."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from replay import replay
from walks import markets, parameter_sets


@pytest.mark.more
def test_four_of_five_draws_complete_a_trade():
    traded = []

    @seed(1)
    @settings(
        max_examples=100, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(markets(), parameter_sets())
    def draw(minutes, parameters):
        traded.append(len(replay(parameters, minutes).trades) > 0)

    draw()
    assert len(traded) == 100
    assert sum(traded) >= 80

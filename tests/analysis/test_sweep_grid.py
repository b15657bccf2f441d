"""What a grid says, and each thing it may not say."""

from __future__ import annotations

import pytest

from analysis.study.sweeps import grid
from analysis.study.sweeps.errors import GridError
from bot.core.parameters import NAMES, ParameterError

FOUR = '[grid]\nrisk = ["low", "high"]\nreward_to_risk = [1, 2.5]\n'


def test_the_sets_are_all_combinations_the_last_parameter_the_fastest():
    found = grid.sets(grid.parse(FOUR), {"atr_length": 7})
    assert [found.varied(number) for number in range(4)] == [
        {"risk": "low", "reward_to_risk": 1.0},
        {"risk": "low", "reward_to_risk": 2.5},
        {"risk": "high", "reward_to_risk": 1.0},
        {"risk": "high", "reward_to_risk": 2.5},
    ]
    assert {each.atr_length for each in found.parameters} == {7}
    assert {each.chart_timeframe for each in found.parameters} == {"5m"}
    assert found.left_out == 0


def test_a_chart_longer_than_the_anchor_is_left_out_and_counted():
    text = '[grid]\nchart_timeframe = ["5m", "15m", "1h"]\nanchor_period = ["15m", "1h"]\n'
    found = grid.sets(grid.parse(text), {})
    assert [tuple(found.varied(number).values()) for number in range(5)] == [
        ("5m", "15m"),
        ("5m", "1h"),
        ("15m", "15m"),
        ("15m", "1h"),
        ("1h", "1h"),
    ]
    assert found.left_out == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "[grid] is missing: a list a parameter, such as reward_to_risk = [0.5, 1.0]"),
        ("[grid]\n", "[grid] names no parameter: a list a parameter, such as reward_to_risk = [0.5, 1.0]"),
        ("grid = 3\n", "[grid] names no parameter: a list a parameter, such as reward_to_risk = [0.5, 1.0]"),
        ("[grids]\nrisk = []\n", "grids is not known: allowed is one table, [grid]"),
        (FOUR + "[set]\n", "set is not known: allowed is one table, [grid]"),
        ("[grid]\nrisks = [1]\n", f"risks is no parameter: allowed is one of {', '.join(NAMES)}"),
        ('[grid]\nrisk = "low"\n', 'risk = "low" is no list: write ["low"]'),
        ("[grid]\nrequire_retracement = true\n", "require_retracement = true is no list: write [true]"),
        ("[grid]\natr_length = []\n", "atr_length = [] has no value: name at least one, or leave atr_length out"),
        ("[grid]\natr_length = [5, 9, 5]\n", "atr_length has 5 twice: each value once"),
        ("[grid]\nreward_to_risk = [1, 1.0]\n", "reward_to_risk has 1.0 twice: each value once"),
        ('[grid]\nanchor_period = ["1h", "60m"]\n', 'anchor_period has "60m" twice: each value once'),
        (
            '[grid]\nrisk = ["low", "mad"]\n',
            "risk = mad is not possible: allowed is one of highest, high, normal, low, lowest",
        ),
        ("[grid]\nswing_length = [2]\n", "swing_length = 2 is not possible: allowed is a whole number, 3 to 45"),
        ("[grid]\natr_length = [true]\n", "atr_length = True is not possible: allowed is a whole number, at least 1"),
        (
            '[grid]\nchart_timeframe = ["5 min"]\n',
            (
                "chart_timeframe = 5 min is not possible: allowed is a whole number of minutes, hours or days, as 5m,"
                " 4h, 1d"
            ),
        ),
    ],
)
def test_what_is_no_grid_is_refused_with_the_key_the_value_and_what_is_allowed(tmp_path, text, sentence):
    path = tmp_path / "grid.toml"
    path.write_text(text)
    with pytest.raises(GridError) as refused:
        grid.read(path)
    assert str(refused.value) == f"{path}: {sentence}"


def test_a_file_that_is_not_there_or_not_toml_is_refused(tmp_path):
    with pytest.raises(GridError, match=r"cannot be read \(No such file or directory\): name a TOML file"):
        grid.read(tmp_path / "none.toml")
    for content in (b"[grid\n", b"[grid]\nrisk = ['\xff']\n"):
        (tmp_path / "grid.toml").write_bytes(content)
        with pytest.raises(GridError, match=r"grid\.toml is not TOML: "):
            grid.read(tmp_path / "grid.toml")


def test_a_parameter_both_in_the_grid_and_set_is_refused():
    with pytest.raises(GridError, match="risk is both in the grid and set with --set: name it in one place"):
        grid.sets(grid.parse(FOUR), {"risk": "low"})


def test_a_grid_of_impossible_combinations_alone_and_an_impossible_setting_are_refused():
    with pytest.raises(GridError, match="none of the combinations is possible"):
        grid.sets(grid.parse('[grid]\nchart_timeframe = ["30m", "1h"]\nrisk = ["low", "high"]\n'), {})
    with pytest.raises(ParameterError, match="chart_timeframe = 30m is not possible: allowed is at most anchor_period"):
        grid.sets(grid.parse(FOUR), {"chart_timeframe": "30m"})


def many(count):
    return f"[grid]\natr_length = {list(range(1, count + 1))}\natr_length_risk = {list(range(1, 1001))}\n"


def test_a_grid_of_more_than_a_million_sets_is_refused_and_drawn_from():
    large = grid.parse(many(1001))
    with pytest.raises(
        GridError, match="the grid has 1,001,000 sets, at most 1,000,000 are possible: use --random N to draw some"
    ):
        grid.sets(large, {})
    drawn = grid.sets(large, {}, draw=100, seed=3)
    assert len(set(drawn.parameters)) == 100
    assert drawn == grid.sets(large, {}, draw=100, seed=3)
    assert drawn != grid.sets(large, {}, draw=100, seed=4)
    for wrong in (0, 1_000_001):
        with pytest.raises(GridError, match=f"--random {wrong} is not possible: allowed is 1 to 1,000,000"):
            grid.sets(large, {}, draw=wrong)


def test_sets_that_are_drawn_are_distinct_possible_and_in_the_order_of_the_grid():
    text = '[grid]\nchart_timeframe = ["5m", "15m", "1h"]\nanchor_period = ["15m", "1h"]\natr_length = [1, 2, 3]\n'
    small = grid.parse(text)
    every = grid.sets(small, {}).parameters
    assert len(every) == 15
    for seed in range(20):
        drawn = grid.sets(small, {}, draw=8, seed=seed).parameters
        assert [each for each in every if each in drawn] == drawn
        assert len(drawn) == 8
    for most in (18, 19, 1000):
        assert grid.sets(small, {}, draw=most).parameters == every
    assert len({tuple(grid.sets(small, {}, draw=3, seed=seed).parameters) for seed in range(20)}) > 10

"""Walk-forward: chosen on bars that came before, judged on those that came after."""

from __future__ import annotations

import numpy as np
import pytest
from sweeping import archive_file, backtest, grid_file, sweep
from walks import walk

from analysis.study.sweeps.figures import Score, best
from analysis.study.sweeps.walk_forward import Bars, Window, windows
from bot.core.times import to_iso

QUARTER = 15 * 60_000
DAY = 86_400_000
GRID = '[grid]\nfvg_sensitivity = ["all", "low"]\nreward_to_risk = [0.57, 1, 1.5]\n'


def test_windows_step_by_out_and_bars_left_over_are_not_judged():
    opens = np.arange(10) * 5 + 100
    assert windows(opens, 5, Bars(4, 2)) == [Window(100, 120, 130), Window(110, 130, 140), Window(120, 140, 150)]
    assert windows(opens, 5, Bars(5, 2)) == [Window(100, 125, 135), Window(110, 135, 145)]
    assert windows(opens, 5, Bars(9, 1)) == [Window(100, 145, 150)]


def test_bars_that_are_missing_are_not_counted():
    opens = np.array([0, 5, 10, 40, 45, 50])
    assert windows(opens, 5, Bars(3, 2)) == [Window(0, 40, 50)]


def test_the_best_has_the_highest_sharpe_of_equal_ones_the_first_else_the_highest_profit():
    assert best([Score(1.0, 9.0), Score(2.0, 1.0), Score(2.0, 5.0), Score(None, 99.0)]) == 1
    assert best([Score(None, 1.0), Score(None, None), Score(None, 3.0), Score(None, 3.0)]) == 2
    assert best([Score(None, None)]) is None
    assert best([]) is None


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("walked")
    candles = archive_file(folder, walk(7, 6000, 0.5, 0.0), QUARTER)
    return candles, sweep("--klines", candles, "--grid", grid_file(folder, GRID), "--walk-forward", "3000/900")[0]


def alone(candles, parameters, span):
    chosen = [part for name, value in parameters.items() for part in ("--set", f"{name}={value}")]
    return backtest("--klines", candles, "--from", to_iso(span[0]), "--to", to_iso(span[1]), *chosen)


def test_the_best_in_sample_is_judged_on_the_bars_after_it(walked):
    candles, answer = walked
    walk = answer["walk_forward"]
    assert (walk["in"], walk["out"], walk["timeframe"], len(walk["windows"])) == (3000, 900, "15m", 3)
    assert [window["best"] for window in walk["windows"]] == [2, 0, 1]
    for window in walk["windows"]:
        assert window["in"][1] == window["out"][0]
        assert [end - begin for begin, end in (window["in"], window["out"])] == [3000 * QUARTER, 900 * QUARTER]
        inside = [alone(candles, row["parameters"], window["in"]) for row in answer["results"]]
        ratios = [each["statistics"]["figures"]["sharpe"]["value"] for each in inside]
        assert window["best"] == ratios.index(max(ratios))
        assert window["in_sample"]["sharpe"] == max(ratios)
        assert window["parameters"] == answer["results"][window["best"]]["parameters"]
        outside = alone(candles, window["parameters"], window["out"])["statistics"]["figures"]
        for name in ("win_rate", "max_drawdown", "profit_factor", "expectancy"):
            assert window["out_of_sample"][name] == outside[name]["value"]
        assert window["out_of_sample"]["profit"] == outside["total_profit"]["value"]


def test_the_total_is_of_all_windows_out_of_sample(walked):
    candles, answer = walked
    walk = answer["walk_forward"]
    runs = [alone(candles, each["parameters"], each["out"]) for each in walk["windows"]]
    profits = [trade["profit"] for run in runs for trade in run["trades"]]
    assert walk["total"]["trades"] == len(profits) > 0
    assert walk["total"]["profit"] == pytest.approx(sum(profits))
    assert walk["total"]["win_rate"] == pytest.approx(sum(each > 0 for each in profits) / len(profits) * 100)
    days = {}
    for run in runs:
        before = 10_000.0
        for time, value in zip(run["equity"]["timestamp"], run["equity"]["marked"], strict=True):
            days[time // DAY] = days.get(time // DAY, 0.0) + value - before
            before = value
    changes = np.array(list(days.values()))
    assert len(changes) < 30
    assert walk["total"]["sharpe"] is None


def test_the_total_of_thirty_days_has_a_sharpe_ratio_of_the_days_joined(walked, tmp_path):
    candles, _ = walked
    answer, _ = sweep("--klines", candles, "--grid", grid_file(tmp_path, GRID), "--walk-forward", "1000/1000")
    walk = answer["walk_forward"]
    days = {}
    for each in walk["windows"]:
        before = 10_000.0
        run = alone(candles, each["parameters"], each["out"])
        for time, value in zip(run["equity"]["timestamp"], run["equity"]["marked"], strict=True):
            days[time // DAY] = days.get(time // DAY, 0.0) + value - before
            before = value
    changes = np.array(list(days.values()))
    assert len(changes) >= 30
    assert walk["total"]["sharpe"] == pytest.approx(changes.mean() / changes.std(ddof=1) * np.sqrt(365))


def test_a_window_sees_no_bar_after_it(walked, tmp_path):
    minutes = walk(7, 6000, 0.5, 0.0)
    short = archive_file(tmp_path, minutes[:4000], QUARTER)
    answer, _ = sweep("--klines", short, "--grid", grid_file(tmp_path, GRID), "--walk-forward", "3000/900")
    assert answer["walk_forward"]["windows"] == walked[1]["walk_forward"]["windows"][:1]

"""`python -m benchmarks` runs and says what docs/benchmarks.md tells. How fast anything is, no test asks."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*arguments):
    command = [sys.executable, "-m", "benchmarks", "--tiny", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def figures_of(*arguments):
    finished = run(*arguments)
    assert finished.returncode == 0, finished.stderr
    return [json.loads(line) for line in finished.stdout.splitlines()]


def check_shape(figure, beside, *, at_most=False):
    assert list(figure) == ["name", "value", "unit", "goal", "met", "beside"]
    assert figure["value"] > 0
    reached = figure["goal"] is not None and (figure["value"] - figure["goal"]) * (-1 if at_most else 1) >= 0
    assert figure["met"] == (None if figure["goal"] is None else reached)
    assert beside <= set(figure["beside"])


def test_from_a_socket_to_the_candle_is_one_figure_beside_a_bare_receive_loop():
    (figure,) = figures_of("ingest/socket")
    assert (figure["name"], figure["goal"]) == ("ingest.socket.binance", 0.85)
    check_shape(figure, {"ratio_of_cpu_seconds", "bot_per_s", "bare_recv_bytes_per_s", "bare_recv_text_per_s"})
    assert figure["beside"]["messages"] == 200


@pytest.mark.bench
def test_from_a_text_to_the_candle_is_one_figure_a_venue_beside_cryptofeed():
    figures = figures_of("ingest/parse")
    assert [(figure["name"], figure["goal"]) for figure in figures] == [
        ("ingest.parse.binance", 5.0),
        ("ingest.parse.bybit", None),
        ("ingest.parse.okx", None),
        ("ingest.parse.coinbase", None),
    ]
    for figure in figures:
        check_shape(figure, {"bot_per_s", "cryptofeed_per_s", "bot_us_per_trade", "trades", "rounds"})
        assert figure["beside"]["trades"] >= 200


@pytest.mark.bench
def test_a_back_test_is_one_figure_beside_backtesting_py_with_the_same_trades():
    (figure,) = figures_of("backtest/trades")
    assert (figure["name"], figure["goal"]) == ("backtest.trades", 20.0)
    check_shape(figure, {"ratio_from_minutes", "bot_cpu_s", "backtesting_cpu_s", "rounds"})
    assert (figure["beside"]["minutes"], figure["beside"]["bars"]) == (20_000, 4_000)
    assert figure["beside"]["trades"] > 10


def test_indicators_stand_beside_one_running_sum_and_a_bar_beside_a_minute_taken_in():
    indicators, step = figures_of("backtest/indicators", "backtest/step")
    assert (indicators["name"], indicators["goal"]) == ("backtest.indicators", 30.0)
    check_shape(indicators, {"indicators_cpu_ms", "cumsum_cpu_ms", "minutes"}, at_most=True)
    assert (step["name"], step["goal"]) == ("backtest.step", 0.1)
    check_shape(step, {"bar_cpu_us", "minute_cpu_us", "messages_a_minute"}, at_most=True)
    assert step["beside"]["messages_a_minute"] >= 400


def test_a_group_that_does_not_exist_is_refused_with_those_that_do():
    finished = run("sockets")
    assert finished.returncode == 2
    assert "there is no group 'sockets'; there are " in finished.stderr
    assert "ingest/socket" in finished.stderr

"""`python -m benchmarks` runs and says what docs/benchmarks.md tells. How fast anything is, no test asks."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.page_trace import frames

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


@pytest.mark.long
def test_from_a_socket_to_the_candle_is_one_figure_beside_a_bare_receive_loop():
    (figure,) = figures_of("ingest/socket")
    assert (figure["name"], figure["goal"]) == ("ingest.socket.binance", 0.85)
    check_shape(figure, {"ratio_of_cpu_seconds", "bot_per_s", "bare_recv_bytes_per_s", "bare_recv_text_per_s"})
    assert figure["beside"]["messages"] == 200


@pytest.mark.bench
def test_healing_an_hour_is_a_figure_a_venue_beside_downloading_its_pages():
    figures = figures_of("heal/hour")
    assert [(figure["name"], figure["goal"]) for figure in figures] == [
        ("heal.hour.binance", 1.5),
        ("heal.hour.coinbase", 1.5),
    ]
    for figure in figures:
        check_shape(figure, {"ratio_to_undecoded", "healed_per_s", "downloaded_per_s", "pages"}, at_most=True)


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


@pytest.mark.bench
def test_a_sweep_is_one_figure_beside_backtesting_py_s_optimizer_with_the_same_trades_set_by_set():
    (figure,) = figures_of("sweep/sets")
    assert (figure["name"], figure["goal"]) == ("sweep.sets", 20.0)
    check_shape(figure, {"bot_sets_per_s", "backtesting_sets_per_s", "processes", "rounds"})
    assert (figure["beside"]["sets"], figure["beside"]["backtesting_sets"]) == (1000, 16)
    assert figure["beside"]["trades_compared"] > 50


@pytest.mark.bench
def test_the_figures_of_an_account_are_one_figure_beside_quantstats_which_says_the_same():
    (figure,) = figures_of("results/figures")
    assert (figure["name"], figure["goal"]) == ("results.figures", 0.1)
    check_shape(figure, {"bot_cpu_ms", "quantstats_cpu_ms", "bot_figures", "rounds"}, at_most=True)
    assert (figure["beside"]["compared"], figure["beside"]["bars"]) == (16, 12_000)
    assert figure["beside"]["trades"] > 50


def test_indicators_stand_beside_one_running_sum_and_a_bar_beside_a_minute_taken_in():
    indicators, step = figures_of("backtest/indicators", "backtest/step")
    assert (indicators["name"], indicators["goal"]) == ("backtest.indicators", 30.0)
    check_shape(indicators, {"indicators_cpu_ms", "cumsum_cpu_ms", "minutes"}, at_most=True)
    assert (step["name"], step["goal"]) == ("backtest.step", 0.1)
    check_shape(step, {"bar_cpu_us", "minute_cpu_us", "messages_a_minute"}, at_most=True)
    assert step["beside"]["messages_a_minute"] >= 400


@pytest.mark.bench
def test_the_web_app_stands_beside_a_bare_server_datasette_polars_and_the_computing_alone():
    figures = {figure["name"]: figure for figure in figures_of("web/candles", "web/history", "web/strategy")}
    assert {name: figure["goal"] for name, figure in figures.items()} == {
        "web.candles.bare": 1.0,
        "web.candles.datasette": 4.0,
        "web.candles.repeated": 15.0,
        "web.candles.newest": 0.4,
        "web.candles.unchanged": 1.0,
        "web.memory": 1.0,
        "web.history.raw": 4.0,
        "web.history.seen": 0.4,
        "web.history.many": 3.0,
        "web.files.arrow": 1.5,
        "web.files.parquet": 1.5,
        "web.indicators": 3.0,
        "web.backtest": 1.5,
    }
    assert figures["web.backtest"]["beside"]["trades"] > 10


def test_a_group_that_does_not_exist_is_refused_with_those_that_do():
    finished = run("sockets")
    assert finished.returncode == 2
    assert "there is no group 'sockets'; there are " in finished.stderr
    assert "ingest/socket" in finished.stderr


@pytest.mark.bench
def test_the_page_opens_as_two_figures_beside_a_bare_chart():
    opened, layers = figures_of("page/open")
    assert (opened["name"], opened["goal"]) == ("page.open", 600)
    check_shape(opened, {"bare_chart_ms", "layered_ms", "ratio", "worst_ms", "minutes", "rounds"}, at_most=True)
    assert (layers["name"], layers["goal"]) == ("page.layers", 2.0)
    check_shape(layers, {"ready_ms", "layered_ms", "layered_ratio", "bare_chart_ms", "rounds"}, at_most=True)


@pytest.mark.bench
def test_an_archive_stands_beside_a_plain_insert_and_a_plain_reader():
    imported, bulk = figures_of("imports/klines")
    assert (imported["name"], imported["goal"]) == ("imports.klines", 2.0)
    check_shape(imported, {"rows_per_s", "sqlite_utils_rows_per_s", "import_mb", "sqlite_utils_mb", "rounds"})
    assert (bulk["name"], bulk["goal"]) == ("imports.bulk", 2.0)
    check_shape(bulk, {"bulk_cpu_ms", "polars_cpu_ms", "minutes", "rounds"}, at_most=True)


@pytest.mark.bench
def test_the_report_of_a_year_is_a_figure():
    (figure,) = figures_of("web/report")
    assert (figure["name"], figure["goal"]) == ("web.report", 5.0)
    check_shape(figure, {"first_s", "worst_s", "kilobytes", "minutes", "rounds"}, at_most=True)


@pytest.mark.bench
def test_the_first_question_after_a_new_minute_is_a_figure():
    (figure,) = figures_of("web/next")
    assert (figure["name"], figure["goal"]) == ("web.indicators.next", 50.0)
    check_shape(figure, {"worst_ms", "cpu_ms", "candles_ms", "resident_mb", "minutes", "rounds"}, at_most=True)


@pytest.mark.bench
def test_the_page_moves_as_three_figures_beside_a_bare_chart():
    figures = figures_of("page/scroll")
    assert [(figure["name"], figure["goal"]) for figure in figures] == [
        ("page.frame", 34),
        ("page.frame_loading", 200),
        ("page.memory", 300),
    ]
    check_shape(figures[0], {"bare_chart_ms", "median_ms", "longest_task_ms", "frames"}, at_most=True)
    check_shape(figures[1], {"median_ms", "longest_task_ms", "frames"}, at_most=True)
    check_shape(figures[2], {"js_heap_mb", "bare_chart_mb", "days_walked"}, at_most=True)


def test_a_frame_is_the_code_between_two_commits_and_code_within_code_counts_once():
    def event(name, ts, dur=0, **more):
        return {"name": name, "ts": ts, "dur": dur, "tdur": dur, "ph": "X", "cat": "", "pid": 1, "tid": 1} | more

    edge = "BeginCommitCompositorFrame"
    told = frames([
        event("FunctionCall", 0, 900),
        event(edge, 1_000),
        event("EventDispatch", 2_000, 4_000),
        event("FunctionCall", 2_500, 3_000),
        event("TimerFire", 7_000, 1_000),
        event("TimerFire", 7_000, 9_000, tid=2),
        event(edge, 20_000),
        event("held", 21_000, cat="blink.user_timing"),
        event("RunTask", 21_000, 30_000),
        event(edge, 60_000),
    ])  # fmt: skip
    assert [(frame.script, frame.task, frame.loaded) for frame in told] == [(5, 0, False), (0, 30, True)]


@pytest.mark.more
@pytest.mark.long
def test_memory_of_exports_is_a_figure_a_format_beside_a_tenth_of_the_rows():
    figures = figures_of("web/export_memory")
    assert [figure["name"] for figure in figures] == [
        f"web.export_memory.{form}" for form in ("csv", "arrow", "parquet")
    ]
    for figure in figures:
        check_shape(figure, {"peak_mb", "peak_of_a_tenth_mb", "resident_after_ten_mb", "file_mb"}, at_most=True)
        assert (figure["goal"], figure["beside"]["downloads"], figure["beside"]["minutes"]) == (1.25, 10, 20_000)

"""`cvdbot sweep` from the file of the grid to what is printed; each row beside the back-test of the same set."""

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
from math import sqrt

import numpy as np
import polars as pl
import pytest
from command import call, refusal
from sweeping import archive_file, backtest, grid_file, sweep
from walks import walk

from analysis.study.sweeps.figures import FIGURES

QUARTER = 15 * 60_000
GRID = """[grid]
fvg_sensitivity = ["all", "low"]
require_retracement = [false, true]
reward_to_risk = [0.57, 1]
"""


@pytest.fixture(scope="module")
def quarters(tmp_path_factory):
    """41 days of quarters of an hour."""
    return archive_file(tmp_path_factory.mktemp("klines"), walk(8, 4000, 0.5, 0.0), QUARTER)


@pytest.fixture
def eight(tmp_path):
    return grid_file(tmp_path, GRID)


def as_set(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("span", [(), ("--from", "2025-05-08", "--to", "2025-06-07T12:00"), ("--to", "2025-05-20")])
def test_each_row_is_the_back_test_of_the_same_set(quarters, eight, span):
    options = ("--klines", quarters, "--set", "fee_rate=0.0004", *span)
    answer, _ = sweep(*options, "--grid", eight)
    assert answer["tried"] == len(answer["results"]) == 8
    for row in answer["results"]:
        chosen = [part for name, value in row["parameters"].items() for part in ("--set", f"{name}={as_set(value)}")]
        alone = backtest(*options, *chosen)
        figures = alone["statistics"]["figures"]
        assert {name: row[name] for name in FIGURES} == {
            name: figures[theirs]["value"] for name, theirs in FIGURES.items()
        }
        assert row["trades"] == len(alone["trades"]) > 0
        assert (answer["bars"], answer["from"], answer["to"]) == (
            *(alone["bars"], alone["statistics"]["from"], alone["statistics"]["to"]),
        )
    sharpes = [row["sharpe"] for row in answer["results"]]
    if span == ("--to", "2025-05-20"):
        assert set(sharpes) == {None}
        profits = [row["profit"] for row in answer["results"]]
        assert (answer["best"], answer["deflated_sharpe"]) == (profits.index(max(profits)), None)
    else:
        assert answer["best"] == sharpes.index(max(sharpes))
        assert 0 < answer["deflated_sharpe"] < 1


def test_the_answer_has_the_grid_s_keys_alone_in_its_order_as_set_takes_them(quarters, eight):
    answer, _ = sweep("--klines", quarters, "--grid", eight)
    assert [tuple(row["parameters"].items()) for row in answer["results"]][:3] == [
        (("fvg_sensitivity", "all"), ("require_retracement", False), ("reward_to_risk", 0.57)),
        (("fvg_sensitivity", "all"), ("require_retracement", False), ("reward_to_risk", 1.0)),
        (("fvg_sensitivity", "all"), ("require_retracement", True), ("reward_to_risk", 0.57)),
    ]
    assert list(answer) == [
        *("results", "tried", "left_out", "best", "deflated_sharpe", "sharpe_of_luck", "walk_forward"),
        *("pair", "from", "to", "bars", "origin"),
    ]
    assert (answer["left_out"], answer["walk_forward"], answer["origin"]) == (0, None, None)


def test_the_deflated_sharpe_ratio_is_of_the_daily_ratios_of_all_sets(quarters, eight):
    answer, _ = sweep("--klines", quarters, "--grid", eight)
    daily = np.array([row["sharpe"] for row in answer["results"]]) / sqrt(365)
    # Z(1 - 1/8) and Z(1 - 1/(8 e)) of the normal distribution, by a table
    luck = daily.std(ddof=1) * ((1 - 0.57722) * 1.15035 + 0.57722 * 1.68512)
    assert answer["sharpe_of_luck"] == pytest.approx(luck * sqrt(365), rel=1e-4)
    best = answer["results"][answer["best"]]["parameters"]
    equity = backtest(
        "--klines", quarters, *(part for name, value in best.items() for part in ("--set", f"{name}={as_set(value)}"))
    )["equity"]
    ends = {time // 86_400_000: value for time, value in zip(equity["timestamp"], equity["marked"], strict=True)}
    changes = np.diff([10_000.0, *ends.values()])
    apart = (changes - changes.mean()) / changes.std()
    ratio = changes.mean() / changes.std(ddof=1)
    under = 1 - (apart**3).mean() * ratio + ((apart**4).mean() - 1) / 4 * ratio**2
    z = (ratio - luck) * sqrt(len(changes) - 1) / sqrt(under)
    assert answer["deflated_sharpe"] == pytest.approx((1 + math.erf(z / sqrt(2))) / 2, rel=1e-4)


def test_timeframes_are_raised_to_the_archive_s_unless_they_are_set_or_varied(quarters, tmp_path, eight):
    hours = archive_file(tmp_path, walk(8, 900, 0.5, 0.0), 3_600_000, "hours.csv")
    assert sweep("--klines", hours, "--grid", eight)[0]["bars"] == 900
    assert backtest("--klines", hours)["parameters"]["anchor_period"] == "1h"
    assert backtest("--klines", hours, "--set", "anchor_period=4h")["parameters"]["chart_timeframe"] == "1h"
    varied = grid_file(tmp_path, '[grid]\nchart_timeframe = ["15m", "30m"]\n', "varied.toml")
    answer, _ = sweep("--klines", quarters, "--grid", varied, "--set", "anchor_period=1h")
    assert (answer["tried"], answer["bars"]) == (2, 2000)
    free, _ = sweep("--klines", quarters, "--grid", varied)
    assert (
        free["results"][1]["profit"]
        == (
            backtest("--klines", quarters, "--set", "chart_timeframe=30m")["statistics"]["figures"]["total_profit"][
                "value"
            ]
        )
    )
    assert refusal("sweep", "--klines", hours, "--grid", varied, "--set", "anchor_period=1h") == (
        "chart_timeframe = 15m is not possible: allowed is a multiple of 1h, the length of these candles"
    )


def test_the_printed_form_names_the_best_the_number_tried_and_what_that_may_claim(quarters, eight):
    text, beside = call("sweep", "--klines", quarters, "--grid", eight, "--top", 3)
    assert beside == ""
    assert text.count("fvg_sensitivity=") == 3
    assert "require_retracement=false" in text
    ratios = [float(line.split()[-1]) for line in text.splitlines() if "fvg_sensitivity=" in line]
    assert ratios == sorted(ratios, reverse=True)
    assert "BTC/USDT: 8 sets tried; 4,000 bars, 2025-05-02T02:00:00Z to 2025-06-12T18:00:00Z" in text
    assert "The best of 8 sets: a Sharpe ratio of" in text
    assert "deflated Sharpe ratio" in text
    assert "All figures are in-sample" in text
    assert "Paper trading only" in text


def test_combinations_left_out_are_counted_and_said(quarters, tmp_path):
    path = grid_file(tmp_path, '[grid]\nchart_timeframe = ["15m", "1h"]\nanchor_period = ["30m", "1h"]\n')
    assert sweep("--klines", quarters, "--grid", path)[0]["left_out"] == 1
    assert "3 sets tried, 1 impossible one left out" in call("sweep", "--klines", quarters, "--grid", path)[0]


def test_sets_that_trade_nothing_have_null_and_no_best(quarters, tmp_path):
    path = grid_file(tmp_path, "[grid]\natr_length = [5000, 6000]\n")
    answer, _ = sweep("--klines", quarters, "--grid", path)
    assert [(row["trades"], row["profit"], row["sharpe"]) for row in answer["results"]] == [(0, None, None)] * 2
    assert (answer["best"], answer["deflated_sharpe"]) == (None, None)
    assert "The best of 2 sets: no Sharpe ratio" in call("sweep", "--klines", quarters, "--grid", path)[0]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--set", "risk"), "risk = (nothing) is not possible: allowed is written as key=value"),
        (("--set", "reward_to_risk=2"), "reward_to_risk is both in the grid and set with --set: name it in one place"),
        (
            ("--set", "chart_timeframe=5m"),
            "chart_timeframe = 5m is not possible: allowed is a multiple of 15m, the length of these candles",
        ),
        (("--from", "2026-01-01"), "no whole bar of 15m opens in the range"),
        (("--from", "2025-06-01", "--to", "2025-05-01"), "--from 2025-06-01T00:00:00Z is not before --to"),
        (("--random", "0"), "--random 0 is not possible: allowed is 1 to 1,000,000"),
        (("--walk-forward", "10"), "--walk-forward 10 is not possible: allowed is IN/OUT in bars, such as 10000/2000"),
        (("--walk-forward", "0/5"), "--walk-forward 0/5 is not possible"),
        (("--walk-forward", "4000/1"), "--walk-forward 4000/1 needs 4,001 bars, and there are 4,000: name fewer"),
    ],
)
def test_what_cannot_be_swept_is_one_sentence(quarters, eight, options, sentence):
    assert sentence in refusal("sweep", "--klines", quarters, "--grid", eight, *options)


def test_without_candles_or_with_two_sources_it_is_refused(quarters, eight):
    for options in ((), ("--klines", quarters, "--db", "trading.db")):
        assert refusal("sweep", "--grid", eight, *options).startswith("name the candles, either a database with --db")


WIDE = (
    '[grid]\nfvg_sensitivity = ["all", "extreme"]\natr_length = [5, 8, 10, 14, 20]\nreward_to_risk = [0.5, 1, 1.5, 2]\n'
)


@pytest.mark.slow
def test_two_processes_give_the_rows_of_one(quarters, tmp_path):
    path = grid_file(tmp_path, WIDE)
    one, two = (sweep("--klines", quarters, "--grid", path, "--processes", count)[0] for count in (1, 2))
    assert one == two
    assert one["tried"] == 40


@pytest.mark.slow
def test_ctrl_c_leaves_a_part_to_go_on_from_and_no_process(quarters, tmp_path):
    lengths = list(range(2, 302))
    path, out = (
        grid_file(tmp_path, f"[grid]\natr_length = {lengths}\nrisk = ['low', 'high']\n"),
        tmp_path / "all.parquet",
    )
    options = ["sweep", "--klines", quarters, "--grid", path, "--processes", 2, "--out", out]
    part = tmp_path / "all.parquet.part"
    process = subprocess.Popen(
        [sys.executable, "-m", "cvdbot", *map(str, options)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        while process.poll() is None and not (part.exists() and part.read_bytes().count(b"\n") > 1):
            pass
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode not in (0, 2), said
    assert "Stopped: " in said
    assert "and the same command goes on from them" in said
    assert "Traceback" not in said
    assert not out.exists()
    done = part.read_bytes().count(b"\n") - 1
    answer, said = sweep(*options[1:])
    assert f"{done} of 600 sets are in {part} already" in said
    assert answer["tried"] == 600
    assert sorted(each.name for each in tmp_path.iterdir()) == ["all.parquet", "grid.toml"]


def test_the_file_has_the_rows_in_the_order_of_the_grid(quarters, eight, tmp_path):
    out = tmp_path / "rows.parquet"
    answer, _ = sweep("--klines", quarters, "--grid", eight, "--out", out)
    table = pl.read_parquet(out)
    assert table.columns == ["fvg_sensitivity", "require_retracement", "reward_to_risk", *FIGURES]
    assert table.rows(named=True) == [
        {**row["parameters"], **{name: row[name] for name in FIGURES}} for row in answer["results"]
    ]
    assert {table.schema[name] for name in FIGURES if name != "trades"} == {pl.Float64}
    assert (
        refusal("sweep", "--klines", quarters, "--grid", eight, "--out", out)
        == f"{out} is there already: name another file with --out, or remove it"
    )
    assert json.dumps(answer)


def test_a_file_that_cannot_be_written_is_a_sentence(quarters, eight, tmp_path):
    out = tmp_path / "none" / "rows.parquet"
    assert refusal("sweep", "--klines", quarters, "--grid", eight, "--out", out) == (
        f"{out}.part cannot be written (No such file or directory): name another file with --out"
    )

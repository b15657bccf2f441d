"""Is the study fooled by luck, and does it find what is there? Many seeds, fixed beforehand."""

from __future__ import annotations

import json

import numpy as np
import pytest
from recorded import DATA, needs_recorded
from studied import studied
from typer.testing import CliRunner

pytestmark = [pytest.mark.ml, pytest.mark.torture]
pytest.importorskip("sklearn", reason="needs `make setup-ml`")

from analysis.commands import commands  # noqa: E402
from analysis.study.learning.conclusion import conclude  # noqa: E402
from analysis.study.learning.evaluation import evaluate  # noqa: E402

SEEDS = range(20)
MANY = range(1_000, 1_500)
PER_CVD = 0.2
"""A tenth and more of a standard deviation of the CVD: as the small test has it."""


def test_of_500_markets_without_an_edge_the_logistic_regression_finds_one_in_at_most_11() -> None:
    found = [seed for seed in MANY if conclude(evaluate(studied(seed), ("logistic",))).edge]
    assert len(found) <= 11, found  # 1 % of 500 are 5; more than 11 come once in a hundred times


def test_of_20_markets_without_an_edge_no_evidence_is_found_in_at_least_19() -> None:
    found = [seed for seed in SEEDS if conclude(evaluate(studied(seed))).edge]
    assert len(found) <= 1, found


def test_a_planted_relation_is_found_in_at_least_18_of_20_markets_with_its_size() -> None:
    edges, sizes = 0, 0
    for seed in SEEDS:
        data = studied(seed, per_cvd=PER_CVD)
        found = evaluate(data)
        edges += conclude(found).edge
        effect = next(each for each in found.effects if (each.name, each.ahead) == ("cvd", 1))
        sizes += effect.change.low <= PER_CVD * float(np.nanstd(data.label("cvd"))) <= effect.change.high
    assert edges >= 18
    assert sizes >= 18


@needs_recorded
def test_the_whole_study_of_16_recorded_months_says_something(tmp_path) -> None:
    archive = DATA / "klines" / "binance_spot_BTCUSDT_15m_20241230_20260430.csv.gz"
    done = CliRunner().invoke(
        commands, ["ml", "evaluate", "--klines", str(archive), "--out", str(tmp_path), "--json"], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert (found["timeframe"], found["bars"]) == ("15m", 46_673)
    assert found["edge"] == (min(each["p_corrected"] for each in found["horizons"]) < 0.01)

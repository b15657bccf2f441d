"""The deflated Sharpe ratio against the worked example of its paper, and against what luck really does."""

from __future__ import annotations

import random
from math import isclose, sqrt
from statistics import fmean, stdev

import pytest

from analysis.study.sweeps.deflated import Shape, deflated, expected_maximum, shape, spread
from analysis.study.sweeps.result import Claim
from analysis.study.sweeps.table import verdict

PAPER = Shape(2.5 / sqrt(250), 1250, -3, 10)
"""Bailey and López de Prado 2014, a numerical example: an annualised Sharpe ratio of 2.5 over five years of days."""


def test_the_worked_example_of_the_paper():
    luck = expected_maximum(100, 0.5 / 250)
    assert luck == pytest.approx(0.1132, abs=5e-5)
    assert deflated(PAPER, luck) == pytest.approx(0.9004, abs=5e-5)


def test_the_example_with_46_tries_and_normal_changes_passes():
    assert deflated(PAPER, expected_maximum(46, 0.5 / 250)) == pytest.approx(0.9505, abs=5e-4)
    normal = Shape(PAPER.sharpe, 1250, 0, 3)
    assert deflated(normal, expected_maximum(88, 0.5 / 250)) == pytest.approx(0.9505, abs=5e-4)


def test_one_set_alone_was_not_chosen_and_is_judged_against_0():
    assert expected_maximum(1, 0.5) == 0
    assert deflated(Shape(0.0, 100, 0, 3), 0.0) == 0.5


def test_the_best_of_many_without_skill_is_what_the_formula_says():
    rng = random.Random(5)
    best = fmean(max(rng.gauss(0, 0.3) for _ in range(50)) for _ in range(4000))
    assert best == pytest.approx(expected_maximum(50, 0.09), rel=0.02)


def test_the_shape_of_changes_is_sharpe_skewness_and_kurtosis():
    found = shape([1.0, -1.0, 1.0, -1.0, 6.0])
    # mean 1.2; squares from it .04 + 4.84 + .04 + 4.84 + 23.04 = 32.8
    assert isclose(found.sharpe, 1.2 / stdev([1, -1, 1, -1, 6]))
    assert (found.periods, isclose(found.skewness, (-0.008 * 2 - 10.648 * 2 + 110.592) / 5 / 6.56**1.5)) == (5, True)
    assert isclose(found.kurtosis, (0.0016 * 2 + 23.4256 * 2 + 530.8416) / 5 / 6.56**2)
    assert (shape([]), shape([1.0]), shape([2.0, 2.0])) == (None, None, None)


def test_where_the_formula_has_no_root_there_is_no_ratio():
    assert deflated(Shape(1.0, 100, 3, 4), 0.0) is None


def test_the_spread_of_fewer_than_two_is_0():
    assert (spread([]), spread([1.0]), spread([1.0, 2.0, 3.0])) == (0, 0, 1)


@pytest.mark.parametrize(
    ("tried", "claim", "sentence"),
    [
        (
            1000,
            Claim(1.9, 2.0, 0.41),
            (
                "The best of 1,000 sets: a Sharpe ratio of 1.90 is no more than luck reaches, which is 2.00 (deflated"
                " Sharpe ratio 0.41, below 0.95): no evidence of skill."
            ),
        ),
        (
            60,
            Claim(2.4, 2.2, 0.949),
            (
                "The best of 60 sets: a Sharpe ratio of 2.40 is not clearly more than luck reaches, which is 2.20"
                " (deflated Sharpe ratio 0.94, below 0.95): no evidence of skill."
            ),
        ),
        (
            2,
            Claim(3.0, 0.5, 0.9999),
            (
                "The best of 2 sets: a Sharpe ratio of 3.00 is more than the 0.50 that luck reaches (deflated Sharpe"
                " ratio 0.99, at least 0.95): evidence, from these bars alone."
            ),
        ),
        (
            1,
            None,
            (
                "The one set: no Sharpe ratio (it needs 30 days with a trade among them), so nothing can be said about"
                " skill."
            ),
        ),
    ],
)
def test_the_verdict_is_a_plain_sentence(tried, claim, sentence):
    assert verdict(tried, claim) == sentence

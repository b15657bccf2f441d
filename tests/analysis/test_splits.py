from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import TooLittleDataError
from analysis.study.dataset.columns import LOOK_BACK
from analysis.study.learning.splits import last_part, least, walk_forward

BAR = 300_000


def opens(count: int, hole: int = 0) -> np.ndarray:
    """Bars without a hole, or with one of so many bars in the middle."""
    at = np.arange(count)
    return (at + np.where(at >= count // 2, hole, 0)) * BAR


@settings(deadline=None)
@given(st.integers(1_700, 4_000), st.sampled_from([1, 3, 12]), st.integers(0, 500))
def test_nothing_is_learnt_from_bars_that_a_test_looks_back_on_and_nothing_that_comes_later(count, ahead, hole):
    times = opens(count, hole)
    for fold in walk_forward(times, BAR, ahead):
        for known, later in ((fold.train, fold.validate), (fold.validate, fold.test)):
            decided = times[known.stop - 1] + (1 + ahead) * BAR  # the close of the last bar its label speaks of
            assert decided <= times[later.start] - LOOK_BACK * BAR
        assert fold.train.start == 0


def test_the_folds_together_test_the_second_half_once():
    folds = walk_forward(opens(5_000), BAR, 1)
    assert [(fold.test.start, fold.test.stop) for fold in folds] == [
        (2500, 3000),
        (3000, 3500),
        (3500, 4000),
        (4000, 4500),
        (4500, 5000),
    ]
    # Of 2,500 rows before the first test 49 are too near it; of the rest 15 % are kept, and 49 before these too near.
    assert (folds[0].train, folds[0].validate) == (slice(0, 2034), slice(2083, 2451))


def test_too_few_bars_are_refused_with_how_many_are_needed():
    with pytest.raises(TooLittleDataError, match=r"1,000 bars are known .* 5 folds need about 1,432"):
        walk_forward(opens(1_000), BAR, 1)
    with pytest.raises(TooLittleDataError, match="100 bars are known"):
        last_part(opens(100), BAR, 1)


@pytest.mark.parametrize("ahead", [1, 3, 12])
def test_so_many_bars_as_are_said_to_be_needed_are_enough(ahead):
    assert len(walk_forward(opens(least(ahead) + 5), BAR, ahead)) == 5
    with pytest.raises(TooLittleDataError):
        walk_forward(opens(least(ahead) - 30), BAR, ahead)

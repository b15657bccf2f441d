from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.batch import rma as module
from analysis.batch.rma import rma


def plain(values, length):
    """The definition: the simple mean of the first `length`, then last + (value - last) / length."""
    out = [float("nan")] * min(length - 1, len(values))
    if len(values) >= length:
        total = 0.0
        for value in values[:length]:
            total += value
        out.append(total / length)
        for value in values[length:]:
            out.append(out[-1] + (value - out[-1]) / length)
    return out


def bits(values):
    return [float(value).hex() for value in values]


def test_of_1_2_6_and_10_with_length_3_it_is_3_and_then_5_and_a_third():
    assert rma(np.array([1.0, 2.0, 6.0, 10.0]), 3).tolist()[2:] == [3.0, 3.0 + 7 / 3]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 60), st.integers(0, 30_000), st.integers(0, 2**32 - 1), st.sampled_from(("rough", "calm", "rare"))
)
def test_lanes_give_the_bits_of_one_walk(length, count, seed, kind):
    draw = np.random.default_rng(seed)
    values = np.round(draw.exponential(40.0, count), 1)
    if kind == "calm":
        values = np.full(count, values[0] if count else 0.0)
    if kind == "rare":
        values *= draw.random(count) < 0.001
    assert bits(rma(values, length)) == bits(plain(values.tolist(), length))


@pytest.mark.parametrize("guess", [0.0, 1e9, float("nan")])
def test_whatever_the_guess_was_the_bits_are_those_of_one_walk(monkeypatch, guess):
    monkeypatch.setattr(module, "_guess", lambda table, *_: np.full(table.shape[1], guess))
    values = np.random.default_rng(3).exponential(40.0, 20_000)
    assert bits(rma(values, 10)) == bits(plain(values.tolist(), 10))

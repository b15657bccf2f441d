from __future__ import annotations

from bot.core.atr import Rma, rma_step, true_range
from bot.core.bars import Bar


def bar(high: float, low: float) -> Bar:
    return Bar(0, low, high, low, high, 0, 0, 0, 0, 0)


def averages(length: int, values: list[float]) -> list[float | None]:
    state, out = Rma(), []
    for value in values:
        state = rma_step(length, state, value)
        out.append(state.value)
    return out


def test_the_first_true_range_is_high_less_low():
    assert true_range(bar(105, 100), None) == 5


def test_a_true_range_reaches_to_the_previous_close_above_or_below():
    assert true_range(bar(105, 100), 110) == 10
    assert true_range(bar(105, 100), 93) == 12
    assert true_range(bar(105, 100), 102) == 5


def test_an_average_of_three_is_undefined_twice_then_the_mean_then_moves_by_a_third():
    assert averages(3, [6, 9, 3, 12, 0]) == [None, None, 6, 8, 8 - 8 / 3]


def test_an_average_of_one_starts_at_once():
    assert averages(1, [6, 9]) == [6, 9]

from __future__ import annotations

import pytest

from bot.core.bars import Bar, Bars, Minute, step

FIVE = 300_000


def minute(number: int, close: float = 100.0, buy: float = 1.0, sell: float = 0.0) -> Minute:
    return Minute(number * 60_000, 100.0, 102.0, 99.0, close, buy, sell)


def confirmed(chart_ms: int, minutes: list[Minute], interval_ms: int = 60_000) -> list[list[Bar]]:
    """The bars that each minute confirms."""
    state, out = Bars(), []
    for each in minutes:
        state, bars = step(chart_ms, state, each, each.buy - each.sell, interval_ms)
        out.append(list(bars))
    return out


def test_the_last_minute_confirms_its_bar():
    out = confirmed(FIVE, [minute(5, 101), minute(6, 98), minute(7, 104), minute(8, 103), minute(9, 102.5)])
    assert out[:4] == [[], [], [], []]
    assert out[4] == [Bar(300_000, 100.0, 102.0, 99.0, 102.5, 5.0, 0.0, 5.0, 5.0, 0.0)]


def test_a_bar_without_its_last_minute_waits_for_a_minute_of_a_later_bar():
    out = confirmed(FIVE, [minute(8), minute(11)])
    assert [[bar.timestamp for bar in bars] for bars in out] == [[], [300_000]]


def test_one_minute_can_confirm_the_bar_before_and_its_own():
    out = confirmed(FIVE, [minute(8), minute(14)])
    assert [[bar.timestamp for bar in bars] for bars in out] == [[], [300_000, 600_000]]


def test_a_bar_without_any_minute_does_not_exist():
    out = confirmed(FIVE, [minute(9), minute(24)])
    assert [[bar.timestamp for bar in bars] for bars in out] == [[300_000], [1_200_000]]


def test_every_minute_is_a_bar_of_one_minute():
    assert [len(bars) for bars in confirmed(60_000, [minute(1), minute(2), minute(5)])] == [1, 1, 1]


def test_seven_minutes_are_aligned_to_the_epoch():
    assert [bar.timestamp for bar in confirmed(420_000, [minute(20), minute(21), minute(27)])[2]] == [21 * 60_000]


def test_the_walk_of_the_delta_starts_at_zero():
    bought = confirmed(180_000, [minute(3, buy=2), minute(4, buy=0, sell=5), minute(5, buy=4)])[2][0]
    assert (bought.delta, bought.delta_high, bought.delta_low) == (1.0, 2.0, -3.0)
    rising = confirmed(180_000, [minute(3), minute(4), minute(5)])[2][0]
    assert rising.delta_low == 0.0


def test_four_quarter_hours_make_an_hour():
    quarters = [minute(number) for number in (60, 75, 90, 105)]
    assert [len(bars) for bars in confirmed(3_600_000, quarters, interval_ms=900_000)] == [0, 0, 0, 1]


def test_a_minute_that_is_not_later_is_refused_and_changes_nothing():
    state, _ = step(FIVE, Bars(), minute(6), 1.0)
    for number in (5, 6):
        with pytest.raises(ValueError, match="ascending"):
            step(FIVE, state, minute(number), 1.0)
    assert state == Bars(360_000, Bar(300_000, 100.0, 102.0, 99.0, 100.0, 1.0, 0.0, 1.0, 1.0, 0.0))

from __future__ import annotations

from bot.core import cvd
from bot.core.bars import Bar, Minute
from bot.core.cvd import Polarity, delta_step
from bot.core.parameters import DeltaSource, Parameters

MINUTE = 60_000


def bar(number: int, delta: float, opened: float = 100.0, close: float = 100.0) -> Bar:
    """Bar `number` of five minutes; its delta goes straight to `delta`."""
    return Bar(number * 300_000, opened, 101, 99, close, 0, 0, delta, max(0.0, delta), min(0.0, delta))


def run(bars: list[Bar], *settings: str) -> list[cvd.CvdBar]:
    parameters, state, out = Parameters.from_strings(settings), None, []
    for each in bars:
        state, reading = cvd.step(parameters, state, each)
        out.append(reading)
    return out


def signals(bars: list[Bar], *settings: str) -> list[str | None]:
    return [each.signal for each in run(bars, *settings)]


def deltas(prices: list[tuple[float, float]], source: str = "polarity") -> list[float]:
    """Deltas of minutes (open, close) in which 3 BTC were bought and 1 sold."""
    state, out = Polarity(), []
    for number, (opened, close) in enumerate(prices):
        state, delta = delta_step(DeltaSource(source), state, Minute(number * MINUTE, opened, 200, 1, close, 3, 1))
        out.append(delta)
    return out


def test_the_delta_of_real_trades_is_bought_less_sold():
    assert deltas([(100, 90), (90, 90)], "trades") == [2, 2]


def test_polarity_signs_the_whole_volume_by_the_candle():
    assert deltas([(100, 101), (101, 100)]) == [4, -4]


def test_a_candle_without_body_is_signed_by_the_previous_close():
    assert deltas([(100, 100), (101, 101), (99, 99)]) == [4, 4, -4]


def test_a_candle_without_body_or_move_keeps_the_previous_sign():
    assert deltas([(101, 100), (100, 100), (100, 100)]) == [-4, -4, -4]


def test_the_very_first_candle_without_body_is_a_plus():
    assert deltas([(100, 100)]) == [4]


def test_the_cvd_goes_on_within_an_anchor_period_and_starts_anew_in_the_next():
    out = run([bar(0, 5), bar(1, -2), bar(2, 1), bar(3, 4)])
    assert [(each.open, each.close) for each in out] == [(0, 5), (5, 3), (3, 4), (0, 4)]
    assert (out[1].high, out[1].low) == (5, 3)


def test_the_first_existing_bar_of_a_period_starts_it():
    assert [each.open for each in run([bar(0, 5), bar(1, 1), bar(4, 2), bar(5, 2)])] == [0, 5, 0, 2]


def test_an_anchor_that_is_no_multiple_of_the_chart_is_looked_up_by_the_opens():
    # periods of 7 minutes: the bars at 0 and 5 minutes are in the first, that at 10 minutes in the second
    assert [each.open for each in run([bar(0, 5), bar(1, 1), bar(2, 2)], "anchor_period=7m")] == [0, 5, 0]


def test_the_first_bar_gives_no_signal():
    assert signals([bar(0, -5)]) == [None]


def test_a_turn_from_zero_counts_and_one_to_zero_does_not():
    assert signals([bar(0, 0), bar(1, 1), bar(2, -1)]) == [None, "bull", None]
    assert signals([bar(0, 0), bar(1, -1), bar(2, 1)]) == [None, "bear", None]


def test_a_turn_across_an_anchor_is_seen_against_the_previous_bar():
    assert signals([bar(2, 3), bar(3, -1), bar(6, 1)]) == [None, "bear", "bull"]


def test_an_advanced_signal_needs_a_bar_that_closed_against_the_push():
    falling, rising = {"opened": 100, "close": 99}, {"opened": 99, "close": 100}
    assert signals([bar(2, 3), bar(3, -1, **falling)], "signal_type=advanced") == [None, None]
    assert signals([bar(2, 3), bar(3, -1, **rising)], "signal_type=advanced") == [None, "bear"]
    assert signals([bar(2, -3), bar(3, 1, **rising)], "signal_type=advanced") == [None, None]
    assert signals([bar(2, -3), bar(3, 1, **falling)], "signal_type=advanced") == [None, "bull"]
    assert signals([bar(2, -3), bar(3, 1)], "signal_type=advanced") == [None, None]

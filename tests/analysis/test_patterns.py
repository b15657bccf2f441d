"""Gap fills, aftermaths and the CVD before trades, on cases a person can count; intervals against known values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from batch import from_minutes
from hypothesis import given
from hypothesis import strategies as st
from walks import walk

from analysis.batch.history import History
from analysis.batch.indicators import Bars
from analysis.batch.zones import BEAR, BULL, zones
from analysis.study.aftermath import aftermath, move_cases
from analysis.study.cvd_before_trades import Entered, classes, cvd_before_trades
from analysis.study.gap_fills import HORIZON, NEVER, WITHIN, GapCases, gap_cases, gap_fills
from analysis.study.intervals import independent, mean, share, t_quantile, wilson
from analysis.study.patterns import patterns
from bot.core.parameters import FvgSensitivity, Parameters

BAR = 300_000


def chart(closes, *, lows=None, highs=None, opens=None):
    close = np.array(closes, dtype=float)
    low = close - 1 if lows is None else np.array(lows, dtype=float)
    high = close + 1 if highs is None else np.array(highs, dtype=float)
    at = np.arange(len(close)) if opens is None else np.array(opens)
    return Bars(at.astype(np.int64) * BAR, close, high, low, close, *(np.zeros(len(close)),) * 3)


def after_gap(closes, direction=BULL, top=100.0, bottom=90.0, length=HORIZON + 10):
    """The one gap of bar 0, and what the closes from bar 1 on made of it; then the price is far away."""
    far = 200.0 if direction == BULL else 10.0
    price = [far, *closes, *[far] * (length - len(closes))]
    bars = chart(price)
    return gap_cases(bars, zones([(0, 0, direction, top, bottom)]), direction, BAR, 0, len(bars))


def test_a_bullish_gap_is_touched_filled_and_closed_on_the_bars_that_reach_so_deep():
    cases = after_gap([150.0, 101.0, 95.0, 91.0, 90.5, 89.0])
    assert [each.tolist() for each in (cases.touched, cases.filled, cases.closed)] == [[2], [4], [6]]
    assert cases.undecided == 0


def test_a_bearish_gap_is_mirrored():
    cases = after_gap([50.0, 89.0, 95.0, 99.0, 99.5, 101.0], BEAR)
    assert [each.tolist() for each in (cases.touched, cases.filled, cases.closed)] == [[2], [4], [6]]


def test_what_does_not_happen_within_the_horizon_never_did():
    cases = after_gap([150.0] * HORIZON + [80.0])
    assert cases.touched.tolist() == [NEVER]
    assert after_gap([150.0] * (HORIZON - 1) + [80.0]).filled.tolist() == [HORIZON]


def test_a_case_is_decided_only_when_its_whole_horizon_is_there_also_when_it_was_filled_at_once():
    bars = chart([200.0, 80.0, *[200.0] * (HORIZON - 2)])
    gap = zones([(0, 0, BULL, 100.0, 90.0)])
    young = gap_cases(bars, gap, BULL, BAR, 0, len(bars))
    assert (len(young.found), young.undecided) == (0, 1)
    holed = chart([200.0] * 300, opens=[*range(50), *range(51, 301)])
    assert gap_cases(holed, gap, BULL, BAR, 0, 300).undecided == 1
    assert len(gap_cases(chart([200.0] * 300), gap, BULL, BAR, 0, 300).found) == 1


def decided(filled):
    """Gaps far apart, filled after so many bars."""
    after = np.array(filled)
    return GapCases(np.arange(len(after)) * HORIZON * BAR, after, after, np.full(len(after), NEVER), 3)


def test_fills_are_counted_with_an_interval_a_median_and_within_so_many_bars():
    found = gap_fills(decided([1, 2, 3, 4, 5, 6, 7, 8, NEVER, NEVER]), BAR)
    assert (found.n, found.independent, found.filled, found.closed, found.undecided) == (10, 10.0, 8, 0, 3)
    assert found.filled_percent is not None
    assert found.filled_percent.value == 80.0
    assert found.filled_percent.low == pytest.approx(54.08, abs=0.01)
    assert found.filled_percent.high == pytest.approx(93.145, abs=0.01)
    assert found.median_bars == 5.5
    assert dict(zip(WITHIN, found.within_percent, strict=True))[3] == 30.0


def test_with_half_of_the_gaps_never_filled_there_is_no_median():
    assert gap_fills(decided([1] * 5 + [NEVER] * 6), BAR).median_bars is None


def test_fewer_than_10_independent_cases_tell_nothing():
    found = gap_fills(decided([1] * 9), BAR)
    assert (found.n, found.filled_percent, found.median_bars, set(found.within_percent)) == (9, None, None, {None})


def test_moves_are_counted_from_the_close_of_the_events_bar():
    bars = chart([100.0, 101.0, 102.0, 99.0, 110.0])
    cases = move_cases(bars, np.array([0, 2, 4]), 1, BAR, 5)
    assert cases.move_percent.tolist() == pytest.approx([1.0, (99 / 102 - 1) * 100])
    assert cases.undecided == 1, "the bar after the last one is not there yet"


def test_ten_moves_have_a_mean_with_its_t_interval():
    bars = chart([value for n in range(10) for value in (100.0, 101.0 + n)])
    cases = move_cases(bars, np.arange(0, 20, 2), 1, BAR, 20)
    found = aftermath(cases, BAR)
    assert (found.n, found.independent) == (10, 10.0)
    assert found.mean_percent is not None
    assert found.mean_percent.value == pytest.approx(5.5)
    margin = 1.8331 * np.std(np.arange(10), ddof=1) / np.sqrt(10)  # t of 9 degrees, 90 % on both sides
    assert found.mean_percent.high - 5.5 == pytest.approx(margin, rel=1e-3)
    assert found.up_percent is not None
    assert found.up_percent.value == 100.0
    assert aftermath(move_cases(bars, np.arange(0, 18, 2), 1, BAR, 20), BAR).mean_percent is None


def test_cases_that_share_bars_count_for_less():
    assert independent(np.array([0, 12, 24]), 12) == 3.0
    assert independent(np.array([0, 6]), 12) == pytest.approx(4 / 3), "n^2 / (2 + 2 x half)"
    assert independent(np.array([0, 0, 0]), 12) == 1.0
    assert independent(np.array([], dtype=int), 12) == 0.0


def test_intervals_are_those_of_the_tables():
    assert t_quantile(9) == pytest.approx(1.8331, abs=2e-4)
    assert t_quantile(30) == pytest.approx(1.6973, abs=1e-4)
    low, high = wilson(0.5, 10)
    assert (low, high) == (pytest.approx(0.2693, abs=1e-3), pytest.approx(0.7307, abs=1e-3))
    assert share(0, 10, 10.0) is not None
    assert share(0, 10, 9.9) is None
    assert mean(np.arange(9.0), 9.0) is None


def entered(bar, *, long=True, profit=1.0):
    return Entered((bar + 1) * BAR, long, profit)


def test_the_cvd_at_the_entry_is_ranked_among_the_bars_before_it_in_the_trades_direction():
    opens, cvd = np.arange(200) * BAR, np.arange(200.0)
    trades = [entered(150), entered(150, long=False)]
    assert classes(opens, cvd, trades, BAR) == ["high", "low"]
    assert classes(opens, np.zeros(200), trades, BAR) == ["middle", "middle"]


def test_too_few_bars_before_or_a_hole_right_before_the_entry_leave_the_class_unknown():
    opens = np.delete(np.arange(201), 150) * BAR
    cvd = np.arange(200.0)
    assert classes(opens, cvd, [entered(99), entered(100)], BAR) == [None, "high"]
    assert classes(opens, cvd, [entered(149), entered(150), entered(151)], BAR) == ["high", None, "high"]


def test_wins_of_each_class_with_their_interval():
    trades = [entered(n, profit=1.0 if n % 2 else -1.0) for n in range(20)] + [entered(30, profit=0.0)]
    low, middle, high = cvd_before_trades(["high"] * 20 + ["low"], trades)
    assert (low.n, low.wins, low.win_rate) == (1, 0, None)
    assert (middle.n, middle.win_rate) == (0, None)
    assert high.win_rate is not None
    assert (high.n, high.wins, high.win_rate.value) == (20, 10, 50.0)


@given(st.integers(0, 10_000))
def test_candles_that_come_later_never_change_a_decided_case(seed):
    parameters = Parameters(chart_timeframe="1m", anchor_period="5m", fvg_sensitivity=FvgSensitivity.ALL)
    minutes = walk(seed, 900, 1.0, 0.001)
    whole, half = (History(from_minutes("BTC/USDT", part)) for part in (minutes, minutes[: len(minutes) * 2 // 3]))
    for sign in (BULL, BEAR):
        early, late = (
            gap_cases(
                history.bars(parameters), history.gaps(parameters), sign, 60_000, 0, len(history.bars(parameters))
            )
            for history in (half, whole)
        )
        known = len(early.found)
        assert late.found[:known].tolist() == early.found.tolist()
        for name in ("touched", "filled", "closed"):
            assert getattr(late, name)[:known].tolist() == getattr(early, name).tolist()


def test_everything_together_looks_at_no_bar_outside_its_span():
    parameters = Parameters(chart_timeframe="1m", anchor_period="5m", fvg_sensitivity=FvgSensitivity.ALL)
    market = from_minutes("BTC/USDT", walk(7, 1500, 1.0, 0.0))
    begin, end = int(market.timestamp[300]), int(market.timestamp[1200])
    found = patterns(History(market), parameters, begin, end, [])
    cut = replace(market.between(0, end))
    assert patterns(History(cut), parameters, begin, end, []) == found
    assert found.bars == 900
    assert [(after.event, after.direction, after.moves.bars) for after in found.after[:2]] == [
        ("cvd_cross", "bull", 1),
        ("cvd_cross", "bull", 3),
    ]
    assert len(found.after) == 16
    assert [after.moves.n for after in found.every_bar] == [899, 897, 894, 888]

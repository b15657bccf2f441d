from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from leaks import leaks
from studied import BAR, START, P, market, studied
from walks import walk

from analysis.batch.history import History
from analysis.batch.market import COLUMNS, Market, from_rows
from analysis.study.dataset.columns import EXCHANGE_FEATURES, FEATURES, LABELS, LOOK_BACK
from analysis.study.dataset.features import VenueBars, features, unbroken
from analysis.study.dataset.labels import labels
from analysis.study.dataset.made import data_set
from bot.core.parameters import Parameters

MINUTES = Parameters(chart_timeframe="1m")


def of(bars: list[tuple[float, float, float, float, float, float]], at: list[int] | None = None) -> Market:
    """A market of 5-minute bars (open, high, low, close, buy, sell)."""
    at = at if at is not None else list(range(len(bars)))
    rows = np.array([(START + number * BAR, *bar) for number, bar in zip(at, bars, strict=True)], dtype=COLUMNS)
    return from_rows("BTC/USDT", rows, BAR)


def flat(count: int) -> list[tuple[float, float, float, float, float, float]]:
    """Bars of a range of 2 USDT around 100 that end where they began, 3 BTC bought and 1 sold."""
    return [(100.0, 101.0, 99.0, 100.0, 3.0, 1.0)] * count


def row(frame: pl.DataFrame, number: int = -1) -> dict:
    return frame.row(number, named=True)


def test_features_of_a_bar_that_rises_by_half_its_atr():
    # True ranges of 2 for 59 bars, then one of 2: ATR(10) is 2. The last bar rises from 100 to 101.
    known = row(features(History(of([*flat(59), (100.0, 101.0, 99.0, 101.0, 6.0, 2.0)])), P))
    assert known["body"] == pytest.approx(0.5)
    assert known["range"] == pytest.approx(1.0)
    assert known["close_place"] == 1.0
    assert known["return_3"] == pytest.approx(0.5)
    assert known["volatility"] == pytest.approx(2 / 101 * 100)
    assert known["delta"] == pytest.approx(0.5)  # (6 - 2) / 8
    assert known["delta_3"] == pytest.approx((2 + 2 + 4) / (4 + 4 + 8))
    assert known["volume"] == pytest.approx(8 / ((47 * 4 + 8) / 48))
    # Bars 57, 58 and 59 are one quarter of an hour: the CVD is 2 + 2 + 4.
    assert known["cvd"] == pytest.approx(8 / ((47 * 4 + 8) / 48))
    assert known["bull_gap"] == known["bear_gap"] == 10.0
    # It closes at 05:00 UTC.
    assert known["hour_sin"] == pytest.approx(np.sin(2 * np.pi * 5 / 24))
    assert known["weekend"] == 0.0  # 2025-05-02 was a Friday


def test_a_signal_is_told_on_its_bar_and_fades_over_48_bars():
    bars = flat(59)
    bars[3] = (100.0, 101.0, 99.0, 100.0, 1.0, 9.0)  # the CVD goes from 0 before to -8: a bear signal
    frame = features(History(of(bars)), P)
    assert frame["signal"][3] == -1.0
    assert frame["trend"][3] == -1.0
    bull = frame["signal"].to_list().index(1.0)
    assert frame["trend"][bull + 24] <= 1.0
    assert frame["trend"].abs().max() == 1.0


def test_a_gap_is_told_on_its_bar_in_atrs_and_its_distance_while_it_is_open():
    bars = flat(60)
    bars[57:60] = [
        (100.0, 101.0, 99.0, 101.0, 3.0, 1.0),
        (101.0, 104.0, 101.0, 104.0, 3.0, 1.0),
        (104.0, 106.0, 103.0, 105.0, 3.0, 1.0),
    ]
    chart = History(of(bars))
    atr = float(chart.atr(P, 10)[-1])
    known = row(features(chart, P))
    assert known["gap"] == pytest.approx((103 - 101) / atr)
    assert known["bull_gap"] == pytest.approx((105 - 103) / atr)


def test_a_missing_bar_makes_every_window_over_it_null_and_the_bar_itself_stays_known():
    # 100 bars with number 60 missing: bar 61 opens after the hole.
    at = [number for number in range(100) if number != 60]
    frame = features(History(of(flat(99), at)), P)
    after = frame.row(60, named=True)
    assert after["timestamp"] == START + 61 * BAR
    assert after["delta"] == 0.5
    assert after["delta_3"] is None
    assert after["volume"] is None
    assert frame.row(62, named=True)["delta_3"] is not None
    assert frame.row(62, named=True)["delta_12"] is None


def test_unbroken_counts_whole_bars_that_follow_each_other():
    opens = np.array([0, 1, 2, 4, 5, 6, 7]) * 5
    whole = np.array([1, 1, 1, 1, 0, 1, 1], dtype=np.int8)
    assert unbroken(opens, whole, 5).tolist() == [1, 2, 3, 1, 0, 1, 2]


def test_an_exchange_has_its_share_its_delta_and_its_distance_null_where_its_bar_is_not_there():
    chart = of(flat(60))
    venue = VenueBars("okx", chart.timestamp[:59], np.full(59, 100.5), np.full(59, 1.5), np.full(59, 0.5))
    frame = features(History(chart), P, [venue])
    known = frame.row(58, named=True)
    assert known["share_okx"] == pytest.approx(0.5)
    assert known["delta_okx"] == pytest.approx(0.5)
    assert known["premium_okx"] == pytest.approx(0.5 / 2)
    assert [row(frame)[name] for name in ("share_okx", "delta_okx", "premium_okx")] == [None] * 3


def test_labels_speak_of_the_bars_from_the_next_open_on():
    bars = flat(5)
    bars[1] = (101.0, 103.0, 100.0, 102.0, 3.0, 1.0)  # opens above the close before it, and rises
    bars[2] = (102.0, 103.0, 97.0, 98.0, 3.0, 1.0)
    bars[3] = (98.0, 99.0, 97.0, 98.0, 3.0, 1.0)  # stands still
    found = labels(History(of(bars)), P)
    assert found["up_1"].to_list() == [1.0, 0.0, None, None, None]
    assert found["move_1"][0] == pytest.approx((102 / 101 - 1) * 100)
    assert found["up_3"][0] == 0.0  # from 101 to 98
    assert found["move_3"][0] == pytest.approx((98 / 101 - 1) * 100)
    assert found["up_12"].null_count() == 5


def test_a_label_over_a_missing_bar_is_null():
    bars = [(100.0, 102.0, 99.0, 101.0, 3.0, 1.0)] * 5
    found = labels(History(of(bars, [0, 1, 3, 4, 5])), P)
    assert found["up_1"].to_list() == [1.0, None, 1.0, 1.0, None]


def test_the_trade_that_was_entered_at_a_close_is_told_on_that_bar_alone():
    history = History(market(3, 3_000))
    found = labels(history, P)
    entered = found.filter(pl.col("trade_profit").is_not_null())
    assert 0 < len(entered) < 300
    assert (entered["trade_exit"] > entered["timestamp"]).all()
    assert entered["trade_win"].to_list() == [float(profit > 0) for profit in entered["trade_profit"]]


def make(candles: Market) -> pl.DataFrame:
    return features(History(candles), P)


def test_no_feature_knows_the_future():
    assert leaks(make, market(5, 700), (120, 121, 122, 300, 699)) == set()


@pytest.mark.parametrize("ahead", [1, 12])
def test_a_feature_that_knows_the_future_is_found(ahead):
    def cheating(candles: Market) -> pl.DataFrame:
        return make(candles).with_columns(oracle=pl.col("close_place").shift(-ahead))

    assert leaks(cheating, market(5, 700), (300,)) == {"oracle"}


def test_a_feature_scaled_by_the_whole_history_is_found():
    def scaled(candles: Market) -> pl.DataFrame:
        return make(candles).with_columns(pl.col("volume") / pl.col("volume").mean())

    assert leaks(scaled, market(5, 700), (300,)) == {"volume"}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.02]), st.integers(100, 390))
def test_no_feature_knows_the_future_in_any_walk_with_holes(seed, missing, cut):
    rows = np.array([tuple(minute) for minute in walk(seed, 400, 0.5, missing)], dtype=COLUMNS)
    assert leaks(lambda candles: features(History(candles), MINUTES), from_rows("BTC/USDT", rows), (cut,)) == set()


def test_columns_come_in_the_documented_order():
    data = studied(1, 200)
    assert data.frame.columns == ["timestamp", *(each.name for each in (*FEATURES, *LABELS))]


def test_everything_is_known_once_48_bars_have_passed():
    data = studied(1, 250)
    assert np.isnan(data.inputs()[LOOK_BACK:]).sum() == 0
    assert data.left_out == (("weekend", "the same in every bar"),)  # Friday alone


def test_a_column_that_is_mostly_unknown_is_left_out_with_the_reason():
    chart = market(1, 500)
    venue = VenueBars("okx", chart.timestamp[:100], *(np.full(100, value) for value in (90_000.0, 2.0, 1.0)))
    data = data_set(History(chart), P, [venue])
    assert ("share_okx", "unknown in 400 of 452 bars") in data.left_out
    assert not any("okx" in name for name in data.names)


@pytest.mark.parametrize("column", [*FEATURES, *EXCHANGE_FEATURES, *LABELS], ids=lambda column: column.name)
def test_every_column_is_documented_as_it_is(column):
    page = (Path(__file__).parents[2] / "docs" / "analysis.md").read_text()
    assert f"| `{column.name}` | {column.unit} | {column.meaning} |" in page

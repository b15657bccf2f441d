"""Moving around: wheel, drag, keys, ranges, dates; what is shown is what was asked for, in the reader's zone."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from example_database import MINUTE, START, add_wave, create
from web_page import ask, look_at, open_page, served

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

DAYS = 8
COUNT = DAYS * 1440
HOUR = 60 * MINUTE


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Eight days of a market."""
    connection = create(tmp_path / "trading.db")
    add_wave(connection, 0, COUNT)
    yield connection
    connection.close()


@pytest.fixture
def address(page: Page, tmp_path: Path, writer: sqlite3.Connection) -> Iterator[str]:
    assert writer
    with served(page, tmp_path / "trading.db") as address:
        yield address


def settled(page: Page) -> None:
    page.wait_for_function("() => !__chart.state.loading.get()")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def visible(page: Page) -> tuple[int, int]:
    """First and last instant seen, ms."""
    seen = ask(page, "__chart.seen.get()")
    return seen["from"], seen["to"]


def test_the_wheel_zooms_and_the_bars_under_the_hand_stay(page: Page, address: str) -> None:
    open_page(page, address, "?tf=1m")
    look_at(page, 900, 1100)
    box = page.locator("#chart").bounding_box()
    assert box
    page.mouse.move(box["x"] + 500, box["y"] + 200)
    under = ask(page, "chart.timeScale().coordinateToTime(500)")
    page.mouse.wheel(0, 240)
    page.wait_for_function("() => __chart.state.view.get().bars > 220")
    assert abs(ask(page, "chart.timeScale().coordinateToTime(500)") - under) <= 120
    page.mouse.wheel(0, -600)
    page.wait_for_function("() => __chart.state.view.get().bars < 215")


def test_a_date_outside_the_bars_held_is_loaded_and_stands_in_the_middle(page: Page, address: str) -> None:
    open_page(page, address, "?tf=1m")
    wanted = START + 26 * HOUR
    assert ask(page, "data().times[0]") > wanted
    page.evaluate("(instant) => __chart.nav.goTo(instant)", wanted)
    page.wait_for_function("(instant) => Math.abs(__chart.state.view.get().centre - instant) <= 60_000", arg=wanted)
    settled(page)
    first, last = visible(page)
    assert first < wanted < last
    assert ask(page, "state.view.get().following") is False
    page.click("#now")
    page.wait_for_function("() => __chart.state.view.get().following")
    assert ask(page, "state.newest.get().timestamp") == START + (COUNT - 1) * MINUTE


def test_a_period_fills_the_width_in_a_timeframe_that_shows_it_well(page: Page, address: str) -> None:
    open_page(page, address, "?tf=1m")
    day = START + 2 * 24 * HOUR
    page.evaluate("([from, to]) => __chart.nav.range(from, to)", [day, day + 24 * HOUR])
    page.wait_for_function("() => __chart.state.held.get().timeframe === '3m'")
    settled(page)
    first, last = visible(page)
    assert (first, last) == (day, day + 24 * HOUR + 3 * MINUTE)  # 480 bars, and the edge of the next


@pytest.mark.parametrize(("hours", "timeframe", "bars"), [(6, "1m", 360), (24, "3m", 480), (7 * 24, "15m", 672)])
def test_the_last_hours_end_at_the_newest_bar(page: Page, address: str, hours: int, timeframe: str, bars: int) -> None:
    open_page(page, address, "?tf=1m")
    page.evaluate("(ms) => __chart.nav.last(ms)", hours * HOUR)
    page.wait_for_function("(timeframe) => __chart.state.held.get().timeframe === timeframe", arg=timeframe)
    settled(page)
    page.wait_for_function("(bars) => Math.abs(__chart.state.view.get().bars - bars) < 1", arg=bars)
    assert ask(page, "state.view.get().following") is True


def test_all_of_it_can_be_seen_at_once(page: Page, address: str) -> None:
    open_page(page, address, "?tf=1m")
    page.evaluate("() => __chart.nav.all()")
    page.wait_for_function("() => __chart.state.held.get().timeframe === '30m'")
    settled(page)
    page.wait_for_function("(start) => __chart.seen.get().from <= start + 12 * 3_600_000", arg=START)
    assert ask(page, "state.view.get().following") is True


def test_keys_move_zoom_and_fit(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    look_at(page, 500, 600)
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("() => Math.abs(__chart.chart.timeScale().getVisibleLogicalRange().from - 490) < 1.5")
    page.keyboard.press("-")
    page.wait_for_function("() => __chart.state.view.get().bars > 120")
    page.keyboard.press("f")
    page.wait_for_function("() => __chart.state.view.get().bars > 1900")
    page.keyboard.press("End")
    page.wait_for_function("() => __chart.state.view.get().following")


def test_a_logarithmic_scale_makes_the_same_ratio_the_same_height(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    gaps = "((y) => (y(97_000) - y(97_097)) / (y(96_600) - y(96_696.6)))((p) => series.candles.priceToCoordinate(p))"
    assert ask(page, gaps) == pytest.approx(97 / 96.6, abs=1e-6)  # linear: 97 dollars beside 96.6
    page.keyboard.press("l")
    page.wait_for_function("() => __chart.chart.priceScale('right', 0).options().mode === 1")
    settled(page)
    assert ask(page, gaps) == pytest.approx(1, abs=1e-4)  # 0.1 % beside 0.1 %


def test_dragging_the_price_scale_ends_its_following_and_a_double_click_brings_it_back(
    page: Page, address: str
) -> None:
    open_page(page, address, "?tf=5m")
    box = page.locator("#chart").bounding_box()
    assert box
    x, y = box["x"] + box["width"] - 20, box["y"] + 200
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 80, steps=4)
    page.mouse.up()
    page.wait_for_function("() => __chart.state.autoScale.get() === false")
    page.mouse.dblclick(x, y)
    page.wait_for_function("() => __chart.state.autoScale.get() === true")


def test_the_night_the_clock_goes_back_keeps_the_order_of_bars_and_names_both_hours(
    page: Page, tmp_path: Path, writer: sqlite3.Connection
) -> None:
    # New York, 2 November 2025, 06:00 UTC: 02:00 EDT becomes 01:00 EST.
    night = 1_762_063_200_000
    first = (night - START) // MINUTE - 600
    add_wave(writer, first, 1200)
    with served(page, tmp_path / "trading.db") as address:
        open_page(page, address, "?tf=5m&zone=local")
        times = ask(page, "series.candles.data().map(({ time }) => time)")
        assert times == sorted(times)
        said = ask(
            page,
            f"[-30, 30].map((minutes) => chart.options().localization.timeFormatter({night} / 1000 + 60 * minutes))",
        )
        assert said == ["Sun, 2 Nov 2025 01:30 GMT-4", "Sun, 2 Nov 2025 01:30 GMT-5"]
        tick = (
            f"[4, 5, 6].map((hour) => {night} / 1000 + 3600 * (hour - 6))"
            ".map((time) => chart.options().timeScale.tickMarkFormatter(time, 3))"
        )
        assert ask(page, tick) == ["2 Nov", "01:00", "01:00"]
        page.evaluate("() => __chart.state.zone.set('utc')")
        assert ask(page, tick) == ["04:00", "05:00", "06:00"]
        assert ask(page, f"chart.options().localization.timeFormatter({night} / 1000)") == "Sun, 2 Nov 2025 06:00 UTC"


@pytest.mark.essential
def test_a_link_opens_the_same_view(page: Page, address: str) -> None:
    open_page(page, address, "?tf=15m")
    look_at(page, 100, 200)
    page.wait_for_function("() => location.search.includes('t=')")
    page.wait_for_function("() => Math.abs(__chart.state.view.get().bars - 100) < 1")
    before = ask(page, "state.view.get()")
    page.wait_for_timeout(400)  # the address is written at most every 300 ms
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_function(
        "(bars) => Math.abs((window.__chart?.state.view.get().bars ?? 0) - bars) < 2", arg=before["bars"]
    )
    after = ask(page, "state.view.get()")
    assert ask(page, "state.held.get().timeframe") == "15m"
    assert abs(after["centre"] - before["centre"]) <= 15 * MINUTE


def test_choosing_timeframes_quickly_ends_at_the_last_one(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    for key in "12345678764":
        page.keyboard.press(key)
    page.wait_for_function("() => __chart.state.held.get().timeframe === '15m' && !__chart.state.loading.get()")
    times = ask(page, "series.candles.data().map(({ time }) => time)")
    assert {then - now for now, then in itertools.pairwise(times)} == {900}

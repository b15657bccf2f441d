"""The chart in a real browser: what is stored is what is drawn, and moving through it loses nothing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import httpx
import pytest
from example_database import MINUTE, START, add_minutes, add_wave, create
from web_page import ask, look_at, open_page, served
from web_server import TEST_PAGE

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

COUNT = 5 * 1440


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Five days of a market that goes up and down by 500 in 4 hours."""
    connection = create(tmp_path / "trading.db")
    add_wave(connection, 0, COUNT)
    yield connection
    connection.close()


@pytest.fixture
def address(page: Page, tmp_path: Path, writer: sqlite3.Connection) -> Iterator[str]:
    """A server of that market."""
    assert writer
    with served(page, tmp_path / "trading.db") as address:
        yield address


@pytest.mark.essential
def test_the_bars_of_the_api_are_the_bars_of_the_chart(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    stored = httpx.get(f"{address}/api/candles", params={"timeframe": "5m", "from": 0}, timeout=30).json()["candles"]

    drawn = ask(page, "series.candles.data()")

    assert [bar["time"] * 1000 for bar in drawn] == stored["timestamp"]
    for name in ("open", "high", "low", "close"):
        assert [bar[name] for bar in drawn] == stored[name]
    volume = ask(page, "[series.volume.data(), series.buys.data()].map((all) => all.map(({ value }) => value))")
    assert volume[1] == stored["vBuy"]
    assert volume[0] == [buy + sell for buy, sell in zip(stored["vBuy"], stored["vSell"], strict=True)]


def test_candles_volume_and_cvd_have_their_colours_in_three_panes(page: Page, address: str) -> None:
    open_page(page, address)
    heights = ask(page, "chart.panes().map((pane) => pane.getHeight())")
    assert len(heights) == 3
    assert heights[0] > 2 * max(heights[1:])
    counts = page.evaluate(
        """() => {
          const canvas = __chart.chart.takeScreenshot();
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          const counts = {};
          for (let at = 0; at < data.length; at += 4) {
            const colour = data.slice(at, at + 3).join();
            counts[colour] = (counts[colour] ?? 0) + 1;
          }
          return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 200));
        }"""
    )
    up, down, buys, sells, ground = ("38,166,154", "239,83,80", "28,110,103", "141,58,58", "13,16,21")
    assert {up, down, buys, sells} <= set(counts)
    assert max(counts, key=counts.get) == ground


def test_the_legend_follows_the_mouse_and_falls_back_to_the_newest_bar(page: Page, address: str) -> None:
    open_page(page, address, "?tf=1h")
    newest = page.inner_text("#legend")
    last = ask(page, "data().values.at(-1)")
    assert f"C {last['close']:,.1f}" in newest.replace("\n", " ").replace("\u00a0", " ")
    assert "BTC/USDT · 1h" in newest

    x = ask(page, "chart.timeScale().logicalToCoordinate(data().slots.length - 5)")
    box = page.locator("#chart").bounding_box()
    assert box
    page.mouse.move(box["x"] + x, box["y"] + 200)
    earlier = ask(page, "data().values.at(-5)")
    page.wait_for_function(
        "(text) => document.querySelector('#legend').innerText.includes(text)", arg=f"{earlier['high']:,.1f}"
    )
    delta = page.inner_text("#legend-volume .delta-key b")
    assert delta[0] == ("+" if earlier["delta"] > 0 else "\u2212")

    page.mouse.move(box["x"] + 300, 5)
    page.wait_for_function("(text) => document.querySelector('#legend').innerText === text", arg=newest)


@pytest.mark.parametrize(("key", "timeframe", "span"), [("1", "1m", 1), ("4", "15m", 15), ("8", "1d", 1440)])
def test_a_digit_chooses_a_timeframe_and_the_address_remembers_it(
    page: Page, address: str, key: str, timeframe: str, span: int
) -> None:
    open_page(page, address, "?tf=5m")
    page.keyboard.press(key)
    page.wait_for_function("(timeframe) => __chart.state.held.get().timeframe === timeframe", arg=timeframe)
    times = ask(page, "series.candles.data().map(({ time }) => time)")
    assert times[1] - times[0] == span * 60
    page.wait_for_function("(tf) => new URLSearchParams(location.search).get('tf') === tf", arg=timeframe)
    assert page.locator("nav button[aria-pressed=true]").inner_text() == timeframe
    page.reload()
    page.wait_for_function("(timeframe) => __chart?.state.held.get().timeframe === timeframe", arg=timeframe)


def test_another_timeframe_shows_the_same_time(page: Page, address: str) -> None:
    open_page(page, address, "?tf=15m")
    look_at(page, 100, 200)
    middle = START + 150 * 15 * MINUTE
    for timeframe in ("1m", "1h", "5m"):
        page.click(f"[data-timeframe='{timeframe}']")
        page.wait_for_function("(timeframe) => __chart.state.held.get().timeframe === timeframe", arg=timeframe)
        page.wait_for_function(
            "([middle, bar]) => Math.abs(__chart.state.view.get().centre - middle) <= bar", arg=[middle, 15 * MINUTE]
        )
        shown = ask(page, "chart.timeScale().getVisibleRange()")
        assert shown["from"] * 1000 <= middle <= shown["to"] * 1000


def test_at_the_newest_bar_another_timeframe_stays_there(page: Page, address: str) -> None:
    open_page(page, address, "?tf=15m")
    page.click("[data-timeframe='1m']")
    page.wait_for_function("() => __chart.state.held.get().timeframe === '1m'")
    assert ask(page, "state.view.get().following") is True
    assert ask(page, "state.newest.get().timestamp") == START + (COUNT - 1) * MINUTE


@pytest.mark.essential
def test_dragging_to_the_past_loads_older_bars_and_moves_nothing(page: Page, address: str) -> None:
    open_page(page, address, "?tf=1m")
    assert ask(page, "series.candles.data().length") == 2000
    look_at(page, 380, 580)
    box = page.locator("#chart").bounding_box()
    assert box
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 1000, box["y"] + 200, steps=10)
    page.wait_for_function("() => __chart.series.candles.data().length === 4000")
    before = ask(page, "chart.timeScale().getVisibleRange().from")
    page.mouse.up()

    # 560 pixels were dragged: the first two of the ten steps begin the drag. Bar 0 was minute COUNT - 2000.
    dragged = 560 / ask(page, "chart.timeScale().width()") * 200
    assert abs(before - (START / 1000 + (COUNT - 2000 + 380 - dragged) * 60)) <= 3 * 60
    assert ask(page, "chart.timeScale().getVisibleRange().from") == before


def test_the_whole_history_can_be_walked_and_the_way_back(page: Page, address: str) -> None:
    open_page(page, address, "?tf=1m")
    for first in (COUNT - 4000, COUNT - 6000, 0):
        page.keyboard.press("Home")
        page.wait_for_function("(first) => __chart.data().times[0] === first", arg=START + first * MINUTE)
    assert ask(page, "state.held.get().complete") is True
    assert ask(page, "series.candles.data()[0].time * 1000") == START
    assert ask(page, "data().slots.length") == 5000
    page.click("#now")
    page.wait_for_function("() => __chart.state.view.get().following")
    assert page.is_hidden("#now")


@pytest.mark.essential
def test_a_hole_is_drawn_as_a_hole_and_named(page: Page, address: str, writer: sqlite3.Connection) -> None:
    writer.execute("DELETE FROM candles WHERE timestamp >= ? AND timestamp < ?", (at(-90), at(-62)))
    open_page(page, address, "?tf=1m")
    assert ask(page, "data().slots.length - data().values.length") == 28
    assert ask(page, "chart.timeScale().timeToIndex(data().times.at(-1) / 1000)") == ask(
        page, "data().slots.length - 1"
    )
    colours = ask(page, "series.delta.data().filter((point) => point.color).map((point) => point.time * 1000)")
    assert colours == [at(-91)]

    x = ask(page, "chart.timeScale().logicalToCoordinate(data().slots.length - 70)")
    box = page.locator("#chart").bounding_box()
    assert box
    page.mouse.move(box["x"] + x, box["y"] + 200)
    page.wait_for_selector("text=no data 8 May 22:30 to 22:58 UTC (28 min)")
    assert page.inner_text("#chart-tip strong") == "No data"
    assert page.inner_text("#chart-tip dl").split("\n")[:4] == ["Since", "8 May 22:30", "Until", "8 May 22:58 (28 min)"]


def at(minute: int) -> int:
    """Open of a minute, counted from the end of the market."""
    return START + (COUNT + minute) * MINUTE


def test_a_minute_with_a_venue_missing_says_so(page: Page, address: str, writer: sqlite3.Connection) -> None:
    writer.execute("UPDATE candles SET sources = 3 WHERE timestamp = ?", (at(-1),))
    open_page(page, address, "?tf=1m")
    assert "3 of 4 venues complete" in page.inner_text("#legend")


@pytest.mark.essential
def test_the_cvd_is_the_strategys_says_which_it_is_and_switches(
    page: Page, address: str, writer: sqlite3.Connection
) -> None:
    assert writer.execute("SELECT count(*) FROM candles").fetchone() == (COUNT,)
    open_page(page, address, "?tf=5m")
    look_at(page, 288, 388)
    seen = (
        "series.cvdCandles.data().filter(({ time }) => time * 1000 >= data().times[288]"
        " && time * 1000 <= data().times[388])"
    )
    page.wait_for_function(f"() => {{ const {{ series, data }} = __chart; return {seen}.length === 101; }}")
    box = page.locator("#chart").bounding_box()
    assert box
    page.mouse.move(box["x"] + 500, box["y"] + 200)
    page.wait_for_selector("#legend-cvd b:has-text('BTC')")
    told = " ".join(page.inner_text("#legend-cvd").split())
    assert re.fullmatch(r"CVD [+\u2212][\d.,]+ BTC sum of buy \u2212 sell anew each 15m as candles", told)
    stored = httpx.get(f"{address}/api/indicators?timeframe=5m&from=0", timeout=30).json()["cvd"]
    drawn = ask(page, seen)
    place = stored["timestamp"].index(drawn[0]["time"] * 1000)
    for name in ("open", "high", "low", "close"):
        assert [bar[name] for bar in drawn] == pytest.approx(stored[name][place : place + 101], abs=1e-9)
    assert [bar["close"] for bar in drawn] == stored["close"][place : place + 101], "to the last bit"

    page.click("#legend-cvd button")
    page.click("#cvd-form")
    page.wait_for_selector("#legend-cvd:has-text('running, 0 at 5 May 00:00')")
    running = ask(page, "series.cvd.data().map(({ value }) => value)")
    deltas = ask(page, "data().values.map(({ delta }) => delta)")
    assert running[288] == pytest.approx(deltas[288])
    assert running[300] == pytest.approx(sum(deltas[288:301]))
    assert running[287] == pytest.approx(0)


def test_the_running_cvd_begins_where_the_view_does_once_it_stands_still(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m&cvd=running&cvdform=line")
    deltas = ask(page, "data().values.map(({ delta }) => delta)")
    look_at(page, 576, 676)
    page.wait_for_selector("#legend-cvd:has-text('running, 0 at 6 May 00:00')")
    assert ask(page, "series.cvd.data()[676].value") == pytest.approx(sum(deltas[576:677]))


def test_no_more_bars_than_a_window_are_held_and_the_view_does_not_jump(
    page: Page, tmp_path: Path, writer: sqlite3.Connection
) -> None:
    add_wave(writer, COUNT, 12_000 - COUNT)
    with served(page, tmp_path / "trading.db") as address:
        open_page(page, address, "?tf=1m")
        for first in (12_000 - 4000, 12_000 - 6000):
            page.keyboard.press("Home")
            page.wait_for_function("(first) => __chart.data().times[0] === first", arg=START + first * MINUTE)
        assert ask(page, "state.held.get().bars.timestamp.length") == 5000
        assert ask(page, "state.held.get().live") is False
        look_at(page, 350, 550)
        before = ask(page, "chart.timeScale().getVisibleRange()")

        page.evaluate("() => __chart.loader.older()")

        assert ask(page, "state.held.get().bars.timestamp.length") == 5000
        assert ask(page, "chart.timeScale().getVisibleRange()") == before
        page.keyboard.press("End")
        page.wait_for_function("() => __chart.state.held.get().live && __chart.state.view.get().following")
        assert ask(page, "state.newest.get().timestamp") == START + 11_999 * MINUTE


def test_what_the_hand_holds_is_let_go_after_the_drag_without_a_jump(
    page: Page, tmp_path: Path, writer: sqlite3.Connection
) -> None:
    add_wave(writer, COUNT, 12_000 - COUNT)
    with served(page, tmp_path / "trading.db") as address:
        open_page(page, address, "?tf=1m")
        page.evaluate("() => __chart.loader.older()")
        look_at(page, 320, 520)
        box = page.locator("#chart").bounding_box()
        assert box
        page.mouse.move(box["x"] + 200, box["y"] + 200)
        page.mouse.down()
        page.mouse.move(box["x"] + 900, box["y"] + 200, steps=10)
        page.wait_for_function("() => __chart.data().values.length === 6000")
        before = ask(page, "chart.timeScale().getVisibleRange()")
        page.mouse.up()
        page.wait_for_function("() => __chart.data().values.length === 5000")
        assert ask(page, "chart.timeScale().getVisibleRange()") == before
        assert ask(page, "state.grabbed.get()") is False


def test_rows_no_chart_can_draw_are_left_out(page: Page, address: str, writer: sqlite3.Connection) -> None:
    add_minutes(writer, [(COUNT, 97000, 96000, 98000, 97000, 1, 1, 4, 4)])  # its high is below its low
    open_page(page, address, "?tf=1m")
    assert ask(page, "data().times.at(-1)") == at(-1)


def test_the_page_asks_only_its_own_server(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_page(page, address)
    page.click("[data-timeframe='1h']")
    page.wait_for_function("() => __chart.state.held.get().timeframe === '1h'")
    assert asked
    assert [url for url in asked if not url.startswith((address, "data:"))] == []


def test_the_handle_on_the_chart_is_in_the_test_build_alone() -> None:
    normal = TEST_PAGE.with_name("page")
    for page, there in ((TEST_PAGE, True), (normal, False)):
        entry = json.loads((page / ".vite" / "manifest.json").read_text())["src/main.js"]["file"]
        assert ("__chart" in (page / entry).read_text()) is there

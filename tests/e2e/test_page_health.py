"""The page over time: new minutes come by themselves, trouble is said in words and passes, and paper is never real."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from example_database import MINUTE, START, add_example, add_wave, create, publish
from playwright.sync_api import expect
from web_page import ask, look_at, open_page, served
from web_server import serve

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from playwright.sync_api import Page
    from web_page import Complaints


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trading.db"


@pytest.fixture
def writer(path: Path) -> Iterator[sqlite3.Connection]:
    connection = create(path)
    add_wave(connection, 0, 600)
    yield connection
    connection.close()


@pytest.mark.essential
def test_a_new_minute_is_drawn_within_seconds_without_a_reload(
    page: Page, path: Path, writer: sqlite3.Connection
) -> None:
    with served(page, path) as address:
        open_page(page, address, "?tf=5m")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        assert ask(page, "data().values.at(-1).buy") == ask(page, "series.buys.data().at(-1).value")

        add_wave(writer, 600, 2)
        page.wait_for_function(
            "(open) => __chart.series.candles.data().at(-1).time === open", arg=(START + 600 * MINUTE) / 1000
        )
        first = ask(page, "data().values.at(-1)")
        add_wave(writer, 602, 1)
        page.wait_for_function("(buy) => __chart.series.buys.data().at(-1).value > buy", arg=first["buy"])

        last_shown = START + 595 * MINUTE
        assert any(url.endswith(f"timeframe=5m&from={last_shown}&limit=2000") for url in asked)
        assert ask(page, "state.view.get().following") is True
        assert ask(page, "data().values.length") == 121


def test_a_view_of_the_newest_bar_follows_it_for_hours(page: Page, path: Path, writer: sqlite3.Connection) -> None:
    with served(page, path) as address:
        open_page(page, address, "?tf=1m")
        offset = ask(page, "chart.timeScale().scrollPosition()")
        for first in range(600, 840, 60):
            add_wave(writer, first, 60)
            page.wait_for_function("(count) => __chart.data().values.length === count", arg=first + 60)
        assert ask(page, "chart.timeScale().scrollPosition()") == offset


def test_a_new_minute_does_not_move_a_view_of_the_past(page: Page, path: Path, writer: sqlite3.Connection) -> None:
    with served(page, path) as address:
        open_page(page, address, "?tf=1m")
        look_at(page, 100, 200)
        before = ask(page, "chart.timeScale().getVisibleRange()")
        add_wave(writer, 600, 1)
        page.wait_for_function("() => __chart.data().values.length === 601")
        assert ask(page, "chart.timeScale().getVisibleRange()") == before


def test_minutes_after_an_outage_leave_a_hole(page: Page, path: Path, writer: sqlite3.Connection) -> None:
    with served(page, path) as address:
        open_page(page, address, "?tf=1m")
        add_wave(writer, 610, 5)
        page.wait_for_function("() => __chart.data().values.length === 605")
        assert ask(page, "data().slots.length") == 615
        newest = (START + 614 * MINUTE) / 1000
        assert ask(page, f"chart.timeScale().timeToIndex({newest})") == 614
        assert ask(page, "state.view.get().following") is True


def test_a_newly_published_copy_is_drawn(page: Page, tmp_path: Path, path: Path, writer: sqlite3.Connection) -> None:
    data = tmp_path / "data"
    with served(page, publish(data, path, 1)) as address:
        open_page(page, address, "?tf=1m")
        add_wave(writer, 600, 3)
        publish(data, path, 2)
        page.wait_for_function("() => __chart.data().values.length === 603")


@pytest.mark.essential
def test_a_lost_server_is_said_the_bars_stay_and_it_recovers(
    page: Page, path: Path, writer: sqlite3.Connection, complaints: Complaints
) -> None:
    complaints.mean("ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE")
    with serve(path) as address:
        open_page(page, address, "?tf=1m")
    page.wait_for_selector("#banner:has-text('The server does not answer')")
    assert ask(page, "series.candles.data().length") == 600

    add_wave(writer, 600, 1)
    with serve(path, port=int(address.rpartition(":")[2])):
        page.wait_for_selector("#banner", state="hidden")
        page.wait_for_function("() => __chart.data().values.length === 601")


def test_a_missing_database_is_explained_and_drawn_when_it_comes(page: Page, path: Path) -> None:
    with served(page, path) as address:
        page.goto(address)
        page.wait_for_selector("#centre:has-text('the database is missing')")
        assert "cvdbot sync" in page.inner_text("#centre")

        writer = create(path)
        page.wait_for_selector("#centre:has-text('No candles yet')")
        add_wave(writer, 0, 10)
        page.wait_for_selector("#centre", state="hidden")
        assert ask(page, "series.candles.data().length") > 0
        writer.close()


def test_a_damaged_database_leaves_the_bars_and_says_so(
    page: Page, path: Path, writer: sqlite3.Connection, complaints: Complaints
) -> None:
    complaints.mean("status of 503")
    with served(page, path) as address:
        open_page(page, address, "?tf=1m")
        writer.close()
        path.with_name("damaged.db").write_bytes(b"no database" * 1000)
        path.with_name("damaged.db").replace(path)
        Path(f"{path}-wal").unlink(missing_ok=True)  # it stays when somebody reads while the writer closes
        page.wait_for_selector("#banner:has-text('the database is corrupt')")
        assert ask(page, "series.candles.data().length") == 600


@pytest.mark.essential
def test_a_simulated_market_is_marked_on_screen_and_in_the_title(page: Page, path: Path) -> None:
    writer = create(path)
    add_example(writer)
    with served(page, path) as address:
        open_page(page, address)
        page.wait_for_function("() => __chart.state.order.get()")
        assert page.is_visible("text=SIMULATED MARKET")
        assert page.is_visible("text=PAPER")
        assert page.title() == "SIMULATED · Long +22 (+0.05 R) · 97,034.3 · BTC/USDT · cvdbot"
        assert page.inner_text("h1") == "BTC/USDT\n97,034.3"
        assert "not connected: okx" in page.inner_text("#statusline")
        assert page.get_attribute(".venue.down", "aria-label") == "okx not connected"
        assert "last candle 4 May 00:29 UTC" in page.inner_text("#statusline")
        assert "Long from 97,012.5" in page.inner_text("#statusline")

        page.set_viewport_size({"width": 390, "height": 844})
        assert page.is_visible("text=SIMULATED MARKET")

        writer.execute("UPDATE state SET value = '\"exchanges\"' WHERE key = 'origin'")
        page.wait_for_selector("text=SIMULATED MARKET", state="hidden")
        assert page.is_visible("text=PAPER")
        assert page.title() == "Long +22 (+0.05 R) · 97,034.3 · BTC/USDT · cvdbot"
    writer.close()


@pytest.mark.parametrize(
    ("age", "shown", "alarm"), [(60, "1 min ago", ""), (240, "4 min ago", "warn"), (700, "11 min ago", "bad")]
)
def test_the_age_of_the_data_warns_after_3_and_10_minutes(
    page: Page, path: Path, writer: sqlite3.Connection, age: int, shown: str, alarm: str
) -> None:
    assert writer
    instant = time.time() - age
    for file in (path, Path(f"{path}-wal")):
        os.utime(file, (instant, instant))
    with served(page, path) as address:
        open_page(page, address)
        assert page.inner_text("#age") == shown
        assert page.get_attribute("#age", "class") == f"age {alarm}"


def test_a_phone_shows_all_without_scrolling_sideways(page: Page, path: Path, writer: sqlite3.Connection) -> None:
    assert writer
    page.set_viewport_size({"width": 390, "height": 844})
    with served(page, path) as address:
        open_page(page, address)
        assert page.evaluate("() => document.documentElement.scrollWidth") == 390
        for element in ("#price", "#age", "[data-timeframe='1d']", "#legend", "#statusline"):
            box = page.locator(element).bounding_box()
            assert box, element
            assert box["x"] >= 0, element
            assert box["x"] + box["width"] <= 390, element
        chart = page.locator("#chart").bounding_box()
        assert chart
        assert chart["height"] > 600


def test_the_about_box_opens_by_its_key_and_names_the_chart_library(
    page: Page, path: Path, writer: sqlite3.Connection
) -> None:
    assert writer
    with served(page, path) as address:
        open_page(page, address, "?tf=5m")
        page.keyboard.press("Shift+?")
        page.wait_for_selector("#about[open]")
        about = page.inner_text("#about")
        assert "TradingView Lightweight Charts™ Copyright (\u0441) 2025 TradingView, Inc." in about
        assert page.get_attribute("#about a", "href") == "https://www.tradingview.com/"
        page.keyboard.press("1")
        assert ask(page, "state.timeframe.get()") == "5m", "keys of the chart rest while a dialog is open"
        page.keyboard.press("Escape")
        page.wait_for_selector("#about", state="hidden")
        assert page.is_visible("#tv-attr-logo")


def test_the_documentation_works_without_a_network(page: Page, path: Path, writer: sqlite3.Connection) -> None:
    assert writer
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with served(page, path) as address:
        page.goto(f"{address}/docs")
        page.click("[id^='operations-market-candles'] button")
        page.wait_for_selector("text=Length of a bar, aligned to the epoch.")
        assert [url for url in asked if not url.startswith((address, "data:"))] == []


def test_a_sync_that_fails_is_said_with_its_cause_and_is_gone_when_it_works(
    page: Page, tmp_path: Path, path: Path, writer: sqlite3.Connection
) -> None:
    assert writer
    name = publish(tmp_path / "data", path, 1)
    line = {"time": START, "ok": False, "error": "raspberrypi.local does not answer", "good": START}
    name.with_name("sync.json").write_text(json.dumps(line))
    with served(page, name) as address:
        open_page(page, address, "?tf=1m&zone=utc")
        badge = page.locator(".badge.unsynced")
        expect(badge).to_have_text("sync fails")
        expect(badge).to_have_attribute(
            "title", re.compile("The sync from the Pi fails: raspberrypi.local does not answer")
        )
        expect(page.locator("body")).to_contain_text("sync: raspberrypi.local does not answer")
        name.with_name("sync.json").write_text(json.dumps({**line, "ok": True, "error": None}))
        page.reload()
        expect(page.locator("#age")).to_contain_text("ago")
        expect(badge).to_have_count(0)

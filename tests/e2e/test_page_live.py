"""What happens while the page is open: it is told and need not ask, who wants to hear it does, and none of it twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from example_database import MINUTE, START, add_example, add_wave, create, publish
from web_page import LISTENING, ask, look_at, open_page, see, served

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page
    from web_page import Complaints


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trading.db"


@pytest.fixture
def writer(path: Path) -> Iterator[sqlite3.Connection]:
    """Ten hours of a market that goes up and down by 500 in 4 hours."""
    connection = create(path)
    add_wave(connection, 0, 600)
    yield connection
    connection.close()


@pytest.mark.essential
def test_a_published_copy_is_told_of_and_nobody_asks_in_between(
    page: Page, tmp_path: Path, path: Path, writer: sqlite3.Connection
) -> None:
    data = tmp_path / "data"
    asked: list[str] = []
    with served(page, publish(data, path, 1)) as address:
        open_page(page, address, "?tf=1m")
        page.wait_for_function(LISTENING)
        page.wait_for_function(
            """() => {
                const asked = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/status'));
                return asked.length > 1 && performance.now() - asked.at(-1).responseEnd > 1500;
            }"""
        )  # asked at the beginning, on a slow start again while nobody told it, and because the first copy was told of
        began = ask(page, "state.now.get()")
        page.on("request", lambda request: asked.append(request.url))
        page.wait_for_function("(began) => __chart.state.now.get() - began > 3500", arg=began)
        assert [url for url in asked if url.endswith("/api/status")] == [], "the page that is told does not ask"

        add_wave(writer, 600, 3)
        publish(data, path, 2)
        page.wait_for_function("() => __chart.data().values.length === 603")
        assert f"{address}/api/status" in asked
        assert not any("limit=" in url and "from=" not in url for url in asked if "/api/candles" in url), (
            "only the end is fetched"
        )


def test_a_page_that_is_not_told_asks(
    page: Page, path: Path, writer: sqlite3.Connection, complaints: Complaints
) -> None:
    complaints.mean("404")
    page.route("**/api/events", lambda route: route.fulfill(status=404))
    with served(page, path) as address:
        open_page(page, address, "?tf=1m")
        assert ask(page, "state.live.get()") is False
        add_wave(writer, 600, 1)
        page.wait_for_function("() => __chart.data().values.length === 601")


def test_a_correction_of_the_past_is_drawn_where_it_was_and_the_view_stays(
    page: Page, path: Path, writer: sqlite3.Connection
) -> None:
    with served(page, path) as address:
        open_page(page, address, "?tf=1m")
        page.wait_for_function(LISTENING)
        look_at(page, 100, 200)
        before = ask(page, "chart.timeScale().getVisibleRange()")
        minute = START + 150 * MINUTE
        writer.execute("BEGIN")
        writer.execute(
            "INSERT INTO candle_corrections SELECT 1, ?, * FROM candles WHERE timestamp = ?",
            (START + 600 * MINUTE, minute),
        )
        writer.execute("UPDATE candles SET high = high + 100, vBuy = 99 WHERE timestamp = ?", (minute,))
        writer.execute("COMMIT")
        page.wait_for_function("() => __chart.series.buys.data()[150].value === 99")
        assert ask(page, "chart.timeScale().getVisibleRange()") == before
        assert ask(page, "data().values.length") == 600


def test_a_page_nobody_sees_lets_go_of_the_stream_unless_it_shall_give_notice(
    page: Page, path: Path, writer: sqlite3.Connection
) -> None:
    assert writer
    with served(page, path) as address:
        open_page(page, address, "?tf=1m")
        page.wait_for_function(LISTENING)
        see(page, "hidden")
        assert ask(page, "state.live.get()") is False
        see(page, "visible")
        page.wait_for_function(LISTENING)
        page.evaluate("() => __chart.state.sound.set(true)")
        see(page, "hidden")
        assert ask(page, "state.live.get()") is True


# Notices and sound

HEARD = """
  window.heard = { notices: [], asked: 0, pitches: [] };
  window.Notification = class extends EventTarget {
    static permission = PERMISSION;
    static async requestPermission() {
      heard.asked += 1;
      return (Notification.permission = 'granted');
    }
    constructor(title, { body }) {
      super();
      heard.notices.push(`${title} | ${body}`);
    }
    close() {}
  };
  window.AudioContext = class {
    currentTime = 0;
    destination = {};
    resume() {}
    createGain() { return { gain: {}, connect() {} }; }
    createOscillator() {
      return { frequency: { set value(pitch) { heard.pitches.push(pitch); } }, connect() {}, start() {}, stop() {} };
    }
  };
"""


def listen(page: Page, permission: str = "default") -> None:
    """Note down the notices and tones of the page instead of giving them."""
    page.add_init_script(HEARD.replace("PERMISSION", f"'{permission}'"))


def remember(page: Page, tastes: str) -> None:
    """Let a reader have chosen this before."""
    page.add_init_script(f"if (location.protocol === 'http:') localStorage['cvdbot.view.tastes'] ??= '{tastes}'")


@pytest.fixture
def trading(path: Path) -> Iterator[sqlite3.Connection]:
    """A small simulated market with an open position, one trade, and okx not connected."""
    connection = create(path)
    add_example(connection)
    yield connection
    connection.close()


def test_permission_is_asked_for_when_notices_are_switched_on_and_not_before(
    page: Page, path: Path, trading: sqlite3.Connection
) -> None:
    assert trading
    listen(page)
    with served(page, path) as address:
        open_page(page, address)
        assert page.evaluate("() => heard") == {"notices": [], "asked": 0, "pitches": []}
        page.click("#open-settings")
        page.check("#notices")
        page.wait_for_function("() => __chart.state.notices.get()")
        assert page.evaluate("() => heard.asked") == 1


def test_a_refused_permission_switches_notices_off_and_says_so(
    page: Page, path: Path, trading: sqlite3.Connection
) -> None:
    assert trading
    listen(page)
    with served(page, path) as address:
        open_page(page, address)
        page.evaluate("() => { Notification.requestPermission = async () => 'denied'; }")
        page.click("#open-settings")
        page.click("#notices")
        page.wait_for_selector("#toast:has-text('allow them in its settings')")
        assert not page.is_checked("#notices")


def test_exit_entry_and_a_lost_feed_are_noticed_and_heard_what_lay_there_is_not(
    page: Page, path: Path, trading: sqlite3.Connection
) -> None:
    listen(page, "granted")
    remember(page, "notices=1&sound=1")
    with served(page, path) as address:
        open_page(page, address)
        page.wait_for_function(LISTENING)
        assert page.evaluate("() => heard.notices") == []

        trading.execute("BEGIN")
        trading.execute("DELETE FROM orders")
        trading.execute(
            "INSERT INTO trades SELECT 2, 2, pair, mode, 'Long', 97012.5, entryTime + 1, 97247.5, exitTime + 600000, "
            "235.0, 'take profit', 10264.5, size, stopLoss, takeProfit, fees, 5, configuration, decided FROM trades"
        )
        trading.execute("COMMIT")
        page.wait_for_function("() => heard.notices.length === 1")
        assert page.evaluate("() => heard.notices[0]") == (
            "BTC/USDT: position closed | SIMULATED MARKET. Long, take profit: +235.00 USDT"
        )
        page.wait_for_function("() => document.title === 'SIMULATED · 97,034.3 · BTC/USDT · cvdbot'")

        trading.execute(
            "INSERT INTO orders VALUES (3, 'BTC/USDT', 'Short', 97100, ?, 1, 97400, 96900, 6, 1, ?)",
            (START + 29 * MINUTE, START + 29 * MINUTE),
        )
        page.wait_for_function("() => heard.notices.length === 2")
        assert page.evaluate("() => heard.notices[1]") == (
            "BTC/USDT: Short at 97,100.0 | SIMULATED MARKET. Stop 97,400.0, target 96,900.0. On paper."
        )

        trading.execute("UPDATE exchange_status SET connected = 0")
        page.wait_for_function("() => heard.notices.length === 3")
        assert page.evaluate("() => heard.notices[2]") == (
            "Feed lost: binance | SIMULATED MARKET. No exchange is connected"
        )
        assert page.evaluate("() => heard.pitches") == [880, 659, 659, 880, 220, 220]

        page.reload()
        page.wait_for_function("() => window.__chart?.state.order.get()")
        assert page.evaluate("() => heard.notices") == []


def test_data_that_grow_old_while_looked_at_are_noticed_once(
    page: Page, path: Path, trading: sqlite3.Connection
) -> None:
    assert trading
    listen(page, "granted")
    remember(page, "notices=1")
    with served(page, path) as address:
        open_page(page, address)
        page.evaluate(
            """() => {
              const { now, status } = __chart.state;
              const { published } = status.get().snapshot;
              for (const minutes of [1, 9.9, 10.1, 11, 12]) now.set(published + minutes * 60_000);
            }"""
        )
        assert page.evaluate("() => heard.notices") == [
            "No new data for 10 minutes | SIMULATED MARKET. Is the bot running, and cvdbot sync?"
        ]

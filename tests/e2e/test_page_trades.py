"""The trades beside the chart: whose, which of them, and the way from a row to its place in the chart."""

from __future__ import annotations

import csv
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from traded import at
from web_page import ask, open_page, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

ROWS = ".trades-list tbody:not([aria-hidden]) tr"


@pytest.fixture
def address(page: Page, traded: Path) -> Iterator[str]:
    """A server of a history of trading: 3 imported trades, 20 of a back-test, 40 on paper."""
    with served(page, traded) as address:
        yield address


def known(page: Page) -> None:
    """Wait until the trades are listed."""
    page.wait_for_function("() => __chart.state.trades.get() !== null")


def stored(address: str, **query: str) -> list[dict[str, Any]]:
    """Trades as the API has them, in the order they were closed."""
    answer = httpx.get(f"{address}/api/trades", params={"mode": "paper", **query}, timeout=30)
    return list(answer.raise_for_status().json()["trades"])


def cells(page: Page, row: str = ROWS) -> list[str]:
    """Texts of a row's visible cells."""
    return [text.strip() for text in page.locator(row).first.locator("td:visible").all_inner_texts()]


def share_of_the_width(page: Page, start: int, end: int) -> float:
    """Tell how much of the chart's width a stretch of time takes; both ends must be in sight."""
    shown = ask(page, "chart.timeScale().getVisibleRange()")
    assert shown["from"] * 1000 <= start
    logical = ask(page, "chart.timeScale().getVisibleLogicalRange()")
    span = ask(page, "(data().times[1] - data().times[0])")
    return float((end - start) / span / (logical["to"] - logical["from"]))


def settled(page: Page) -> None:
    """Wait until the chart has what it was asked for and has painted it."""
    page.wait_for_function("() => !__chart.state.loading.get()")
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


@pytest.mark.essential
def test_the_first_account_with_trades_is_listed_newest_first_with_its_sums(page: Page, address: str) -> None:
    open_page(page, address)
    known(page)
    trades = stored(address)
    last = trades[-1]
    assert page.locator(".account-chooser").input_value() == "BTC/USDT paper"
    assert page.get_by_role("grid", name="Trades").get_attribute("aria-rowcount") == str(len(trades) + 1)
    number, side, _, profit, r, end = cells(page)
    assert (number, end) == (str(last["tradeNumber"]), "TP")
    assert side.endswith(last["entryType"])
    assert profit == f"{last['profit']:+,.2f}".replace("-", "\u2212")
    assert r == f"{last['r']:+.2f}".replace("-", "\u2212")
    timely = [trade for trade in trades if not trade["late"]]
    feet = page.locator(".trades-list tfoot tr")
    assert feet.count() == 2
    assert f"{sum(trade['profit'] for trade in timely):+,.2f}" in feet.nth(0).inner_text()
    assert "late" in feet.nth(1).inner_text()
    assert page.locator(f"{ROWS}:has-text('late')").count() <= 1


def test_another_account_has_its_own_trades_and_the_address_names_it(page: Page, address: str) -> None:
    open_page(page, address)
    known(page)
    page.select_option(".account-chooser", "BTC/USDT imported")
    page.wait_for_function("() => __chart.state.trades.get()?.length === 3")
    assert [line.split()[0] for line in page.locator(ROWS).all_inner_texts()] == ["9", "8", "7"]
    page.wait_for_function("() => location.search.includes('account=BTC/USDT:imported')")
    page.reload()
    page.wait_for_function("() => window.__chart?.state.trades.get()?.length === 3")
    assert page.locator(".account-chooser").input_value() == "BTC/USDT imported"


def test_headers_sort_and_say_which_way(page: Page, address: str) -> None:
    open_page(page, address)
    known(page)
    profits = sorted(trade["profit"] for trade in stored(address))
    header = page.locator("th", has_text="Profit")
    header.locator("button").click()
    assert header.get_attribute("aria-sort") == "descending"
    assert cells(page)[3] == f"{profits[-1]:+,.2f}"
    header.locator("button").click()
    assert header.get_attribute("aria-sort") == "ascending"
    assert cells(page)[3] == f"{profits[0]:+,.2f}".replace("-", "\u2212")


def test_the_filter_finds_words_and_compares_numbers(page: Page, address: str) -> None:
    open_page(page, address)
    known(page)
    trades = stored(address)
    page.fill("#filter", "short sl")
    lost = [trade for trade in trades if trade["entryType"] == "Short" and trade["outcome"] == "Stop Loss"]
    assert page.locator(ROWS).count() == len(lost) > 0
    assert f"{sum(trade['profit'] for trade in lost):,.2f}".lstrip("-") in page.inner_text(".trades-list tfoot")
    page.fill("#filter", "profit>150")
    assert page.locator(ROWS).count() == sum(trade["profit"] > 150 for trade in trades)
    page.fill("#filter", "profit>1000000")
    assert page.locator(ROWS).count() == 0
    page.click("text=Clear the filter")
    assert page.locator(ROWS).count() > 10
    assert page.input_value("#filter") == ""


@pytest.mark.essential
def test_a_row_moves_the_chart_so_that_its_trade_fills_three_fifths(page: Page, address: str) -> None:
    open_page(page, address)
    known(page)
    trade = max(stored(address), key=lambda trade: trade["duration"])
    page.fill("#filter", f"#{trade['tradeNumber']}")
    page.locator(ROWS).first.click()
    page.wait_for_selector(f"#story >> text=Trade #{trade['tradeNumber']}, {trade['entryType']}, Profit:")
    settled(page)
    page.wait_for_function(
        "([from, to]) => { const { from: left, to: right } = __chart.chart.timeScale().getVisibleRange();"
        " return left * 1000 <= from && right * 1000 >= to; }",
        arg=[trade["entryTime"], trade["exitTime"]],
    )
    end = trade["exitTime"] + 5 * 60_000
    assert share_of_the_width(page, trade["entryTime"], end) == pytest.approx(0.6, abs=0.06)
    assert page.locator(ROWS).first.get_attribute("aria-selected") == "true"
    page.wait_for_function("(id) => location.search.includes(`trade=${id}`)", arg=trade["id"])


def test_the_table_is_walked_by_keys_and_enter_chooses(page: Page, address: str) -> None:
    open_page(page, address)
    known(page)
    trades = stored(address)
    page.get_by_role("grid", name="Trades").focus()
    for key in ("Home", "ArrowDown", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    active = page.get_by_role("grid", name="Trades").get_attribute("aria-activedescendant")
    assert active == f"row-trades-{trades[-2]['id']}"
    assert ask(page, "state.selected.get()") is None
    page.keyboard.press("Enter")
    assert ask(page, "state.selected.get()") == trades[-2]["id"]
    page.wait_for_selector(f"#story >> text=Trade #{trades[-2]['tradeNumber']}")  # the table is lower with it
    page.keyboard.press("End")
    page.locator(f"#row-trades-{trades[0]['id']}").wait_for()


def test_j_and_k_walk_the_trades_in_time(page: Page, address: str) -> None:
    open_page(page, address)
    known(page)
    trades = stored(address)
    page.keyboard.press("k")
    assert ask(page, "state.selected.get()") == trades[-1]["id"]
    page.keyboard.press("k")
    assert ask(page, "state.selected.get()") == trades[-2]["id"]
    page.keyboard.press("j")
    assert ask(page, "state.selected.get()") == trades[-1]["id"]
    page.wait_for_selector(f"#story >> text=Trade #{trades[-1]['tradeNumber']}")
    page.keyboard.press("Escape")
    assert page.is_hidden("#story")


def test_the_csv_is_what_is_listed_as_it_is_stored(page: Page, address: str) -> None:
    open_page(page, address)
    known(page)
    page.fill("#filter", "long")
    with page.expect_download() as download:
        page.click("#trades-csv")
    assert download.value.suggested_filename == "trades_BTC-USDT_paper.csv"
    with Path(download.value.path()).open(newline="") as file:
        rows = list(csv.DictReader(file))
    longs = [trade for trade in stored(address) if trade["entryType"] == "Long"]
    assert [int(row["id"]) for row in rows] == [trade["id"] for trade in reversed(longs)]
    assert [float(row["profit"]) for row in rows] == [trade["profit"] for trade in reversed(longs)]
    assert rows[0]["late"] == "false"


def test_a_period_leaves_the_trades_closed_in_it_and_says_so(page: Page, address: str) -> None:
    open_page(page, address, "?period=2025-05-04..2025-05-05")
    known(page)
    day = stored(address, **{"from": str(at(2880)), "to": str(at(4320))})
    assert page.locator(ROWS).count() == len(day) > 5
    chip = page.locator(".period-chip:visible")
    assert chip.inner_text().startswith("4 May 00:00 to 5 May 00:00")
    chip.click()
    assert page.get_by_role("grid", name="Trades").get_attribute("aria-rowcount") == str(len(stored(address)) + 1)
    assert chip.count() == 0


def test_an_account_without_trades_says_what_else_there_is(page: Page, traded: Path) -> None:
    with closing(sqlite3.connect(traded)) as sql, sql:
        sql.execute("DELETE FROM trades WHERE mode = 'paper'")
    with served(page, traded) as address:
        open_page(page, address)
        known(page)
        assert page.locator(".account-chooser").input_value() == "BTC/USDT backtest"
        page.select_option(".account-chooser", "BTC/USDT paper")
        page.wait_for_selector("text=No paper trade of BTC/USDT yet")
        page.click("text=20 backtest trades of BTC/USDT")
        page.wait_for_function("() => __chart.state.trades.get()?.length === 20")
        assert page.locator(ROWS).count() == 20


def test_the_open_position_is_marked_to_market(page: Page, address: str) -> None:
    open_page(page, address)
    page.wait_for_function("() => __chart.state.order.get()")
    (order,) = httpx.get(f"{address}/api/orders", timeout=30).json()["orders"]
    profit = f"{order['profit']:+,.2f} ({order['r']:+.2f} R)".replace("-", "\u2212")
    way = f"{abs(order['way']) * 100:.0f} % of the way to the {'stop' if order['way'] < 0 else 'target'}"
    for place in ("#position", "#open-position"):
        text = page.inner_text(place)
        assert profit in text
        assert way in text
        assert order["entryType"] in text
    assert page.get_by_role("img", name=way).count() == 1


def test_on_a_phone_the_panel_is_a_sheet_with_the_table(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, address)
    known(page)
    page.click("#tab-trades")
    box = page.locator("#panel").bounding_box()
    assert box
    assert box["width"] == 390
    assert box["y"] > 300
    assert page.locator(ROWS).first.is_visible()
    page.locator(ROWS).first.click()
    page.wait_for_selector("#story >> text=Trade #40")
    assert page.evaluate("document.documentElement.scrollWidth") == 390

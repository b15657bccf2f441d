"""The table of trades itself: by keyboard alone, with one trade and with 5,000; its columns, narrowing and room."""

from __future__ import annotations

import csv
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from web_page import ask, open_page, served

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

ROWS = ".trades-list tbody:not([aria-hidden]) tr"
MINUS = "\u2212"


def opened(page: Page, address: str, query: str = "") -> Locator:
    """Open the page, wait until the trades are listed; give the table."""
    open_page(page, address, query)
    page.wait_for_function("() => __chart.state.trades.get() !== null")
    return page.get_by_role("grid", name="Trades")


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as sql, sql:
        for statement in statements:
            sql.execute(statement)


def stored(address: str) -> list[dict[str, Any]]:
    """Trades as the API has them, in the order they were closed."""
    answer = httpx.get(f"{address}/api/trades", params={"mode": "paper"}, timeout=30)
    return list(answer.raise_for_status().json()["trades"])


def cells(page: Page, row: int = 0) -> dict[str, str]:
    """Texts of a row by the titles of its columns; of two of one title the last."""
    titles = page.locator(".trades-list thead th").all_inner_texts()
    texts = page.locator(ROWS).nth(row).locator("td").all_inner_texts()
    return {title.split()[0]: text.strip() for title, text in zip(titles, texts, strict=True) if title.strip()}


def money(value: float) -> str:
    return f"{value:+,.2f}".replace("-", MINUS)


def focused(page: Page) -> str:
    """Name of what has the focus."""
    name: str = page.evaluate(
        """() => {
          const at = document.activeElement;
          return at.ariaLabel ?? (at.id === 'filter' ? 'filter' : at.textContent.trim());
        }"""
    )
    return name


def tab_to(page: Page, name: str, most: int = 12) -> list[str]:
    """Press Tab until something of this name has the focus; give the names on the way."""
    names: list[str] = []
    while name not in names:
        assert len(names) < most, f"{name} is not among {names}"
        page.keyboard.press("Tab")
        names.append(focused(page))
    return names


def test_by_keyboard_alone_the_table_is_filtered_sorted_walked_and_a_trade_is_chosen(page: Page, address: str) -> None:
    trades = stored(address)
    longs = [trade for trade in trades if trade["entryType"] == "Long"]
    grid = opened(page, address)
    page.keyboard.press("/")
    page.keyboard.type("long")
    assert page.get_by_role("status").filter(has_text=f"{len(longs)} trades listed").count() == 1
    way = tab_to(page, "Trades")
    assert way == ["Side", "End", "Columns", "CSV", *way[4:-1], "Trades"]

    def active() -> Any:
        """The trade that the keys are at; its row is wholly in sight, between header and footer."""
        row = page.locator(f"#{grid.get_attribute('aria-activedescendant')}")
        row.wait_for()
        box, table = row.bounding_box(), page.locator(".trades-list .rows-scroller").bounding_box()
        feet = page.locator(".trades-list tfoot").bounding_box()
        assert box
        assert table
        assert feet
        assert table["y"] + 25 <= box["y"]
        assert box["y"] + box["height"] <= feet["y"] + 1
        return int((row.get_attribute("id") or "").removeprefix("row-trades-"))

    ids = [trade["id"] for trade in reversed(longs)]
    for key, at in (("ArrowDown", 0), ("ArrowDown", 1), ("ArrowUp", 0), ("End", -1), ("ArrowDown", -1), ("Home", 0)):
        page.keyboard.press(key)
        assert active() == ids[at], key
    page.keyboard.press("PageDown")
    below = ids.index(active())
    assert 2 < below < len(ids)
    page.keyboard.press("PageUp")
    assert active() == ids[0]
    assert ask(page, "state.selected.get()") is None

    tab_to(page, "Profit")
    header = page.get_by_role("columnheader", name="Profit")
    for key, direction in (("Enter", "descending"), ("Space", "ascending")):
        page.keyboard.press(key)
        assert header.get_attribute("aria-sort") == direction
        assert focused(page) == "Profit"
    assert page.locator("[aria-sort=ascending], [aria-sort=descending]").count() == 1

    while focused(page) != "Trades":
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    worst = min(longs, key=lambda trade: trade["profit"])
    assert ask(page, "state.selected.get()") == worst["id"]
    page.wait_for_selector(f"#story:has-text('Trade #{worst['tradeNumber']}')")
    assert page.locator(f"#row-trades-{worst['id']}").get_attribute("aria-selected") == "true"
    assert focused(page) == "Trades"


FIVE_THOUSAND = """
INSERT INTO trades ({columns}) WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 4960)
SELECT {values} FROM c, (SELECT * FROM trades WHERE mode = 'paper' AND tradeNumber = 40)
"""

SCROLLED = """async () => {
  const scroller = document.querySelector('.trades-list .rows-scroller');
  const frame = () => new Promise(requestAnimationFrame);
  const { left, top, width, height } = scroller.getBoundingClientRect();
  const took = [];
  const empty = [];
  const leapt = [];
  let most = 0;
  await frame();
  for (let step = 1; step <= 60; step++) {
    const began = performance.now();
    const place = Math.round(((scroller.scrollHeight - scroller.clientHeight) * step) / 60);
    scroller.scrollTop = place;
    await frame();
    await frame();
    took.push((performance.now() - began) / 2);
    if (Math.abs(scroller.scrollTop - place) > 1) leapt.push(step);
    for (const part of [0.2, 0.5, 0.8]) {
      const row = document.elementFromPoint(left + width / 2, top + height * part).closest('tr');
      if (!row?.ariaRowIndex) empty.push(step);
    }
    most = Math.max(most, document.querySelectorAll('.trades-list tr').length);
  }
  return { took: took.sort((a, b) => a - b)[30], empty, leapt, most };
}"""
"""Scroll to the end in 60 steps: ms a frame (the median), steps that showed no row or led elsewhere, most rows."""


def test_five_thousand_trades_are_a_window_of_rows_and_its_end_is_trade_1(page: Page, traded: Path) -> None:
    with closing(sqlite3.connect(traded)) as sql, sql:
        names = [row[1] for row in sql.execute("PRAGMA table_info(trades)")]
        changed = {"id": "1000 + n", "tradeNumber": "40 + n", "profit": "n % 7 - 3.0"}
        values = ", ".join(changed.get(name, name) for name in names)
        sql.execute(FIVE_THOUSAND.format(columns=", ".join(names), values=values))
    with served(page, traded) as address:
        grid = opened(page, address)
        assert grid.get_attribute("aria-rowcount") == "5001"
        assert 10 < page.locator(ROWS).count() < 80
        seen = page.evaluate(SCROLLED)
        assert seen["empty"] == seen["leapt"] == []
        assert seen["most"] < 80
        assert seen["took"] < 50, "ms a frame, while it is scrolled"
        assert cells(page, page.locator(ROWS).count() - 1)["#"] == "1"
        last = page.locator(ROWS).last
        box, feet = last.bounding_box(), page.locator(".trades-list tfoot").bounding_box()
        assert box
        assert feet
        assert box["y"] + box["height"] <= feet["y"] + 1
        assert "4,999" in page.inner_text(".trades-list tfoot"), "a late one apart"
        sorting = page.evaluate(
            """() => {
              const button = document.querySelector('.trades-list th button[title*="after fees"]');
              const began = performance.now();
              button.click();
              return performance.now() - began;
            }"""
        )
        assert sorting < 500, "ms to sort it"


def test_one_trade_is_one_trade_in_every_sentence_and_keys_stay_on_it(page: Page, traded: Path) -> None:
    change(
        traded,
        "DELETE FROM trades WHERE mode = 'paper'",
        "DELETE FROM trades WHERE mode = 'backtest' AND tradeNumber > 1",
    )
    with served(page, traded) as address:
        grid = opened(page, address)
        page.select_option(".account-chooser", "BTC/USDT paper")
        page.wait_for_selector("text=No paper trade of BTC/USDT yet")
        assert not grid.is_visible()
        assert page.is_disabled("#trades-csv")
        page.get_by_role("button", name="1 backtest trade of BTC/USDT", exact=True).click()
        page.wait_for_function("() => __chart.state.trades.get()?.length === 1")
        assert page.locator(".trades-list tfoot td:visible").all_inner_texts()[:2] == ["1", "trade"]
        grid.focus()
        for key in ("ArrowDown", "ArrowUp", "PageDown", "PageUp", "End", "Home"):
            page.keyboard.press(key)
            assert grid.get_attribute("aria-activedescendant") == page.locator(ROWS).get_attribute("id")
        page.fill("#filter", "backtes")
        page.fill("#filter", "")
        assert page.get_by_role("status").filter(has_text="1 trade listed").count() == 1
        assert cells(page)["Profit"] == money(ask(page, "state.trades.get()[0].profit"))


def test_side_end_and_words_narrow_the_list_together_and_the_sums_with_it(page: Page, address: str) -> None:
    trades = stored(address)
    opened(page, address)
    page.select_option("select[aria-label=Side]", "Short")
    page.select_option("select[aria-label=End]", "Stop Loss")
    wanted = [each for each in trades if (each["entryType"], each["outcome"]) == ("Short", "Stop Loss")]
    assert page.locator(ROWS).count() == len(wanted) > 1
    assert money(sum(each["profit"] for each in wanted if not each["late"])) in page.inner_text(".trades-list tfoot")
    page.fill("#filter", f"#{wanted[0]['tradeNumber']}")
    page.fill("#filter", "profit>0")
    page.wait_for_selector("text=No trade fits the filter")
    page.click("text=Clear the filter")
    assert page.get_by_role("grid", name="Trades").get_attribute("aria-rowcount") == str(len(trades) + 1)
    assert page.input_value("select[aria-label=Side]") == page.input_value("select[aria-label=End]") == ""
    assert page.evaluate("() => document.activeElement.id") == "filter"


def test_chosen_columns_are_shown_whatever_the_room_and_remembered(page: Page, address: str) -> None:
    trades = stored(address)
    opened(page, address)
    button = page.get_by_role("button", name="Columns")
    button.focus()
    page.keyboard.press("Enter")
    ticked = page.locator("#columns input:checked").evaluate_all("(found) => found.map(({ value }) => value)")
    assert ticked == ["entryType", "entryTime", "profit", "r", "outcome"]
    for name in ("Sum of the profits", "MFE: largest profit while open", "MAE: largest loss while open"):
        page.get_by_role("checkbox", name=name).check()
    page.get_by_role("checkbox", name="Profit in R").uncheck()
    page.keyboard.press("Escape")
    assert focused(page) == "Columns"
    titles = ["#", "Side", "Entry", "Profit", "Sum", "MFE", "MAE", "End"]
    assert page.locator(".trades-list th:visible").all_inner_texts() == titles

    newest = trades[-1]
    timely = [each["profit"] for each in trades if not each["late"]]
    row = cells(page)
    assert row["Sum"] == money(sum(timely)) == page.locator(".trades-list tfoot td:visible").nth(3).inner_text()
    assert (row["MFE"], row["MAE"]) == (money(newest["mfe"]), money(newest["mae"]))
    page.locator(".trades-list th button", has_text="MFE").click()
    assert cells(page)["MFE"] == money(max(each["mfe"] for each in trades))

    page.wait_for_timeout(400)  # the view is kept a moment later
    page.reload()
    opened(page, address)
    assert page.locator(".trades-list th:visible").all_inner_texts() == titles
    page.get_by_role("button", name="Columns").click()
    page.click("text=Those there is room for")
    page.keyboard.press("Escape")
    assert page.locator(".trades-list th:visible").count() == 6


def test_no_header_is_cut_off_at_320_px_however_long_the_profits_are(page: Page, traded: Path) -> None:
    change(traded, "UPDATE trades SET profit = profit * 5 WHERE mode = 'paper'")
    with served(page, traded) as address:
        opened(page, address)
        for numbers in ("4 digits", "6 digits"):
            room = page.locator(".trades-list .rows-scroller")
            assert room.evaluate("(room) => [room.clientWidth, room.scrollWidth]") == [320, 320], numbers
            header = page.get_by_role("columnheader", name="End").bounding_box()
            assert header
            assert header["x"] + header["width"] <= page.evaluate("() => innerWidth")
            change(traded, "UPDATE trades SET profit = profit * 100 WHERE mode = 'paper'")
            page.reload()
            opened(page, address)


def test_a_chosen_trade_is_marked_in_the_row_and_in_the_chart_whichever_is_clicked(page: Page, address: str) -> None:
    trade = max(stored(address), key=lambda each: each["duration"])
    opened(page, address, "?tf=5m")
    page.fill("#filter", f"#{trade['tradeNumber']}")
    page.locator(f"#row-trades-{trade['id']}").click()
    page.wait_for_function("() => !__chart.state.loading.get()")
    assert page.locator(f"{ROWS}[aria-selected=true]").get_attribute("id") == f"row-trades-{trade['id']}"
    page.wait_for_function(f"() => ({LEVELS})({trade['id']}) > 0.3", timeout=10_000)
    page.evaluate("() => __chart.state.selected.set(null)")
    page.wait_for_function(f"() => ({LEVELS})({trade['id']}) < 0.1", timeout=10_000)
    assert page.locator(f"{ROWS}[aria-selected=true]").count() == 0

    page.fill("#filter", "")
    shape = ask(
        page, f"__chart.layers.layers.trades.shapes().find(({{ placed }}) => placed.trade.id === {trade['id']})"
    )
    box = page.locator("#chart").bounding_box()
    assert box
    page.mouse.click(box["x"] + shape["x1"], box["y"] + shape["y1"])
    row = page.locator(f"#row-trades-{trade['id']}[aria-selected=true]")
    row.wait_for()
    page.wait_for_function(f"() => ({LEVELS})({trade['id']}) > 0.3", timeout=10_000)


LEVELS = """(id) => {
  const { layers, chart } = __chart;
  const shape = layers.layers.trades.shapes().find(({ placed }) => placed.trade.id === id);
  if (!shape) return 0;
  const canvas = chart.takeScreenshot(true);
  const ratio = devicePixelRatio;
  const [x0, x1, y] = [shape.x0, Math.max(shape.x1, shape.x0 + 24), Math.round(shape.stop)].map((px) => px * ratio);
  const { data } = canvas.getContext('2d').getImageData(x0, y, x1 - x0, ratio);
  let red = 0;
  for (let at = 0; at < data.length; at += 4) red += data[at] > 200 && data[at + 1] < 110 && data[at + 2] < 110;
  return red / (data.length / 4);
}"""
"""How much of the line at a trade's stop is drawn: dashes of it, or a box's edge, while the trade is chosen."""


def test_the_csv_has_what_the_page_adds_to_the_stored_columns(page: Page, address: str) -> None:
    trades = stored(address)
    opened(page, address)
    page.select_option("select[aria-label=End]", "Take Profit")
    with page.expect_download() as download:
        page.click("#trades-csv")
    with Path(download.value.path()).open(newline="") as file:
        rows = list(csv.DictReader(file))
    listed = [each for each in reversed(trades) if each["outcome"] == "Take Profit"]
    assert [int(row["id"]) for row in rows] == [each["id"] for each in listed]
    assert [float(row["mfe"]) for row in rows] == [each["mfe"] for each in listed]
    assert float(rows[0]["cumulative"]) == pytest.approx(
        sum(each["profit"] for each in trades if not each["late"] and each["id"] <= listed[0]["id"])
    )

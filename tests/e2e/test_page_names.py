"""What axe-core cannot tell: names, the order of the focus and live text, of the dashboard and the table of trades."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import pytest
from web_page import ask, open_page

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOCUSED = """() => {
  const at = document.activeElement;
  return [at.closest('[data-tile], [data-part]')?.dataset.tile ?? at.closest('[data-part]')?.dataset.part ?? '',
    at.ariaLabel ?? at.labels?.[0]?.textContent ?? at.textContent.trim()];
}"""
"""The tile or part of the dashboard that has the focus, and the name of what has it."""


@pytest.fixture
def dashboard(page: Page, address: str) -> Page:
    """The dashboard, all of it known."""
    page.goto(f"{address}/?tf=5m&dashboard=1")
    page.wait_for_function(
        """() => window.__dashboard && Object.values(__dashboard.source)
          .every((kind) => typeof kind === 'function' || !kind.get().waiting)"""
    )
    return page


def walk(page: Page, last: str) -> list[list[str]]:
    """Press Tab until the focus is on something of a name; return each place once."""
    places: list[list[str]] = []
    for _ in range(120):
        page.keyboard.press("Tab")
        places.append(page.evaluate(FOCUSED))
        if last in places[-1]:
            break
    return [place for place, _ in groupby(places)]


def test_the_focus_goes_through_the_dashboard_as_it_is_read(dashboard: Page) -> None:
    dashboard.focus("#dashboard")
    places = walk(dashboard, "shares")
    assert [name for part, name in places if not part][:9] == [
        *("Account: pair and mode", "All", "1M", "1W", "1D"),
        *("From day, UTC", "To day, UTC, which counts", "CSV", "Close the dashboard"),
    ]
    assert [place for place in places if not place[1]] == []
    read = dashboard.evaluate(
        """() => [...document.querySelectorAll('#dashboard [data-tile], #dashboard [data-part]')]
          .filter((part) => part.checkVisibility()).map(({ dataset }) => dataset.tile ?? dataset.part)"""
    )
    order = [part for part, _ in groupby(part for part, _ in places if part)]
    assert order == read[: len(order)]
    assert order[-1] == "shares"


def test_each_drawing_of_the_dashboard_is_one_picture_with_its_sum_in_words(dashboard: Page) -> None:
    bare = dashboard.evaluate(
        """() => [...document.querySelectorAll('#dashboard canvas')]
          .filter((canvas) => !canvas.closest('[role=img][aria-label], [aria-hidden=true]')).length"""
    )
    assert bare == 0
    pictures = dashboard.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('#dashboard [role=img]')]
          .map((picture) => [picture.closest('[data-part]').dataset.part, picture.ariaLabel]))"""
    )
    assert {"equity", "spread", "hours", "weekdays", "days"} <= set(pictures)
    assert pictures["equity"].startswith("Equity from Sat, 3 May 2025 00:00 to Mon, 5 May 2025 ")
    assert pictures["spread"].startswith("Profits of 39 trades: ")
    assert pictures["weekdays"].startswith("Profit by weekday, UTC: Monday: +")
    parts = dashboard.evaluate(
        "() => [...document.querySelectorAll('#dashboard [data-part]')].map((part) => [part.tagName, part.ariaLabel])"
    )
    assert [part for part in parts if part[0] != "SECTION" or not part[1]] == []


def test_a_period_without_trades_is_told_as_it_comes(dashboard: Page) -> None:
    dashboard.evaluate("() => __chart.state.period.set({ from: 0, to: 86400000 })")
    told = dashboard.locator("#dashboard .empty[role=status]")
    told.locator("strong").wait_for()
    assert "No paper trade of BTC/USDT was closed in this period" in told.inner_text()


@pytest.mark.essential
def test_the_table_of_trades_has_its_name_its_place_in_the_order_and_says_what_is_chosen(
    page: Page, address: str
) -> None:
    open_page(page, address, "?tf=5m&panel=trades")
    page.wait_for_function("() => __chart.state.trades.get()")
    page.wait_for_selector(".trades-list tbody:not([aria-hidden]) tr")
    page.focus("#tab-trades")
    names = [name for _, name in walk(page, "Profit")]
    bar = ["Account: pair and mode", "Filter trades", "Side", "End", "Columns", "CSV"]
    assert [name for name in names[: names.index("Trades")] if name in bar] == bar
    assert names[names.index("Trades") :] == ["Trades", "#", "Side", "Entry", "Profit"]
    grid = page.locator(".trades-list [role=grid]")
    assert [grid.get_attribute(name) for name in ("aria-label", "aria-rowcount")] == ["Trades", "41"]
    sorted_by = page.locator(".trades-list th[aria-sort=descending]")
    assert sorted_by.all_inner_texts() == ["Entry"]

    grid.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector(".trades-list tr[aria-selected=true]")
    active = page.locator(f"#{grid.get_attribute('aria-activedescendant')}")
    assert active.get_attribute("aria-selected") == "true"
    number = ask(page, "state.trades.get().find(({ id }) => id === state.selected.get()).tradeNumber")
    assert active.locator("td").first.inner_text() == str(number)
    assert page.get_attribute("#story", "aria-live") == "polite"
    page.wait_for_selector(f"#story:has-text('Trade #{number}')")

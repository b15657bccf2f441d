"""Every width: nothing is cut off from 1280 px on, and a phone has price, chart, trades and their stories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from web_page import ask, open_page

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def phone(page: Page, address: str) -> Page:
    """The page on a phone."""
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, address, "?tf=5m")
    page.wait_for_function("() => __chart.state.trades.get()")
    return page


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1280, 800), (1440, 900), (1920, 1080)])
@pytest.mark.parametrize("query", ["?tf=5m&trade=40", "?tf=5m&dashboard=1"])
def test_from_1280_on_nothing_is_cut_off(page: Page, address: str, width: int, height: int, query: str) -> None:
    page.set_viewport_size({"width": width, "height": height})
    open_page(page, address, query)
    page.wait_for_function("() => __chart.state.order.get()")
    page.evaluate("() => document.querySelector('.badge.simulated').toggleAttribute('hidden', false)")
    assert page.evaluate("() => document.documentElement.scrollWidth") == width
    outside = page.evaluate(
        """() => [...document.querySelectorAll('#header :is(button, span, select), #statusline span')]
          .filter((element) => element.offsetParent && !element.closest('[popover]'))
          .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
          .map((element) => element.outerHTML.slice(0, 80))"""
    )
    assert outside == []
    rows = page.evaluate(
        "() => [...document.querySelectorAll('.header-row')].map((row) => row.getBoundingClientRect().height)"
    )
    assert max(rows) < 45, "a row of the header is one line"


@pytest.mark.essential
def test_a_phone_has_the_chart_first_and_the_tabs_below(phone: Page) -> None:
    assert ask(phone, "state.panel.get()") is None
    assert phone.is_visible("#tab-trades")
    assert phone.is_hidden("#panel-body")
    for element in ("#price", ".badge.paper", "#age", "[data-timeframe='1d']", "#open-period", "#open-settings"):
        box = phone.locator(element).bounding_box()
        assert box, element
        assert box["x"] >= 0, element
        assert box["x"] + box["width"] <= 390, element
    assert phone.evaluate("() => document.documentElement.scrollWidth") == 390


def test_a_tab_raises_the_sheet_and_lowers_it_again(phone: Page) -> None:
    phone.click("#tab-trades")
    phone.wait_for_selector(".trades-list tbody:not([aria-hidden]) tr")
    panel, chart = (phone.locator(part).bounding_box() for part in ("#panel", "#chart"))
    assert panel
    assert chart
    assert panel["width"] == 390
    assert panel["y"] >= chart["y"] + chart["height"] - 1, "the sheet stands below the chart"
    assert chart["height"] > 200
    phone.click("#tab-trades")
    phone.wait_for_selector("#panel-body", state="hidden")


def test_a_trade_chosen_on_a_phone_raises_its_story(phone: Page) -> None:
    phone.wait_for_function("() => __chart.state.trades.get()")
    newest = ask(phone, "state.trades.get().at(-1).tradeNumber")
    phone.keyboard.press("j")
    phone.wait_for_selector(f"#story:has-text('Trade #{newest},')")


def test_menus_fit_a_phone(phone: Page) -> None:
    for button, box in (("#open-period", "#period"), ("#open-exports", "#exports"), ("#open-settings", "#settings")):
        phone.click(button)
        phone.wait_for_selector(box)
        place = phone.locator(box).bounding_box()
        assert place
        assert place["x"] >= 0, box
        assert place["x"] + place["width"] <= 390, box
        assert place["y"] + place["height"] <= 844, box
        phone.keyboard.press("Escape")
        phone.wait_for_selector(box, state="hidden")


def test_the_edge_of_the_panel_is_drawn_by_mouse_and_by_key_and_remembered(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    edge = page.locator("#panel-edge")
    assert edge.get_attribute("aria-valuenow") == "320"
    box = edge.bounding_box()
    assert box
    page.mouse.move(box["x"] + 1, 500)
    page.mouse.down()
    page.mouse.move(1440 - 500, 500, steps=4)
    page.mouse.up()
    assert edge.get_attribute("aria-valuenow") == "500"
    edge.focus()
    page.keyboard.press("ArrowRight")
    assert edge.get_attribute("aria-valuenow") == "480"
    page.reload()
    page.wait_for_selector("#panel-edge[aria-valuenow='480']")

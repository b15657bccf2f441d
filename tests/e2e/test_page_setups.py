"""What is it doing now, and what did it see: the chip in the header and the list of setups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from web_page import ask, open_page

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

ITEMS = ".setups li"


def stored(address: str, **query: str) -> list[dict[str, Any]]:
    """Setups as the API has them."""
    answer = httpx.get(f"{address}/api/setups", params={"mode": "paper", "limit": "200", **query}, timeout=30)
    return list(answer.raise_for_status().json()["setups"])


def test_the_header_says_what_the_strategy_does_now(page: Page, address: str) -> None:
    open_page(page, address)
    page.wait_for_selector("#doing")
    (order,) = httpx.get(f"{address}/api/orders", timeout=30).json()["orders"]
    stop, target = f"{order['stopLoss']:,.1f}", f"{order['takeProfit']:,.1f}"
    assert page.inner_text("#doing") == f"short since 02:55, waiting for the target {target} or the stop {stop}"


@pytest.mark.essential
def test_the_header_says_what_it_waits_for_and_why_the_last_gap_failed(page: Page, address: str) -> None:
    def waiting(route: Route) -> None:
        body = httpx.get(route.request.url, timeout=30).json()
        body["setups"][-1] |= {
            "state": "waiting_for_fvg",
            "waits_for": "a bearish fair value gap; the last candidate failed: height 0.8 of 1.2",
        }
        route.fulfill(json=body)

    page.route("**/api/setups?*", waiting)
    open_page(page, address)
    page.wait_for_selector("#doing")
    said = "bearish since 02:50, waiting for a gap; the last one failed: height 0.8 of 1.2"
    assert page.inner_text("#doing") == said
    page.click("#doing")
    page.wait_for_selector(f"#panel >> text=Now: {said}")
    page.wait_for_function(
        "(instant) => Math.abs(__chart.state.view.get().centre - instant) <= 10 * 60_000",
        arg=stored(address)[-1]["events"][0]["timestamp"],
    )


@pytest.mark.essential
def test_recent_setups_are_listed_newest_first_aborted_ones_included(page: Page, address: str) -> None:
    open_page(page, address, "?panel=setups")
    page.wait_for_selector(ITEMS)
    setups = stored(address)
    aborted = [each for each in setups if each["state"] == "aborted"]
    assert page.locator(ITEMS).count() == len(setups)
    assert page.locator(ITEMS, has_text="aborted while waiting for a gap: opposite signal").count() == len(aborted) > 5
    assert "in a position" in page.locator(ITEMS).first.inner_text()
    page.click("#aborted")
    assert page.locator(ITEMS).count() == len(setups) - len(aborted)
    assert page.locator(ITEMS, has_text="aborted").count() == 0


def test_an_aborted_setup_can_be_seen_on_the_chart(page: Page, address: str) -> None:
    open_page(page, address, "?panel=setups&tf=5m")
    page.wait_for_selector(ITEMS)
    setup = next(each for each in stored(address) if each["state"] == "aborted")
    page.locator(ITEMS, has_text="aborted").last.click()
    page.wait_for_function(
        "([from, to]) => { const shown = __chart.chart.timeScale().getVisibleRange();"
        " return shown.from * 1000 <= from && shown.to * 1000 >= to; }",
        arg=[setup["events"][0]["timestamp"], setup["events"][-1]["timestamp"]],
    )
    assert ask(page, "state.timeframe.get()") == "5m"
    assert ask(page, "state.selected.get()") is None


def test_a_setup_that_led_to_a_trade_chooses_it(page: Page, address: str) -> None:
    open_page(page, address, "?panel=setups")
    page.wait_for_selector(ITEMS)
    setup = [each for each in stored(address) if each["trade"]][-1]
    page.wait_for_function("() => __chart.state.trades.get() !== null")
    item = page.locator(ITEMS, has_text="trade #40, Take Profit")
    item.locator("button").click()
    assert ask(page, "state.selected.get()") == setup["trade"]
    assert page.locator(ITEMS, has_text="trade #40, Take Profit").locator("button[aria-pressed=true]").count() == 1


def test_the_setups_of_a_period_are_those_of_the_period(page: Page, address: str) -> None:
    open_page(page, address, "?panel=setups&period=2025-05-03..2025-05-04")
    page.wait_for_selector(ITEMS)
    times = page.locator(f"{ITEMS} time").all_inner_texts()
    assert {time.rsplit(" ", 1)[0] for time in times} <= {"2 May", "3 May"}
    assert len(times) > 5


def test_an_imported_account_says_that_the_earlier_bot_kept_no_setups(page: Page, address: str) -> None:
    open_page(page, address, "?panel=setups&account=BTC/USDT:imported")
    page.wait_for_selector("text=The earlier bot kept its trades, not the setups that led to them.")
    assert page.locator(ITEMS).count() == 0
    assert page.locator("#doing").is_visible()

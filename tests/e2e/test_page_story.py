"""Why this trade: its story, each step a button that leads to its bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from web_page import Complaints, ask, open_page

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route


def stored(address: str, mode: str = "paper") -> list[dict[str, Any]]:
    """Trades as the API has them."""
    return list(
        httpx.get(f"{address}/api/trades", params={"mode": mode}, timeout=30).raise_for_status().json()["trades"]
    )


def story(page: Page, address: str, trade: dict[str, Any]) -> str:
    """Open a link to a trade and give its story's text, thin and narrow spaces as plain ones."""
    open_page(page, address, f"?trade={trade['id']}")
    page.wait_for_selector(f"#story >> text=Trade #{trade['tradeNumber']}, {trade['entryType']}, Profit:")
    page.wait_for_function("() => __chart.state.status.get()")
    return page.inner_text("#story")


def kinds(page: Page) -> list[str]:
    """Steps in order."""
    steps = page.locator("#story li").all()
    return [str(step.get_attribute("data-kind")) for step in steps]


@pytest.mark.essential
def test_a_story_tells_what_decided_each_step(page: Page, address: str) -> None:
    trade = stored(address)[-1]
    told = httpx.get(f"{address}/api/trades/{trade['id']}", timeout=30).json()
    gap = next(event for event in told["timeline"] if event["event"] == "gap")["detail"]
    entered = next(event for event in told["timeline"] if event["event"] == "entered")["detail"]

    text = story(page, address, trade)

    assert text.startswith(f"Trade #{trade['tradeNumber']}, Long, Profit: ${trade['profit']:.0f}")
    assert kinds(page) == ["signal", "gap", "entered", "stop", "target", "exited"]
    height = gap["top"] - gap["bottom"]
    assert f"{gap['bottom']:,.1f} to {gap['top']:,.1f}, {height:.1f} high" in text
    assert f"{height:.1f} \u00d7 100 (all) is above the ATR of {gap['atr']:.1f}" in text
    assert f"3 (risk lowest) \u00d7 the ATR of {entered['risk_atr']:.1f}" in text
    assert "Left at the target (take profit)" in text
    assert f"{trade['fees']:,.2f}" in text
    assert f"{trade['r']:+.2f} R" in text
    assert f"{trade['duration'] // 60_000} min" in text
    assert "Late" not in text


def test_each_step_goes_to_its_bar(page: Page, address: str) -> None:
    trade = stored(address)[-1]
    told = httpx.get(f"{address}/api/trades/{trade['id']}", timeout=30).json()
    story(page, address, trade)
    page.click("[data-timeframe='1m']")
    for kind, instant in (("signal", told["timeline"][0]["timestamp"]), ("exited", trade["exitTime"])):
        page.locator(f"#story li[data-kind={kind}] button").click()
        page.wait_for_function(
            "(instant) => Math.abs(__chart.state.view.get().centre - instant) <= 2 * 60_000", arg=instant
        )


def test_no_fees_are_said_to_be_none(page: Page, address: str) -> None:
    trade = next(trade for trade in stored(address) if not trade["fees"] and not trade["late"])
    text = story(page, address, trade)
    assert "before fees" in text


def test_a_late_trade_says_that_nobody_could_have_made_it(page: Page, address: str) -> None:
    trade = next(trade for trade in stored(address) if trade["late"])
    text = story(page, address, trade)
    assert "Late: decided at" in text
    assert "Nobody could have made this trade" in text


def test_an_imported_trade_says_what_is_not_known(page: Page, address: str) -> None:
    trade = stored(address, "imported")[0]
    text = story(page, address, trade)
    assert "the earlier bot kept entry and exit, not what led to them" in text
    assert kinds(page) == ["entered", "exited"]
    assert "not known" in text


@pytest.mark.essential
def test_a_link_to_a_trade_leads_to_its_account_and_place(page: Page, address: str) -> None:
    trade = stored(address, "backtest")[4]
    story(page, address, trade)
    assert page.locator(".account-chooser").input_value() == "BTC/USDT backtest"
    page.wait_for_selector(f"#row-trades-{trade['id']}[aria-selected=true]")
    page.wait_for_function(
        "([from, to]) => { const shown = __chart.chart.timeScale().getVisibleRange();"
        " return shown && shown.from * 1000 <= from && shown.to * 1000 >= to; }",
        arg=[trade["entryTime"], trade["exitTime"]],
    )


def test_a_link_leads_to_its_trade_though_the_status_comes_last(page: Page, address: str) -> None:
    trade = stored(address)[-1]
    held: list[Route] = []
    page.route("**/api/status", lambda route: held.append(route) if not held else route.continue_())
    page.goto(f"{address}/?trade={trade['id']}")
    page.wait_for_selector(f"#story >> text=Trade #{trade['tradeNumber']}")
    page.wait_for_function("() => __chart.state.timeframe.get() === '1m'")
    held[0].continue_()
    page.wait_for_function(
        "(from) => { const shown = __chart.chart.timeScale().getVisibleRange();"
        " return __chart.state.held.get().timeframe === '1m' && shown && shown.from * 1000 <= from; }",
        arg=trade["entryTime"],
    )


def test_new_bars_do_not_call_the_chart_back_from_where_it_goes(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    wanted = page.evaluate(
        """() => {
          const { state, nav } = __chart;
          const held = state.held.get();
          const instant = held.bars.timestamp[100];
          nav.goTo(instant);
          state.held.set({ ...held, place: { at: 'same' } });
          return instant;
        }"""
    )
    page.wait_for_function("(instant) => Math.abs(__chart.state.view.get().centre - instant) < 300_000", arg=wanted)


def test_a_link_to_no_trade_says_so_and_shows_the_rest(page: Page, address: str, complaints: Complaints) -> None:
    complaints.mean("404")
    open_page(page, address, "?trade=999")
    page.wait_for_function("() => __chart.state.selected.get() === null && __chart.state.trades.get() !== null")
    assert page.is_hidden("#story")
    assert page.locator(".trades-list tbody:not([aria-hidden]) tr").count() > 5


def test_from_opening_the_page_to_a_story_by_keys_alone(page: Page, address: str) -> None:
    open_page(page, address)
    page.wait_for_function("() => __chart.state.trades.get() !== null")
    page.keyboard.press("/")
    page.keyboard.type("long sl")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('role')") == "grid":
            break
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("#story >> text=Left at the stop (stop loss)")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "step":
            break
    signal = ask(page, "document.activeElement.querySelector('time').dateTime")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "(iso) => Math.abs(__chart.state.view.get().centre - Date.parse(iso)) <= 15 * 60_000", arg=signal
    )

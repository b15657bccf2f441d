"""Readable and usable by everyone: no serious finding of axe-core anywhere, and a trade's story by keyboard alone."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from web_page import ask, open_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"

GRAVE = {"serious", "critical"}


def findings(page: Page) -> list[str]:
    """What axe-core finds serious or critical: the rule, and where."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("async () => (await axe.run(document)).violations")
    return [
        f"{one['id']}: {node['target'][0]}: {node['failureSummary']}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


def opened(page: Page, address: str, query: str, theme: str, ready: str) -> None:
    """Open the page in a theme, and wait for what is looked at."""
    page.add_init_script(f"if (location.protocol === 'http:') localStorage['cvdbot.view.tastes'] = 'theme={theme}'")
    open_page(page, address, query)
    page.wait_for_function("() => __chart.state.trades.get()")
    page.wait_for_selector(ready)


VIEWS = {
    "main view": ("?tf=5m", ".trades-list tbody:not([aria-hidden]) tr"),
    "setups": ("?tf=5m&panel=setups", ".setups li"),
    "story": ("?tf=5m&trade=40", "#story :is(ol, ul, dl, table)"),
    "what-if": ("?tf=5m&panel=whatif", "#panel-body :is(input, select)"),
    "venues": ("?tf=5m&panel=venues", "#panel-body *"),
    "dashboard": ("?tf=5m&dashboard=1", "#dashboard canvas"),
}


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_has_no_serious_finding(page: Page, address: str, view: str, theme: str) -> None:
    query, ready = VIEWS[view]
    opened(page, address, query, theme, ready)
    assert findings(page) == []


DIALOGS: dict[str, tuple[Callable[[Page], None], str]] = {
    "about": (lambda page: page.keyboard.press("Shift+?"), "#about"),
    "period": (lambda page: page.keyboard.press("g"), "#period"),
    "settings": (lambda page: page.click("#open-settings"), "#settings"),
    "exports": (lambda page: page.click("#open-exports"), "#exports"),
}


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_what_opens_over_the_page_has_no_serious_finding(page: Page, address: str, theme: str) -> None:
    opened(page, address, "?tf=5m", theme, ".trades-list tbody:not([aria-hidden]) tr")
    for name, (act, box) in DIALOGS.items():
        act(page)
        page.wait_for_selector(box)
        assert findings(page) == [], name
        page.keyboard.press("Escape")
        page.wait_for_selector(box, state="hidden")


@pytest.mark.essential
def test_keys_alone_lead_from_opening_the_page_to_the_story_of_a_trade(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    page.wait_for_function("() => __chart.state.trades.get()")
    page.keyboard.press("t")
    assert page.evaluate("() => document.activeElement.id") == "tab-trades"
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.matches('.trades-list [role=grid]')"):
            break
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_function("() => __chart.state.selected.get() !== null")
    chosen = ask(page, "state.trades.get().find(({ id }) => id === state.selected.get()).tradeNumber")
    page.wait_for_selector(f"#story:has-text('Trade #{chosen}')")
    story = page.inner_text("#story")
    assert [step for step in ("signal", "gap", "Entered", "Stop", "Target", "Left at") if step not in story] == []


def test_one_key_leads_to_the_story_of_a_trade(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m&panel=none")
    page.wait_for_function("() => __chart.state.trades.get()")
    newest = ask(page, "state.trades.get().at(-1).tradeNumber")
    page.keyboard.press("t")
    page.keyboard.press("j")
    page.wait_for_selector(f"#story:has-text('Trade #{newest},')")


def test_every_control_of_the_header_is_reached_by_tab_and_has_a_name(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    page.evaluate("() => document.body.focus()")
    names = []
    for _ in range(24):
        page.keyboard.press("Tab")
        names.append(
            page.evaluate("() => { const at = document.activeElement; return at.ariaLabel ?? at.textContent.trim(); }")
        )
    frames = ["1m", "3m", "5m", "15m", "30m", "1h", "4h", "1d"]
    ranges = ["1D", "1W", "1M", "All", "Fit", "Choose a period"]
    menus = ["Time zone: UTC", "Export", "Settings"]
    assert names[:17] == frames + ranges + menus
    assert names[17].endswith(", about and keys")


NAME = """() => {
  const at = document.activeElement;
  const labels = at.ariaLabel ? [] : [...(at.labels ?? [])].map((label) => label.textContent);
  return at.ariaLabel ?? (labels.join(' ') || at.textContent).trim().replace(/\\s+/g, ' ');
}"""


def tabbed(page: Page, within: str, most: int = 60) -> list[str]:
    """Press Tab from what has the focus until it leaves a part; give the names of what was met, in order."""
    names: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        if not page.evaluate("(within) => document.activeElement.closest(within) !== null", within):
            return names
        names.append(page.evaluate(NAME))
    raise AssertionError(f"more than {most} stops: {names}")


def test_everything_about_the_trades_is_reached_in_the_order_it_is_read_and_has_a_name(
    page: Page, address: str
) -> None:
    open_page(page, address, "?tf=5m")
    page.wait_for_function("() => __chart.state.trades.get() && __chart.state.order.get()")
    page.keyboard.press("t")
    page.focus(".account-chooser")
    names = [page.evaluate(NAME), *tabbed(page, "#panel-body")]
    assert names[:6] == ["Account: pair and mode", "Filter trades", "Side", "End", "Columns", "CSV"]
    assert names[6].startswith("Short 1.00 BTC at ")
    assert names[7:] == ["Trades", "#", "Side", "Entry", "Profit", "R", "End"]
    page.locator(".trades-list tbody:not([aria-hidden]) tr").first.click()
    page.wait_for_selector("#story h2")
    assert page.get_by_role("region", name="Story of the trade").get_attribute("aria-live") == "polite"
    assert page.get_by_role("region", name="Open position").get_attribute("aria-live") is None, "it is a ticking price"
    chosen = page.get_by_role("row", selected=True)
    assert chosen.count() == 1
    assert chosen.get_attribute("aria-rowindex") == "2"


def test_everything_of_the_dashboard_is_reached_in_the_order_it_is_read_and_has_a_name(
    page: Page, address: str
) -> None:
    open_page(page, address, "?tf=5m&dashboard=1")
    page.wait_for_selector("#dashboard[aria-busy=false], #dashboard [aria-busy=false]")
    page.focus("#dashboard")
    names = [name for name, _ in groupby(tabbed(page, "#dashboard", most=250))]  # a date has a stop a part
    assert "" not in names
    filters = ["Account: pair and mode", "All", "1M", "1W", "1D", "From day, UTC", "To day, UTC, which counts"]
    assert names[:10] == [*filters, "CSV", "Close the dashboard", "Net profit"]
    parts = page.locator("#dashboard section[data-part]")
    titles = parts.evaluate_all("(parts) => parts.map((part) => part.ariaLabel)")
    assert len(titles) > 8
    rest = iter(names)
    assert [title for title in titles if title not in rest] == [], "each title is met once, in the order of the parts"
    assert page.locator("#dashboard [role=img]:not([aria-label])").count() == 0
    assert page.locator("#dashboard canvas").count() == page.locator("#dashboard [role=img] canvas").count() > 0


def test_what_the_dashboard_has_no_figures_of_is_said_to_who_does_not_see_it(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m&dashboard=1")
    page.wait_for_selector("#dashboard [data-part=equity][aria-busy=false]")
    for label, day in (("From day, UTC", "2025-05-02"), ("To day, UTC, which counts", "2025-05-02")):
        page.get_by_label(label).fill(day)
    page.get_by_role("status").filter(has_text="No paper trade of BTC/USDT was closed in this period").wait_for()
    page.get_by_label("From day, UTC").fill("2025-05-04")
    page.get_by_role("alert").filter(has_text="the first day comes after the last").wait_for()


def test_a_reader_who_wishes_less_motion_gets_none(page: Page, address: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    open_page(page, address, "?tf=5m")
    moving = page.evaluate(
        """() => [...document.querySelectorAll('*')].filter((element) => {
          const { animationName, transitionDuration } = getComputedStyle(element);
          return animationName !== 'none' || parseFloat(transitionDuration) > 0;
        }).length"""
    )
    assert moving == 0

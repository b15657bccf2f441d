"""The page with two traded pairs: what is chosen in the header is what all of it shows, and nothing else is seen."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest
from predicted import EDGE, predict
from traded import END, at
from two_pairs import FIRST, SECOND, follow
from web_page import ask, open_page, served
from web_server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

CHEAPER = 5_000
"""ETH costs less all the time, BTC more."""

SEEN = """(pair) => {
  const { state, layers, overlays, data } = __chart;
  const { trades } = layers.layers;
  return data().values.length > 0 && state.trades.get()?.every((each) => each.pair === pair)
    && state.order.get()?.pair === pair && state.current.get() !== null
    && trades.placed().length > 0 && overlays.signals.get().answer?.pair === pair;
}"""
"""Everything of a pair is there."""

PRICES = """() => {
  const { state, layers, overlays, data } = __chart;
  const { answer, setups } = overlays.signals.get();
  const order = state.order.get();
  return [
    ...data().values.flatMap(({ low, high }) => [low, high]),
    ...state.trades.get().flatMap(({ entryPrice, exitPrice }) => [entryPrice, exitPrice]),
    ...layers.layers.trades.placed().map(({ trade }) => trade.entryPrice),
    ...(order ? [order.entryPrice, order.stopLoss, order.takeProfit] : []),
    ...(answer?.gaps ?? []).flatMap(({ top, bottom }) => [top, bottom]),
    ...setups.flatMap(({ events }) => events.map(({ price }) => price).filter((price) => price !== null)),
  ];
}"""
"""Every price that is drawn or listed."""


@pytest.fixture(scope="module")
def address(two_pairs_once: Path) -> Iterator[str]:
    """A server of two pairs, for tests that only look."""
    with serve(two_pairs_once) as address:
        yield address


def choose(page: Page, pair: str) -> None:
    page.select_option("select.pair", pair)
    page.wait_for_function(SEEN, arg=pair)


def prices(page: Page) -> tuple[float, float]:
    seen = page.evaluate(PRICES)
    return min(seen), max(seen)


@pytest.mark.essential
def test_choosing_a_pair_changes_all_that_is_shown_and_nothing_of_the_other_remains(page: Page, address: str) -> None:
    open_page(page, address)
    page.wait_for_function(SEEN, arg=FIRST)
    assert prices(page)[0] > CHEAPER
    choose(page, SECOND)
    assert prices(page)[1] < CHEAPER
    assert page.inner_text(".legend-name") == "ETH/USDT \u00b7 5m"
    assert re.search(r"\d ETH", page.inner_text("#legend-volume"))
    assert re.search(r"\d ETH", page.inner_text("#legend-cvd"))
    assert "Short 1.00 ETH at 3," in page.inner_text("#position")
    price = page.inner_text("#price")
    assert re.fullmatch(r"3,\d{3}\.\d\d", price)
    page.wait_for_function("(price) => document.title.includes(`${price} \u00b7 ETH/USDT`)", arg=price)
    count = next(
        each["count"]
        for each in httpx.get(f"{address}/api/status").json()["trades"]
        if (each["pair"], each["mode"]) == (SECOND, "paper")
    )
    assert page.locator("select.account-chooser").first.locator("option").first.inner_text() == f"Paper ({count})"
    page.click("#open-exports")
    assert "pair=ETH%2FUSDT" in str(page.get_attribute("#export-csv", "href"))
    assert "pair=ETH%2FUSDT&mode=paper" in str(page.get_attribute("#export-report", "href"))
    page.keyboard.press("Escape")
    page.click("#open-dashboard")
    page.wait_for_function("() => document.querySelector('.dashboard-head .who')?.textContent.includes('ETH/USDT')")
    figures = page.locator(".tiles")
    figures.get_by_text("USDT a trade").wait_for()
    shown = httpx.get(f"{address}/api/statistics", params={"pair": SECOND}).json()["figures"]["total_profit"]["value"]
    page.wait_for_function(
        "(profit) => document.querySelector('.tiles').textContent.includes(profit)", arg=f"{shown:+.2f}"
    )
    text = page.locator("body").evaluate(
        "(body) => [...body.querySelectorAll('*:not(option)')].map((each) => "
        "[...each.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join(' ')).join(' ')"
    )
    assert "BTC" not in text


def test_the_dashboard_that_is_open_shows_the_pair_that_is_chosen(page: Page, address: str) -> None:
    open_page(page, address, "?dashboard=1")
    page.wait_for_function("() => document.querySelector('.dashboard-head .who')?.textContent.includes('BTC/USDT')")
    page.select_option("select.pair", SECOND)
    page.wait_for_function(
        """() => {
          const { source } = window.__dashboard;
          const known = ['statistics', 'equity', 'trades', 'candles', 'patterns'].map((name) => source[name].get());
          return known.every(({ value, waiting }) => value && !waiting)
            && known[0].value.account.pair === 'ETH/USDT' && known[3].value.pair === 'ETH/USDT';
        }"""
    )
    text = page.inner_text("#dashboard")
    assert "ETH/USDT" in text
    assert "BTC" not in text
    assert page.get_by_text("ETH an hour").count() + text.count("ETH") > 1
    assert "pair=ETH%2FUSDT" in str(page.get_attribute(".figures-csv", "href"))


def test_the_address_keeps_the_pair_over_a_reload_and_a_page_without_one_remembers_it(page: Page, address: str) -> None:
    open_page(page, address, "?tf=15m")
    choose(page, SECOND)
    page.wait_for_function("() => location.search.includes('pair=ETH/USDT')")
    page.reload()
    page.wait_for_function(SEEN, arg=SECOND)
    assert page.input_value("select.pair") == SECOND
    open_page(page, address)
    page.wait_for_function(SEEN, arg=SECOND)
    assert prices(page)[1] < CHEAPER
    open_page(page, address, "?tf=5m&pair=BTC/USDT")
    page.wait_for_function(SEEN, arg=FIRST)
    assert prices(page)[0] > CHEAPER


def test_a_pair_that_the_database_does_not_know_is_told_and_the_first_one_is_shown(
    page: Page, address: str, complaints
) -> None:
    complaints.mean("422")
    open_page(page, address, "?tf=5m&pair=XRP/USDT")
    page.get_by_text("Pair 'XRP/USDT' is not stored").wait_for()
    page.wait_for_function(SEEN, arg=FIRST)
    page.wait_for_function("() => !location.search.includes('pair=')")


def test_a_link_to_a_trade_shows_its_pair(page: Page, address: str) -> None:
    trade = httpx.get(f"{address}/api/trades", params={"pair": SECOND, "mode": "paper"}).json()["trades"][20]
    open_page(page, address, f"?tf=5m&trade={trade['id']}")
    page.wait_for_function(SEEN, arg=SECOND)
    assert ask(page, "state.selected.get()") == trade["id"]
    story = page.locator("#story")
    story.get_by_text(f"Trade #{trade['tradeNumber']}").first.wait_for()
    assert "ETH" in story.inner_text()
    assert "BTC" not in story.inner_text()


def test_the_chooser_is_reached_and_changed_by_the_keyboard(page: Page, address: str) -> None:
    open_page(page, address)
    page.keyboard.press("Tab")
    for _ in range(5):
        if page.evaluate("() => document.activeElement.matches('select.pair')"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.wait_for_function(SEEN, arg=SECOND)
    assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == "Pair"


def test_a_what_if_is_of_the_pair_and_forgotten_with_it(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m&pair=ETH/USDT&panel=whatif")
    page.select_option("#parameter-risk", "high")
    page.wait_for_function("() => __chart.state.whatif.get()?.trades.every(({ pair }) => pair === 'ETH/USDT')")
    page.select_option("select.pair", FIRST)
    page.wait_for_function(SEEN, arg=FIRST)
    assert ask(page, "[state.whatif.get(), Object.keys(state.tried.get()).length]") == [None, 0]


def test_a_prediction_of_one_pair_is_not_seen_beside_the_other(page: Page, two_pairs: Path) -> None:
    bar = 4_000_000_000_000
    predict(two_pairs, replace(EDGE, bar=bar, closes=bar + 300_000, made=bar))
    with served(page, two_pairs) as address:
        open_page(page, address)
        page.locator("#prediction").wait_for()
        choose(page, SECOND)
        page.locator("#prediction").wait_for(state="hidden")


def test_a_pair_that_is_no_longer_followed_says_so(page: Page, two_pairs: Path) -> None:
    follow(two_pairs, FIRST)
    with served(page, two_pairs) as address:
        open_page(page, address)
        assert page.locator(".unfollowed").count() == 0
        choose(page, SECOND)
        assert page.inner_text(".unfollowed") == "no longer followed, ends 5 May 03:06"
        assert page.inner_text("#last-hour") == ""
        follow(two_pairs, FIRST, SECOND)
        page.locator(".unfollowed").wait_for(state="detached")


def test_a_pair_whose_minutes_ended_is_held_to_its_own_end(page: Page, two_pairs: Path) -> None:
    with closing(sqlite3.connect(two_pairs)) as sql, sql:
        sql.execute("DELETE FROM candles WHERE pair = ? AND timestamp >= ?", (SECOND, at(END - 600)))
    with served(page, two_pairs) as address:
        open_page(page, address, "?tf=5m&pair=ETH/USDT")
        assert ask(page, "[state.held.get().live, state.view.get().following]") == [True, True]


def test_one_pair_alone_is_no_choice(page: Page, traded_once: Path) -> None:
    with served(page, traded_once) as address:
        open_page(page, address)
        assert page.locator("select.pair").count() == 0
        assert page.inner_text("span.pair") == FIRST
        page.wait_for_timeout(400)
        assert "pair=" not in page.url


def test_on_a_narrow_screen_the_chooser_stays(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, address)
    choose(page, SECOND)
    box = page.locator("select.pair").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390

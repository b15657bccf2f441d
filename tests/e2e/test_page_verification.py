"""Data you can check: the badge live = replay, its differences, and the feeds of the exchanges."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from traded import LATE_PRINT, at
from web_page import ask, open_page, served

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

CHANGED_CANDLE = at(LATE_PRINT - 7)


def change(path: Path, *statements: str) -> None:
    """Change a database that nobody serves yet."""
    with closing(sqlite3.connect(path)) as sql, sql:
        for statement in statements:
            sql.execute(statement)


def now() -> int:
    """UTC ms."""
    return int(time.time() * 1000)


def test_a_fresh_verdict_without_differences_is_green(page: Page, traded: Path) -> None:
    change(traded, f"UPDATE verifications SET timestamp = {now() - 7_200_000} WHERE id = 2")
    with served(page, traded) as address:
        open_page(page, address)
        page.wait_for_selector("#verification[data-kind=same]")
        assert page.inner_text("#verification") == "\u2713 live = replay"
        page.click("#verification")
        text = page.inner_text("#verdict")
        assert "Verified 2 h ago" in text
        assert "60 trades" in text
        page.keyboard.press("Escape")
        assert page.is_hidden("#verdict")


def test_an_old_verdict_says_its_age(page: Page, traded: Path) -> None:
    change(traded, f"UPDATE verifications SET timestamp = {now() - 5 * 86_400_000 - 60_000} WHERE id = 2")
    with served(page, traded) as address:
        open_page(page, address)
        page.wait_for_selector("#verification[data-kind=old]")
        assert page.inner_text("#verification") == "live = replay, 5 d ago"
        assert "not checked" in (page.get_attribute("#verification", "title") or "")


def test_differences_are_counted_listed_and_lead_to_their_bar(page: Page, traded: Path) -> None:
    change(traded, "DELETE FROM verifications WHERE id = 2", f"UPDATE verifications SET timestamp = {now()}")
    with served(page, traded) as address:
        open_page(page, address, "?tf=1m")
        page.wait_for_selector("#verification[data-kind=differs]")
        assert page.inner_text("#verification") == "live \u2260 replay: 1"
        page.click("#verification")
        assert "close 1.0 stored, 88511.4 computed" in page.inner_text("#verdict")
        page.click("#verdict .differences button")
        assert page.is_hidden("#verdict")
        page.wait_for_function(
            "(instant) => Math.abs(__chart.state.view.get().centre - instant) <= 60_000", arg=CHANGED_CANDLE
        )

        page.click("#tab-venues")
        page.wait_for_selector("#panel >> text=Candles (1)")
        page.keyboard.press("End")
        page.wait_for_function("() => __chart.state.view.get().following")
        page.click("#panel .differences button")
        page.wait_for_function(
            "(instant) => Math.abs(__chart.state.view.get().centre - instant) <= 60_000", arg=CHANGED_CANDLE
        )


@pytest.mark.essential
def test_never_verified_is_said_honestly(page: Page, traded: Path) -> None:
    change(traded, "DELETE FROM verifications")
    with served(page, traded) as address:
        open_page(page, address, "?panel=venues")
        page.wait_for_selector("#verification[data-kind=unknown]")
        assert page.inner_text("#verification") == "not verified yet"
        assert "Not verified yet." in page.inner_text("#panel")


def test_each_exchange_has_its_feed_and_its_counts(page: Page, traded: Path) -> None:
    change(
        traded,
        "UPDATE exchange_status SET connected = 0, reconnects = 3, gaps = 2, rejects = 1 WHERE exchange = 'okx'",
        "UPDATE exchange_status SET last_trade = updated - 4000 WHERE exchange = 'bybit'",
        "UPDATE exchange_status SET last_trade = updated - 200000 WHERE exchange = 'coinbase'",
    )
    with served(page, traded) as address:
        open_page(page, address, "?panel=venues")
        page.wait_for_selector(".venue-table tbody tr")
        rows = {
            row.locator("th").inner_text().lower(): row.locator("td").all_inner_texts()
            for row in page.locator(".venue-table tbody tr").all()
        }
        assert list(rows) == ["binance", "bybit", "coinbase", "okx"]
        assert rows["okx"][0].endswith("down")
        assert rows["okx"][2:] == ["3", "2", "1"]
        assert rows["bybit"][0].endswith("up")
        assert rows["bybit"][1] == "4 s ago"
        assert rows["coinbase"][0].endswith("silent")
        assert "Not connected: okx." in page.inner_text("#panel")


def test_cvd_by_exchange_is_switched_on_here_and_in_the_address(page: Page, traded: Path) -> None:
    with served(page, traded) as address:
        open_page(page, address, "?panel=venues")
        page.check("#by-venue")
        assert ask(page, "state.overlays.get().venues") is True
        page.wait_for_function("() => location.search.includes('venues')")
        page.evaluate("() => __chart.state.overlays.set({ ...__chart.state.overlays.get(), venues: false })")
        assert not page.is_checked("#by-venue")

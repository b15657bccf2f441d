"""What the page is made of: little, all of it this server's, and nothing of it leaves the machine."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from web_page import ask, open_page
from web_server import TEST_PAGE, serve

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page
    from web_page import Complaints

MOST = 250_000
"""Bytes of all assets together, compressed."""


@pytest.mark.essential
def test_the_built_assets_are_under_250_kb_compressed() -> None:
    assets = TEST_PAGE.with_name("page") / "assets"
    sizes = {file.name: len(gzip.compress(file.read_bytes())) for file in assets.iterdir()}
    assert sum(sizes.values()) < MOST, sizes
    assert {file.suffix for file in assets.iterdir()} <= {".js", ".css"}, "icons and fonts are no files of their own"


@pytest.mark.essential
def test_nothing_asks_another_server_whatever_is_opened(page: Page, traded_once: Path) -> None:
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    with serve(traded_once) as address:
        open_page(page, address, "?tf=5m")
        page.wait_for_function("() => __chart.state.trades.get()")
        page.keyboard.press("j")
        page.wait_for_selector("#story:has-text('Trade #')")
        for tab in ("setups", "whatif", "venues"):
            page.click(f"#tab-{tab}")
        for key in ("1", "8", "d"):
            page.keyboard.press(key)
        page.wait_for_selector("#dashboard canvas")
        page.keyboard.press("Escape")
        page.keyboard.press("s")
        page.keyboard.press("Shift+?")
        page.wait_for_selector("#about[open]")
        assert ask(page, "state.lostSince.get()") is None
        assert len(asked) > 10
        assert [url for url in asked if not url.startswith((address, "data:", f"blob:{address}"))] == []
        page.goto("about:blank")


def test_the_page_runs_nothing_without_its_mark(page: Page, traded_once: Path, complaints: Complaints) -> None:
    complaints.mean("Content Security Policy")
    with serve(traded_once) as address:
        open_page(page, address, "?tf=5m")
        refused = page.evaluate(
            """() => new Promise((told) => {
              document.addEventListener('securitypolicyviolation', (event) => {
                event.stopImmediatePropagation();
                told(event.effectiveDirective);
              });
              const script = document.createElement('script');
              script.textContent = 'window.injected = true';
              document.head.append(script);
              setTimeout(() => told('nothing'), 1000);
            })"""
        )
        assert refused.startswith("script-src")
        assert page.evaluate("() => window.injected") is None
        page.goto("about:blank")

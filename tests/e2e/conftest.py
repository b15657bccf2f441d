"""A real Chromium and a real server. Any error on a page that a test did not mean fails it."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright
from web_page import CHROMIUM_FLAGS, Complaints
from web_server import TEST_PAGE, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page


BROWSERS = ("chromium", "chromium-browser", "google-chrome")
"""Names of a browser, as scripts/system-packages.sh looks for them."""


def runs(name: str) -> bool:
    """Tell whether a browser is on the path and more than a hint how to get it, as Ubuntu's chromium-browser can be."""
    path = shutil.which(name)
    return path is not None and subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium of this machine: `$CHROMIUM`, or the first of BROWSERS on the path that runs.

    It lives no longer than its module: while it does, this thread has a running event loop, and tests elsewhere start
    their own.
    """
    if not (TEST_PAGE / ".vite" / "manifest.json").exists():
        pytest.fail("the page's test build is missing: `make test` makes it, or `npm run build:test`")
    named = os.environ.get("CHROMIUM")
    executable = next(filter(runs, [named] if named else BROWSERS), None)
    if executable is None:
        pytest.fail("no Chromium: install it, or name it in the environment variable CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which(executable), args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address(traded_once: Path) -> Iterator[str]:
    """A server of the history of trading, for tests that only look; each page is closed before it ends."""
    with serve(traded_once) as address:
        yield address


@pytest.fixture
def complaints() -> Complaints:
    """What the page complained of; a test that causes an error means it here."""
    return Complaints()


@pytest.fixture
def page(browser: Browser, complaints: Complaints) -> Iterator[Page]:
    """A fresh window of 1440 x 900, without storage of others."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, timezone_id="America/New_York")
    context.set_default_timeout(20_000)
    page = context.new_page()
    complaints.listen(page)
    yield page
    context.close()
    assert complaints.unmeant() == []

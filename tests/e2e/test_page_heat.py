"""When in the week profits were made, in the zone of the labels, and what each of the last trades made."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import httpx
import marked
import pytest
from web_page import open_page
from web_server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

MINUS = "\N{MINUS SIGN}"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@pytest.fixture(scope="module")
def hundreds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path: Path = tmp_path_factory.mktemp("hundreds") / "trading.db"
    marked.build(path, marked.MADE["hundreds"])
    with serve(path) as address:
        yield address


def shown(page: Page) -> list[list[str]]:
    page.wait_for_selector(".heat td.win, .heat td.loss")
    cells: list[list[str]] = page.evaluate(
        "() => [...document.querySelectorAll('.heat tbody tr')]"
        ".map((row) => [...row.cells].map((cell) => cell.innerText))"
    )
    return cells


def brief(profit: float | None) -> str:
    if profit is None:
        return ""
    size = abs(profit)
    text = f"{size:.0f}" if size < 999.5 else f"{size / 1000:.{1 if size < 9950 else 0}f}k"
    return text if text == "0" else (MINUS if profit < 0 else "+") + text


@pytest.mark.essential
def test_the_heat_map_has_the_matrix_of_the_api_and_follows_the_zone(page: Page, hundreds: str) -> None:
    page.emulate_media()
    open_page(page, hundreds, "?dashboard=1")
    matrix: dict[str, Any] = httpx.get(f"{hundreds}/api/statistics", timeout=30).json()["matrix"]
    expected = [[day, *(brief(cell) for cell in row)] for day, row in zip(DAYS, matrix["profit"], strict=True)]
    assert shown(page) == expected
    row, hour = next((d, h) for d in range(7) for h in range(24) if matrix["trades"][d][h] > 1)
    page.hover(f".heat tbody tr:nth-child({row + 1}) td:nth-child({hour + 2})")
    page.wait_for_function(
        "(count) => document.querySelector('.part-heat .reading').innerText.includes(`${count} trades, `)",
        arg=matrix["trades"][row][hour],
    )
    assert page.get_attribute(".heat", "aria-label") == "Profit by weekday and hour"


def test_in_the_readers_own_zone_the_map_is_moved_by_its_hours(page: Page, hundreds: str) -> None:
    open_page(page, hundreds, "?dashboard=1&zone=local")
    zone = page.evaluate("() => Intl.DateTimeFormat().resolvedOptions().timeZone")
    trades = httpx.get(f"{hundreds}/api/trades", params={"mode": "paper"}, timeout=30).json()["trades"]
    sums: dict[tuple[int, int], float] = {}
    for trade in trades:
        day, hour = page.evaluate(
            "(ms) => { const when = new Date(ms); return [(when.getDay() + 6) % 7, when.getHours()]; }",
            trade["entryTime"],
        )
        sums[day, hour] = sums.get((day, hour), 0.0) + trade["profit"]
    assert shown(page) == [[DAYS[d], *(brief(sums.get((d, h))) for h in range(24))] for d in range(7)], zone


def test_each_of_the_last_50_trades_has_a_bar_that_says_what_it_made(page: Page, hundreds: str) -> None:
    open_page(page, hundreds, "?dashboard=1")
    page.wait_for_selector(".part-each .bars canvas")
    assert "the last 50 of 500" in page.inner_text(".part-each .part-head")
    summary = page.get_attribute(".part-each .bars", "aria-label") or ""
    newest = httpx.get(f"{hundreds}/api/trades", params={"mode": "paper"}, timeout=30).json()["trades"][-1]
    share = 100 * newest["profit"] / (newest["newBalance"] - newest["profit"])
    told = f"Trade #500, {newest['entryType']}: {newest['profit']:+,.2f}".replace("-", MINUS)
    assert told in summary
    assert f"({share:+.2f} %)".replace("-", MINUS) in summary


def test_the_figures_of_the_period_come_as_csv(page: Page, hundreds: str, tmp_path: Path) -> None:
    open_page(page, hundreds, "?dashboard=1&period=2025-05-04..2025-05-10")
    page.wait_for_selector(".figures-csv")
    with page.expect_download() as started:
        page.click(".figures-csv")
    started.value.save_as(tmp_path / "figures.csv")
    with (tmp_path / "figures.csv").open(newline="") as file:
        told = {row["figure"]: row for row in csv.DictReader(file)}
    asked = {"from": told["trades"]["from"], "to": told["trades"]["to"]}
    figures = httpx.get(f"{hundreds}/api/statistics", params=asked, timeout=30).json()["figures"]
    assert float(told["total_profit"]["value"]) == figures["total_profit"]["value"]
    assert 0 < int(told["trades"]["n"]) < 500

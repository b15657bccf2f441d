"""The dashboard's tiles say the digits of `/api/statistics`, from no trade to thousands."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import marked
import pytest
from web_page import served

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

MINUS = "\u2212"
DAY = 86_400_000

TILES = {
    "total_profit": ("total_profit_percent", "buy_and_hold_percent"),
    "win_rate": ("break_even_win_rate",),
    "profit_factor": ("payoff_ratio", "sqn"),
    "expectancy": ("expectancy_low", "expectancy_high"),
    "expectancy_r": ("best", "worst"),
    "max_drawdown": ("max_drawdown_percent", "max_drawdown_length", "max_drawdown_start", "marked_max_drawdown"),
    "sharpe": ("sortino", "calmar"),
    "average_duration": ("median_duration", "longest_duration"),
    "trades": ("wins", "losses", "exposure"),
    "fees": ("fees_share",),
}
"""Every tile by its figure -> the figures in its lines."""
SIGNED = {
    *("total_profit", "total_profit_percent", "buy_and_hold_percent", "best", "worst"),
    *("expectancy", "expectancy_low", "expectancy_high", "expectancy_r"),
}
FALLS = {"max_drawdown", "marked_max_drawdown"}
"""A fall is told as a loss."""


def words(name: str, figure: dict[str, Any]) -> str:
    """A figure's digits as a tile has them."""
    value, unit = figure["value"], figure["unit"]
    if unit == "UTC ms":
        return f"{datetime.fromtimestamp(value / 1000, UTC):%-d %b}"
    if unit == "trades":
        return f"{value:,.0f}"
    if unit == "min":
        return duration(value)
    if unit == "days":
        return duration(value * 1440) if value < 2 else f"{value:,.1f} days"
    decimals = 2 if unit != "%" else 3 if 0 < abs(value) < 0.1 else 1
    shown = f"{-value if name in FALLS else value:{'+' if name in SIGNED else ''},.{decimals}f}".replace("-", MINUS)
    return shown if re.search("[1-9]", shown) else shown.lstrip("+" + MINUS)


def duration(minutes: float) -> str:
    """How long, in one or two words: `42 s`, `3 min`, `2 h 5 min`, `4 d`."""
    seconds = int(minutes * 60 + 0.5)
    if seconds < 60:
        return f"{seconds} s"
    hours, rest = divmod(seconds // 60, 60)
    if not hours:
        return f"{rest} min"
    if hours >= 48:
        return f"{hours // 24} d"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def hold_tiles(page: Page, path: Path, name: str) -> None:
    """Open the dashboard on a database of tests/helpers/marked.py and hold each tile against the API and SQLite."""
    marked.build(path, marked.MADE[name])
    with served(page, path) as address:
        page.goto(f"{address}/?dashboard=1")
        page.wait_for_function(
            """() => window.__dashboard && Object.values(__dashboard.source)
              .every((kind) => typeof kind === 'function' || !kind.get().waiting)"""
        )
        query = {"pair": marked.PAIR, "mode": "paper"}
        figures = httpx.get(f"{address}/api/statistics", params=query, timeout=30).raise_for_status().json()["figures"]
        traded = marked.MADE[name].trades > 0
        assert page.is_visible("[data-tile=trades]") is traded
        assert page.is_visible("#dashboard .empty") is not traded
        tiles = page.evaluate(
            """() => Object.fromEntries([...document.querySelectorAll('#dashboard [data-tile]')].map((tile) => [
              tile.dataset.tile,
              { value: tile.querySelector('.value').innerText, n: tile.querySelector('.n').innerText,
                lines: [...tile.querySelectorAll('.lines > *')].map((line) => line.innerText).join('\\n') },
            ]))"""
        )
    stored = marked.stored(
        path, "SELECT count(*) AS trades, sum(profit > 0) AS wins, sum(profit) AS profit FROM trades"
    )
    assert figures["trades"]["value"] == stored[0]["trades"] == marked.MADE[name].trades
    assert figures["total_profit"]["value"] == (stored[0]["profit"] and pytest.approx(stored[0]["profit"]))
    assert set(tiles) == set(TILES)
    for figure, also in TILES.items():
        said = {part: " ".join(text.split()) for part, text in tiles[figure].items()}
        assert re.fullmatch(rf"n {figures[figure]['n']:,}( d)?", said["n"]), figure
        if figures[figure]["value"] is None:
            assert said["value"] in {"too few", "none"}, figure
        else:
            unit = {"expectancy": "USDT a trade", "trades": ""}.get(figure, figures[figure]["unit"].replace("min", ""))
            assert said["value"] == f"{words(figure, figures[figure])} {unit}".strip(), figure
        for each in also:
            if figures[each]["value"] is not None:
                digits = rf"(?<![\d.,+{MINUS}]){re.escape(words(each, figures[each]))}(?![.,]?\d)"
                assert re.search(digits, said["lines"]), (figure, each, said["lines"])


@pytest.mark.essential
def test_each_tile_says_the_digits_of_the_api_for_hundreds_of_trades(page: Page, tmp_path: Path) -> None:
    hold_tiles(page, tmp_path / "trading.db", "hundreds")


@pytest.mark.parametrize("name", ["none", "one", "thousands", "win and loss"])
def test_each_tile_says_the_digits_of_the_api_for_few_trades_and_for_thousands(
    page: Page, tmp_path: Path, name: str
) -> None:
    hold_tiles(page, tmp_path / "trading.db", name)

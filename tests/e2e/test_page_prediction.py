"""The prediction in the header: what is written beside the database is on the page at once, and gone with its bar."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from example_database import add_wave, create
from predicted import EDGE, MINUTE, NO_EDGE, predict, predict_many
from web_page import LISTENING, open_page, see, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page
    from web_page import Complaints

    from analysis.study.learning.predictions import Prediction

RECORD = "right 55 ± 3 % of 2,475"
SOON = 5_000
"""ms a prediction may take to the page on a busy machine."""


def now() -> int:
    return time.time_ns() // 1_000_000


def forming(made: Prediction, minutes: int = 60, closes: int | None = None) -> Prediction:
    """The same of a bar that is open now; its close, UTC ms, may be named."""
    closes = closes or (now() // MINUTE + minutes) * MINUTE
    return replace(made, timeframe="1m", bar=closes - MINUTE, closes=closes, made=now())


def wait_for_words(page: Page, text: str) -> None:
    """Wait until the prediction is seen and begins so."""
    page.wait_for_selector(f"#prediction:visible b:text-is('Next candle: {text}')", timeout=SOON)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Path]:
    """A market of an hour and a half."""
    path = tmp_path / "trading.db"
    writer = create(path)
    add_wave(writer, 0, 90)
    yield path
    writer.close()


@pytest.mark.essential
def test_a_prediction_comes_when_it_is_written_in_its_three_states_and_goes_with_its_bar(
    page: Page, database: Path
) -> None:
    with served(page, database) as address:
        open_page(page, address, "?tf=1m")
        page.wait_for_function(LISTENING)
        assert page.is_hidden("#prediction")

        bar = forming(EDGE)
        begins, ends = (time.strftime("%H:%M", time.gmtime(at / 1000)) for at in (bar.bar, bar.closes))
        predict_many(database, bar, 12, 8)
        wait_for_words(page, "65 % bullish")
        assert page.inner_text("#prediction").split("\n")[1:] == [
            f"{RECORD}; live 12 of 20",
            f"1m bar {begins} to {ends}",
        ]
        assert page.get_attribute("#prediction b", "class") == "up"
        assert "trained to 2025-05-04 00:00 UTC" in (page.get_attribute("#prediction", "title") or "")
        assert "no advice" in (page.get_attribute("#prediction", "title") or "")

        predict(database, forming(NO_EDGE, 61))
        wait_for_words(page, "no edge found (52 ± 3 %)")
        assert page.get_attribute("#prediction b", "class") == ""

        predict(database, forming(replace(NO_EDGE, insisted=True), 62))
        wait_for_words(page, "55 % bullish, no edge found (52 ± 3 %)")
        assert page.get_attribute("#prediction b", "class") == ""

        database.with_name("analysis.db").unlink()
        page.wait_for_selector("#prediction", state="hidden", timeout=SOON)

        closes = now() + 4_000
        predict(database, forming(replace(EDGE, probability_up=0.4), closes=closes))
        wait_for_words(page, "60 % bearish")
        assert page.get_attribute("#prediction b", "class") == "down"
        page.wait_for_selector("#prediction", state="hidden", timeout=4_000 + SOON)
        assert now() >= closes


def test_a_model_that_nobody_judged_says_so(page: Page, database: Path) -> None:
    predict(database, forming(replace(NO_EDGE, accuracy=None, margin=None, n=0)))
    with served(page, database) as address:
        open_page(page, address)
        wait_for_words(page, "no edge found (not judged yet)")


def test_a_prediction_of_a_bar_that_has_closed_is_not_shown(page: Page, database: Path) -> None:
    predict(database, EDGE)
    with served(page, database) as address:
        with page.expect_response("**/api/predictions") as answered:
            open_page(page, address)
        assert answered.value.json()["prediction"]["probability_up"] == 0.648
        assert page.is_hidden("#prediction")


def test_the_prediction_is_that_of_the_pair_that_is_shown(page: Page, tmp_path: Path) -> None:
    writer = create(tmp_path / "trading.db")
    add_wave(writer, 0, 90)
    writer.execute(
        "INSERT INTO candles SELECT timestamp, 'ETH/USDT', open / 40, high / 40, low / 40, close / 40, vBuy, vSell, "
        "sources, configured FROM candles"
    )
    predict(tmp_path / "trading.db", forming(EDGE))
    with served(page, tmp_path / "trading.db") as address:
        open_page(page, address)
        wait_for_words(page, "65 % bullish")
        page.select_option("select.pair", "ETH/USDT")
        page.wait_for_selector("#prediction", state="hidden")
        predict(tmp_path / "trading.db", forming(replace(EDGE, pair="ETH/USDT", probability_up=0.2)))
        wait_for_words(page, "80 % bearish")
        page.select_option("select.pair", "BTC/USDT")
        wait_for_words(page, "65 % bullish")
    writer.close()


def test_a_damaged_file_of_predictions_harms_nothing_and_is_read_once_it_is_well(page: Page, database: Path) -> None:
    path = predict(database, forming(EDGE))
    with served(page, database) as address:
        open_page(page, address)
        wait_for_words(page, "65 % bullish")
        page.wait_for_function(LISTENING)
        path.write_bytes(os.urandom(9_000))
        page.wait_for_selector("#prediction", state="hidden", timeout=SOON)
        assert page.is_hidden("#banner")
        path.unlink()
        predict(database, forming(EDGE))
        wait_for_words(page, "65 % bullish")


def test_a_page_that_was_not_looked_at_is_told_when_it_is(page: Page, database: Path) -> None:
    with served(page, database) as address:
        open_page(page, address)
        page.wait_for_function(LISTENING)
        see(page, "hidden")
        page.wait_for_function("() => !__chart.state.live.get()")
        predict(database, forming(EDGE))
        see(page, "visible")
        wait_for_words(page, "65 % bullish")


def test_each_tab_is_told_of_a_prediction(page: Page, database: Path, complaints: Complaints) -> None:
    with served(page, database) as address:
        open_page(page, address)
        other = page.context.new_page()
        complaints.listen(other)
        open_page(other, address)
        for each in (page, other):
            each.wait_for_function(LISTENING)
        predict(database, forming(EDGE))
        for each in (page, other):
            wait_for_words(each, "65 % bullish")
        other.close()


@pytest.mark.parametrize("made", [EDGE, NO_EDGE, replace(NO_EDGE, insisted=True)], ids=["edge", "none", "insisted"])
@pytest.mark.parametrize("width", [390, 800, 1280, 1440])
def test_a_prediction_pushes_nothing_out_of_the_window(
    page: Page, database: Path, width: int, made: Prediction
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    predict_many(database, forming(made), 120, 80)
    with served(page, database) as address:
        open_page(page, address, "?tf=1m")
        page.wait_for_selector("#prediction:visible")
        assert page.evaluate("() => document.documentElement.scrollWidth") == width
        for element in page.locator("#prediction > *").all():
            box = element.bounding_box()
            assert box is None or (box["x"] >= 0 and box["x"] + box["width"] <= width)
        doing = page.locator("#chip").bounding_box()
        assert doing
        assert doing["width"] >= 150
        chart = page.locator("#chart").bounding_box()
        assert chart
        assert chart["height"] > 300

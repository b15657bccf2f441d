"""Each trade's marks in the chart stand where its fills are: by time and price, on every timeframe, for any number."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import httpx
import marked
import pytest
from marked import BAR, stored
from offline import MINUTE
from web_page import ask, look_at, open_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from marked import Given
    from playwright.sync_api import Page

SPANS = {"1m": MINUTE, "5m": BAR, "15m": 15 * MINUTE, "1h": 60 * MINUTE, "1d": 1440 * MINUTE}


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Given]:
    """A database of tests/helpers/marked.py and a server of it, each made when it is first asked for."""
    with marked.served(tmp_path_factory, lambda path, name: marked.build(path, marked.MADE[name])) as give:
        yield give


def show(page: Page, address: str, query: str) -> None:
    """Open the page and wait until its trades are drawn."""
    open_page(page, address, query)
    page.wait_for_function("() => __chart.state.trades.get() !== null")
    drawn(page)


def drawn(page: Page) -> None:
    page.wait_for_function("() => !__chart.state.loading.get()")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def fills(path: Path, span: int) -> list[dict[str, Any]]:
    """Tell of each stored trade at which bars of a timeframe its marks belong: (entry, exit), opens in ms."""
    trades = stored(path, "SELECT * FROM trades ORDER BY id")
    for trade in trades:
        trade["marks"] = (trade["entryTime"] // span * span, trade["exitTime"] // span * span)
    if span < BAR:
        touched = {row["id"]: row["minute"] for row in stored(path, TOUCHED)}
        for trade in trades:
            trade["marks"] = (trade["entryTime"] + BAR - MINUTE, touched[trade["id"]])
    return trades


TOUCHED = """
SELECT id, min(timestamp) AS minute FROM trades JOIN candles ON timestamp >= exitTime AND timestamp < exitTime + 300000
WHERE CASE WHEN (entryType = 'Long') = (outcome = 'Take Profit') THEN high >= exitPrice ELSE low <= exitPrice END
GROUP BY id
"""
"""The first minute of each exit's bar that reached the price."""

PLACES = """(fills) => {
  const { chart, series, layers, data } = __chart;
  const time = chart.timeScale();
  const x = (instant) => time.timeToCoordinate(instant / 1000);
  const y = (price) => series.candles.priceToCoordinate(price);
  const { trades } = layers.layers;
  return {
    width: time.width(),
    belong: fills.map(([id, entry, exit, entryPrice, exitPrice]) =>
      [id, [x(entry), y(entryPrice)], [x(exit), y(exitPrice)]]),
    drawn: trades.shapes().map(({ placed, x0, y0, x1, y1 }) => [placed.trade.id, [x0, y0], [x1, y1]]),
    groups: trades.groups().map(({ group, x, top, bottom }) => (
      { x, top, bottom, ids: group.members.map(({ trade }) => trade.id) })),
  };
}"""
"""Where the library has the fills, and where the page has drawn marks and groups, CSS px."""


def check_marks(page: Page, trades: list[dict[str, Any]]) -> int:
    """Hold every mark in sight against its fill; return how many fills are in sight."""
    within = Counter(trade["marks"][0] for trade in trades if trade["marks"][0] == trade["marks"][1])
    grouped = {
        trade["id"] for trade in trades if trade["marks"][0] == trade["marks"][1] and within[trade["marks"][0]] > 1
    }
    told = [(each["id"], *each["marks"], each["entryPrice"], each["exitPrice"]) for each in trades]
    seen = page.evaluate(PLACES, told)

    def in_sight(x: float | None) -> bool:
        return x is not None and 0 <= x <= seen["width"]

    belong = {(id_, end): place for id_, *places in seen["belong"] for end, place in enumerate(places)}
    expected = {key: place for key, place in belong.items() if in_sight(place[0])}
    marks = {(id_, end): place for id_, *places in seen["drawn"] for end, place in enumerate(places)}
    shown = {key: place for key, place in marks.items() if in_sight(place[0])}
    members = {id_: group for group in seen["groups"] for id_ in group["ids"] if in_sight(group["x"])}

    assert shown.keys() == {key for key in expected if key[0] not in grouped}  # none is lost, none is piled up
    for key, place in shown.items():
        assert place == pytest.approx(expected[key], abs=0.5), f"trade {key[0]}, {('entry', 'exit')[key[1]]}"
    assert members.keys() == {id_ for id_, _ in expected if id_ in grouped}
    for id_, group in members.items():
        for end in (0, 1):
            x, y = expected[id_, end]
            assert group["x"] == pytest.approx(x, abs=0.5)
            assert group["top"] - 0.5 <= y <= group["bottom"] + 0.5
    for group in seen["groups"]:
        assert len(group["ids"]) == within[next(each["marks"][0] for each in trades if each["id"] == group["ids"][0])]
    return len(expected)


MANY = ("hundreds", "thousands")
OFTEN = {("1m", "one")}
"""The forms that every run looks at."""
FORMS = [
    pytest.param(timeframe, name, marks=pytest.mark.essential if (timeframe, name) in OFTEN else ())
    for timeframe in SPANS
    for name in ("one", *MANY)
]


@pytest.mark.parametrize(("timeframe", "name"), FORMS)
def test_marks_stand_at_time_and_price_of_their_fills_while_the_chart_is_panned(
    page: Page, given: Given, timeframe: str, name: str
) -> None:
    path, address = given(name)
    trades = fills(path, SPANS[timeframe])
    show(page, address, f"?tf={timeframe}&bars=120")
    assert ask(page, "state.trades.get().length") == len(trades) == marked.MADE[name].trades
    counts = [check_marks(page, trades)]
    for _ in range(4 if name in MANY else 0):
        shown = ask(page, "chart.timeScale().getVisibleLogicalRange()")
        width = shown["to"] - shown["from"]
        look_at(page, shown["from"] - 0.8 * width, shown["to"] - 0.8 * width)
        drawn(page)
        counts.append(check_marks(page, trades))
    assert all(counts[: 1 if timeframe == "1d" else None])  # days end sooner than five pages
    look_at(page, -60, 60)  # half of it before the first bar held
    drawn(page)
    check_marks(page, trades)


def test_with_no_trade_there_is_no_mark_and_the_list_says_why(page: Page, given: Given) -> None:
    _, address = given("none")
    for timeframe in SPANS:
        show(page, address, f"?tf={timeframe}")
        assert ask(page, "__chart.layers.layers.trades.shapes()") == []
        assert ask(page, "__chart.layers.layers.trades.groups()") == []
        page.wait_for_selector("text=No paper trade of BTC/USDT yet")
        assert "The bot enters one when a setup is complete" in page.inner_text("#panel")


def tip(page: Page, x: float, y: float) -> list[str]:
    """Point at a place of the chart; give the lines of the tooltip."""
    box = page.locator("#chart").bounding_box()
    assert box
    page.mouse.move(box["x"] + x, box["y"] + y)
    page.wait_for_selector("#chart-tip")
    lines = page.locator("#chart-tip strong, #chart-tip dd").all_inner_texts()
    names = page.locator("#chart-tip dt").all_inner_texts()
    return [lines[0], *(f"{name} {text}".strip() for name, text in zip(names, lines[1:], strict=True))]


@pytest.mark.essential
def test_a_win_and_a_loss_are_told_in_the_same_sentence_by_chart_and_panel(page: Page, given: Given) -> None:
    _, address = given("win and loss")
    show(page, address, "?tf=5m&bars=60")
    sentences = ["Trade #1, Long, Profit: $383", "Trade #2, Short, Profit: -$412"]
    assert [tip(page, shape["x1"], shape["y1"])[0] for shape in shapes(page)] == sentences
    for number, sentence in enumerate(sentences, 1):
        page.locator(f"#row-trades-{number}").click()
        page.wait_for_selector(f"#story h2 >> text=Trade #{number}")
        assert page.inner_text("#story h2") == sentence


def shapes(page: Page) -> list[dict[str, Any]]:
    return list(ask(page, "__chart.layers.layers.trades.shapes()"))


@pytest.mark.essential
def test_on_1m_marks_stand_in_the_bars_last_minute_and_the_first_that_touched(page: Page, given: Given) -> None:
    _, address = given("win and loss")
    # Long at the close of the bar 19:40-19:45; 20:31 was the first minute above the target, 99,074.4
    show(page, address, "?tf=1m&bars=400")
    first, _ = shapes(page)
    assert "bar 19:40-19:45, filled at its close" in tip(page, first["x0"], first["y0"])
    assert "first touched 20:31-20:32, in bar 20:30-20:35" in tip(page, first["x1"], first["y1"])


def test_on_1h_a_group_says_how_many_trades_it_stands_for(page: Page, given: Given) -> None:
    path, address = given("hundreds")
    show(page, address, "?tf=1h&bars=60")
    groups = ask(page, "__chart.layers.layers.trades.groups()")
    group = max(groups, key=lambda each: len(each["group"]["members"]))
    hour = group["group"]["time"]
    inside = stored(
        path,
        "SELECT tradeNumber, entryType, profit FROM trades WHERE entryTime >= ? AND exitTime < ? ORDER BY id",
        hour,
        hour + SPANS["1h"],
    )
    assert len(inside) > 1
    lines = tip(page, group["x"], group["top"] - 8)
    assert lines[0].startswith(f"{len(inside)} trades within this bar, Profit: ")
    assert lines[1] == f"Won {sum(each['profit'] > 0 for each in inside)} of {len(inside)}"
    assert lines[3].startswith(f"#{inside[0]['tradeNumber']} {inside[0]['entryType']}, ")

    chosen = group["group"]["members"][0]["trade"]["id"]
    assert chosen not in [each["placed"]["trade"]["id"] for each in shapes(page)]
    page.evaluate("(id) => __chart.state.selected.set(id)", chosen)
    drawn(page)
    assert chosen in [each["placed"]["trade"]["id"] for each in shapes(page)]


def amount(value: float, decimals: int) -> str:
    """Write a number as the page does: with its sign, thousands by commas, a real minus."""
    return f"{value:+,.{decimals}f}".replace("-", "\u2212")


@pytest.mark.essential
def test_a_trade_has_the_same_numbers_in_tooltip_panel_api_and_sqlite(page: Page, given: Given) -> None:
    path, address = given("one")
    (row,) = stored(path, "SELECT * FROM trades")
    told = httpx.get(f"{address}/api/trades/{row['id']}", timeout=30).raise_for_status().json()
    assert {name: told["trade"][name] for name in row} == row  # every column, to the last bit
    assert (told["stop"], told["target"]) == (row["stopLoss"], row["takeProfit"])
    r = row["profit"] / abs(row["entryPrice"] - row["stopLoss"]) / row["size"]
    assert told["trade"]["r"] == pytest.approx(r, rel=1e-12)
    minutes = (row["exitTime"] - row["entryTime"]) // MINUTE

    show(page, address, "?tf=5m&bars=60")
    (shape,) = shapes(page)
    lines = tip(page, shape["x1"], shape["y1"])
    profit = f"{'-' if row['profit'] < 0 else ''}${abs(row['profit']):,.0f}"
    sentence = f"Trade #1, {row['entryType']}, Profit: {profit}"
    assert lines[0] == sentence
    assert any(line.startswith(f"Entry {row['entryPrice']:,.1f} at ") for line in lines)
    assert any(line.startswith(f"Exit {row['exitPrice']:,.1f} at ") for line in lines)
    for line in (
        f"Outcome {row['outcome']}",
        f"Duration {minutes} min",
        f"Fees ${row['fees']:,.2f}",
        f"R {amount(r, 2)} R",
    ):
        assert line in lines

    page.locator("#row-trades-1").click()
    page.wait_for_selector("#story .story-facts")
    assert page.inner_text("#story h2") == sentence
    names, values = (page.locator(f"#story .story-facts {tag}").all_inner_texts() for tag in ("dt", "dd"))
    assert dict(zip(names, values, strict=True)) == {
        "Profit, USDT": amount(row["profit"], 2),
        "R": f"{amount(r, 2)} R",
        "Duration": f"{minutes} min",
        "Fees": f"{row['fees']:,.2f}",
    }
    story = page.inner_text("#story")
    for name in ("entryPrice", "exitPrice", "stopLoss", "takeProfit"):
        assert f"{row[name]:,.1f}" in story
    cells = {
        name: page.locator("#row-trades-1 td").nth(index).text_content()
        for index, name in enumerate(page.locator(".trades-list thead th").all_inner_texts())
    }
    assert cells["Profit"] == amount(row["profit"], 2)
    assert cells["R"] == amount(r, 2)

"""What lies over the bars: zones, crosses, trades, position, settings, completeness; each where it belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
import traded as trading
from traded import CHANGED, HOLE, OKX_AWAY, OUTAGE, at
from web_page import ask, look_at, open_page

if TYPE_CHECKING:
    from playwright.sync_api import Page

MINUTE = 60_000


def show(page: Page, address: str, minute: int, query: str = "tf=1m&bars=120") -> None:
    """Open the page around a minute and wait until everything over the bars is there."""
    open_page(page, address, f"?{query}&t={at(minute)}")
    page.wait_for_function(
        """() => {
          const { overlays, state } = __chart;
          return overlays.signals.get().answer && overlays.completeness.get() && state.trades.get();
        }"""
    )
    drawn(page)


def drawn(page: Page) -> None:
    """Wait until the chart has painted what it was told."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def point_at(page: Page, x: float, y: float) -> None:
    """Move the mouse to a point of the chart."""
    box = page.locator("#chart").bounding_box()
    assert box
    page.mouse.move(box["x"] + x, box["y"] + y)


def x_of(page: Page, instant: int) -> float:
    return float(ask(page, f"chart.timeScale().timeToCoordinate({instant} / 1000)"))


def y_of(page: Page, price: float) -> float:
    return float(ask(page, f"series.candles.priceToCoordinate({price})"))


def tip(page: Page) -> tuple[str, list[tuple[str, str]]]:
    """Title and lines of the tooltip."""
    page.wait_for_selector("#chart-tip")
    names, values = (page.locator(f"#chart-tip {tag}").all_inner_texts() for tag in ("dt", "dd"))
    return page.inner_text("#chart-tip strong"), list(zip(names, values, strict=True))


def answer(address: str, path: str, **query: Any) -> Any:
    found = httpx.get(
        f"{address}/api/{path}", params={name.rstrip("_"): value for name, value in query.items()}, timeout=30
    )
    return found.raise_for_status().json()


@pytest.mark.parametrize("timeframe", ["1m", "5m", "1h"])
def test_gaps_and_crosses_are_those_of_the_strategy_whatever_timeframe_is_shown(
    page: Page, address: str, timeframe: str
) -> None:
    show(page, address, 2000, f"tf={timeframe}&bars=60")
    held = ask(page, "__chart.overlays.signals.get()")
    assert held["timeframe"] == "5m"
    assert page.inner_text("#signals-of") == "of the strategy, 5m"
    seen = ask(page, "__chart.seen.get()")
    span = ask(page, "data().span")
    width = seen["to"] - seen["from"]
    stored = answer(
        address,
        "indicators",
        timeframe="5m",
        from_=(seen["from"] - width) // (5 * MINUTE) * 5 * MINUTE,
        to=(seen["to"] + width) // (5 * MINUTE) * 5 * MINUTE + 5 * MINUTE,
    )
    assert [gap["start"] for gap in held["answer"]["gaps"]] == [gap["start"] for gap in stored["gaps"]]
    assert held["answer"]["signals"] == stored["signals"]

    boxes = page.evaluate(
        """() => {
          const { chart, series, layers, data } = __chart;
          const step = chart.timeScale().options().barSpacing;
          const slot = (instant) => (instant - (instant % data().span)) / 1000;
          const x = (instant) => chart.timeScale().timeToCoordinate(slot(instant)) - step / 2;
          const y = (price) => series.candles.priceToCoordinate(price);
          return layers.layers.zones.shapes().map(({ zone, left, top, bottom }) => ({
            kind: zone.kind,
            drawn: [left, top, bottom],
            belongs: [x(zone.start), y(zone.top), y(zone.bottom)],
          }));
        }"""
    )
    assert {box["kind"] for box in boxes} == {"gap", "block"}
    whole = [box for box in boxes if box["drawn"][0] > 0 and box["kind"] == "gap"]
    assert whole
    for box in whole:
        assert box["drawn"] == pytest.approx(box["belongs"], abs=1.01)  # a box is at least 1 px high
    marks = ask(page, "__chart.layers.layers.crosses.shapes().flatMap(({ cross }) => cross.instants)")
    late = 4 * MINUTE if timeframe == "1m" else 0
    for signal in stored["signals"]:
        inside = seen["from"] <= (signal["timestamp"] + late) // span * span < seen["to"]
        assert not inside or signal["timestamp"] in marks


def test_a_switch_shows_the_gaps_of_the_bars_shown(page: Page, address: str) -> None:
    show(page, address, 2000, "tf=15m&bars=60")
    page.click("#signals-of")
    page.wait_for_function("() => __chart.overlays.signals.get().timeframe === '15m'")
    page.wait_for_function("() => __chart.overlays.signals.get().answer?.timeframe === '15m'")
    assert page.inner_text("#signals-of") == "of these 15m bars"
    page.wait_for_function("() => location.search.includes('signals=shown')")


def test_an_eye_hides_what_it_names_and_the_link_remembers(page: Page, address: str) -> None:
    show(page, address, 2000)
    assert "gap" in ask(page, "__chart.layers.layers.zones.shapes().map(({ zone }) => zone.kind)")
    page.click("[data-overlay=gaps]")
    drawn(page)
    assert "gap" not in ask(page, "__chart.layers.layers.zones.shapes().map(({ zone }) => zone.kind)")
    assert page.get_attribute("[data-overlay=gaps]", "aria-pressed") == "false"
    page.wait_for_function("() => location.search.includes('overlays=-gaps')")
    page.reload()
    page.wait_for_selector("[data-overlay=gaps][aria-pressed=false]")


def test_hovering_a_gap_tells_its_bounds_and_its_end(page: Page, address: str) -> None:
    show(page, address, 2000)
    box = ask(
        page,
        "__chart.layers.layers.zones.shapes().find(({ zone, left, right, top, bottom }) => zone.kind === 'gap' &&"
        " left > 0 && right < 900 && zone.end && bottom - top > 8)",
    )
    page.click("[data-overlay=trades]")  # nothing else is to be under the mouse
    page.click("[data-overlay=signals]")
    page.click("[data-overlay=blocks]")
    drawn(page)
    point_at(page, box["left"] + 3, (box["top"] + box["bottom"]) / 2)
    title, lines = tip(page)
    bull = box["zone"]["direction"] == "bull"
    assert title == f"{'Bullish' if bull else 'Bearish'} fair value gap"
    assert ("Bounds", f"{box['zone']['bottom']:,.1f} to {box['zone']['top']:,.1f}") in lines
    assert ("Of", "5m bars, a setup took it" if box["zone"]["taken"] else "5m bars") in lines


@pytest.mark.essential
def test_a_trade_tells_itself_and_a_click_chooses_it(page: Page, address: str) -> None:
    trades = answer(address, "trades", mode="paper")["trades"]
    trade = next(each for each in trades if each["tradeNumber"] == 3)
    show(page, address, (trade["entryTime"] - at(0)) // MINUTE, "tf=5m&bars=60")
    point_at(page, x_of(page, trade["exitTime"]), y_of(page, trade["exitPrice"]))
    title, lines = tip(page)
    assert title == f"Trade #3, Short, Profit: ${trade['profit']:,.0f}" == "Trade #3, Short, Profit: $204"
    told = dict(lines)
    assert told["Outcome"] == "Take Profit"
    assert told["Fees"] == "0 (before fees)"
    assert told["R"] == "+0.57 R"
    assert told["Entry"] == f"{trade['entryPrice']:,.1f} at 3 May 03:10"
    assert ("", "bar 03:05-03:10, filled at its close") in lines

    box = page.locator("#chart").bounding_box()
    assert box
    page.mouse.click(box["x"] + x_of(page, trade["exitTime"]), box["y"] + y_of(page, trade["exitPrice"]))
    page.wait_for_function("(id) => __chart.state.selected.get() === id", arg=trade["id"])


@pytest.mark.essential
def test_a_loss_says_so_with_its_sign(page: Page, address: str) -> None:
    trades = answer(address, "trades", mode="paper")["trades"]
    trade = next(each for each in trades if each["outcome"] == "Stop Loss")
    show(page, address, (trade["exitTime"] - at(0)) // MINUTE, "tf=5m&bars=60")
    point_at(page, x_of(page, trade["exitTime"]), y_of(page, trade["exitPrice"]))
    title, _ = tip(page)
    assert title == f"Trade #{trade['tradeNumber']}, {trade['entryType']}, Profit: -${-trade['profit']:,.0f}"


def test_below_the_strategys_timeframe_a_mark_stands_at_the_minute_of_the_fill(page: Page, address: str) -> None:
    show(page, address, 2000)
    placed = ask(page, "__chart.layers.trades().filter(({ exit }) => exit >= data().times[0])")
    assert len(placed) > 10
    for each in placed:
        story = answer(address, f"trades/{each['trade']['id']}")
        assert (each["entry"], each["exit"]) == (story["fill"]["entry_minute"], story["fill"]["exit_minute"])
    inside = [each for each in placed if each["entry"] > ask(page, "__chart.seen.get().from")]
    trade = inside[0]["trade"]
    point_at(page, x_of(page, inside[0]["entry"]), y_of(page, trade["entryPrice"]))
    title, lines = tip(page)
    assert title.startswith(f"Trade #{trade['tradeNumber']}, ")
    assert any(text.endswith("filled at its close") for _, text in lines)
    assert any(text.startswith("first touched ") for _, text in lines)


def test_what_if_trades_are_dashed_in_a_colour_of_their_own_and_cannot_be_chosen(page: Page, address: str) -> None:
    show(page, address, 2000, "tf=5m&bars=60")
    violet = (180, 140, 242)
    assert pixels(page, violet) == 0
    trade = ask(page, "state.trades.get().find(({ entryTime }) => entryTime > __chart.seen.get().from)")
    page.evaluate(
        """(trade) => {
          const { id, ...tested } = trade;
          tested.entryTime += 3_600_000;
          tested.exitTime += 7_200_000;
          __chart.state.whatif.set({ parameters: { chart_timeframe: '5m' }, trades: [tested], pair: trade.pair });
        }""",
        trade,
    )
    drawn(page)
    assert pixels(page, violet) > 40
    x, y = x_of(page, trade["entryTime"] + 3_600_000), y_of(page, trade["entryPrice"])
    point_at(page, x, y)
    title, lines = tip(page)
    assert title.startswith(f"What-if trade #{trade['tradeNumber']}, ")
    assert ("", "never happened: other parameters") in lines
    box = page.locator("#chart").bounding_box()
    assert box
    page.mouse.click(box["x"] + x, box["y"] + y)
    assert ask(page, "state.selected.get()") is None


def pixels(page: Page, colour: tuple[int, int, int]) -> int:
    """How many pixels of the chart have a colour."""
    return int(
        page.evaluate(
            """(colour) => {
              const canvas = __chart.chart.takeScreenshot();
              const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
              let count = 0;
              for (let at = 0; at < data.length; at += 4)
                if (colour.every((part, index) => data[at + index] === part)) count += 1;
              return count;
            }""",
            colour,
        )
    )


@pytest.mark.essential
def test_the_open_position_has_lines_at_entry_stop_and_target(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    page.wait_for_function("() => __chart.state.order.get()")
    (order,) = answer(address, "orders")["orders"]
    lines = ask(page, "series.candles.priceLines().map((line) => line.options()).map(({ id, price }) => [id, price])")
    assert lines == [["entry", order["entryPrice"]], ["stop", order["stopLoss"]], ["target", order["takeProfit"]]]
    page.click("[data-overlay=position]")
    assert ask(page, "series.candles.priceLines().length") == 0


def test_the_cvd_is_dashed_where_a_venue_is_missing(page: Page, address: str) -> None:
    show(page, address, OKX_AWAY.start, "tf=1m&bars=120&cvdform=line")
    page.wait_for_function("() => __chart.overlays.shown.get()")
    stored = answer(address, "candles", timeframe="1m", from_=at(OKX_AWAY.start - 60), to=at(OKX_AWAY.stop + 60))[
        "candles"
    ]
    flawed = [
        time
        for time, there, expected in zip(stored["timestamp"], stored["sources"], stored["configured"], strict=True)
        if there < expected
    ]
    assert set(flawed) >= {at(minute) for minute in OKX_AWAY}
    lead = [flawed[0] - MINUTE, *flawed]
    dashed = ask(page, "series.dashed.data().filter(({ value }) => value !== undefined).map(({ time }) => time * 1000)")
    assert [time for time in dashed if lead[0] - 30 * MINUTE <= time <= lead[-1] + 30 * MINUTE] == lead
    points = ask(page, "series.cvd.data().filter((point) => point.topLineColor === 'transparent')")
    solid = [point["time"] * 1000 for point in points]
    assert [time for time in solid if lead[0] - 30 * MINUTE <= time <= lead[-1] + 30 * MINUTE] == lead[:-1]


def test_the_cvd_as_candles_goes_as_far_as_the_strategy_saw_it(page: Page, address: str) -> None:
    show(page, address, 2000, "tf=5m&bars=60&cvdform=candles")
    page.wait_for_function("() => __chart.overlays.shown.get()")
    seen = ask(page, "__chart.seen.get()")
    stored = answer(address, "indicators", timeframe="5m", from_=seen["from"], to=seen["to"])["cvd"]
    bars = ask(
        page,
        "series.cvdCandles.data().filter(({ time }) => time * 1000 >= __chart.seen.get().from && time * 1000 <"
        " __chart.seen.get().to)",
    )
    assert [bar["time"] * 1000 for bar in bars] == stored["timestamp"]
    for name in ("high", "low", "close"):
        assert [bar[name] for bar in bars] == pytest.approx(stored[name], abs=1e-6)
    assert ask(page, "series.cvd.data().length") == 0
    page.click("#cvd-form")
    assert ask(page, "series.cvdCandles.data().length") == 0


@pytest.mark.parametrize(
    ("minute", "state", "title", "missing"),
    [
        (OKX_AWAY.start + 10, "lacking", "Venues missing", "okx"),
        (OUTAGE.start + 10, "healed", "Healed: fetched afterwards", None),
        (2100, "whole", "All venues, as they streamed", None),
    ],
)
def test_the_strip_tells_how_complete_a_bar_is(
    page: Page, address: str, minute: int, state: str, title: str, missing: str | None
) -> None:
    show(page, address, minute)
    x = x_of(page, at(minute))
    cells = ask(page, "__chart.layers.layers.strip.shapes()")
    assert [cell["state"] for cell in cells if cell["left"] <= x < cell["right"]] == [state]
    heights = ask(page, "chart.panes().map((pane) => pane.getHeight() + 1)")
    point_at(page, x, sum(heights) - 4)
    said, lines = tip(page)
    assert said == title
    assert dict(lines).get("Missing") == missing


@pytest.mark.essential
def test_a_hole_says_since_when_until_when_and_which_venues(page: Page, address: str) -> None:
    show(page, address, HOLE.start)
    point_at(page, x_of(page, at(HOLE.start + 3)), 200)
    assert tip(page) == (
        "No data",
        [
            ("Since", "3 May 17:40"),
            ("Until", "3 May 17:47 (7 min)"),
            ("Missing", "all: binance, bybit, coinbase, okx"),
        ],
    )


def test_a_change_of_settings_is_marked_and_says_what_changed(page: Page, address: str) -> None:
    show(page, address, CHANGED)
    (shape,) = ask(page, "__chart.layers.layers.settings.shapes()")
    assert shape["x"] == pytest.approx(x_of(page, at(CHANGED)))
    page.click("[data-overlay=trades]")
    page.click("[data-overlay=signals]")
    point_at(page, shape["x"], 440)
    title, lines = tip(page)
    assert title == "The bot was set up anew"
    assert ("", "fee_rate 0 to 0.0004") in lines
    assert ("", "atr_length 10 to 12") in lines


def test_the_lines_of_the_venues_add_up_to_the_cvd(page: Page, address: str) -> None:
    show(page, address, 2100, "tf=5m&bars=60&overlays=venues&cvdform=line")
    page.wait_for_function("() => __chart.overlays.shown.get()")
    page.wait_for_function("() => __chart.overlays.venues.get().length === 4")
    drawn(page)
    lines = ask(page, "__chart.venues.lines().map((line) => line.data())")
    cvd = {point["time"]: point.get("value") for point in ask(page, "series.cvd.data()")}
    seen = ask(page, "__chart.seen.get()")
    sums: dict[int, float] = {}
    for line in lines:
        for point in line:
            if seen["from"] <= point["time"] * 1000 < seen["to"]:
                sums[point["time"]] = sums.get(point["time"], 0) + point["value"]
    assert len(sums) >= 60
    assert sums == pytest.approx({time: cvd[time] for time in sums}, abs=1e-6)
    point_at(page, x_of(page, at(2100)), 200)
    page.wait_for_selector("#legend-shares")
    assert page.inner_text("#legend-shares").count("25 %") == 4
    page.click("[data-overlay=venues]")
    page.wait_for_function("() => __chart.venues.lines().length === 0")


def test_another_timeframe_asks_for_nothing_twice_and_keeps_what_is_right(page: Page, address: str) -> None:
    show(page, address, 2000)
    for timeframe in ("3m", "5m", "15m", "30m", "1h", "4h", "1d", "5m"):
        page.click(f"[data-timeframe='{timeframe}']")
    page.wait_for_function("() => __chart.state.held.get().timeframe === '5m' && !__chart.state.loading.get()")
    page.wait_for_function("() => __chart.overlays.completeness.get()?.timeframe === '5m'")
    assert ask(page, "__chart.overlays.signals.get().answer.timeframe") == "5m"
    look_at(page, 0, 10)
    page.wait_for_function(
        "() => __chart.overlays.completeness.get()?.completeness.timestamp[0] <= __chart.seen.get().from"
    )


def test_the_picture_carries_title_and_legend(page: Page, address: str) -> None:
    assert trading.PAIR == "BTC/USDT"
    show(page, address, 2000)
    sizes = page.evaluate(
        """() => {
          const picture = __chart.picture();
          const screen = __chart.chart.takeScreenshot();
          const ground = (canvas, y, height) => {
            const copy = new OffscreenCanvas(500, height).getContext('2d', { willReadFrequently: true });
            copy.drawImage(canvas, 0, -y);
            const { data } = copy.getImageData(0, 0, 500, height);
            let other = 0;
            for (let at = 0; at < data.length; at += 4) if (data[at] !== 13) other += 1;
            return other;
          };
          const head = picture.height - screen.height;
          return [head, ground(picture, 0, 30), ground(picture, 30, 24), ground(screen, 0, 24)];
        }"""
    )
    assert sizes[0] == 30
    assert sizes[1] > 300
    assert sizes[2] > sizes[3] + 300

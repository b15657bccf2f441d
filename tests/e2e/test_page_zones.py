"""Setups and zones in the chart are those of the back-test; boxes stand at time and price and tell open from ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import marked
import pytest
from command import call
from marked import BAR, LIVE
from offline import MINUTE
from web_page import ask, open_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from marked import Given
    from playwright.sync_api import Page

SPANS = {"1m": MINUTE, "5m": BAR, "15m": 15 * MINUTE, "1h": 60 * MINUTE, "1d": 1440 * MINUTE}


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Given]:
    """A database that the real bot wrote in 3,000 minutes, and a server of it, each made when it is first asked for."""
    with marked.served(tmp_path_factory, lambda path, name: marked.build_live(path, LIVE[name])) as give:
        yield give


def backtest(path: Path, name: str) -> dict[str, Any]:
    """Give what `cvdbot backtest --json` prints of the whole database under the bot's parameters."""
    settings = [f"{key}={str(value).lower()}" for key, value in LIVE[name].items()]
    printed, _ = call("backtest", "--db", path, "--json", *(part for each in settings for part in ("--set", each)))
    return dict(json.loads(printed))


def show(page: Page, address: str, query: str) -> None:
    """Open the page and wait until zones and setups are there."""
    open_page(page, address, query)
    page.wait_for_function("() => __chart.overlays.signals.get().answer && __chart.state.setups.get()")
    drawn(page)


def drawn(page: Page) -> None:
    page.wait_for_function("() => !__chart.state.loading.get()")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def look_at_everything(page: Page, zones: int) -> None:
    """Show all 3,000 minutes and wait until as many zones as there are have their boxes."""
    page.evaluate("([from, to]) => __chart.nav.range(from, to)", [marked.BEGAN, marked.BEGAN + 3_000 * MINUTE])
    page.wait_for_function("(zones) => __chart.layers.layers.zones.shapes().length === zones", arg=zones)
    drawn(page)


def told(setup: dict[str, Any]) -> tuple[Any, ...]:
    """What must be equal of a setup."""
    names = ("timestamp", "event", "price")
    steps = [(*(each[name] for name in names), each["detail"].get("reason")) for each in setup["events"]]
    return (setup["id"], setup["direction"], setup["state"], steps)


@pytest.mark.parametrize("name", [pytest.param("gaps", marks=pytest.mark.essential), "blocks"])
def test_setups_and_zones_drawn_are_those_of_the_backtest_command(page: Page, given: Given, name: str) -> None:
    path, address = given(name)
    tested = backtest(path, name)
    show(page, address, "?tf=5m&panel=setups&overlays=allzones")
    look_at_everything(page, sum(len(each) for each in tested["zones"].values()))

    assert [told(each) for each in ask(page, "__chart.overlays.signals.get().setups") if each["events"]] == [
        told(each) for each in tested["setups"]
    ]
    listed = [told(each) for each in ask(page, "state.setups.get().setups") if each["events"]]
    assert listed == [told(each) for each in tested["setups"]][-len(listed) :]
    assert page.locator(".setups li").count() == len(listed) > 20

    zones = ask(page, "__chart.layers.layers.zones.shapes().map(({ zone }) => zone)")
    names = ("start", "end", "top", "bottom", "direction", "ended_by")
    for kind, key in (("gap", "gaps"), ("block", "order_blocks")):
        mine = [[zone[each] for each in names] for zone in zones if zone["kind"] == kind]
        assert mine == [[zone[each] for each in names] for zone in tested["zones"][key]]
        assert len(mine) > 5


PLACES = """(zones) => {
  const { chart, series, layers, data } = __chart;
  const time = chart.timeScale();
  const step = time.options().barSpacing;
  const span = data().span;
  const x = (instant) => time.timeToCoordinate((instant - (instant % span)) / 1000);
  const y = (price) => series.candles.priceToCoordinate(price);
  return {
    width: time.width(),
    step,
    belong: zones.map(({ start, end, top, bottom }) => (
      [x(start) - step / 2, x(end) + step / 2, y(top), y(bottom), end === null])),
    drawn: layers.layers.zones.shapes().map(({ zone, left, right, top, bottom }) => (
      [zone.kind, zone.start, zone.direction, [left, right, top, bottom]])),
  };
}"""
"""Where the library has the zones' bars and prices, and where the page has drawn boxes, CSS px."""


FORMS = [
    pytest.param(timeframe, name, marks=pytest.mark.essential if (timeframe, name) == ("15m", "blocks") else ())
    for timeframe in SPANS
    for name in LIVE
]


@pytest.mark.parametrize(("timeframe", "name"), FORMS)
def test_boxes_stand_at_the_times_and_prices_of_their_zones(
    page: Page, given: Given, timeframe: str, name: str
) -> None:
    path, address = given(name)
    zones = [
        {**zone, "kind": kind}
        for kind, key in (("block", "order_blocks"), ("gap", "gaps"))
        for zone in backtest(path, name)["zones"][key]
    ]
    span = SPANS[timeframe]
    late = BAR - MINUTE if span < BAR else 0
    for zone in zones:
        zone["end"] = None if zone["end"] is None else zone["end"] + late
    show(page, address, f"?tf={timeframe}&overlays=allzones&bars=150")
    if timeframe != "1m":
        look_at_everything(page, len(zones))
    seen = page.evaluate(PLACES, zones)
    boxes = {(kind, start, direction): box for kind, start, direction, box in seen["drawn"]}
    checked = 0
    for zone, (left, right, top, bottom, is_open) in zip(zones, seen["belong"], strict=True):
        box = boxes.pop((zone["kind"], zone["start"], zone["direction"]), None)
        if not 0 <= left <= right <= seen["width"] or is_open:
            continue
        assert box == pytest.approx([left, right, min(top, bottom - 1), bottom], abs=1.01)
        checked += 1
    assert boxes == {}
    assert checked > (0 if timeframe == "1m" else 5)


@pytest.mark.essential
def test_of_many_gaps_in_sight_the_newest_8_of_each_direction_are_drawn_unless_all_are_asked_for(
    page: Page, given: Given
) -> None:
    _, address = given("gaps")
    show(page, address, "?tf=15m&bars=190")
    count = "__chart.layers.layers.zones.shapes().filter(({ zone }) => zone.kind === 'gap').length"
    assert ask(page, count) == 16
    newest = "Math.max(...__chart.layers.layers.zones.shapes().map(({ zone }) => zone.start))"
    last = ask(page, newest)
    page.click("[data-overlay=allzones]")
    drawn(page)
    assert ask(page, count) > 100
    assert ask(page, newest) == last
    page.wait_for_function("() => location.search.includes('overlays=allzones')")


@pytest.mark.essential
def test_an_open_gap_is_filled_with_15_percent_an_ended_one_with_5_and_another_timeframes_in_olive(
    page: Page, given: Given
) -> None:
    _, address = given("gaps")
    ground, teal, olive = (13, 16, 21), (38, 166, 154), (165, 194, 73)
    show(page, address, "?tf=5m&bars=60")
    page.evaluate(
        """() => {
          const { overlays, data } = __chart;
          const { answer, ...rest } = overlays.signals.get();
          const { times, values } = data();
          const gap = (start, end, bottom) => ({
            start, end, found: start, direction: 'bull', bottom, top: bottom + 60, ended_by: end && 'closed' });
          const high = Math.max(...values.slice(-60).map((bar) => bar.high));
          const at = (back) => times[times.length - back];
          const gaps = [gap(at(50), at(20), high - 50), gap(at(30), null, high - 200)];
          overlays.signals.set({ ...rest, setups: [],
            answer: { ...answer, order_blocks: [], gaps } });
        }"""
    )
    drawn(page)
    ended, opened = ask(page, "__chart.layers.layers.zones.shapes()")
    assert filled(page, ended) == pytest.approx(mixed(ground, teal, 0.05), abs=1)
    assert filled(page, opened) == pytest.approx(mixed(ground, teal, 0.15), abs=1)
    page.evaluate(
        "(of) => { const { signals } = __chart.overlays; signals.set({ ...signals.get(), timeframe: of }); }", "15m"
    )
    drawn(page)
    assert filled(page, opened) == pytest.approx(mixed(ground, olive, 0.15), abs=1)


def mixed(ground: tuple[int, ...], colour: tuple[int, ...], share: float) -> list[int]:
    """A colour laid over the ground."""
    return [round(under + share * (over - under)) for under, over in zip(ground, colour, strict=True)]


def filled(page: Page, box: dict[str, float]) -> list[int]:
    """The colour that most of a box has."""
    return list(
        page.evaluate(
            """({ left, right, top, bottom }) => {
              const canvas = __chart.chart.takeScreenshot();
              const [width, height] = [right - left - 6, bottom - top - 6];
              const { data } = canvas.getContext('2d').getImageData(left + 3, top + 3, width, height);
              const counts = new Map();
              for (let at = 0; at < data.length; at += 4) {
                const key = [...data.slice(at, at + 3)].join();
                counts.set(key, (counts.get(key) ?? 0) + 1);
              }
              return [...counts].sort(([, a], [, b]) => b - a)[0][0].split(',').map(Number);
            }""",
            box,
        )
    )


@pytest.mark.essential
def test_an_order_block_shows_the_way_back_that_its_setup_waited_for(page: Page, given: Given) -> None:
    path, address = given("blocks")
    tested = backtest(path, "blocks")
    came = next(each for each in tested["setups"] if any(step["event"] == "retraced" for step in each["events"]))
    steps = {step["event"]: step for step in came["events"]}
    block = steps["order_block"]["detail"]
    edge = block["top"] if came["direction"] == "bull" else block["bottom"]
    show(page, address, "?tf=5m&overlays=allzones")
    look_at_everything(page, sum(len(each) for each in tested["zones"].values()))
    shapes = ask(page, "__chart.layers.layers.zones.shapes()")
    (shape,) = [each for each in shapes if (each["zone"].get("retracement") or {}).get("came")]
    assert (shape["zone"]["start"], shape["zone"]["top"]) == (block["start"], block["top"])
    back = shape["back"]

    def x_of(step: str) -> float:
        return float(ask(page, f"chart.timeScale().timeToCoordinate({steps[step]['timestamp']} / 1000)"))

    half = ask(page, "chart.timeScale().options().barSpacing") / 2
    assert back["left"] == pytest.approx(x_of("order_block") - half, abs=0.5)
    assert back["right"] == pytest.approx(x_of("retraced") + half, abs=0.5)
    assert back["y"] == pytest.approx(ask(page, f"series.candles.priceToCoordinate({edge})"), abs=0.5)
    given_up = [each for each in shapes if (each["zone"].get("retracement") or {}).get("came") is False]
    assert len(given_up) == 1

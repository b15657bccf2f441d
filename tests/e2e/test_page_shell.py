"""The shell of the page: every control of the header does what it says, by mouse and by key, and a link says it all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from example_database import add_wave, create
from traded import BEGAN, EARLIER, END, MINUTE, at
from web_page import ask, look_at, open_page, served

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

DAY = 1440


def shown(page: Page) -> tuple[float, float]:
    """From which minute to which the chart shows, counted from BEGAN; slots without a bar count too."""
    first, last, origin, span = page.evaluate(
        """() => {
          const { chart, data } = __chart;
          const { from, to } = chart.timeScale().getVisibleLogicalRange();
          return [from, to, data().slots[0], data().slots[1] - data().slots[0]];
        }"""
    )
    return tuple((origin + place * span - BEGAN) / MINUTE for place in (first, last))  # type: ignore[return-value]


def wait_for_minutes(page: Page, first: float, last: float, slack: float) -> None:
    """Wait until the chart shows these minutes."""
    page.wait_for_function(
        """([from, to, slack]) => {
          const { chart, data, state } = __chart;
          const range = chart.timeScale().getVisibleLogicalRange();
          const { slots } = data();
          if (!range || slots.length < 2 || state.loading.get()) return false;
          const [a, b] = [range.from, range.to].map((place) => slots[0] + place * (slots[1] - slots[0]));
          return Math.abs(a - from) <= slack && Math.abs(b - to) <= slack;
        }""",
        arg=[at(0) + first * MINUTE, at(0) + last * MINUTE, slack * MINUTE],
    )


def wait_for_width(page: Page, minutes: float) -> None:
    """Wait until so much is shown at once, at bars of 5 minutes."""
    page.wait_for_function(
        """(bars) => {
          const { from, to } = __chart.chart.timeScale().getVisibleLogicalRange();
          return Math.abs(to - from - bars) < 2;
        }""",
        arg=minutes / 5,
    )


def known(page: Page) -> None:
    """Wait until trades and position are known."""
    page.wait_for_function("() => __chart.state.trades.get() && __chart.state.order.get()")


@pytest.mark.parametrize(("name", "minutes"), [("1D", DAY), ("1W", 7 * DAY)])
def test_a_range_shortcut_shows_that_much_before_the_newest_minute(
    page: Page, address: str, name: str, minutes: int
) -> None:
    open_page(page, address, "?tf=15m")
    page.click(f"[data-range='{name}']")
    wait_for_minutes(page, END - minutes, END, 0.1 * minutes)
    assert ask(page, "state.view.get().following") is True


def test_all_shows_from_the_first_stored_minute(page: Page, address: str) -> None:
    open_page(page, address, "?tf=1m")
    page.click("[data-range='All']")
    page.wait_for_function("() => __chart.state.timeframe.get() !== '1m' && !__chart.state.loading.get()")
    page.wait_for_function("() => __chart.chart.timeScale().getVisibleLogicalRange().from <= 1")
    first, last = shown(page)
    assert first <= EARLIER + 60
    assert last >= END - 60


@pytest.mark.essential
def test_a_month_is_picked_as_a_whole_and_months_without_data_cannot_be(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    page.click("#open-period")
    page.wait_for_selector("[aria-label='Apr 2025']:disabled")
    assert page.is_disabled("[aria-label='Jun 2025']")
    assert page.is_disabled("[aria-label='The year after']")
    page.click("[aria-label='May 2025']")
    wait_for_minutes(page, EARLIER, END, 60)
    assert page.is_hidden("#period")


def test_from_a_day_to_a_day_fills_the_width_with_them(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    page.click("#open-period")
    page.fill("#period-from", "2025-05-03")
    page.fill("#period-to", "2025-05-03")
    page.keyboard.press("Enter")
    wait_for_minutes(page, DAY, 2 * DAY, 30)
    assert ask(page, "state.period.get()") is None, "only the chart moves"


def test_days_that_end_before_they_begin_are_refused_in_a_sentence(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    page.click("#open-period")
    page.fill("#period-from", "2025-05-04")
    page.fill("#period-to", "2025-05-03")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=A period ends after it begins")
    assert page.is_visible("#period")


def test_the_last_bars_are_as_many_as_asked_for(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    page.click("#open-period")
    page.fill("#period-bars", "300")
    page.keyboard.press("Enter")
    page.wait_for_function("() => Math.abs(__chart.state.view.get().bars - 300) < 1")
    assert ask(page, "state.view.get().following") is True


def test_g_goes_to_an_instant_in_the_zone_that_is_shown(page: Page, address: str) -> None:
    open_page(page, address, "?tf=1m&zone=local")
    page.keyboard.press("g")
    page.wait_for_selector("#period-moment:focus")
    page.fill("#period-moment", "2025-05-02T20:30")  # in New York: 00:30 of the 3rd in UTC
    page.keyboard.press("Enter")
    page.wait_for_function(
        "(instant) => Math.abs(__chart.state.view.get().centre - instant) <= 60_000", arg=at(DAY + 30)
    )


def test_an_instant_without_data_is_answered_with_what_is_stored(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    page.keyboard.press("g")
    page.fill("#period-moment", "2031-01-01T00:00")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=2025-05-05 03:07")
    assert page.is_visible("#period")


def test_a_period_can_be_that_of_tables_too_and_its_chip_clears_it(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    known(page)
    every = ask(page, "state.trades.get().length")
    page.click("#open-period")
    page.check("#period-figures")
    page.fill("#period-from", "2025-05-04")
    page.fill("#period-to", "2025-05-04")
    page.keyboard.press("Enter")
    page.wait_for_selector("#chosen-period:has-text('4 May 2025')")
    page.wait_for_function("(every) => __chart.state.trades.get().length < every", arg=every)
    entered = ask(page, "state.trades.get().map((trade) => trade.entryTime)")
    assert entered
    assert all(at(2 * DAY) <= instant < at(3 * DAY) for instant in entered)
    page.click("#chosen-period")
    page.wait_for_function("(every) => __chart.state.trades.get().length === every", arg=every)
    assert page.is_hidden("#chosen-period")


def test_in_the_dashboard_a_shortcut_chooses_the_period_of_the_figures(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m&dashboard=1")
    page.click("[data-range='1D']")
    assert ask(page, "state.period.get()") == {"from": at(END - DAY), "to": at(END)}
    assert page.is_visible("#dashboard")
    page.click("[data-range='All']")
    assert ask(page, "state.period.get()") is None


def test_the_zone_of_every_label_is_switched_by_one_button(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    assert "last candle 5 May 03:06 UTC" in page.inner_text("#statusline")
    page.click("#zone")
    page.wait_for_selector("#statusline:has-text('last candle 4 May 23:06 GMT-4')")
    assert page.inner_text("#zone") in {"GMT-4", "GMT-5"}
    page.click("#zone")
    page.wait_for_selector("#statusline:has-text('last candle 5 May 03:06 UTC')")


def test_the_price_scale_is_switched_at_its_foot(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    assert page.get_attribute("#scale-auto", "aria-pressed") == "true"
    page.click("#scale-log")
    assert ask(page, "chart.priceScale('right', 0).options().mode") == 1
    page.keyboard.press("l")
    assert ask(page, "chart.priceScale('right', 0).options().mode") == 0
    page.keyboard.press("a")
    assert ask(page, "chart.priceScale('right', 0).options().autoScale") is False
    assert page.get_attribute("#scale-auto", "aria-pressed") == "false"
    page.click("#scale-auto")
    assert ask(page, "chart.priceScale('right', 0).options().autoScale") is True


def test_theme_and_palette_are_chosen_by_keyboard_drawn_and_remembered(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    page.focus("#open-settings")
    page.keyboard.press("Enter")
    page.wait_for_selector("#settings")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert ask(page, "[state.theme.get(), state.palette.get()]") == ["light", "blue-orange"]
    page.keyboard.press("Escape")
    page.wait_for_selector("#settings", state="hidden")
    assert page.evaluate("() => document.activeElement.id") == "open-settings", "the cursor comes back"
    assert colours(page) >= {"255,255,255", "15,98,181", "168,84,0"}
    page.wait_for_function("() => localStorage['cvdbot.view.tastes']?.includes('blue-orange')")
    page.goto(f"{address}/?tf=5m")
    page.wait_for_function("() => document.documentElement.dataset.theme === 'light'")
    assert page.get_attribute("html", "data-palette") == "blue-orange"


def colours(page: Page) -> set[str]:
    """Colours the chart is drawn in, as `r,g,b`."""
    return set(
        page.evaluate(
            """() => {
              const canvas = __chart.chart.takeScreenshot();
              const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
              const counts = {};
              for (let at = 0; at < data.length; at += 4) {
                const colour = data.slice(at, at + 3).join();
                counts[colour] = (counts[colour] ?? 0) + 1;
              }
              return Object.keys(counts).filter((colour) => counts[colour] > 50);
            }"""
        )
    )


def test_a_copied_link_opens_the_same_view(page: Page, address: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page(page, address, "?tf=15m")
    look_at(page, 60, 160)
    page.keyboard.press("l")
    page.keyboard.press("c")
    page.click("#zone")
    page.click("#tab-setups")
    middle = ask(page, "state.view.get().centre")
    page.click("#open-exports")
    page.click("#export-link")
    page.wait_for_selector("#toast:has-text('The link is copied.')")
    link = page.evaluate("() => navigator.clipboard.readText()")

    other = page.context.new_page()
    other.goto(link)
    other.wait_for_function("() => window.__chart?.state.newest.get() && !window.__chart.state.loading.get()")
    other.wait_for_function("(middle) => Math.abs(__chart.state.view.get().centre - middle) <= 900_000", arg=middle)
    same = "[state.timeframe, state.log, state.zone, state.panel].map((part) => part.get())"
    assert ask(other, same) == ["15m", True, "local", "setups"]
    assert ask(other, "state.overlays.get().gaps") is False
    assert abs(ask(other, "state.view.get().bars") - 100) <= 1
    other.close()


def test_what_an_address_says_and_nobody_understands_is_told(page: Page, address: str) -> None:
    open_page(page, address, "?tf=7m&trade=one")
    page.wait_for_selector("#toast:has-text('The address says what this page does not understand: tf=7m, trade=one')")
    assert ask(page, "state.timeframe.get()") == "5m"
    page.click("#toast")
    page.wait_for_selector("#toast", state="hidden")


def test_the_view_is_remembered_for_an_address_that_says_nothing(page: Page, address: str) -> None:
    open_page(page, address, "?tf=1h&panel=setups")
    page.click("#scale-log")
    page.wait_for_function("() => localStorage['cvdbot.view']?.includes('log=1')")
    page.goto(address)
    page.wait_for_function("() => __chart?.state.held.get().timeframe === '1h'")
    assert ask(page, "[state.log.get(), state.panel.get()]") == [True, "setups"]


KEYS = [
    ("c", "state.overlays.get().gaps", [True, False, True]),
    ("v", "state.cvd.get()", ["anchored", "running", "anchored"]),
    ("l", "state.log.get()", [False, True, False]),
    ("b", "state.panel.get()", ["trades", None, "trades"]),
    ("d", "state.dashboard.get()", [False, True, False]),
]


@pytest.mark.parametrize(("key", "what", "values"), KEYS)
def test_a_key_switches_and_switches_back(page: Page, address: str, key: str, what: str, values: list[object]) -> None:
    open_page(page, address, "?tf=5m")
    assert ask(page, what) == values[0]
    for value in values[1:]:
        page.keyboard.press(key)
        assert ask(page, what) == value


def wait_for_left_edge(page: Page, minute: float) -> None:
    """Wait until the chart shows from about this minute on: it moves when it paints."""
    for _ in range(100):
        if shown(page)[0] == pytest.approx(minute, abs=10):
            return
        page.wait_for_timeout(50)
    assert shown(page)[0] == pytest.approx(minute, abs=10)


def test_keys_move_and_zoom_the_chart(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    before = shown(page)
    width = before[1] - before[0]
    page.keyboard.press("ArrowLeft")
    wait_for_left_edge(page, before[0] - 0.1 * width)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    wait_for_width(page, 0.8 * width)
    page.keyboard.press("-")
    wait_for_width(page, width)
    page.keyboard.press("Home")
    page.wait_for_function("() => !__chart.state.view.get().following")
    page.click("#now")
    page.wait_for_function("() => __chart.state.view.get().following")
    assert page.is_hidden("#now")
    page.keyboard.press("f")
    page.wait_for_function("() => __chart.state.view.get().bars > 500")


@pytest.mark.essential
def test_j_and_k_step_through_the_trades(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    known(page)
    ids = ask(page, "state.trades.get().map(({ id }) => id)")
    seen = []
    for key in ("j", "k", "k", "j"):
        page.keyboard.press(key)
        seen.append(ask(page, "state.selected.get()"))
    assert seen == [ids[-1], ids[-2], ids[-3], ids[-2]], "the newest first, then in time"
    page.keyboard.press("Escape")
    assert ask(page, "state.selected.get()") is None


def test_a_key_does_what_it_says_as_soon_as_the_box_of_keys_is_closed(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    known(page)
    page.keyboard.press("?")
    page.wait_for_selector("#about[open]")
    page.evaluate(  # the key comes before the browser has taken the cursor out of the closed box
        """() => {
          const box = document.querySelector('#about');
          const button = box.querySelector('button');
          box.close();
          button.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', bubbles: true, cancelable: true }));
        }"""
    )
    assert ask(page, "state.selected.get() === state.trades.get().at(-1).id") is True


def test_keys_that_type_something_can_be_switched_off_and_that_is_remembered(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    page.keyboard.press("?")
    page.uncheck("#character-keys")
    page.keyboard.press("Escape")
    page.wait_for_selector("#about", state="hidden")
    page.wait_for_function("() => localStorage['cvdbot.view.tastes']?.includes('charactersOff=1')")
    open_page(page, address, "?tf=5m")
    page.keyboard.press("d")
    page.keyboard.press("1")
    page.keyboard.press("?")
    assert ask(page, "[state.dashboard.get(), state.timeframe.get()]") == [False, "5m"]
    assert page.is_hidden("#about")
    before = ask(page, "state.view.get().centre")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("(before) => __chart.state.view.get().centre < before", arg=before)
    page.click("#open-about")
    page.check("#character-keys")
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    page.wait_for_selector("#dashboard", state="visible")


def test_escape_closes_what_lies_uppermost(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    known(page)
    page.keyboard.press("j")
    page.keyboard.press("d")
    page.keyboard.press("g")
    page.wait_for_selector("#period")
    page.keyboard.press("Escape")
    page.wait_for_selector("#period", state="hidden")
    assert ask(page, "state.dashboard.get()") is True
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("Escape")
    assert ask(page, "[state.dashboard.get(), state.selected.get() !== null]") == [False, True]
    page.keyboard.press("Escape")
    assert ask(page, "state.selected.get()") is None


def test_a_slash_leads_into_the_filter_and_letters_there_are_letters(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m&panel=setups")
    page.keyboard.press("/")
    page.wait_for_selector("#filter:focus")
    page.keyboard.type("long d1")
    assert page.input_value("#filter") == "long d1"
    assert ask(page, "[state.timeframe.get(), state.log.get(), state.dashboard.get()]") == ["5m", False, False]


@pytest.mark.essential
def test_the_about_box_names_versions_and_every_key(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    page.click("#open-about")
    about = page.inner_text("#about")
    version = httpx.get(f"{address}/api/status", timeout=30).json()["version"]
    assert f"App {version}, bot " in about
    assert "database schema" in about
    keys = page.locator("#about kbd").all_inner_texts()
    assert keys[:3] == ["1 to 8", "\u2190 \u2192", "+ \u2212"]
    assert keys[3:] == ["Home End", "F", "G", "L A", "C", "V", "J K", "T /", "B", "D", "S", "?", "Esc"]


def test_the_title_has_the_open_position_marked_to_market(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    known(page)
    (order,) = httpx.get(f"{address}/api/orders", params={"pair": "BTC/USDT"}, timeout=30).json()["orders"]
    profit = f"{order['profit']:+,.0f} ({order['r']:+.2f} R)".replace("-", "\u2212")
    assert page.title() == f"{order['entryType']} {profit} · 90,521.1 · BTC/USDT · cvdbot"


def test_paper_is_said_whatever_is_open(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m&dashboard=1")
    assert page.is_visible(".badge.paper")
    assert page.is_hidden(".badge.simulated")
    page.keyboard.press("d")
    assert page.is_visible(".badge.paper")


def test_the_last_hour_is_complete_and_says_how_it_knows(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m")
    page.wait_for_selector("#last-hour:has-text('100 %')")
    assert page.get_attribute("#last-hour", "title") == "60 of the last 60 minutes complete"
    assert page.locator(".venue").count() == 4
    assert page.locator(".venue.down").count() == 0


def test_two_pairs_are_chosen_in_the_header(page: Page, tmp_path: Path) -> None:
    writer = create(tmp_path / "trading.db")
    add_wave(writer, 0, 100)
    writer.execute(
        "INSERT INTO candles SELECT timestamp, 'ETH/USDT', open / 40, high / 40, low / 40, close / 40, vBuy, vSell, "
        "sources, configured FROM candles"
    )
    with served(page, tmp_path / "trading.db") as address:
        open_page(page, address, "?tf=1m")
        assert page.locator("select.pair option").all_inner_texts() == ["BTC/USDT", "ETH/USDT"]
        page.select_option("select.pair", "ETH/USDT")
        page.wait_for_function("() => __chart.state.newest.get()?.close < 3000")
        close = ask(page, "state.newest.get().close")
        assert float(page.inner_text("#price").replace(",", "")) == pytest.approx(close, abs=0.06)
        page.wait_for_function("() => location.search.includes('pair=ETH/USDT')")
    writer.close()


# What can be taken away


def test_the_picture_has_the_panes_and_the_legend(page: Page, address: str, tmp_path: Path) -> None:
    open_page(page, address, "?tf=5m")
    with page.expect_download() as started:
        page.keyboard.press("s")
    picture = started.value
    assert picture.suggested_filename.startswith("BTC-USDT_5m_2025-05-0")
    picture.save_as(tmp_path / "chart.png")
    content = (tmp_path / "chart.png").read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    box = page.locator("#chart").bounding_box()
    assert box
    assert width == pytest.approx(box["width"], abs=1)
    assert height > box["height"], "a title stands above the panes"


def test_the_shown_bars_come_as_csv(page: Page, address: str, tmp_path: Path) -> None:
    open_page(page, address, "?tf=15m")
    look_at(page, 99.5, 149.5)
    page.click("#open-exports")
    with page.expect_download() as started:
        page.click("#export-csv")
    started.value.save_as(tmp_path / "bars.csv")
    lines = (tmp_path / "bars.csv").read_text().splitlines()
    assert lines[0].startswith("timestamp,")
    opens = [int(line.split(",")[0]) for line in lines[1:]]
    slots = ask(page, "data().slots")
    assert opens == [instant for instant in slots[100:150] if instant in ask(page, "data().times")]


def test_the_report_is_of_the_account_and_the_period(page: Page, address: str) -> None:
    open_page(page, address, "?tf=5m&account=BTC/USDT:backtest&period=2025-05-02..2025-05-03")
    page.click("#open-exports")
    link = page.get_attribute("#export-report", "href")
    assert link == f"/api/report.pdf?pair=BTC%2FUSDT&mode=backtest&from={at(0)}&to={at(DAY)}"
    assert "BTC/USDT backtest in the chosen period" in page.inner_text("#exports")

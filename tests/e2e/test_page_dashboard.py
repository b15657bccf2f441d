"""The dashboard in a real browser: its numbers are the API's, everything explains itself, and the period rules all."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from example_database import add_wave, create
from traded import HOLE, PAIR, at
from web_page import ask, served

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from web_page import Complaints

MINUS = "\u2212"
DAY = 86_400_000
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


def get(address: str, path: str, **query: str | int) -> Any:
    """Ask the API; a name that Python keeps for itself has a line behind it."""
    named = {name.removesuffix("_"): value for name, value in query.items()}
    return httpx.get(f"{address}/api/{path}", params=named, timeout=30).raise_for_status().json()


def statistics(address: str, mode: str = "paper", **query: str | int) -> Any:
    """The API's figures of an account."""
    return get(address, "statistics", pair=PAIR, mode=mode, **query)


def open_dashboard(page: Page, address: str, query: str = "") -> None:
    """Load the page with the dashboard open, and wait until all of it is known."""
    page.goto(f"{address}/?dashboard=1{query}")
    wait_until_known(page)


def wait_until_known(page: Page) -> None:
    """Wait until no part of the dashboard waits for an answer."""
    page.wait_for_function(
        """() => window.__dashboard && Object.values(__dashboard.source)
          .every((kind) => typeof kind === 'function' || !kind.get().waiting)""",
        timeout=90_000,  # five questions on a busy machine
    )


def money(value: float) -> str:
    """Say a profit as the page does."""
    return f"{value:+,.2f}".replace("-", MINUS) if round(value, 2) else "0.00"


def tile(page: Page, name: str) -> str:
    """What a tile says, on one line."""
    return " ".join(page.inner_text(f"[data-tile={name}]").split())


def rows(page: Page, part: str) -> list[list[str]]:
    """The cells of the first table of a part."""
    found: list[list[str]] = page.evaluate(
        """(part) => [...document.querySelector(`[data-part=${part}] table`).tBodies]
          .flatMap((body) => [...body.rows])
          .map((row) => [...row.cells].map((cell) => cell.firstElementChild.textContent))""",
        part,
    )
    return found


def numbers(page: Page, part: str) -> list[list[str]]:
    """Open the numbers behind a chart and read them."""
    details = page.locator(f"[data-part={part}] details").first
    if details.get_attribute("open") is None:
        details.locator("summary").click()
    details.locator("tbody tr").first.wait_for()
    return rows(page, part)


def colours(page: Page, selector: str) -> dict[str, int]:
    """How often each colour is on a canvas."""
    counts: dict[str, int] = page.evaluate(
        """(selector) => {
          const canvas = document.querySelector(selector);
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          const counts = {};
          for (let at = 0; at < data.length; at += 4) {
            if (data[at + 3] < 255) continue;
            const colour = data.slice(at, at + 3).join();
            counts[colour] = (counts[colour] ?? 0) + 1;
          }
          return counts;
        }""",
        selector,
    )
    return counts


def theme_colour(page: Page, name: str) -> str:
    """A colour of the style sheet, such as #26a69a."""
    colour: str = page.evaluate("(name) => getComputedStyle(document.body).getPropertyValue(name).trim()", name)
    return colour


def rgb(colour: str) -> str:
    """The same as `colours` names it: 38,166,154."""
    return ",".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))


def test_it_opens_over_the_whole_chart_by_its_key_and_escape_gives_the_focus_back(page: Page, address: str) -> None:
    page.goto(f"{address}/?tf=5m")
    page.wait_for_function("() => window.__chart?.state.newest.get() && !__chart.state.loading.get()")
    page.wait_for_function("() => __chart.state.status.get()")  # the header has its height
    page.focus("#open-dashboard")
    page.keyboard.press("d")
    wait_until_known(page)
    dashboard = page.locator("#dashboard").bounding_box()
    assert dashboard == page.locator("#chart").bounding_box()
    assert page.evaluate("() => document.activeElement.id") == "dashboard"
    assert page.inner_text("#dashboard h2 .who") == f"{PAIR} · paper"
    assert page.inner_text("#dashboard h2 .badge:visible") == "PAPER"
    assert page.inner_text("#dashboard h2 .when") == "All: 3 May 2025 00:00 to 5 May 2025 03:05 UTC"

    page.keyboard.press("Escape")
    page.wait_for_selector("#dashboard", state="hidden")
    assert page.evaluate("() => document.activeElement.id") == "open-dashboard"
    assert page.evaluate("() => document.querySelector('#dashboard').childElementCount") == 0
    assert ask(page, "state.dashboard.get()") is False


def test_its_code_is_fetched_when_it_is_first_opened(page: Page, address: str) -> None:
    scripts: list[str] = []
    page.on("request", lambda request: scripts.append(request.url) if request.url.endswith(".js") else None)
    page.goto(f"{address}/?tf=5m")
    page.wait_for_function("() => window.__chart?.state.newest.get()")
    before = len(scripts)
    page.keyboard.press("d")
    wait_until_known(page)
    assert before == 1
    assert len(scripts) > before


@pytest.mark.essential
def test_the_tiles_say_what_the_api_says(page: Page, address: str) -> None:
    open_dashboard(page, address)
    figures = statistics(address)["figures"]
    trades = get(address, "trades", pair=PAIR, mode="paper")["trades"]
    timely = [trade for trade in trades if not trade["late"]]
    assert (len(trades), len(timely)) == (40, 39)
    profit = sum(trade["profit"] for trade in timely)
    wins = sum(trade["profit"] > 0 for trade in timely)

    assert tile(page, "total_profit").startswith(f"Net profit n 39 {money(profit)} USDT")
    held = f"{figures['buy_and_hold_percent']['value']:+.1f} % held".replace("-", MINUS)
    assert held in tile(page, "total_profit")
    assert tile(page, "win_rate").startswith(f"Win rate n 39 {wins / 39:.1%}".replace("%", " % break-even"))
    even = figures["break_even_win_rate"]["value"]
    assert f"break-even {even:.1f} % after fees" in tile(page, "win_rate")
    assert f"Profit factor n 39 {figures['profit_factor']['value']:.2f}" in tile(page, "profit_factor")
    low, high = figures["expectancy_low"]["value"], figures["expectancy_high"]["value"]
    assert tile(page, "expectancy") == (
        f"Expectancy n 39 {money(profit / 39)} USDT a trade 90 %: {money(low)} to {money(high)}"
    )
    assert f"{money(-figures['max_drawdown']['value'])} USDT" in tile(page, "max_drawdown")
    assert f"{figures['max_drawdown_percent']['value']:.1f} %" in tile(page, "max_drawdown")
    assert f"marked to market {money(-figures['marked_max_drawdown']['value'])}" in tile(page, "max_drawdown")
    assert "since 4 May, not made up" in tile(page, "max_drawdown")
    assert f"Trades n 39 39 {wins} won, {39 - wins} lost" in tile(page, "trades")
    assert f"{figures['fees']['value']:,.2f} USDT" in tile(page, "fees")
    assert f"{figures['fees_share']['value']:.1f} % of gross profit" in tile(page, "fees")
    assert f"{money(figures['expectancy_r']['value'])} R" in tile(page, "expectancy_r")
    assert f"{figures['average_duration']['value']:.0f} min" in tile(page, "average_duration")
    assert page.inner_text(".remarks .conclusion").startswith("Too few trades to conclude: the 90 % interval")


def test_a_figure_of_too_few_says_what_it_needs_and_never_0(page: Page, address: str) -> None:
    open_dashboard(page, address)
    assert tile(page, "sharpe") == "Sharpe n 3 d too few needs 30 days, has 3"
    open_dashboard(page, address, f"&account={PAIR}:imported")
    assert "90 % interval: needs 10 trades, has 3" in tile(page, "expectancy")
    assert tile(page, "expectancy_r").startswith("R a trade n 3 none where stops are unknown")
    assert "break-even: none where stops are unknown" in tile(page, "win_rate")


def test_late_trades_and_fees_stand_apart(page: Page, address: str) -> None:
    open_dashboard(page, address)
    late = statistics(address)["figures"]["total_profit"]["late"]
    said = page.inner_text(".remarks .late")
    assert said.startswith(f"1 late trade apart, in no figure above: {money(late['value'])} USDT")
    assert "1 late trade left out" in page.inner_text("[data-part=spread]")
    assert "1 late trade in it" in page.inner_text("[data-part=equity] .part-head")
    open_dashboard(page, address, f"&account={PAIR}:imported")
    assert "before fees" in tile(page, "total_profit")
    assert tile(page, "fees").endswith("profits are before fees")
    assert page.locator(".remarks .late").count() == 0


def test_a_label_explains_itself_in_the_api_s_words_on_hover_and_on_focus(page: Page, address: str) -> None:
    open_dashboard(page, address)
    definition = statistics(address)["figures"]["sharpe"]["definition"]
    page.hover("[data-tile=sharpe] .explained")
    assert definition in page.inner_text("#dashboard-tip")
    page.mouse.move(5, 5)
    page.wait_for_selector("#dashboard-tip", state="hidden")

    page.focus("#dashboard .close")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent") == "Net profit"
    assert "Sum of the trades\u2019 profits".replace("\u2019", "'") in page.inner_text("#dashboard-tip")
    assert page.get_attribute("[data-tile=total_profit] .explained", "aria-describedby") == "dashboard-tip"
    page.keyboard.press("Escape")
    page.wait_for_selector("#dashboard-tip", state="hidden")
    assert page.is_visible("#dashboard"), "the first Escape puts the explanation away"
    page.keyboard.press("Escape")
    page.wait_for_selector("#dashboard", state="hidden")


def test_the_period_rules_figures_curves_and_the_table_beside(page: Page, address: str) -> None:
    open_dashboard(page, address)
    page.fill("[aria-label='From day, UTC']", "2025-05-04")
    page.fill("[aria-label='To day, UTC, which counts']", "2025-05-04")
    page.wait_for_function("() => __chart.state.period.get()")
    wait_until_known(page)
    begin = 1746316800000  # 4 May 2025 00:00 UTC
    assert ask(page, "state.period.get()") == {"from": begin, "to": begin + DAY}
    asked = statistics(address, from_=begin, to=begin + DAY)["figures"]
    assert tile(page, "total_profit").startswith(
        f"Net profit n {asked['total_profit']['n']} {money(asked['total_profit']['value'])} USDT"
    )
    assert page.inner_text("#dashboard h2 .when") == "4 May 2025 00:00 to 5 May 2025 00:00 UTC"
    times = page.evaluate("() => __equity.data().slots")
    assert times[0] == begin
    assert times[-1] == begin + DAY - 5 * 60_000
    inside = get(address, "trades", pair=PAIR, mode="paper", from_=begin, to=begin + DAY)["trades"]
    assert page.evaluate("() => __dashboard.source.trades.get().value.length") == len(inside)
    assert page.evaluate("() => __dashboard.source.candles.get().value.to") == begin + DAY
    assert page.evaluate("() => __dashboard.source.patterns.get().value.bars") == 288
    page.wait_for_function("() => location.search.includes('period=2025-05-04..2025-05-05')")

    page.fill("[aria-label='From day, UTC']", "2025-05-06")
    page.wait_for_selector(".period .bad:has-text('the first day comes after the last')")
    assert ask(page, "state.period.get().from") == begin

    page.click("[data-period=all]")
    wait_until_known(page)
    assert tile(page, "trades").startswith("Trades n 39 39")
    assert page.get_attribute("[data-period=all]", "aria-pressed") == "true"


def test_the_last_day_ends_with_the_newest_minute(page: Page, address: str) -> None:
    open_dashboard(page, address)
    page.click("[data-period='1D']")
    wait_until_known(page)
    end = at(4507)
    assert ask(page, "state.period.get()") == {"from": end - DAY, "to": end}
    assert page.get_attribute("[data-period='1D']", "aria-pressed") == "true"
    first_bar = -(-(end - DAY) // 300_000) * 300_000
    assert page.evaluate("() => __dashboard.source.statistics.get().value.from") == first_bar


def test_another_account_is_chosen_by_pair_and_mode(page: Page, address: str) -> None:
    open_dashboard(page, address)
    chooser = page.locator("#dashboard .account-chooser")
    assert chooser.locator("option").all_inner_texts() == ["Paper (40)", "Backtest (20)", "Imported (3)"]
    chooser.select_option(f"{PAIR} backtest")
    page.wait_for_function("() => __chart.state.account.get()?.mode === 'backtest'")
    wait_until_known(page)
    asked = statistics(address, "backtest")["figures"]["total_profit"]
    assert tile(page, "total_profit").startswith(f"Net profit n {asked['n']} {money(asked['value'])} USDT")
    assert page.inner_text("#dashboard h2 .who") == f"{PAIR} · backtest"


def test_an_empty_account_says_what_else_there_is(page: Page, traded: Path) -> None:
    with sqlite3.connect(traded) as sql:
        sql.execute("DELETE FROM trades WHERE mode = 'paper'")
    with served(page, traded) as address:
        open_dashboard(page, address)
        assert page.inner_text("#dashboard h2 .who") == f"{PAIR} · backtest", "the first with trades"
        open_dashboard(page, address, f"&account={PAIR}:paper")
        empty = page.locator("#dashboard .empty")
        assert f"No paper trade of {PAIR} yet" in empty.inner_text()
        assert page.is_hidden(".tiles")
        assert page.is_visible("[data-part=equity]"), "the open position is marked to market"
        empty.locator("button:has-text('20 backtest trades')").click()
        page.wait_for_selector(".tiles")
        wait_until_known(page)
        assert page.inner_text("#dashboard h2 .who") == f"{PAIR} · backtest"
        assert empty.is_hidden()


def test_a_database_without_an_account_says_so(page: Page, tmp_path: Path) -> None:
    create(tmp_path / "trading.db").close()
    with served(page, tmp_path / "trading.db") as address:
        page.goto(f"{address}/?dashboard=1")
        page.wait_for_selector("#dashboard .empty:has-text('There is no account yet')")
        assert page.is_hidden(".tiles")
        assert page.is_hidden("[data-part=rhythm]")


def test_a_period_without_trades_offers_the_whole_account(page: Page, address: str) -> None:
    open_dashboard(page, address, "&period=2025-05-02..2025-05-03")
    empty = page.locator("#dashboard .empty")
    assert f"No paper trade of {PAIR} was closed in this period" in empty.inner_text()
    empty.locator("button:has-text('Show all of the account')").click()
    page.wait_for_selector(".tiles")
    assert ask(page, "state.period.get()") is None


@pytest.mark.essential
def test_the_equity_is_made_of_new_balance_with_the_drawdown_on_the_same_axis(page: Page, address: str) -> None:
    open_dashboard(page, address)
    trades = get(address, "trades", pair=PAIR, mode="paper")["trades"]
    drawn = page.evaluate("() => __equity.series.balance.data().map(({ value }) => value)")
    assert drawn[-1] == trades[-1]["newBalance"]
    assert {round(trade["newBalance"], 6) for trade in trades} <= {round(value, 6) for value in drawn}
    equity = get(address, "equity", pair=PAIR, mode="paper", points=3000)
    assert page.evaluate("() => __equity.series.marked.data().map(({ value }) => value)") == equity["marked"]
    assert page.evaluate("() => __equity.series.hold.data().map(({ value }) => value)") == equity["buy_and_hold"]
    falls = page.evaluate("() => __equity.series.drawdown.data().map(({ value }) => -value)")
    assert falls == pytest.approx(equity["drawdown"])
    panes = page.evaluate("() => __equity.chart.panes().map((pane) => pane.getHeight())")
    assert len(panes) == 2
    assert panes[0] > 2 * panes[1]
    label = page.get_attribute(".equity-chart", "aria-label")
    assert label
    assert f"balance from 10,000.00 to {trades[-1]['newBalance']:,.2f} USDT" in label


def test_a_hole_in_the_bars_breaks_the_curve_and_keeps_its_width(page: Page, address: str) -> None:
    open_dashboard(page, address)
    slots, broken = page.evaluate(
        """() => [__equity.data().slots, __equity.series.marked.data()
          .filter(({ color }) => color === 'transparent').map(({ time }) => time * 1000)]"""
    )
    hole = [at(minute) for minute in HOLE if minute % 5 == 0 and minute + 5 <= HOLE.stop]
    assert hole
    assert set(hole) <= set(slots)
    assert broken == [hole[0] - 5 * 60_000]


def test_the_crosshair_is_read_in_the_chips_which_hide_a_line(page: Page, address: str) -> None:
    open_dashboard(page, address)
    chip = page.locator("[data-line=balance]")
    trades = get(address, "trades", pair=PAIR, mode="paper")["trades"]
    assert chip.inner_text().endswith(f"{trades[-1]['newBalance']:,.2f}")
    box = page.locator(".equity-chart").bounding_box()
    assert box
    page.mouse.move(box["x"] + 25, box["y"] + 60)
    page.wait_for_function("() => document.querySelector('[data-line=balance] b').textContent === '10,000.00'")
    assert "3 May 2025 00:" in page.inner_text("[data-part=equity] .equity-chips .reading")
    page.click("[data-line=hold]")
    assert page.get_attribute("[data-line=hold]", "aria-pressed") == "false"
    assert page.evaluate("() => __equity.series.hold.options().visible") is False


def test_profits_are_drawn_and_counted_in_classes(page: Page, address: str) -> None:
    open_dashboard(page, address)
    trades = [trade for trade in get(address, "trades", pair=PAIR, mode="paper")["trades"] if not trade["late"]]
    classes = numbers(page, "spread")
    assert sum(int(count) for _, count in classes) == 39
    losses = sum(int(count) for name, count in classes if name.startswith(MINUS))
    assert losses == sum(trade["profit"] < 0 for trade in trades)
    drawn = colours(page, "[data-part=spread] canvas")
    assert drawn[rgb(theme_colour(page, "--up"))] > 500
    assert drawn[rgb(theme_colour(page, "--down"))] > 200
    box = page.locator("[data-part=spread] .bars").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 20, box["y"] + 60)
    page.wait_for_selector("[data-part=spread] .reading:has-text('trades')")


def test_hours_and_weekdays_are_utc_and_add_up(page: Page, address: str) -> None:
    open_dashboard(page, address)
    asked = statistics(address)
    for part, groups in (("hours", asked["hours"]), ("weekdays", asked["weekdays"])):
        table = numbers(page, part)
        timely = [row for row in table if "late" not in row[0]]
        assert sum(int(row[1]) for row in timely) == 39
        assert len(table) - len(timely) == 1, "the late trade has a row of its own"
        for row, count, profit in zip(timely, groups["trades"], groups["profit"], strict=True):
            assert row[1] == str(count)
            assert row[3] == (money(profit) if count else "\u2013")
        assert "UTC" in page.inner_text(f"[data-part={part}] .part-head")
        label = page.get_attribute(f"[data-part={part}] .bars", "aria-label")
        assert label
        assert "UTC" in label


def test_long_stands_against_short_and_other_fees_beside(page: Page, address: str) -> None:
    open_dashboard(page, address)
    figures = statistics(address)["figures"]
    sides = rows(page, "sides")
    assert sides[0] == ["Trades", str(figures["long_trades"]["n"]), str(figures["short_trades"]["n"])]
    assert sides[2] == ["Profit", money(figures["long_profit"]["value"]), money(figures["short_profit"]["value"])]
    fees = rows(page, "fees")
    assert [row[0] for row in fees] == ["As traded", "0 %", "0.055 %", "0.1 %"]
    names = ("total_profit", "profit_at_0_percent", "profit_at_0_055_percent", "profit_at_0_1_percent")
    assert [row[2] for row in fees] == [money(figures[name]["value"]) for name in names]


def test_each_trade_on_one_exchange_alone_with_its_difference(page: Page, address: str) -> None:
    open_dashboard(page, address)
    venues = statistics(address)["venues"]
    sums = [row for row in rows(page, "venues") if "late" not in row[0]]
    assert [row[0] for row in sums] == [venue["exchange"] for venue in venues]
    for row, venue in zip(sums, venues, strict=True):
        assert row[1:] == [str(venue["n"]), money(venue["profit"]), money(venue["difference"])]
    table = page.locator("[data-part=venues] table[role=grid]")
    assert table.get_attribute("aria-rowcount") == "41"
    table.locator("tbody tr[aria-rowindex='2']").click()
    newest = get(address, "trades", pair=PAIR, mode="paper")["trades"][-1]["id"]
    assert ask(page, "state.selected.get()") == newest


def test_the_market_has_its_rhythm_its_exchanges_and_its_patterns_with_n_and_interval(page: Page, address: str) -> None:
    open_dashboard(page, address)
    candles = get(address, "statistics/candles", pair=PAIR)
    assert "Too few: a value needs 5 whole hours" in page.inner_text("[data-part=rhythm]")
    friday = numbers(page, "days")[4]
    assert friday[0] == "Friday"
    assert friday[4] == str(candles["weekdays"]["n"][4])
    assert [row[:2] for row in rows(page, "shares")] == [
        [venue["exchange"], f"{venue['share']:.1f} %"] for venue in candles["exchanges"]
    ]
    assert page.inner_text(".facts > div:first-child dd") == f"{candles['figures']['mean_range']['value']:.2f} USDT"

    patterns = get(address, "patterns", pair=PAIR, mode="paper")
    gaps = rows(page, "gaps")
    assert gaps[0][1:] == [str(fills["n"]) for fills in patterns["gaps"]["fills"]]
    before = rows(page, "before")
    assert [row[1] for row in before] == [str(each["n"]) for each in patterns["cvd_before_trades"]["classes"]]
    assert before[0][3] == "too few"
    outcomes = page.locator("[data-part=outcomes]")
    assert outcomes.locator(".conclusion").inner_text() == patterns["trades"]["conclusion"]
    told = [each["groups"] for each in patterns["trades"]["tables"]]
    assert outcomes.locator("table").count() == len(told) == 5
    assert outcomes.locator("table").first.locator("td:nth-child(2)").all_inner_texts() == [
        *(str(group["n"]) for group in told[0]),
        "",
    ]
    cell = page.inner_text("[data-part=after] tbody tr:first-child td:nth-child(2)")
    cross = patterns["after"][0]
    assert (cross["event"], cross["direction"], cross["bars"]) == ("cvd_cross", "bull", 1)
    assert cell.startswith(f"{cross['mean_percent']['value']:+.3f} %")
    assert f"{cross['mean_percent']['low']:+.3f} to {cross['mean_percent']['high']:+.3f}, n {cross['n']}" in cell


def test_each_hour_of_the_day_has_its_volume_and_volatility(page: Page, tmp_path: Path) -> None:
    writer = create(tmp_path / "trading.db")
    add_wave(writer, 0, 6 * 1440)
    writer.close()
    with served(page, tmp_path / "trading.db") as address:
        open_dashboard(page, address)
        hours = get(address, "statistics/candles")["hours"]
        assert set(hours["n"]) <= {5, 6}
        table = numbers(page, "rhythm")
        assert [row[0] for row in table] == [f"{hour:02}:00" for hour in range(24)]
        assert [row[2] for row in table] == [f"{each:,.1f}" for each in hours["range"]]
        assert [row[4] for row in table] == [str(n) for n in hours["n"]]
        label = page.get_attribute("[data-part=rhythm] .bars", "aria-label")
        assert label
        assert "UTC: 00:00: " in label
        assert colours(page, "[data-part=rhythm] canvas")[rgb(theme_colour(page, "--buys"))] > 1000


def test_every_figure_stands_in_a_table_with_its_definition(page: Page, address: str) -> None:
    open_dashboard(page, address)
    figures = statistics(address)["figures"]
    table = numbers(page, "all")
    assert [row[5] for row in table] == [figure["definition"] for figure in figures.values()]
    assert [row[2] for row in table] == [f"{figure['n']:,}" for figure in figures.values()]
    assert [row[0] for row in table if row[1] in {"0", "0.00", ""}] == [
        row[0]
        for row, figure in zip(table, figures.values(), strict=True)
        if figure["value"] is not None and round(figure["value"], 2) == 0
    ]


def test_a_new_snapshot_renews_the_numbers_in_their_places(page: Page, traded: Path) -> None:
    with served(page, traded) as address:
        open_dashboard(page, address)
        before = statistics(address)["figures"]["total_profit"]["value"]
        page.focus("[data-tile=total_profit] .explained")
        page.evaluate(
            """() => {
              window.__kept = [...document.querySelectorAll('#dashboard .tile b, #dashboard [data-part] table')];
              window.__flickers = [];
              new MutationObserver((changes) => {
                for (const { target } of changes)
                  if (/stale|awaited|skeleton/.test(target.className)) window.__flickers.push(target.className);
              }).observe(document.querySelector('#dashboard'), { subtree: true, attributeFilter: ['class'] });
            }"""
        )
        with sqlite3.connect(traded) as sql:
            names = [row[1] for row in sql.execute("PRAGMA table_info(trades)") if row[1] != "id"]
            changed = {"tradeNumber": 41, "profit": 1000.0, "entryTime": at(4480), "exitTime": at(4490)}
            columns = ", ".join(repr(changed[name]) if name in changed else name for name in names)
            sql.execute(
                f"INSERT INTO trades ({', '.join(names)}) SELECT {columns} FROM trades "
                "WHERE mode = 'paper' AND tradeNumber = 40"
            )
        page.wait_for_function(
            "(said) => document.querySelector('[data-tile=total_profit] b').textContent === said",
            arg=money(before + 1000),
        )
        wait_until_known(page)
        assert page.evaluate("() => __kept.every((element) => element.isConnected)")
        assert page.evaluate("() => __flickers") == []
        assert page.evaluate("() => document.activeElement.textContent") == "Net profit"
        assert tile(page, "trades").startswith("Trades n 40 40")


def test_a_part_that_is_refused_says_why_and_comes_when_asked_again(
    page: Page, address: str, complaints: Complaints
) -> None:
    complaints.mean("503")
    body = '{"error": {"code": "busy", "message": "the server has enough to do: try again", "field": null}}'
    page.route("**/api/equity*", lambda route: route.fulfill(status=503, content_type="application/json", body=body))
    open_dashboard(page, address)
    part = page.locator("[data-part=equity]")
    assert "The server has enough to do: try again." in part.inner_text()
    assert tile(page, "trades").startswith("Trades n 39 39"), "the rest is there"
    page.unroute("**/api/equity*")
    part.locator("button:has-text('Try again')").click()
    page.wait_for_function("() => __equity.series.balance.data().length > 0")
    assert part.locator(".note").is_hidden()


def test_while_it_waits_its_places_are_there_already(page: Page, address: str) -> None:
    page.route("**/api/statistics?*", lambda _: None)
    page.goto(f"{address}/?dashboard=1")
    page.wait_for_selector(".tiles.skeleton")
    assert page.get_attribute(".dashboard-body", "aria-busy") == "true"
    waiting = page.locator("[data-tile=trades]").bounding_box()
    page.unroute("**/api/statistics?*")
    open_dashboard(page, address)
    known = page.locator("[data-tile=trades]").bounding_box()
    assert waiting
    assert known
    assert (waiting["x"], waiting["width"]) == (known["x"], known["width"])


def test_a_simulated_market_is_marked(page: Page, traded: Path) -> None:
    with sqlite3.connect(traded) as sql:
        sql.execute("UPDATE state SET value = '\"simulated\"' WHERE key = 'origin'")
    with served(page, traded) as address:
        open_dashboard(page, address)
        assert page.locator("#dashboard h2 .badge").all_inner_texts() == ["PAPER", "SIMULATED"]
        assert page.is_visible("#dashboard h2 .badge.simulated")


def test_a_phone_shows_it_in_one_column(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_dashboard(page, address)
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    assert page.evaluate("() => document.querySelector('#dashboard').scrollWidth") <= 390
    boxes = page.evaluate(
        """() => [...document.querySelectorAll('#dashboard .tile, #dashboard .part')]
          .map((part) => part.getBoundingClientRect()).map(({ left, right, width }) => [left, right, width])"""
    )
    assert len(boxes) > 20
    assert all(left >= 0 and right <= 390 and width > 340 for left, right, width in boxes)


def test_the_light_theme_reaches_what_is_drawn(page: Page, address: str) -> None:
    open_dashboard(page, address)
    before = theme_colour(page, "--up")
    assert rgb(before) in colours(page, "[data-part=spread] canvas")
    page.evaluate("() => __chart.state.theme.set('light')")
    up = theme_colour(page, "--up")
    assert up != before
    page.wait_for_function("(up) => __equity.series.balance.options().topLineColor === up", arg=up)
    assert page.evaluate("() => __equity.chart.options().layout.background.color") == theme_colour(page, "--ground")
    drawn = colours(page, "[data-part=spread] canvas")
    assert drawn[rgb(up)] > 500
    assert rgb(before) not in drawn


def test_every_sign_is_there_in_black_and_white(page: Page, address: str) -> None:
    open_dashboard(page, address)
    toned = page.evaluate(
        """() => [...document.querySelectorAll('#dashboard :is(.up, .down)')]
          .filter((element) => element.checkVisibility() && element.textContent && !element.closest('.meter'))
          .map((element) => element.textContent)"""
    )
    assert len(toned) > 20
    unsigned = [text for text in toned if not re.search(rf"[+{MINUS}]\d|above it|below it|apart", text)]
    assert unsigned == ["71.8"], "the win rate: its line says `above it`"


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_serious(page: Page, address: str, theme: str) -> None:
    open_dashboard(page, address)
    page.evaluate("(theme) => __chart.state.theme.set(theme)", theme)
    page.evaluate(AXE.read_text())
    found = page.evaluate("() => axe.run('#dashboard').then(({ violations }) => violations)")
    serious = [
        (each["id"], node["html"][:160], node["failureSummary"][:300])
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]
    assert serious == []

"""What-if: other parameters beside what really happened, and never taken for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from traded import at
from web_page import Complaints, ask, open_page

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request, Route

PERIOD = "2025-05-03..2025-05-04"
FROM, TO = at(1440), at(2880)


def open_whatif(page: Page, address: str, query: str = f"period={PERIOD}") -> None:
    """Open the tab and wait for its form."""
    open_page(page, address, f"?panel=whatif&{query}")
    page.wait_for_selector("#parameter-risk")


def current(address: str) -> dict[str, Any]:
    """What the bot runs with."""
    return dict(httpx.get(f"{address}/api/parameters", timeout=30).json()["current"]["BTC/USDT"])


def run(address: str, begin: int, **changed: object) -> dict[str, Any]:
    """Run the strategy through the API, as the page should."""
    body = {"parameters": current(address) | changed, "from": begin, "to": TO}
    return dict(httpx.post(f"{address}/api/backtest", json=body, timeout=60).raise_for_status().json())


def figure(page: Page, title: str) -> list[str]:
    """The cells of a compared figure: real, what-if, difference."""
    row = page.locator(".compared tbody tr", has=page.locator("th", has_text=title)).first
    return [text.strip() for text in row.locator("td").all_inner_texts()]


def tried(request: Request) -> dict[str, Any]:
    """The parameters a back-test was asked for with."""
    body: dict[str, Any] = request.post_data_json or {}
    return dict(body["parameters"])


def money(value: float) -> str:
    """A sum as the page writes it."""
    return f"{value:+,.2f}".replace("-", "\u2212")


def test_the_form_has_every_parameter_as_the_bot_has_it(page: Page, address: str) -> None:
    open_whatif(page, address)
    parameters = httpx.get(f"{address}/api/parameters", timeout=30).json()["parameters"]
    assert page.locator(".field").count() == len(parameters) == 20
    values = current(address)
    for parameter in parameters:
        field = page.locator(f"#parameter-{parameter['name']}")
        if parameter["kind"] == "flag":
            assert field.is_checked() is values[parameter["name"]]
        elif parameter["kind"] == "choice":
            assert field.input_value() == values[parameter["name"]]
        else:
            assert float(field.input_value()) == values[parameter["name"]]
    assert page.locator("fieldset legend").all_inner_texts() == [
        "BARS AND CVD",
        "SIGNAL",
        "ENTRY ZONE",
        "STOP AND TARGET",
        "ACCOUNT",
    ]
    assert "these are the bot's parameters" in page.inner_text(".whatif")
    assert ask(page, "state.whatif.get()") is None


@pytest.mark.essential
def test_a_changed_parameter_is_run_and_lies_beside_what_happened(page: Page, address: str) -> None:
    open_whatif(page, address)
    page.select_option("#parameter-risk", "low")
    page.wait_for_function("() => __chart.state.whatif.get() !== null")

    tried = ask(page, "state.whatif.get()")
    assert tried["parameters"] == current(address) | {"risk": "low"}
    begin = tried["statistics"]["from"]
    assert FROM <= begin < TO
    expected = run(address, begin, risk="low")
    assert tried["trades"] == [{name: each[name] for name in tried["trades"][0]} for each in expected["trades"]]
    account = {"mode": "paper", "from": begin, "to": TO}
    real = httpx.get(f"{address}/api/statistics", params=account, timeout=30).json()["figures"]["total_profit"]["value"]
    other = expected["statistics"]["figures"]["total_profit"]["value"]
    assert figure(page, "Net profit")[:2] == [money(real), money(other)]
    assert figure(page, "Net profit")[2].endswith(money(other - real))
    assert page.locator(".curve").count() == 2


def test_it_says_that_it_is_a_what_if_and_what_was_changed(page: Page, address: str) -> None:
    open_whatif(page, address)
    page.wait_for_function("() => __chart.state.trades.get() !== null")
    real = ask(page, "state.trades.get()")
    page.select_option("#parameter-risk", "low")
    page.wait_for_function("() => __chart.state.whatif.get() !== null")
    text = page.inner_text(".whatif")
    assert text.startswith("WHAT-IF")
    assert "Risk low (bot: lowest)" in text
    assert page.locator("[data-parameter=risk]").get_attribute("class") == "field choice changed"
    assert page.locator("[data-parameter=risk] .field-back").inner_text().startswith("bot: lowest")
    assert ask(page, "state.trades.get()") == real


def test_the_bots_own_value_is_no_what_if(page: Page, address: str) -> None:
    open_whatif(page, address)
    page.select_option("#parameter-risk", "low")
    page.wait_for_function("() => __chart.state.whatif.get() !== null")
    page.click("[data-parameter=risk] .field-back")
    page.wait_for_function("() => __chart.state.whatif.get() === null")
    assert page.locator("#parameter-risk").input_value() == "lowest"
    assert page.locator(".compared").count() == 0

    page.select_option("#parameter-risk", "high")
    page.fill("#parameter-atr_length", "20")
    page.wait_for_function("() => __chart.state.whatif.get()?.parameters.atr_length === 20")
    page.click("#whatif-reset")
    page.wait_for_function("() => __chart.state.whatif.get() === null")
    assert page.locator("#parameter-atr_length").input_value() == "12"


def test_it_is_gone_with_its_tab_and_comes_back_with_it(page: Page, address: str) -> None:
    open_whatif(page, address)
    page.select_option("#parameter-risk", "low")
    page.wait_for_function("() => __chart.state.whatif.get() !== null")
    page.click("#tab-trades")
    assert ask(page, "state.whatif.get()") is None
    page.click("#tab-whatif")
    page.wait_for_function("() => __chart.state.whatif.get()?.parameters.risk === 'low'")
    page.keyboard.press("b")
    assert ask(page, "state.whatif.get()") is None


def test_what_cannot_be_is_said_at_its_field_and_not_asked_for(page: Page, address: str) -> None:
    open_whatif(page, address)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if request.method == "POST" else None)
    page.fill("#parameter-atr_length", "1.5")
    assert "a whole number, at least 1" in page.inner_text("#parameter-atr_length-problem")
    assert page.get_attribute("#parameter-atr_length", "aria-invalid") == "true"
    page.fill("#parameter-atr_length", "14")
    assert page.is_hidden("#parameter-atr_length-problem")
    page.wait_for_function("() => __chart.state.whatif.get()?.parameters.atr_length === 14")
    assert [tried(request)["atr_length"] for request in asked] == [14]


def test_what_the_server_refuses_is_said_at_its_field(page: Page, address: str, complaints: Complaints) -> None:
    complaints.mean("422")
    open_whatif(page, address)
    page.select_option("#parameter-chart_timeframe", "1h")
    page.wait_for_selector("text=at most anchor_period, which is 15m")
    assert page.get_attribute("#parameter-chart_timeframe", "aria-invalid") == "true"
    assert ask(page, "state.whatif.get()") is None
    page.select_option("#parameter-anchor_period", "4h")
    page.wait_for_function("() => __chart.state.whatif.get()?.parameters.chart_timeframe === '1h'")
    assert page.is_hidden("#parameter-chart_timeframe-problem")


def test_a_newer_change_ends_the_run_before_it(page: Page, address: str) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        if tried(route.request)["risk"] == "low":
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/backtest", hold)
    open_whatif(page, address)
    with page.expect_request("**/api/backtest"):
        page.select_option("#parameter-risk", "low")
    assert page.get_by_role("progressbar", name="Running the strategy").is_visible()
    with page.expect_event("requestfailed"):
        page.select_option("#parameter-risk", "high")
    page.wait_for_function("() => __chart.state.whatif.get()?.parameters.risk === 'high'")
    assert len(held) == 1
    assert page.get_by_role("progressbar", name="Running the strategy").count() == 0


def test_a_trade_that_differs_leads_to_its_place(page: Page, address: str) -> None:
    open_whatif(page, address)
    page.select_option("#parameter-risk", "low")
    line = page.locator(".differing button").first
    line.wait_for()
    instant = ask(page, "state.whatif.get().trades[0].entryTime")
    line.click()
    page.wait_for_function(
        "([from, to]) => { const { centre } = __chart.state.view.get(); return centre > from && centre < to; }",
        arg=[FROM, TO],
    )
    assert FROM <= instant < TO
    text = page.inner_text(".result h2")
    words = ("the same", "ended otherwise", "left out", "added")
    assert all(word in text for word in words)


def test_without_a_period_it_is_over_what_the_chart_shows(page: Page, address: str) -> None:
    open_whatif(page, address, "tf=5m")
    left, right = page.evaluate(
        "() => { const { centre, bars } = __chart.state.view.get();"
        " return [centre - bars * 150_000, centre + bars * 150_000]; }"
    )
    page.select_option("#parameter-risk", "low")
    page.wait_for_function("() => __chart.state.whatif.get() !== null")
    statistics = ask(page, "state.whatif.get().statistics")
    assert left - 60_000 <= statistics["from"] < statistics["to"] <= right + 60_000
    page.click("[data-over=all]")
    page.wait_for_function("(from) => __chart.state.whatif.get()?.statistics.from < from", arg=statistics["from"])
    assert page.locator("[data-over=all]").get_attribute("aria-pressed") == "true"

"""Several tabs of one browser: one event stream for all, whoever has it; and nothing grows or hangs in the long run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from tabs import ASKING, Market, Traffic, seconds_to_end, tabs
from web_page import LISTENING, ask, see
from web_server import serve, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page
    from web_page import Complaints


@pytest.fixture
def market(tmp_path: Path) -> Iterator[Market]:
    """Ten hours that go up and down."""
    market = Market(tmp_path, 600)
    yield market
    market.close()


@pytest.fixture
def traffic(page: Page) -> Traffic:
    traffic = Traffic()
    traffic.listen(page.context)
    return traffic


def bars(page: Page, count: int) -> None:
    """Wait until a tab shows so many bars."""
    page.wait_for_function("(count) => __chart.data().values.length === count", arg=count)


def buys(page: Page, minute: int, value: float) -> None:
    """Wait until a tab shows what was bought in a minute."""
    page.wait_for_function("([at, value]) => __chart.series.buys.data()[at].value === value", arg=[minute, value])


@pytest.mark.parametrize("count", [3, 8])
def test_tabs_share_a_stream_and_when_the_one_that_has_it_closes_another_takes_it_over(
    page: Page, market: Market, traffic: Traffic, complaints: Complaints, count: int
) -> None:
    with serve(market.name) as address, tabs(page, count, address, "?tf=1m", complaints) as pages:
        assert traffic.leader() is page, "the first one has it"
        began = time.monotonic()
        market.grow()
        for tab in pages:
            bars(tab, 601)
        assert time.monotonic() - began < 3, "a second, and a busy machine"

        market.correct(150, 99)
        page.close()
        for tab in pages[1:]:
            buys(tab, 150, 99)
            tab.wait_for_function(LISTENING)
        assert traffic.leader() in pages[1:]

        market.grow()
        for tab in pages[1:]:
            bars(tab, 602)
        assert traffic.leader() in pages[1:]
        assert all(ask(tab, "state.live.get()") for tab in pages[1:])


def test_a_tab_nobody_sees_hands_the_stream_over_and_learns_what_it_missed_when_it_is_seen_again(
    page: Page, market: Market, traffic: Traffic, complaints: Complaints
) -> None:
    with serve(market.name) as address, tabs(page, 3, address, "?tf=1m", complaints) as (first, second, third):
        see(first, "hidden")
        second.wait_for_function(LISTENING)
        market.correct(150, 99)
        buys(second, 150, 99)
        buys(third, 150, 99)
        assert traffic.leader() in {second, third}
        assert ask(first, "series.buys.data()[150].value") != 99
        see(first, "visible")
        buys(first, 150, 99)
        first.wait_for_function(LISTENING)
        assert traffic.leader() in {second, third}


def test_a_tab_that_goes_elsewhere_gives_the_stream_away_and_comes_back_to_it(
    page: Page, market: Market, traffic: Traffic, complaints: Complaints
) -> None:
    with serve(market.name) as address, tabs(page, 2, address, "?tf=1m", complaints) as (first, second):
        first.goto("about:blank")
        market.grow()
        bars(second, 601)
        assert traffic.leader() is second
        first.go_back()
        first.wait_for_function(f"() => window.__chart && ({LISTENING})()")
        bars(first, 601)
        second.close()
        market.grow()
        bars(first, 602)
        assert traffic.leader() is first


def test_where_tabs_cannot_talk_each_has_a_stream(
    page: Page, market: Market, traffic: Traffic, complaints: Complaints
) -> None:
    page.context.add_init_script("delete window.BroadcastChannel")
    with serve(market.name) as address, tabs(page, 2, address, "?tf=1m", complaints) as pages:
        market.grow()
        for tab in pages:
            bars(tab, 601)
        assert set(traffic.listeners()) == set(pages)


# In the long run

PAUSE = 100
"""Milliseconds from one copy to the next."""


@pytest.mark.parametrize(
    ("count", "copies"),
    [
        pytest.param(2, 24, marks=pytest.mark.essential),
        pytest.param(8, 600, marks=[pytest.mark.torture, pytest.mark.timeout(900)]),
    ],
)
def test_tabs_over_many_copies_grow_by_nothing_and_leave_no_request_open_and_the_server_ends_at_once(
    page: Page, market: Market, traffic: Traffic, complaints: Complaints, count: int, copies: int
) -> None:
    """The bars are of an hour: they change with every copy, and there are hardly more at the end."""
    market.grow(10_010)
    page.context.add_init_script(ASKING)
    with serving(market.name) as (address, process), tabs(page, count, address, "?tf=1h", complaints) as pages:
        follow(pages, market, copies // 3)
        warm = [heap(tab) for tab in pages]
        follow(pages, market, copies - copies // 3)
        for tab in pages:
            tab.wait_for_function("() => asking.open === 0")
        end = [heap_within(1.1 * before, tab) for tab, before in zip(pages, warm, strict=True)]
        longest = max(tab.evaluate("() => asking.longest") for tab in pages)
        said, leader = list(complaints.heard), traffic.leader()
        complaints.mean("net::ERR")  # there will be no server any more
        seconds = seconds_to_end(process)
    print(  # noqa: T201 - the figures are what this is run for
        f"heap {warm} -> {end}; {traffic.requests} requests, the longest {longest:.0f} ms; "
        f"the server ended in {seconds:.2f} s"
    )
    assert said == []
    assert leader is page
    assert longest < 5000
    assert seconds < 1
    for before, after in zip(warm, end, strict=True):
        assert after < 1.1 * before


def follow(pages: list[Page], market: Market, copies: int) -> None:
    """Publish copies; wait until all tabs show the hour that has begun, with the 10 BTC sold in each of its minutes."""
    for _ in range(copies):
        market.grow()
        pages[0].wait_for_timeout(PAUSE)
    full, begun = divmod(market.minutes, 60)
    for tab in pages:
        tab.wait_for_function(
            """([full, sold]) => {
              const { values } = __chart.data();
              return values.length === full + 1 && values[full].sell === sold;
            }""",
            arg=[full, 10 * begun],
        )


def heap(page: Page) -> int:
    """Bytes of live objects of the page."""
    session = page.context.new_cdp_session(page)
    for _ in range(2):  # what the first leaves to finalizers is free after the second
        session.send("HeapProfiler.collectGarbage")
    used: int = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return used


def heap_within(limit: float, page: Page) -> int:
    """Bytes of live objects as soon as they are few enough; a question keeps what it was about until its time is up."""
    give_up = time.monotonic() + 20
    while (used := heap(page)) >= limit and time.monotonic() < give_up:
        page.wait_for_timeout(500)
    return used

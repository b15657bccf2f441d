"""The page over two years of minutes, in a real Chromium, beside a bare page that draws the same bars with the library.

The bare page is as little as can be: the chart library's own build, candles and a histogram of volumes, of the same
answer of the same server.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from analysis.batch.backtest import backtest
from analysis.batch.history import History
from analysis.batch.setups import setups
from benchmarks import past
from benchmarks.figure import VoidError
from bot.core.parameters import Parameters
from bot.core.saved import Entered
from bot.core.setup import Event
from bot.records import PAPER, Booked, BookedEvent, BookedOrder, BookedTrade
from bot.store import rows, traded
from bot.store.database import open_for_writing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "webapp" / "page-test"
"""The build with a handle on the chart."""
LIBRARY = ROOT / "node_modules" / "lightweight-charts" / "dist" / "lightweight-charts.standalone.production.js"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup"]
"""The last: no pages of the browser's own (its address bar's) with each window, which would be measured with ours."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
EXCHANGES = ("binance", "bybit", "coinbase", "okx")
OF_EXCHANGES = 20_000
"""Minutes at the end that have each exchange's own candle."""

BARE = """<!doctype html><html><body style="margin:0;background:#0d1015"><div id="chart"
style="position:absolute;inset:0"></div><script src="/bare.js"></script><script type="module">
const chart = LightweightCharts.createChart(document.querySelector('#chart'), { autoSize: true,
  layout: { background: { color: '#0d1015' }, textColor: '#7f8997' }, timeScale: { timeVisible: true } });
const candles = chart.addSeries(LightweightCharts.CandlestickSeries, {});
const volume = chart.addSeries(LightweightCharts.HistogramSeries, {}, 1);
const query = new URLSearchParams(location.search);
const [count, timeframe] = [query.get('bars') ?? 2000, query.get('tf') ?? '1m'];
const answer = await (await fetch(`/api/candles?timeframe=${timeframe}&limit=${count}`)).json();
const { timestamp, open, high, low, close, vBuy, vSell } = answer.candles;
candles.setData(timestamp.map((t, i) => (
  { time: t / 1000, open: open[i], high: high[i], low: low[i], close: close[i] })));
volume.setData(timestamp.map((t, i) => ({ time: t / 1000, value: vBuy[i] + vSell[i] })));
chart.subscribeCrosshairMove((event) => { if (event.time !== undefined) window.tell(); });
window.bare = { chart, candles };
</script></body></html>"""

ANSWERED = """(() => {
  let told = false;
  window.tell = () => {
    if (told) return;
    told = true;
    requestAnimationFrame(() => requestAnimationFrame(() => { window.answered = performance.now(); }));
  };
  const wait = () => {
    if (!window.__chart) return requestAnimationFrame(wait);
    __chart.state.pointed.listen(({ values }) => { if (values) window.tell(); });
    __chart.state.held.listen(() => performance.mark('held'));
  };
  wait();
})()"""
"""When what the crosshair first told of a bar was painted; and a mark in the trace at each change of the bars held."""


LAYERED = """() => {
  const { state, overlays } = window.__chart ?? {};
  if (!window.answered || !overlays.signals.get().answer || !overlays.completeness.get()) return 0;
  if (state.overlays.get().venues && overlays.venues.get().length < 4) return 0;
  return overlays.shown.get() && state.trades.get()?.length && state.setups.get() ? performance.now() : 0;
}"""
"""When everything that can lie over the bars is there, too."""

ALL_LAYERS = "overlays=venues"
"""The others are there by default."""


def store(path: Path, minutes: int) -> None:
    """Write a database of so many minutes of the market of `past` and what the strategy did there.

    All exchanges are complete; their own candles are those of the last days.
    """
    market, parameters = past.market(minutes), Parameters()
    columns = (market.timestamp, market.open, market.high, market.low, market.close, market.buy, market.sell)
    told = list(zip(*(column.tolist() for column in columns), strict=True))
    history = History(market)
    result = backtest(history, parameters)
    entered = Entered(1, past.START)
    booked = Booked(
        [
            BookedEvent(PAPER, 1, Event(each["timestamp"], setup["id"], each["event"], each["price"], each["detail"]))
            for setup in setups(history, result)
            for each in setup["events"]
        ],
        [BookedTrade(PAPER, entered, trade) for trade in result.trades],
    )
    booked.events.sort(key=lambda row: (row.event.timestamp, row.event.setup))
    order = BookedOrder(len(result.trades) + 1, entered, result.open) if result.open else None
    database = open_for_writing(path)
    with database.transaction() as sql:
        rows.claim_origin(sql, "simulated", past.START)
        sql.execute(
            "INSERT INTO configurations VALUES (1, ?, ?, ?, 'spot', ?, '0')",
            (past.START, market.pair, json.dumps(parameters.plain()), json.dumps(EXCHANGES)),
        )
        sql.executemany(
            "INSERT INTO candles VALUES (?, ?, ?, ?, ?, ?, ?, ?, 4, 4)",
            ((minute, market.pair, *row) for minute, *row in told),
        )
        sql.executemany(
            "INSERT INTO exchange_candles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 9, 1)",
            (
                (minute, market.pair, exchange, *prices, buy / 4, sell / 4)
                for minute, *prices, buy, sell in told[-OF_EXCHANGES:]
                for exchange in EXCHANGES
            ),
        )
        newest = int(market.timestamp[-1])
        for exchange in EXCHANGES:
            rows.put_status(sql, exchange, connected=True, last_trade=newest, counts=(0, 0, 0), now=newest)
        traded.put_booked(sql, market.pair, booked)
        traded.put_order(sql, market.pair, order)
    database.close()


@contextmanager
def serving(database: Path) -> Iterator[str]:
    """Serve a database; give the address. The server has answered once: it is warm."""
    if not (PAGE / ".vite" / "manifest.json").exists():
        raise VoidError("the page's test build is missing: `npm run build:test` makes it")
    command = [sys.executable, "-m", "cvdbot", "web", "--db", str(database), "--port", "0", "--page", str(PAGE)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT)
    try:
        assert process.stdout
        yield process.stdout.readline().split()[0]
    finally:
        process.terminate()
        process.communicate(timeout=30)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser of this machine."""
    named = os.environ.get("CHROMIUM")
    executable = next((found for name in ([named] if named else BROWSERS) if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def window(browser: Browser) -> Iterator[tuple[BrowserContext, Page]]:
    """Open a window without anything cached, that knows the bare page."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.route("**/bare?*", lambda route: route.fulfill(body=BARE, content_type="text/html"))
    context.route("**/bare.js", lambda route: route.fulfill(path=LIBRARY))
    page = context.new_page()
    yield context, page
    context.close()


def until_answered(page: Page, address: str) -> float:
    """Load a page and move the mouse until the crosshair tells a bar; give the ms since the navigation began."""
    page.add_init_script(ANSWERED)
    page.goto(address, wait_until="commit")
    give_up, step = time.monotonic() + 60, 0
    while time.monotonic() < give_up:
        step += 1
        page.mouse.move(600 + step % 7, 300 + step % 5)
        told = page.evaluate("() => window.answered ?? 0")
        if told:
            return float(told)
    raise VoidError(f"{address} did not draw its bars in a minute")


def until_layered(page: Page, address: str) -> tuple[float, float]:
    """Load a page; give the ms until the crosshair tells a bar, and until every layer is there as well."""
    first = until_answered(page, address)
    told = page.wait_for_function(LAYERED, timeout=60_000, polling=5)
    return first, float(told.json_value())


def resident_mb(browser: Browser) -> float:
    """Memory of the browser's largest renderer, resident, in MB of 10^6 bytes."""
    session = browser.new_browser_cdp_session()
    told = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    sizes = []
    for process in told:
        if process["type"] == "renderer":
            status = Path(f"/proc/{process['id']}/status").read_text()
            line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
            sizes.append(int(line.split()[1]) * 1024 / 1e6)
    return max(sizes)

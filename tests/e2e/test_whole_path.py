"""The main job, end to end: exchange messages -> bot -> trading.db -> rsync over sshd -> web app -> Chromium.

Nothing is replaced on the way: real WebSocket servers, the real bot, a real sshd and rsync, the real server and page.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager

import pytest
from botprocess import MINUTE, bot, rows, running, simulating, wait_for
from recorded import DATA, needs_recorded
from sshd import running_pi
from web_page import ask, open_page
from web_server import serve

CANDLES = "SELECT timestamp, open, high, low, close, vBuy, vSell FROM candles ORDER BY timestamp"


@contextmanager
def published(folder, pi):
    """Pull the Pi's database once with `cvdbot sync --once`; give the path that the PC's programs open."""
    config = pi.sync_toml(folder / "sync.toml", data="published")
    log = folder / "sync.log"
    with running("sync", "--once", "--config", config, cwd=folder, log=log) as process:
        assert process.wait(60) == 0, log.read_text()
    yield folder / "published" / "trading.db"


def drawn(page):
    """What the chart itself holds: (ms, open, high, low, close) of each candle, holes left out."""
    bars = ask(page, "series.candles.data().filter((bar) => bar.open !== undefined)")
    return [(bar["time"] * 1000, bar["open"], bar["high"], bar["low"], bar["close"]) for bar in bars]


@needs_recorded
def test_recorded_messages_reach_the_chart_unchanged(page, tmp_path):
    files = [DATA / "ws" / f"binance_spot_btcusdt_trade_{day}.txt.gz" for day in ("20240808", "20240809")]
    with ExitStack() as stack:
        pi = stack.enter_context(running_pi(tmp_path / "ssh", tmp_path / "pi"))
        stack.enter_context(simulating(pi.folder, "--speed", 60, "--play", files[0], "--play", files[1]))
        process = stack.enter_context(bot(pi.folder))

        def whole():
            return rows(pi.folder, "SELECT sum(trades) FROM exchange_candles") == [(19_904,)]

        wait_for(whole, process, pi.folder / "bot.log", seconds=90)
        stored = rows(pi.folder, CANDLES)
        with published(tmp_path, pi) as database, serve(database) as address:
            open_page(page, address, "?tf=1m")
            page.wait_for_function("() => __chart.series.candles.data().length > 0")
            assert drawn(page)[: len(stored)] == [row[:5] for row in stored]
            page.goto("about:blank")  # before the server goes
    midnight = next(row for row in stored if row[0] == 1_723_161_600_000)
    assert midnight[5] == pytest.approx(15.59452, abs=1e-9)
    assert midnight[6] == pytest.approx(18.48728, abs=1e-9)


@pytest.mark.essential
def test_a_made_market_of_four_venues_reaches_the_chart_and_a_new_candle_follows_by_itself(page, tmp_path):
    with ExitStack() as stack:
        pi = stack.enter_context(running_pi(tmp_path / "ssh", tmp_path / "pi"))
        stack.enter_context(simulating(pi.folder, "--speed", 60, "--seed", 11))
        process = stack.enter_context(bot(pi.folder))
        log = pi.folder / "bot.log"
        wait_for(lambda: len(rows(pi.folder, CANDLES)) >= 4, process, log)
        with published(tmp_path, pi) as database, serve(database) as address:
            open_page(page, address, "?tf=1m")
            page.wait_for_function("() => __chart.series.candles.data().length >= 3")
            before = drawn(page)
            assert before == [row[:5] for row in rows(pi.folder, CANDLES)][: len(before)]
            assert "SIMULATED MARKET" in page.inner_text("body")
            wait_for(lambda: len(rows(pi.folder, CANDLES)) >= len(before) + 2, process, log)
            with published(tmp_path, pi):
                page.wait_for_function(
                    f"() => __chart.series.candles.data().at(-1).time * 1000 >= {before[-1][0] + 2 * MINUTE}"
                )
            after = drawn(page)
            assert after[: len(before)] == before
            assert after == [row[:5] for row in rows(pi.folder, CANDLES)][: len(after)]
            page.goto("about:blank")

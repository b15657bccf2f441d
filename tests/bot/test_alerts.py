"""A real bot on a simulated market, and a Telegram on this machine: what is told, and that trading does not notice."""

from __future__ import annotations

import time

import pytest
from botprocess import MINUTE, bot, rows, simulating, wait_for
from telegram import CHAT, TOKEN, telegram
from test_kills import CANDLES, EVENTS, TRADES, expected, newest

from bot.alerts.telegram import VARIABLE
from bot.core.parameters import Parameters

SIMULATED = ("--speed", 600, "--seed", 25, "--rate", 0.5, "--wait", "--start", "2025-11-23T23:09:30Z")
PARAMETERS = {"chart_timeframe": "1m", "anchor_period": "5m", "fvg_sensitivity": "all", "risk": "lowest"}
"""With these there are entries and exits within half an hour."""


def tells(folder, server, more=""):
    """Let the bot of a folder tell this server."""
    config = folder / "bot.toml"
    parameters = "".join(f'{name} = "{value}"\n' for name, value in PARAMETERS.items())
    text = config.read_text().replace("[[pairs]]\n", f"[[pairs]]\n{parameters}")
    config.write_text(text + f'\n[telegram]\nchat = {CHAT}\nbase_url = "{server.url}"\n{more}')


def run(folder, minutes, server=None, more="", until=lambda: True, options=()):
    """Run the bot over so many simulated minutes and until something more is so; return how long its stop took, s."""
    with simulating(folder, *SIMULATED, *options):
        if server is not None:
            tells(folder, server, more)
        with bot(folder) as process:
            log = folder / "bot.log"
            began = wait_for(lambda: newest(folder), process, log)
            wait_for(lambda: newest(folder) >= began + minutes * MINUTE and until(), process, log)
            process.terminate()
            asked = time.monotonic()
            assert process.wait(20) == 0
            return time.monotonic() - asked


@pytest.fixture
def token(monkeypatch):
    monkeypatch.setenv(VARIABLE, TOKEN)


@pytest.mark.slow
@pytest.mark.usefixtures("token")
def test_a_bot_tells_its_start_each_entry_and_exit_the_day_and_its_stop_each_once(tmp_path):
    with telegram() as server:
        run(
            tmp_path,
            58,
            server,
            f'[heartbeat]\nurl = "{server.url}/beat"\n',
            lambda: any("candles saved" in line for line in server.lines),
        )
    lines = [line.removeprefix("[simulated] ").rpartition(" UTC: ")[2] for line in server.lines]
    assert all(text.startswith("[simulated] ") for text in server.texts)
    assert lines[0] == "cvdbot 0.1.0 started: BTC/USDT perpetual on binance, bybit, coinbase, okx"
    assert lines[-1] == "cvdbot stopped"
    assert len([line for line in lines if "cvdbot" in line]) == 2
    trades = rows(
        tmp_path, "SELECT tradeNumber, entryType, profit, outcome, exitPrice, newBalance FROM trades ORDER BY id"
    )
    assert trades
    exits = [
        f"Trade #{number}, {side}, Profit: {'-' if round(profit) < 0 else ''}${abs(profit):,.0f}"
        f" ({outcome} at {price:,.2f}), balance {balance:,.2f} USDT"
        for number, side, profit, outcome, price, balance in trades
    ]
    assert [line for line in lines if "Profit" in line] == exits
    entered = rows(
        tmp_path,
        "SELECT tradeNumber, entryType, entryPrice FROM trades"
        " UNION SELECT orderNumber, entryType, entryPrice FROM orders ORDER BY 1",
    )
    entries = [line.partition(", on paper")[0] for line in lines if "on paper" in line]
    assert entries == [f"Trade #{number}, {side} at {price:,.2f}" for number, side, price in entered]
    (day,) = [line for line in lines if "candles saved" in line]
    before = rows(tmp_path, "SELECT count(*) FROM candles WHERE timestamp < 1763942400000")[0][0]
    assert day.startswith(f"2025-11-23: running, {before} candles saved, ")
    assert day.endswith(" USDT")
    assert server.beats >= 1
    assert TOKEN not in (tmp_path / "bot.log").read_text()


@pytest.mark.slow
@pytest.mark.usefixtures("token")
def test_with_a_telegram_that_never_answers_all_is_stored_as_it_happened_and_the_stop_waits_three_seconds(tmp_path):
    with telegram() as server:
        server.never_answers = True
        stopping = run(tmp_path, 20, server, until=lambda: rows(tmp_path, TRADES))
        assert server.tries >= 1
    assert stopping < 3 + 3
    candles, booked, _ = expected(tmp_path, newest(tmp_path), Parameters.from_mapping(PARAMETERS))
    assert [row[:5] for row in rows(tmp_path, CANDLES)] == [
        (one.timestamp, one.open, one.high, one.low, one.close) for one in candles
    ]
    events = [(one.event.timestamp, one.event.setup, one.event.kind, one.event.price) for one in booked.events]
    assert [row[:4] for row in rows(tmp_path, EVENTS)] == events
    trades = [(one.trade.number, one.trade.position.side, one.trade.position.entry_price) for one in booked.trades]
    assert [row[:3] for row in rows(tmp_path, TRADES)] == trades
    assert trades


@pytest.mark.slow
@pytest.mark.more
def test_a_refused_token_is_one_sentence_and_the_token_stands_nowhere(tmp_path, monkeypatch):
    wrong = "987654321:BBE-not-the-one-that-is-known-here-000"
    monkeypatch.setenv(VARIABLE, wrong)
    with telegram() as server:
        run(tmp_path, 3, server, until=lambda: server.tries)
    log = (tmp_path / "bot.log").read_text()
    assert log.count("the token of CVDBOT_TELEGRAM_TOKEN is refused (401)") == 1
    assert server.tries <= 2  # at the start, and once more at the end
    assert server.texts == []
    for path in tmp_path.iterdir():
        assert wrong.encode() not in path.read_bytes(), path
        assert wrong.rpartition(":")[2].encode() not in path.read_bytes(), path


@pytest.mark.more
@pytest.mark.usefixtures("token")
def test_an_outage_of_all_exchanges_is_told_once_and_its_end_once(tmp_path):
    faults = tmp_path / "faults.toml"
    faults.write_text('seed = 1\n[[outages]]\nvenue = "all"\nafter = 300\nseconds = 900\n')
    with telegram() as server:

        def back():
            return sum(" is back after " in line for line in server.lines) == 4

        run(tmp_path, 5, server, "away_minutes = 5\n", back, ("--faults", faults))
    lines = [line.removeprefix("[simulated] ").rpartition(" UTC: ")[2] for line in server.lines]
    assert sorted(line.partition(",")[0] for line in lines if " is away" in line) == [
        f"{exchange} is away" for exchange in ("binance", "bybit", "coinbase", "okx")
    ]
    assert len([line for line in lines if " is back after 1" in line]) == 4  # 15 minutes, and up to the next try
    assert len(server.texts) <= 5

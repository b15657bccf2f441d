import asyncio
import json
import signal
import socket
import subprocess
import sys
import time
import tomllib
from contextlib import ExitStack

import httpx
import pytest
from recorded import DATA, needs_recorded
from simulated import START
from websockets.asyncio.client import connect as connect_async
from websockets.sync.client import connect

from bot.simulator.configuration import configuration
from bot.simulator.market import Market
from bot.simulator.simulator import made

COMMAND = [sys.executable, "-m", "cvdbot", "simulate"]


def start(*options):
    return subprocess.Popen([*COMMAND, *map(str, options)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def until_ready(process):
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if lines[-1] == "ready":
            return lines
    raise AssertionError(process.stderr.read())


def test_it_serves_what_its_configuration_says_and_ends_cleanly_on_sigterm(tmp_path):
    config, truth = tmp_path / "new" / "bot.toml", tmp_path / "truth.csv"
    process = start("--write-config", config, "--truth", truth, "--speed", 60, "--rate", 5, "--seed", 3)
    try:
        lines = until_ready(process)
        said = tomllib.loads(config.read_text())
        assert set(said) == {"database", "market", "pairs", "clock", "exchanges"}
        assert (said["database"], said["market"], said["pairs"]) == (
            "trading.db",
            "perpetual",
            [{"pair": "BTC/USDT"}],
        )
        for exchange in ("binance", "bybit", "coinbase", "okx"):
            table = said["exchanges"][exchange]
            assert set(table) == {"enabled", "websocket", "rest"} | ({"stream"} if exchange == "binance" else set())
            assert table["enabled"] is True
            assert any(line.startswith(exchange) and table["websocket"] in line for line in lines)
        clock = httpx.get(said["clock"]["url"], trust_env=False).json()
        assert (clock["speed"], clock["running"]) == (60.0, True)
        assert abs(clock["now"] / 1000 - time.time()) < 3600
        with connect(said["exchanges"]["bybit"]["websocket"], compression=None) as feed:
            feed.send('{"op": "subscribe", "args": ["publicTrade.BTCUSDT"]}')
            assert json.loads(feed.recv(10))["success"]
            trade = json.loads(feed.recv(10))["data"][0]
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        _, errors = process.communicate()
    assert errors == ""
    assert f",{trade['i']}," in truth.read_text()
    assert truth.read_text().endswith(("buy\n", "sell\n"))


def test_the_made_market_begins_when_it_is_told(tmp_path):
    config = tmp_path / "bot.toml"
    process = start("--write-config", config, "--start", "2025-11-23T23:59:30Z", "--wait")
    try:
        until_ready(process)
        said = tomllib.loads(config.read_text())
        clock = httpx.get(said["clock"]["url"], trust_env=False).json()
    finally:
        process.kill()
        process.communicate()
    assert (clock["now"], clock["running"]) == (START - 30_000, False)


def four_free_ports():
    """The first of four ports in a row that nobody listens on at this moment."""
    for first in range(42_000, 60_000, 7):
        with ExitStack() as stack:
            try:
                for port in range(first, first + 4):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
        return first
    raise AssertionError("no four ports in a row are free")


def test_it_ends_after_the_asked_time_and_takes_the_ports_it_is_told():
    port = four_free_ports()
    process = start("--port-base", port, "--exit-after", 0.2)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    assert f"ws://127.0.0.1:{port}/ws" in output
    assert f"ws://127.0.0.1:{port + 3}/ws/v5/public" in output


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--speed", "0"], "--speed is 0; it must be above 0"),
        (["--speed", "nan"], "--speed is nan; it must be above 0"),
        (["--rate", "-1"], "--rate is -1; it must be above 0 orders a second"),
        (["--burst", "101"], "--burst is 101; it must be 0 (none) to 100 orders"),
        (["--port-base", "70000"], "--port-base is 70000; it must be 0 (any free ports) to 65532"),
        (["--pairs", "BTCUSDT"], '--pairs has "BTCUSDT"; write pairs as BTC/USDT,ETH/USDT'),
        (["--market", "futures"], '--market is "futures"; it must be perpetual or spot'),
        (["--play", "absent.txt"], "can't read absent.txt: No such file or directory"),
        (["--play", "absent.txt", "--market", "spot"], "--market is for the made market"),
        (["--play", "absent.txt", "--start", "2025-11-24"], "--start is for the made market"),
        (["--start", "noon"], "--start: 'noon' is not a date or time; write 2024-08-09"),
    ],
)
def test_an_option_that_can_not_be_used_is_told_in_a_sentence(options, told):
    process = start(*options)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert errors.startswith(f"cvdbot: {told}")
    assert errors.count("\n") == 1


def test_a_made_spot_market_is_configured_with_the_trade_stream():
    simulator = made(Market("spot", start=0, seed=1))
    said = tomllib.loads(configuration(simulator, market="spot", pair="BTC/USDT"))
    assert said["exchanges"]["binance"]["stream"] == "trade"
    assert said["exchanges"]["bybit"]["websocket"].endswith("/v5/public/spot")


@pytest.mark.slow
@needs_recorded
@pytest.mark.parametrize(
    ("name", "exchange", "expected"),
    [
        ("cryptofeed_COINBASE_matches_only", "coinbase", {"symbol": "SKL-USD"}),
        ("cryptofeed_BINANCE_FUTURES.ws.1.0", "binance", {"symbol": "SUSHIUSDT", "stream": "aggTrade"}),
        ("binance_usdm_btcusdt_trade_20240808", "binance", {"stream": "trade"}),
    ],
)
def test_a_recording_is_configured_as_it_was_recognised(tmp_path, name, exchange, expected):
    config = tmp_path / "bot.toml"
    process = start("--play", DATA / "ws" / f"{name}.txt.gz", "--write-config", config, "--exit-after", 0.1)
    assert process.communicate(timeout=30)[1] == ""
    said = tomllib.loads(config.read_text())["exchanges"]
    assert {key: value for key, value in said.pop(exchange).items() if key in {"symbol", "stream"}} == expected
    assert list(said.values()) == [{"enabled": False}] * 3


@pytest.mark.more
def test_it_keeps_up_with_thousands_of_messages_a_second(tmp_path):
    """At 600 times the speed of life 4 venues make some 5,000 messages a second: the clock of a machine that is free
    keeps up, and that of a busy one lags, but every message comes in order."""
    config, truth = tmp_path / "bot.toml", tmp_path / "truth.csv"
    process = start("--write-config", config, "--truth", truth, "--speed", 600, "--wait", "--exit-after", 20)
    try:
        until_ready(process)
        said = tomllib.loads(config.read_text())["exchanges"]

        async def scene():
            url = said["coinbase"]["websocket"]
            async with connect_async(url, compression=None, ping_interval=None, max_queue=None) as feed:
                await feed.send('{"type": "subscribe", "product_ids": ["BTC-USD"], "channels": ["matches"]}')
                await feed.recv()
                return [json.loads(await feed.recv())["trade_id"] for _ in range(2000)]

        heard = asyncio.run(scene())
    finally:
        process.kill()
        process.communicate()
    rows = [line.split(",") for line in truth.read_text().splitlines()[1:]]
    assert [str(number) for number in heard] == [row[1] for row in rows if row[0] == "coinbase"][:2000]

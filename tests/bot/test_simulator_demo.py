import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from simulated import START

from bot.config import read
from bot.simulator import demo, past
from bot.simulator.configuration import configuration, write
from bot.simulator.market import Market
from bot.simulator.simulator import made
from bot.store.database import open_for_writing
from bot.store.lock import WriterLock

MINUTE = 60_000
COMMAND = [sys.executable, "-m", "cvdbot", "demo", "--days", "1"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def query(path, sql, *parameters):
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql, parameters).fetchall()


def write_past(folder, minutes):
    """Write some minutes of history into the folder; the candles of every exchange, and the market."""

    async def scene():
        end = START + minutes * MINUTE
        market = Market(start=START, seed=7)
        simulator = made(market)
        await simulator.start()
        try:
            write(folder / "bot.toml", configuration(simulator, market="perpetual", pair="BTC/USDT"))
            settings, path = read(folder / "bot.toml")
            with closing(open_for_writing(path)) as database:
                told = []
                await past.write(market, simulator, settings, settings.pairs[0], database, end, told.append)
            return market, told
        finally:
            await simulator.stop()

    market, told = asyncio.run(scene())
    rows = query(folder / "trading.db", "SELECT * FROM exchange_candles ORDER BY timestamp, exchange")
    return rows, market, told


def test_the_past_is_whole_on_every_venue_to_its_last_minute(tmp_path):
    rows, market, told = write_past(tmp_path, 180)
    assert market.now == told[-1] == START + 180 * MINUTE
    candles = query(tmp_path / "trading.db", "SELECT timestamp, sources, configured FROM candles ORDER BY timestamp")
    assert [row[0] for row in candles] == [START + minute * MINUTE for minute in range(180)]
    assert {row[1:] for row in candles[5:]} == {(4, 4)}
    assert {row[-1] for row in rows} == {1}  # complete
    assert len(rows) > 4 * 175


def test_the_past_was_traded_on_paper_as_the_bot_would_have_traded_it(tmp_path):
    write_past(tmp_path, 1440)
    trades = query(
        tmp_path / "trading.db", "SELECT tradeNumber, mode, exitTime, decided, entryTime FROM trades ORDER BY id"
    )
    assert [row[0] for row in trades] == list(range(1, len(trades) + 1))
    assert len(trades) > 1
    assert {row[1] for row in trades} == {"paper"}
    assert all(decided == entry + 5 * MINUTE + 2000 for _, _, _, decided, entry in trades)  # nobody was late
    assert query(tmp_path / "trading.db", "SELECT count(*) FROM setup_events WHERE mode = 'paper'")[0][0] > 10
    hours = query(tmp_path / "trading.db", "SELECT message FROM logs WHERE event = 'saved'")
    assert sum(int(message.split("trades: ")[1]) for (message,) in hours) == len(trades)


def test_what_is_counted_from_orders_is_what_the_connectors_read(tmp_path, monkeypatch):
    monkeypatch.setattr(past, "REMEMBERED", 0)
    counted, market, _ = write_past(tmp_path / "counted", 60)
    monkeypatch.setattr(past, "REMEMBERED", 60 * MINUTE)
    heard, other, _ = write_past(tmp_path / "heard", 60)
    # a contract's 0.01 BTC leaves a last bit behind, so volumes are held to 1e-9 BTC
    assert [row[:7] + row[9:] for row in counted] == [row[:7] + row[9:] for row in heard]
    for one, other_one in zip(counted, heard, strict=True):
        assert one[7:9] == pytest.approx(other_one[7:9], abs=1e-9)
    ids = [
        query(tmp_path / name / "trading.db", "SELECT value FROM state WHERE key = 'ids'")
        for name in ("counted", "heard")
    ]
    assert ids[0] == ids[1]
    assert list(market.until(START + 61 * MINUTE)) == list(other.until(START + 61 * MINUTE))


@pytest.mark.more
@pytest.mark.long
def test_the_demo_goes_on_from_its_past_without_a_break_and_ends_cleanly(tmp_path):
    port = free_port()
    process = subprocess.Popen(
        [*COMMAND, "--port", str(port), "--speed", "60", "--seed", "3"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    database = tmp_path / "data" / "demo" / "trading.db"
    try:
        assert f"http://127.0.0.1:{port} shows the demo" in process.stdout.readline()
        assert httpx.get(f"http://127.0.0.1:{port}/api/status", trust_env=False).is_success
        looked = threading.Event()
        while query(database, "SELECT count(*) FROM candles")[0][0] < 1443:
            assert process.poll() is None
            looked.wait(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(40) == 0
    finally:
        process.kill()
        _, errors = process.communicate()
    assert "Traceback" not in errors
    minutes = [row[0] for row in query(database, "SELECT timestamp FROM candles ORDER BY timestamp")]
    assert minutes == list(range(minutes[0], minutes[-1] + 1, MINUTE))
    assert query(database, "SELECT min(sources) FROM candles WHERE timestamp > ?", minutes[4]) == [(4,)]
    assert query(database, "SELECT value FROM state WHERE key = 'origin'") == [('"simulated"',)]
    assert query(database, "SELECT sum(gaps), sum(rejects), sum(reconnects) FROM exchange_status") == [(0, 0, 0)]
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
    WriterLock(database.parent).close()  # the bot has let go of it


@pytest.mark.slow
def test_a_demo_of_0_seconds_ends_when_it_can_be_opened(tmp_path):
    port = free_port()
    done = subprocess.run(
        [*COMMAND, "--port", str(port), "--exit-after", "0"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"http://127.0.0.1:{port} shows the demo" in done.stdout


@pytest.mark.slow
def test_a_demo_of_two_pairs_has_a_past_of_each(tmp_path):
    done = subprocess.run(
        [*COMMAND, "--port", str(free_port()), "--exit-after", "0", "--pairs", "BTC/USDT,ETH/USDT"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(tmp_path / "data" / "demo" / "trading.db")) as sql:
        counts = sql.execute("SELECT pair, count(*) >= 1440, avg(close) > 20000 FROM candles GROUP BY pair").fetchall()
        accounts = sql.execute("SELECT DISTINCT pair FROM setup_events ORDER BY pair").fetchall()
    assert counts == [("BTC/USDT", 1, 1), ("ETH/USDT", 1, 0)]
    assert accounts == [("BTC/USDT",), ("ETH/USDT",)]


@pytest.mark.slow
def test_a_child_that_ends_ends_the_demo_with_its_last_lines(tmp_path):
    port = free_port()
    process = subprocess.Popen(
        [*COMMAND, "--port", str(port)], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        process.stdout.readline()
        looked = threading.Event()
        while "okx: BTC-USDT-SWAP subscribed" not in (tmp_path / "data" / "demo" / "bot.log").read_text():
            assert process.poll() is None
            looked.wait(0.05)
        held = (tmp_path / "data" / "demo" / ".writer").read_text().split()
        os.kill(int(held[0]), signal.SIGKILL)
        _, errors = process.communicate(timeout=40)
    finally:
        process.kill()
    assert process.returncode == 1
    assert "cvdbot: bot ended by itself (exit code -9); it said last:" in errors
    assert "okx: BTC-USDT-SWAP subscribed" in errors


def test_a_port_in_use_is_told_before_anything_is_written(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*COMMAND, "--port", str(port)], cwd=tmp_path, capture_output=True, text=True, timeout=40, check=False
        )
    assert done.returncode == 1
    assert done.stderr == f"cvdbot: port {port} can't be used (Address already in use): name another with --port\n"
    assert not (tmp_path / "data").exists()


def test_a_demo_that_runs_is_not_disturbed(tmp_path):
    folder = tmp_path / "data" / "demo"
    folder.mkdir(parents=True)
    (folder / "trading.db").write_text("someone's")
    with closing(WriterLock(folder)):
        done = subprocess.run(
            [*COMMAND, "--port", str(free_port())],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=40,
            check=False,
        )
    assert done.returncode == 2
    assert "only one program may write it at a time" in done.stderr
    assert (folder / "trading.db").read_text() == "someone's"


def test_the_demo_lies_in_the_folder_of_the_data():
    assert demo.Options().folder == Path("data/demo")

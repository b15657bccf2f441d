"""A full disk, or one that takes no write: trading goes on in memory, and all is stored as soon as it can be."""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
import tomllib
import urllib.request
from contextlib import closing

import pytest
from botprocess import MINUTE, bot, rows, simulating, wait_for
from offline import BEGAN, OfflineBot, market, read
from test_kills import CANDLES, EVENTS, TRADES, expected
from test_truth import newest

START = "2025-11-24T10:00:30Z"
HOUR = 60 * MINUTE


@pytest.fixture
def small(tmp_path):
    """A folder on a disk of its own, of 3 MB."""
    folder = tmp_path / "card"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a disk of its own needs the right to mount one: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder, _):
    """Write until nothing more fits; returns how to make room again."""
    path = folder / "holiday.jpg"
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
    return path.unlink


def forbid(_, process):
    """Let each write to the database fail, as on a card that begins to die; returns how to undo it."""
    limits = resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    return lambda: resource.prlimit(process.pid, resource.RLIMIT_FSIZE, limits)


def market_time(config):
    """What the simulator's clock says."""
    with urllib.request.urlopen(tomllib.loads(config.read_text())["clock"]["url"], timeout=5) as answer:
        return json.load(answer)["now"]


@pytest.mark.slow
@pytest.mark.simulated
@pytest.mark.parametrize("trouble", [fill, pytest.param(forbid, marks=pytest.mark.more)])
def test_an_hour_without_room_is_missing_nothing_afterwards(tmp_path, small, trouble):
    config, log = tmp_path / "bot.toml", tmp_path / "bot.log"
    with simulating(tmp_path, "--speed", 600, "--seed", 21, "--rate", 0.5, "--start", START, "--wait"):
        config.write_text(config.read_text().replace('database = "trading.db"', f'database = "{small}/trading.db"'))
        (tmp_path / "trading.db").symlink_to(small / "trading.db")
        with bot(tmp_path) as process:
            began = wait_for(lambda: newest(tmp_path), process, log)
            wait_for(lambda: newest(tmp_path) >= began + 10 * MINUTE, process, log)
            better = trouble(small, process)
            wait_for(lambda: "trading goes on in memory" in log.read_text(), process, log)
            stood = newest(tmp_path)
            wait_for(lambda: market_time(config) >= stood + HOUR, process, log)
            assert newest(tmp_path) == stood
            better()
            wait_for(lambda: newest(tmp_path) >= stood + HOUR, process, log)
            wait_for(lambda: newest(tmp_path) >= stood + HOUR + 10 * MINUTE, process, log)
    assert log.read_text().count("trading goes on in memory") == 1
    candles, booked, _ = expected(tmp_path, newest(tmp_path))
    assert [row[0] for row in rows(tmp_path, CANDLES)] == [candle.timestamp for candle in candles]
    assert [row[1:5] for row in rows(tmp_path, CANDLES)] == [
        (candle.open, candle.high, candle.low, candle.close) for candle in candles
    ]
    assert [row[0] for row in rows(tmp_path, TRADES)] == [one.trade.number for one in booked.trades]
    assert [row[:4] for row in rows(tmp_path, EVENTS)] == [
        (one.event.timestamp, one.event.setup, one.event.kind, one.event.price) for one in booked.events
    ]


def test_the_log_keeps_when_it_could_be_written_again(tmp_path):
    path = tmp_path / "trading.db"
    with OfflineBot(path, BEGAN) as offline:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            offline.live(BEGAN, market(2, seed=3))
            other.execute("ROLLBACK")
        offline.tick()
        assert read(path, "SELECT count(*) FROM candles") == [(2,)]
        offline.live(BEGAN + 2 * MINUTE, market(1, seed=3))
    said = read(path, "SELECT message FROM logs WHERE event = 'store'")
    assert said == [("it can be written again: 2 candles that waited are stored",)]


class Full:
    """A stdout that takes nothing: a pipe whose reader is gone, a file on a full disk."""

    def write(self, _):
        raise OSError(28, "No space left on device")


def test_what_can_not_be_printed_is_stored_once_all_the_same(tmp_path, monkeypatch):
    path = tmp_path / "trading.db"
    with OfflineBot(path, BEGAN) as offline:
        offline.live(BEGAN, market(59, seed=3))
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stdout", Full())
            offline.live(BEGAN + 59 * MINUTE, market(1, seed=3))
        offline.tick()
    assert read(path, "SELECT message FROM logs WHERE event = 'saved'") == [("candles saved: 60, trades: 0",)]


@pytest.mark.simulated
def test_a_backup_folder_that_can_not_be_looked_at_ends_no_bot(tmp_path):
    config, log = tmp_path / "bot.toml", tmp_path / "bot.log"
    with simulating(tmp_path, "--speed", 120):
        config.write_text(f'{config.read_text()}\n[backup]\nfolder = "{"x" * 300}"\n')
        with bot(tmp_path) as process:
            wait_for(lambda: rows(tmp_path, "SELECT 1 FROM logs WHERE event = 'backup'"), process, log)
            began = wait_for(lambda: newest(tmp_path), process, log)
            wait_for(lambda: newest(tmp_path) >= began + 3 * MINUTE, process, log)

"""The power goes at any moment: no committed candle is lost, and the file is whole.

A power cut leaves of each file what was flushed last (helpers/powercut.c keeps that); closing a descriptor ends the
POSIX locks of its process on the file, so the writer is one that does nothing else. The same harness with
`synchronous=OFF` loses candles: it can tell.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from fast_writer import MINUTE

HELPERS = Path(__file__).resolve().parents[1] / "helpers"
WRITER = """
import random, sys
from pathlib import Path
from bot.store import rows
from bot.store.database import open_for_writing
from bot.core.aggregate import Candle
from bot.core.minutes import VenueCandle

store = open_for_writing(Path(sys.argv[1]), fold_at_bytes=60_000)
if sys.argv[2] == "OFF":
    store._file.sql.execute("PRAGMA synchronous = OFF")
number = int(sys.argv[3])
while True:
    with store.transaction() as sql:
        minute = number * 60_000
        rows.put_candle(sql, "BTC/USDT", minute, Candle(minute, 1, 2, 0.5, 1.5, 1, 1, 4, 4))
        for name in ("binance", "bybit", "coinbase", "okx"):
            rows.put_venue(sql, "BTC/USDT", minute, name, VenueCandle(minute, 1, 2, 0.5, 1.5, 1, 1, 9, 1))
        rows.put_state(sql, "pad", "x" * random.randrange(3_000), 0)
    print(number, flush=True)
    number += 1
"""


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("the disk that loses what was not flushed is written in C, and there is no cc")
    built = tmp_path_factory.mktemp("powercut") / "powercut.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", built, HELPERS / "powercut.c", "-ldl"], check=True)
    return built


def cut(folder, shim, synchronous, first, seconds):
    """Write minutes from `first` on for some seconds until the power goes; return the last that was committed."""
    kept = folder.with_name("flushed")
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir()
    for file in folder.iterdir():  # what is there now was there before the power came back
        shutil.copyfile(file, kept / str(file.stat().st_ino))
    environment = os.environ | {"LD_PRELOAD": str(shim), "POWERCUT": str(kept)}
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, folder / "trading.db", synchronous, str(first)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        told = process.stdout.readline()
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        told += process.stdout.read()
    for file in folder.iterdir():
        if file.name.endswith("-shm"):
            file.unlink()
        elif file.name.startswith("trading.db"):
            flushed = kept / str(file.stat().st_ino)
            file.write_bytes(flushed.read_bytes() if flushed.exists() else b"")  # the same inode: it may go on
    return int(told.split("\n")[-2])


def found(folder):
    """What the next start finds: the verdict over all pages, and how many minutes there are, without a hole."""
    with closing(sqlite3.connect(folder / "trading.db")) as sql:
        (verdict,) = sql.execute("PRAGMA integrity_check").fetchone()
        minutes = [minute for (minute,) in sql.execute("SELECT timestamp FROM candles ORDER BY timestamp")]
        (venues,) = sql.execute("SELECT count(*) FROM exchange_candles").fetchone()
    assert minutes == [number * MINUTE for number in range(len(minutes))]
    assert venues == 4 * len(minutes)
    return verdict, len(minutes)


@pytest.mark.slow
@pytest.mark.parametrize("cuts", [10, pytest.param(60, marks=[pytest.mark.more, pytest.mark.timeout(300)])])
def test_no_committed_candle_is_lost_and_the_file_is_whole(tmp_path, shim, cuts):
    folder, chance, count = tmp_path / "db", random.Random(cuts), 0
    folder.mkdir()
    for _ in range(cuts):
        committed = cut(folder, shim, "FULL", count, chance.random() * 0.25)
        verdict, count = found(folder)
        assert verdict == "ok"
        assert count > committed
    assert count > 10 * cuts


@pytest.mark.slow
def test_without_flushing_candles_are_lost(tmp_path, shim):
    lost = 0
    for number in range(3):
        folder = tmp_path / str(number) / "db"
        folder.mkdir(parents=True)
        committed = cut(folder, shim, "OFF", 0, 0.2)
        try:
            _, count = found(folder)
        except sqlite3.DatabaseError:
            count = 0
        lost += count <= committed
    assert lost == 3

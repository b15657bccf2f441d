"""`cvdbot` as processes of its own: the simulator and the bot, on free ports, ended by their process ids."""

from __future__ import annotations

import csv
import signal
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path

CVDBOT = [sys.executable, "-m", "cvdbot"]
ROOT = Path(__file__).resolve().parents[2]
MINUTE = 60_000


@contextmanager
def running(*arguments, cwd, log):
    """Run `cvdbot ARGUMENTS` until the block ends; its output goes to the file `log`."""
    with log.open("w") as output:
        process = subprocess.Popen([*CVDBOT, *map(str, arguments)], cwd=cwd, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def wait_for(condition, process, log, seconds=60.0):
    """Look until `condition()` gives something, and give it; fail with the log when the process ends or time is up."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := condition():
            return found
        assert process.poll() is None, f"ended with {process.returncode}:\n{log.read_text()}"
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s:\n{log.read_text()}")


@contextmanager
def simulating(folder, *arguments):
    """Run `cvdbot simulate` with a truth file and a bot.toml in `folder`; ready when the block begins."""
    config, log = folder / "bot.toml", folder / "simulate.log"
    arguments = ("simulate", "--write-config", config, "--truth", folder / "truth.csv", *arguments)
    with running(*arguments, cwd=folder, log=log) as process:
        wait_for(config.exists, process, log)
        yield process


@contextmanager
def bot(folder):
    """Run `cvdbot run` on the bot.toml of `folder`; its database exists when the block begins."""
    log = folder / "bot.log"
    with running("run", "--config", folder / "bot.toml", cwd=folder, log=log) as process:
        wait_for(lambda: rows(folder, "SELECT 1 FROM state WHERE key = 'origin'"), process, log)
        yield process


def rows(folder, query, *values):
    """Return the rows of a query on the folder's database; none while there is no database yet."""
    path = folder / "trading.db"
    if not path.exists():
        return []
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        return connection.execute(query, values).fetchall()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return []
        raise
    finally:
        connection.close()


def true_minutes(folder, pair="BTC/USDT"):
    """Return (minute, exchange) -> (open, high, low, close, vBuy, vSell, trades) of the simulator's truth file.

    Of `pair` where the file has several, else of the one it has.
    """
    fills = defaultdict(list)
    with (folder / "truth.csv").open() as file:
        for row in csv.DictReader(file):
            if row.get("pair", pair) != pair:
                continue
            timestamp = int(row["timestamp"])
            minute = timestamp - timestamp % MINUTE
            fills[minute, row["exchange"]].append((float(row["price"]), float(row["size"]), row["side"]))
    return {
        key: (
            one[0][0],
            max(price for price, _, _ in one),
            min(price for price, _, _ in one),
            one[-1][0],
            sum(size for _, size, side in one if side == "buy"),
            sum(size for _, size, side in one if side == "sell"),
            len(one),
        )
        for key, one in fills.items()
    }

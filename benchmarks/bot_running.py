"""The running bot as a whole: memory, CPU, bytes to the disk and its loop's delay, beside the earlier bot's stack.

The real `cvdbot run` on the real simulator, for half a minute each, at some 300 and 5,000 trades a second on four
venues. The made market is never that lively by itself, so its time runs faster; the bot then also closes minutes so
many times as often, which is counted against it. After each run every complete minute is held against the truth: one
trade less, and there is no figure.

Beside it `earlier_bot.mjs`: node, `ws`, JSON.parse and a JSON file, the stack of the bot that this one replaces.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections import Counter
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figure import Figure, VoidError
from bot.core.times import DAY, MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).parent
RATE = 20.0
"""Orders a second and venue: some 128 trades a second in all."""
SPEEDS = {"300": 3.5, "5000": 40.0}
"""Trades a second -> how many times as fast the market's time runs."""
HOURS = 600.0
"""As fast does it run for the bytes of a day: five hours in half a minute."""
SECONDS = 30.0
COINS = ("BTC", "ETH", "SOL", "BNB", "XRP", "DOGE", "ADA", "LTC")
"""Beside USDT: as many pairs are followed at once."""
MEMORY, CPU, WRITTEN = 80.0, 100.0, 120.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Run:
    """What one process took in its window."""

    memory: float
    """MB, resident at its end."""
    cpu: float
    """Percent of one core."""
    trades: float
    """A second."""
    written: float
    """MB to the disk a simulated day."""
    delay: float
    """Of the event loop, ms, at most; 0 where it is not told."""


def figures(*, tiny: bool = False) -> Iterator[Figure]:
    """Yield memory, CPU at both rates, bytes a day, and the delay with and without a Telegram that never answers."""
    seconds = 2.0 if tiny else SECONDS
    runs = {name: _bot(speed, seconds) for name, speed in SPEEDS.items()}
    dead = _bot(SPEEDS["300"], seconds, telegram=True)
    earlier = {name: _earlier(speed, seconds) for name, speed in SPEEDS.items()} if shutil.which("node") else {}
    hours = _bot(HOURS, seconds, rate=0.5)
    quiet, busy = runs["300"], runs["5000"]

    def beside(name: str, attribute: str) -> dict[str, float]:
        return {f"earlier_{attribute}": getattr(earlier[name], attribute)} if name in earlier else {}

    yield Figure(
        "bot.memory", busy.memory, "MB resident", MEMORY, {"at_300": quiet.memory, **beside("5000", "memory")}, True
    )
    for name, run in runs.items():
        told = {"trades_per_s": run.trades, "delay_ms": run.delay, **beside(name, "cpu")}
        yield Figure(f"bot.cpu.{name}", run.cpu, "% of a core", CPU, told, True)
    yield Figure("bot.written", hours.written, "MB a day", WRITTEN, {"at_5000": busy.written}, True)
    yield _of_pairs(seconds / 2)
    yield Figure(
        "bot.delay.dead_telegram", dead.delay, "ms at most", None, {"without": quiet.delay, "cpu_percent": dead.cpu}
    )


def _of_pairs(seconds: float) -> Figure:
    """Return what each further pair costs, of 1, 2, 4 and 8 that are equally lively."""
    runs = {count: _bot(30.0, seconds, rate=2.0, pairs=COINS[:count]) for count in (1, 2, 4, 8)}
    told: dict[str, float] = {}
    for count, run in runs.items():
        told |= {f"memory_{count}": run.memory, f"cpu_{count}": run.cpu, f"trades_{count}": run.trades}
    return Figure("bot.pairs", (runs[8].memory - runs[1].memory) / 7, "MB a further pair", None, told)


def _bot(
    speed: float, seconds: float, *, rate: float = RATE, telegram: bool = False, pairs: Sequence[str] = COINS[:1]
) -> Run:
    with _market(speed, rate, pairs) as folder, ExitStack() as stack:
        config = folder / "bot.toml"
        environment = dict(os.environ)
        if telegram:
            address = stack.enter_context(_mute())
            config.write_text(config.read_text() + f'\n[telegram]\nchat = "1"\nbase_url = "{address}"\n')
            environment["CVDBOT_TELEGRAM_TOKEN"] = "1:x"
        command = [sys.executable, "-m", "cvdbot", "run", "--config", str(config)]
        process = stack.enter_context(_running(command, folder / "bot.log", environment))
        _wait(lambda: _candles(folder) >= len(pairs), "the bot wrote no candle", folder / "bot.log")
        begun, delays, counted = _taken(process.pid), [], _candles(folder)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(0.1)
            delays.append(_delay(folder))
        ended = _taken(process.pid)
        minutes = max(1, (_candles(folder) - counted) / len(pairs))
        trades = _check(folder)
        return Run(
            memory=_memory(process.pid),
            cpu=100 * (ended[0] - begun[0]) / seconds,
            trades=trades / MINUTE * 1000 * speed,
            written=(ended[1] - begun[1]) / minutes * (DAY / MINUTE) / 1e6,
            delay=max(delays),
        )


def _earlier(speed: float, seconds: float) -> Run:
    with _market(speed) as folder:
        venues = tomllib.loads((folder / "bot.toml").read_text())["exchanges"]
        addresses = json.dumps({name: one["websocket"] for name, one in venues.items()})
        out = folder / "candles_1m.json"
        command = ["node", str(HERE / "earlier_bot.mjs"), addresses, str(out)]
        with _running(command, folder / "node.log", dict(os.environ)) as process:
            _wait(out.exists, "the earlier bot wrote no candle", folder / "node.log")
            begun, counted = _taken(process.pid), len(json.loads(out.read_text()))
            time.sleep(seconds)
            ended, candles = _taken(process.pid), json.loads(out.read_text())
            trades = sum(candle["trades"] for candle in candles[counted:])
            minutes = max(1, len(candles) - counted)
            return Run(
                memory=_memory(process.pid),
                cpu=100 * (ended[0] - begun[0]) / seconds,
                trades=trades / minutes / 60 * speed,
                written=(ended[1] - begun[1]) / minutes * (DAY / MINUTE) / 1e6,
                delay=0.0,
            )


@contextmanager
def _market(speed: float, rate: float = RATE, coins: Sequence[str] = COINS[:1]) -> Iterator[Path]:
    """Serve the made market; yields a folder with the bot.toml for it and the truth as it is sent."""
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        config = folder / "bot.toml"
        options: tuple[object, ...] = (
            "--speed",
            speed,
            "--rate",
            rate,
            "--write-config",
            config,
            "--truth",
            folder / "truth.csv",
        )
        options += ("--pairs", ",".join(f"{coin}/USDT" for coin in coins))
        command = [sys.executable, "-m", "cvdbot", "simulate", *map(str, options)]
        with _running(command, folder / "simulate.log", dict(os.environ)):
            _wait(config.exists, "the simulator did not begin", folder / "simulate.log")
            yield folder


@contextmanager
def _running(command: list[str], log: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=HERE.parent, stdout=output, stderr=output, env=environment)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def _mute() -> Iterator[str]:
    """Serve an address that takes connections and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        held: list[socket.socket] = []

        def take() -> None:
            while True:
                try:
                    held.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        for one in held:
            one.close()


def _wait(condition: object, complaint: str, log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if callable(condition) and condition():
            return
        time.sleep(0.05)
    raise VoidError(f"{complaint}:\n{log.read_text()}")


def _taken(pid: int) -> tuple[float, int]:
    """Return CPU-seconds and bytes that reached the disk so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    written = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
    return (int(fields[11]) + int(fields[12])) / TICKS, int(written["write_bytes"])


def _memory(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    path = folder / "trading.db"
    if not path.exists():
        return []
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as sql:
            return sql.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []  # it is being made


def _candles(folder: Path) -> int:
    return int(str((_rows(folder, "SELECT count(*) FROM candles") or [(0,)])[0][0]))


def _delay(folder: Path) -> float:
    kept = _rows(folder, "SELECT value FROM state WHERE key = 'health'")
    return float(json.loads(str(kept[0][0]))["delay"]) if kept else 0.0


def _check(folder: Path) -> float:
    """Hold every complete minute against the truth; return the trades of a minute, all venues together."""
    stored = _rows(
        folder, "SELECT timestamp, pair || ' ' || exchange, trades, complete FROM exchange_candles ORDER BY timestamp"
    )
    sent: Counter[tuple[object, object]] = Counter()
    with (folder / "truth.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            sent[int(row["timestamp"]) // MINUTE * MINUTE, f"{row.get('pair', 'BTC/USDT')} {row['exchange']}"] += 1
    whole = [(minute, exchange, trades) for minute, exchange, trades, complete in stored if complete]
    for minute, exchange, trades in whole:
        if sent[minute, exchange] != trades:
            raise VoidError(f"{exchange} sent {sent[minute, exchange]} trades in {minute}, {trades} were counted")
    began = min(int(str(minute)) for minute, *_ in stored)  # of the first minutes Bybit no longer tells all trades
    lacking = [row[:2] for row in stored if not row[3] and int(str(row[0])) > began + MINUTE]
    if lacking:
        raise VoidError(f"minutes are incomplete: {lacking}")
    venues = len({name for _, name, *_ in stored})
    return venues * sum(int(str(trades)) for _, _, trades in whole) / max(1, len(whole))

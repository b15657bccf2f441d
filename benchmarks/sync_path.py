"""From a candle's commit on the Pi to the browser's chart, and what a sync's minute costs in bytes.

A real sshd with the forced command of docs/sync.md (the tests' own), rsync, `cvdbot web` and Chromium, on one machine.
Each round commits a minute as the bot does, syncs, and waits until the page holds the new bar; beside it the sync
alone, which is rsync over SSH, the checks and the publication. Then plain rsync of a snapshot of the same database,
over the same sshd with an open key: what one would do without the frozen main file.
"""

from __future__ import annotations

import random
import shlex
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks import page_browser
from benchmarks.figure import Figure, VoidError
from bot.core.aggregate import Candle
from bot.core.minutes import WHOLE, VenueCandle
from bot.core.times import DAY, HOUR, MINUTE
from bot.records import Line
from bot.store import rows, traded
from bot.store.database import open_for_writing
from sync import run
from sync.config import load
from sync.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.store.database import Database
    from sync.status import Status

ROUNDS = 100
GOAL = 3.0
PAIR = "BTC/USDT"
EXCHANGES = ("binance", "bybit", "coinbase", "okx")
SIZES = {"10": 22_000, "200": 440_000}
"""MB of the database -> minutes that make it."""
WIRE = {"10": 1.0, "200": 6.0}
"""GB that this computer may write a day."""


def figures(*, tiny: bool = False) -> Iterator[Figure]:
    """Yield the seconds to the chart, then the bytes beside 10 and 200 MB."""
    sys.path.append(str(page_browser.ROOT / "tests" / "helpers"))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cvdbot-path-")))
        yield _to_the_chart(stack, folder / "chart", 600 if tiny else SIZES["10"], 2 if tiny else ROUNDS)
    for size, minutes in {"tiny": 600}.items() if tiny else SIZES.items():
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cvdbot-path-")))
            yield _bytes(stack, folder, size, minutes, 2 if tiny else 60)


class _Pair:
    """A Pi that writes and a PC that pulls."""

    def __init__(self, stack: ExitStack, folder: Path, minutes: int) -> None:
        sshd = import_module("sshd")  # the tests' helper, which has a path of its own
        self.pi: Any = stack.enter_context(sshd.running_pi(folder / "home", folder / "pi"))
        self.config = load(self.pi.sync_toml(folder / "sync.toml"))
        self.layout = Layout(self.config.data)
        self.bot: Database = open_for_writing(self.pi.database)
        stack.callback(self.bot.close)
        self._instance = stack.enter_context(run.only_instance(self.layout))
        self._chance = random.Random(1)
        self.minute = time.time_ns() // 1_000_000 // MINUTE * MINUTE - minutes * MINUTE
        with self.bot.transaction() as sql:
            traded.put_configuration(sql, PAIR, {}, "perpetual", list(EXCHANGES), "1", 0)
            for _ in range(minutes):
                self._minute(sql)

    def commit(self) -> None:
        """Commit a minute, and a log line each hour, as the bot does."""
        with self.bot.transaction() as sql:
            self._minute(sql)
            for exchange in EXCHANGES:
                rows.put_status(
                    sql, exchange, connected=True, last_trade=self.minute, counts=(0, 0, 0), now=self.minute
                )
            rows.put_state(sql, f"strategy:{PAIR}", "x" * 4_700, self.minute)
            if self.minute % HOUR == 0:
                rows.put_logs(sql, [Line(self.minute, "info", "saved", "candles saved: 60, trades: 1")])

    def sync(self) -> Status:
        """Bring the copy up to date."""
        status = run.sync_once(self.config, self._instance)
        if not status.ok:
            raise VoidError(f"a sync failed: {status.error}")
        return status

    def _minute(self, sql: sqlite3.Connection) -> None:
        prices = [round(97_000 + self._chance.gauss(0, 40), 1) for _ in range(4)]
        low, high = min(prices), max(prices)
        buy, sell = (round(self._chance.uniform(1, 60), 3) for _ in range(2))
        candle = Candle(self.minute, prices[0], high, low, prices[3], buy, sell, 4, 4)
        rows.put_candle(sql, PAIR, self.minute, candle)
        for exchange in EXCHANGES:
            seen = VenueCandle(self.minute, prices[0], high, low, prices[3], buy, sell, 900, WHOLE)
            rows.put_venue(sql, PAIR, self.minute, exchange, seen)
        self.minute += MINUTE


def _to_the_chart(stack: ExitStack, folder: Path, minutes: int, rounds: int) -> Figure:
    folder.mkdir()
    pair = _Pair(stack, folder, minutes)
    pair.sync()
    address = stack.enter_context(page_browser.serving(pair.layout.database))
    browser = stack.enter_context(page_browser.chromium())
    _, page = stack.enter_context(page_browser.window(browser))
    page_browser.until_answered(page, f"{address}/?tf=1m")
    shown, alone = [], []
    for _ in range(rounds):
        pair.commit()
        began = time.monotonic()
        alone.append(pair.sync().seconds)
        page.wait_for_function(
            "(newest) => __chart.data().times.at(-1) * 1000 >= newest", arg=pair.minute - MINUTE, timeout=30_000
        )
        shown.append(time.monotonic() - began)
    return Figure(
        "sync.path",
        median(shown),
        "s from the pull's beginning to the chart",
        GOAL,
        {"longest": max(shown), "sync_alone": median(alone), "rounds": rounds},
        at_most=True,
    )


def _bytes(stack: ExitStack, folder: Path, size: str, minutes: int, rounds: int) -> Figure:
    pair = _Pair(stack, folder, minutes)
    pair.sync()
    before, told = _written(), []
    for _ in range(rounds):
        pair.commit()
        told.append(pair.sync())
    a_day = (_written() - before) / rounds * (DAY / MINUTE) / 1e9
    payloads, wires = ([getattr(one, name) or 0 for one in told] for name in ("payload", "wire"))
    return Figure(
        f"sync.bytes.{size}",
        a_day,
        "GB written here a day",
        WIRE.get(size),
        {
            "database_mb": pair.pi.database.stat().st_size / 1e6,
            "payload": median(payloads),
            "wire": median(wires),
            "payload_of_a_snapshot": _snapshot(pair, folder),
            "bytes_of_the_rows": _rows_alone(pair),
        },
        at_most=True,
    )


def _written() -> int:
    """Return the bytes that this process and its children had written to the disk."""
    told = Path("/proc/self/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in told)["write_bytes"])


def _snapshot(pair: _Pair, folder: Path) -> int:
    """Return the bytes that plain rsync moves of two snapshots, a minute apart, over the same server."""
    pi, target = pair.pi, folder / "plain"
    key = (pi.home / "key.pub").read_text()
    (pi.home / "authorized_keys").write_text(key)
    source, moved = folder / "snapshot.db", 0
    shell = f"ssh -F none -p {pi.port} -i {pi.identity_file} -o UserKnownHostsFile={pi.known_hosts_file}"
    for _ in range(2):
        pair.commit()
        source.unlink(missing_ok=True)
        with closing(sqlite3.connect(f"{pi.database.as_uri()}?mode=ro", uri=True)) as sql:
            sql.execute("VACUUM INTO ?", (str(source),))
        command = [
            "rsync",
            "-z",
            "-I",
            "--stats",
            "--inplace",
            "-e",
            shell,
            f"{pi.user}@127.0.0.1:{source}",
            str(target),
        ]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        moved = sum(
            int(line.rpartition(": ")[2].replace(",", "").replace(".", ""))
            for line in said.splitlines()
            if line.startswith(("Total bytes sent", "Total bytes received"))
        )
    pi.authorize()
    return moved


def _rows_alone(pair: _Pair) -> int:
    """Return the bytes of the new rows of a minute as text over ssh: the least that can be."""
    pi = pair.pi
    key = (pi.home / "key.pub").read_text()
    (pi.home / "authorized_keys").write_text(key)
    query = f"SELECT * FROM candles WHERE timestamp >= {pair.minute - MINUTE}"
    program = (
        "import sqlite3,sys; print(sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True)"
        ".execute(sys.argv[2]).fetchall())"
    )
    remote = shlex.join([sys.executable, "-c", program, str(pi.database), query])
    shell = ["ssh", "-F", "none", "-p", str(pi.port), "-i", str(pi.identity_file)]
    shell += ["-o", f"UserKnownHostsFile={pi.known_hosts_file}", f"{pi.user}@127.0.0.1", remote]
    said = subprocess.run(shell, capture_output=True, check=True).stdout
    pi.authorize()
    return len(said)

"""A copy that is replaced again and again, each with a number in every row, and clients that look for a mixed answer.

Every candle of generation n has close n, so an answer with two generations in it shows; and its snapshot's id must be
the one generation n had, in every answer.
"""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
from example_database import MINUTE, START, create, publish

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MINUTES = 1500
"""Candles of a generation: more than one page, more than one window of bars."""

URLS = (
    "/api/candles?limit=500",
    "/api/candles?timeframe=5m&from=0",
    "/api/candles?timeframe=1h&limit=10",
    "/api/candles?timeframe=1d&from=0",
    "/api/candles?exchange=okx&timeframe=15m&from=0",
    f"/api/candles?from={START + 1400 * MINUTE}",
)


def write_generation(sql: sqlite3.Connection, number: int) -> None:
    """Commit: every candle, of all exchanges and of one, has the number as its prices, and the correction is noted."""
    sql.execute("BEGIN IMMEDIATE")
    stored = sql.execute("SELECT count(*) FROM candles").fetchone()[0]
    first = range(MINUTES) if stored == 0 else range(stored, stored + 1)
    times = [(START + minute * MINUTE,) for minute in first]
    sql.executemany("INSERT INTO candles VALUES (?, 'BTC/USDT', 1, 1, 1, 1, 1, 1, 4, 4)", times)
    sql.executemany("INSERT INTO exchange_candles VALUES (?, 'BTC/USDT', 'okx', 1, 1, 1, 1, 1, 1, 1, 1)", times)
    for table in ("candles", "exchange_candles"):
        sql.execute(f"UPDATE {table} SET open = :n, high = :n, low = :n, close = :n", {"n": number})
    sql.execute("INSERT INTO candle_corrections (corrected, timestamp, pair) VALUES (1, ?, 'BTC/USDT')", (START,))
    sql.execute("COMMIT")


@dataclass
class Seen:
    """What clients saw: generation by snapshot id, how many answers, and what was wrong."""

    numbers: dict[str, set[float]] = field(default_factory=dict)
    answers: int = 0
    unchanged: int = 0
    wrong: list[str] = field(default_factory=list)

    def take(self, url: str, answer: httpx.Response) -> None:
        """Check one answer."""
        if answer.status_code == 304:
            self.unchanged += 1
            return
        self.answers += 1
        if answer.status_code != 200:
            self.wrong.append(f"{url}: {answer.status_code} {answer.text[:300]}")
            return
        body = answer.json()
        found = {value for name in ("open", "high", "low", "close") for value in body["candles"][name]}
        etag = answer.headers["etag"].removeprefix("W/")
        if len(found) != 1 or etag.split(".")[0].strip('"') != body["snapshot"]["id"]:
            self.wrong.append(f"{url}: generations {sorted(found)} in {etag} {body['snapshot']}")
        self.numbers.setdefault(body["snapshot"]["id"], set()).update(found)

    def contradictions(self) -> list[str]:
        """Name ids that two generations had."""
        return [f"{name}: {sorted(numbers)}" for name, numbers in self.numbers.items() if len(numbers) > 1]


async def _ask_on(address: str, offset: int, stop: asyncio.Event, seen: Seen) -> None:
    """Ask one url after the other; every second time with what was known before."""
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        known: dict[str, str] = {}
        number = offset
        while not stop.is_set():
            url = URLS[number % len(URLS)]
            headers = {"If-None-Match": known[url]} if number % 2 and url in known else {}
            try:
                answer = await client.get(url, headers=headers)
            except httpx.HTTPError as error:
                seen.wrong.append(f"{url}: {error!r}")
                continue
            seen.take(url, answer)
            if "etag" in answer.headers:
                known[url] = answer.headers["etag"]
            number += 1


async def _listen_on(address: str, stop: asyncio.Event, heard: list[str]) -> None:
    async with httpx.AsyncClient(base_url=address, timeout=60) as client, client.stream("GET", "/api/events") as stream:
        async for line in stream.aiter_lines():
            heard += [line.removeprefix("id: ")] if line.startswith("id: ") else []
            if stop.is_set():
                return


def besieged(
    address: str, clients: int, change: Callable[[int], None], changes: int, pause: float
) -> tuple[Seen, list[str]]:
    """Let clients ask while `change(number)` is called so many times, `pause` seconds apart; give what they saw.

    Besides the askers one client listens to the events; the ids it was told come with it.
    """
    seen, heard = Seen(), []

    async def run() -> None:
        stop = asyncio.Event()
        asking = [asyncio.create_task(_ask_on(address, number, stop, seen)) for number in range(clients)]
        listening = asyncio.create_task(_listen_on(address, stop, heard))
        for number in range(2, 2 + changes):
            await asyncio.sleep(pause)
            await asyncio.to_thread(change, number)
        stop.set()
        await asyncio.gather(*asking)
        await asyncio.to_thread(change, 2 + changes)
        await listening

    asyncio.run(run())
    return seen, heard


def opened(path: Path) -> sqlite3.Connection:
    """Make a database for a writer of any thread, who does not wait: whoever blocks it makes it fail."""
    create(path).close()
    sql = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
    sql.execute("PRAGMA wal_autocheckpoint = 0")
    return sql


class Published:
    """A source on the Pi and the generations that sync makes of it on the PC."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder / "data" / "trading.db"
        self._source = folder / "pi.db"
        self._sql = opened(self._source)
        self.change(1)

    def change(self, number: int) -> None:
        """Publish a generation; the log is folded into the main file now and then, so mostly one file is new."""
        write_generation(self._sql, number)
        if number % 7 == 0:
            self._sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        publish(self.folder / "data", self._source, number)
        old = number - 6  # sync keeps the newest five
        for file in (self.folder / "data" / "generations" / str(old)).glob("*"):
            file.unlink()
        for ending in ("", "-wal"):
            (self.folder / "data" / f"pulled{old}{ending}").unlink(missing_ok=True)

    def close(self) -> None:
        """End the writer."""
        self._sql.close()


class Live:
    """A bot's own file on the same machine."""

    def __init__(self, folder: Path) -> None:
        self.name = folder / "trading.db"
        self._sql = opened(self.name)
        self.change(1)

    def change(self, number: int) -> None:
        """Commit a generation; fold the log as far as readers allow, now and then."""
        write_generation(self._sql, number)
        if number % 7 == 0:
            self._sql.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        """End the writer."""
        self._sql.close()

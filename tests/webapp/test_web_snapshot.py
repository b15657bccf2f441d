"""The snapshot of an answer: its id changes with the stored data and only with it, whoever writes the file."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from example_database import MINUTE, START, add_flat_minutes, create, publish
from web_client import Client, web_client

from webapp.database import Database

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event
    from pathlib import Path


def snapshot(client: Client, url: str = "/api/candles") -> dict[str, Any]:
    found: dict[str, Any] = client.get(url).json()["snapshot"]
    return found


def contents(client: Client) -> tuple[str, list[int]]:
    body = client.get("/api/candles").json()
    return body["snapshot"]["id"], body["candles"]["timestamp"]


def test_a_snapshot_names_the_newest_minute_and_when_it_was_published(
    writer: sqlite3.Connection, path: Path, client: Client
) -> None:
    add_flat_minutes(writer, 0, 3)
    found = snapshot(client)
    assert found["newest"] == START + 2 * MINUTE
    assert found["published"] == path.with_name("trading.db-wal").stat().st_mtime_ns // 1_000_000


def test_the_id_stays_while_nothing_is_written(writer: sqlite3.Connection, path: Path, client: Client) -> None:
    add_flat_minutes(writer, 0, 3)
    first = snapshot(client)
    assert snapshot(client) == first
    assert snapshot(client, "/api/status") == first
    with web_client(path) as restarted:
        assert snapshot(restarted) == first


@pytest.mark.parametrize("journal_mode", ["wal", "delete"])
def test_every_commit_changes_the_id_also_when_the_file_times_stand_still(
    writer: sqlite3.Connection, path: Path, client: Client, journal_mode: str
) -> None:
    writer.execute(f"PRAGMA journal_mode = {journal_mode}")
    writer.execute("PRAGMA synchronous = OFF")
    add_flat_minutes(writer, 0, 1)
    ids = set()
    for number in range(51):
        writer.execute("UPDATE candles SET close = ?", (number,))
        os.utime(path, ns=(0, 0))
        ids.add(snapshot(client)["id"])
    assert len(ids) == 51


def test_commits_that_overwrite_the_log_in_place_change_the_id(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 200)
    assert writer.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()[0] == 0
    ids = set()
    for number in range(20):
        writer.execute("UPDATE candles SET close = ?", (number,))
        ids.add(snapshot(client)["id"])
    assert len(ids) == 20


def test_what_is_written_but_not_committed_is_not_there(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 1)
    before = contents(client)
    writer.execute("PRAGMA cache_size = 1")  # so that the transaction spills into the log before it commits
    writer.execute("BEGIN")
    writer.executemany(
        "INSERT INTO candles VALUES (?, 'BTC/USDT', 1, 1, 1, 1, 1, 1, 4, 4)",
        [(START + n * MINUTE,) for n in range(1, 5000)],
    )
    assert contents(client) == before
    writer.execute("ROLLBACK")
    assert contents(client) == before


def test_an_unchanged_snapshot_is_not_sent_again(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 1)
    for url in ("/api/status", "/api/candles"):
        first = client.get(url)
        etag = first.headers["etag"]
        assert etag.startswith(f'"{first.json()["snapshot"]["id"]}.')

        for known in (etag, f"W/{etag}", f'"other", {etag}'):
            again = client.get(url, headers={"If-None-Match": known})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"].removeprefix("W/") == etag
    add_flat_minutes(writer, 1, 1)
    assert client.get("/api/candles", headers={"If-None-Match": etag}).status_code == 200


def test_a_tag_is_of_one_question_and_one_version_of_the_app(
    writer: sqlite3.Connection, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_flat_minutes(writer, 0, 30)
    etag = client.get("/api/candles?timeframe=5m").headers["etag"]
    asked = {"If-None-Match": etag}
    assert client.get("/api/candles?timeframe=5m", headers=asked).status_code == 304
    assert client.get("/api/candles?timeframe=15m", headers=asked).status_code == 200
    assert client.get("/api/logs", headers=asked).status_code == 200
    monkeypatch.setattr("webapp.serving.tags._VERSION", "9.9.9")
    assert client.get("/api/candles?timeframe=5m", headers=asked).status_code == 200


def test_an_unknown_pair_is_refused_although_the_snapshot_is_known(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 1)
    etag = client.get("/api/candles").headers["etag"]
    assert client.get("/api/candles?pair=X", headers={"If-None-Match": etag}).status_code == 422


def test_a_new_generation_is_seen_at_once(tmp_path: Path) -> None:
    source = tmp_path / "pi.db"
    writer = create(source)
    data = tmp_path / "data"
    add_flat_minutes(writer, 0, 1)
    name = publish(data, source, 1)
    with web_client(name) as client:
        first = snapshot(client)
        assert first["published"] == (data / "current").lstat().st_mtime_ns // 1_000_000
        assert snapshot(client) == first

        add_flat_minutes(writer, 1, 1)
        publish(data, source, 2)

        second = snapshot(client)
        assert second["id"] != first["id"]
        assert second["newest"] == START + MINUTE
    writer.close()


def test_a_replaced_file_is_seen_at_once(path: Path, client: Client, writer: sqlite3.Connection) -> None:
    add_flat_minutes(writer, 0, 1)
    first = snapshot(client)
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    writer.execute("PRAGMA journal_mode = DELETE")
    other = path.with_name("other.db")
    with sqlite3.connect(other) as flat:
        writer.backup(flat)
        flat.execute("UPDATE candles SET close = 5")
    flat.close()
    other.replace(path)
    second = client.get("/api/candles").json()
    assert second["candles"]["close"] == [5.0]
    assert second["snapshot"]["id"] != first["id"]


def test_a_request_finishes_on_the_copy_it_began_with(tmp_path: Path) -> None:
    source = tmp_path / "pi.db"
    writer = create(source)
    add_flat_minutes(writer, 0, 1)
    data = tmp_path / "data"
    database = Database(publish(data, source, 1))

    async def count(rows: str) -> list[int]:
        counts = []
        async with database.snapshot() as begun:
            counts += await begun.row(rows) or ()
            add_flat_minutes(writer, 1, 1)
            publish(data, source, 2)
            async with database.snapshot() as later:
                counts += await later.row(rows) or ()
                assert later.id != begun.id
            counts += await begun.row(rows) or ()
        return counts

    assert asyncio.run(count("SELECT count(*) FROM candles")) == [1, 2, 1]
    writer.close()


def test_a_request_on_a_live_file_reads_one_moment(writer: sqlite3.Connection, path: Path) -> None:
    add_flat_minutes(writer, 0, 1)

    async def count(rows: str) -> list[int]:
        counts = []
        async with Database(path).snapshot() as begun:
            counts += await begun.row(rows) or ()
            add_flat_minutes(writer, 1, 1)
            counts += await begun.row(rows) or ()
        return counts

    assert asyncio.run(count("SELECT count(*) FROM candles")) == [1, 1]


@pytest.mark.slow
def test_looking_at_the_file_does_not_end_the_locks_of_a_running_request(
    writer: sqlite3.Connection, path: Path
) -> None:
    """A bot that could reset the log now would overwrite what the first request still reads."""
    add_flat_minutes(writer, 0, 1)
    database = Database(path)

    async def busy() -> list[int]:
        seen = []
        async with database.snapshot():
            async with database.snapshot():
                pass
            seen.append(checkpoint_elsewhere(path))
        seen.append(checkpoint_elsewhere(path))
        return seen

    assert asyncio.run(busy()) == [1, 0]


def checkpoint_elsewhere(path: Path) -> int:
    """Try to empty the log from another process: 1 when a reader is in the way."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(checkpoint, (str(path),))


def checkpoint(path: str) -> int:
    connection = sqlite3.connect(path, timeout=0)
    busy: int = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    connection.close()
    return busy


@pytest.mark.slow
def test_ids_and_contents_change_together_under_a_fast_writer(writer: sqlite3.Connection, path: Path) -> None:
    """400 looks while another process commits as fast as it can and empties the log now and then."""
    add_flat_minutes(writer, 0, 1)
    database = Database(path)
    context = multiprocessing.get_context("spawn")
    begun, ended = context.Event(), context.Event()
    process = context.Process(target=write_fast, args=(str(path), begun, ended))
    process.start()

    async def look() -> dict[str, set[float]]:
        closes: dict[str, set[float]] = {}
        for _ in range(400):
            async with database.snapshot() as found:
                closes.setdefault(found.id, set()).update(await found.row("SELECT close FROM candles") or ())
        return closes

    try:
        assert begun.wait(30)
        closes = asyncio.run(look())
    finally:
        ended.set()
        process.join(30)

    assert len(closes) > 8, "the writer was slower than the looks"
    assert all(len(contents) == 1 for contents in closes.values()), "one id, one content"
    assert len({content for contents in closes.values() for content in contents}) > 8


def write_fast(path: str, begun: Event, ended: Event) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    number = 0
    while not ended.is_set():
        number += 1
        connection.execute("UPDATE candles SET close = ?", (number,))
        if number % 50 == 0:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        begun.set()
    connection.close()

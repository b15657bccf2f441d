"""What a request may cost: queries are cut off, a client that leaves takes its work with it, bodies are small."""

from __future__ import annotations

import asyncio
import gzip
import re
import socket
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn
import zstandard
from example_database import add_flat_minutes
from traded import at

from webapp import limits
from webapp.app import create_app
from webapp.config import Settings
from webapp.errors import ServerBusy
from webapp.serving.compression import accepted
from webapp.serving.places import Places

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from fastapi import FastAPI, Request
    from web_client import Client

ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
PATIENCE = 30
API = Path(__file__).parents[2] / "docs" / "api.md"


class Slow:
    """An endpoint whose query never ends by itself."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self.begun, self.ended = threading.Event(), threading.Event()
        app.add_route("/slow", self.answer)

    async def answer(self, request: Request) -> None:
        async with request.app.state.database.snapshot() as snapshot:
            await snapshot.run(self.query)

    def query(self, sql: sqlite3.Connection) -> None:
        self.begun.set()
        try:
            sql.execute(ENDLESS)
        finally:
            self.ended.set()


def test_a_query_that_takes_too_long_is_cut_off(
    writer: sqlite3.Connection, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_flat_minutes(writer, 0, 1)
    slow = Slow(client.app)
    monkeypatch.setattr(limits, "QUERY_SECONDS", 0.2)
    answer = client.get("/slow")
    assert slow.ended.wait(10)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["error"] == {
        "code": "query_too_slow",
        "message": "the query was cut off after 0.2 s: ask for a shorter range",
        "field": None,
    }
    assert client.get("/api/candles").status_code == 200


@contextmanager
def listening(app: FastAPI) -> Iterator[int]:
    """Serve an app on a real port."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", timeout_graceful_shutdown=1))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def test_a_client_that_leaves_takes_its_query_with_it(writer: sqlite3.Connection, path: Path, tmp_path: Path) -> None:
    add_flat_minutes(writer, 0, 1)
    slow = Slow(create_app(Settings(database=path, cache=tmp_path / "cache"), tmp_path))
    with listening(slow.app) as port:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert slow.begun.wait(PATIENCE)
            assert not slow.ended.is_set()
        assert slow.ended.wait(PATIENCE)
        assert httpx.get(f"http://127.0.0.1:{port}/api/candles").status_code == 200


def test_a_request_that_is_cancelled_while_it_waits_for_its_turn_does_nothing(
    writer: sqlite3.Connection, path: Path, tmp_path: Path
) -> None:
    add_flat_minutes(writer, 0, 1)
    app = create_app(Settings(database=path, cache=tmp_path / "cache"), tmp_path)
    database, ran = app.state.database, []
    free = threading.Event()

    async def one_too_many() -> None:
        busy = [asyncio.get_running_loop().run_in_executor(database._threads, free.wait) for _ in range(limits.QUERIES)]

        async def ask() -> None:
            async with database.snapshot():
                ran.append(1)

        asking = asyncio.create_task(ask())
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        free.set()
        await asyncio.gather(*busy)

    asyncio.run(one_too_many())
    assert ran == []


@pytest.mark.parametrize("said", [True, False])
def test_a_body_that_is_too_large_is_refused_with_and_without_its_length(client: Client, said: bool) -> None:
    body = b" " * (limits.BODY_BYTES + 1)

    async def pieces() -> Any:
        for start in range(0, len(body), 1000):
            yield body[start : start + 1000]

    headers = {"Content-Type": "application/json"}
    answer = client.request("POST", "/api/backtest", content=body if said else pieces(), headers=headers)
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "body_too_large"
    assert "65,536" in answer.json()["error"]["message"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx", ""],
)
def test_what_a_form_of_another_site_can_send_is_refused(client: Client, kind: str) -> None:
    answer = client.request("POST", "/api/backtest", content=b"{}", headers={"Content-Type": kind} if kind else {})
    assert answer.status_code == 415
    assert answer.json()["error"]["code"] == "not_json"


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("", None),
        ("identity", None),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("zstd;q=0.5, gzip", "gzip"),
        ("zstd;q=0, gzip;q=0.1", "gzip"),
        ("zstd;q=0, gzip;q=0", None),
        ("*", "zstd"),
        ("*;q=0.5, zstd;q=0", "gzip"),
        ("*;q=0", None),
        ("GZIP ; Q=1", "gzip"),
        ("gzip;q=much", None),
    ],
)
def test_the_coding_a_client_accepts_most_is_taken(header: str, coding: str | None) -> None:
    assert accepted(header) == coding


@pytest.mark.parametrize("coding", ["zstd", "gzip"])
def test_a_large_answer_is_compressed_and_says_the_same(
    writer: sqlite3.Connection, client: Client, coding: str
) -> None:
    add_flat_minutes(writer, 0, 500)
    plain = client.get("/api/candles", headers={"Accept-Encoding": "identity"})
    for _ in range(2):  # made, and kept
        small = client.get("/api/candles", headers={"Accept-Encoding": coding})
        assert small.headers["content-encoding"] == coding
        assert small.content == plain.content
        assert int(small.headers["content-length"]) < len(plain.content) / 5
        assert small.headers["etag"] == f"W/{plain.headers['etag']}"
        assert "Accept-Encoding" in small.headers["vary"]
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == "Accept-Encoding"
    known = client.get("/api/candles", headers={"If-None-Match": small.headers["etag"], "Accept-Encoding": coding})
    assert (known.status_code, known.content) == (304, b"")
    assert known.headers["vary"] == "Accept-Encoding"


def test_a_small_answer_is_sent_as_it_is(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 5)
    answer = client.get("/api/candles", headers={"Accept-Encoding": "gzip, zstd"})
    assert len(answer.content) < limits.COMPRESSED_BYTES
    assert "content-encoding" not in answer.headers
    assert answer.headers["etag"].startswith('"')


def test_back_tests_beyond_those_that_run_and_wait_are_refused() -> None:
    """One runs, one waits, the third is refused; the cancelled one keeps its place to its end."""
    places, go = Places("back-tests", running=1, waiting=1), threading.Event()

    async def three() -> list[object]:
        first, second = (asyncio.create_task(places.run(lambda: go.wait(PATIENCE))) for _ in range(2))
        await asyncio.sleep(0)
        with pytest.raises(ServerBusy, match="1 back-tests run and 1 wait"):
            await places.run(lambda: True)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert not second.done()
        go.set()
        return [await second, await places.run(lambda: "there is a place again")]

    assert asyncio.run(three()) == [True, "there is a place again"]


def test_a_back_test_of_more_minutes_than_may_be_is_refused(
    traded_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BACKTEST_BARS", 1000)
    asked = {"json": {"from": at(0)}}
    refused = traded_client.request("POST", "/api/backtest", **asked)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "range_too_long")
    assert "4,500 minutes, at most 1,000" in refused.json()["error"]["message"]
    asked = {"json": {"from": at(0), "to": at(1000)}}
    assert traded_client.request("POST", "/api/backtest", **asked).status_code == 200


def test_the_codings_are_those_of_their_own_libraries() -> None:
    """httpx decodes with the same libraries as ours: check that it did decode."""
    assert gzip.decompress(gzip.compress(b"x")) == zstandard.decompress(zstandard.compress(b"x")) == b"x"


def test_every_limit_is_in_the_documentation() -> None:
    section = API.read_text().partition("## Limits")[2]
    for name, value in vars(limits).items():
        if name.isupper():
            assert re.search(rf"(?<![\d,]){value:,g}(?!\d|,\d)" if value < 1e6 else f"{value:,}", section), name

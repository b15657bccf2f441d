"""What is not a readable database is said in words, with what to do; and it passes by itself."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
import traded as trading
from example_database import add_flat_minutes, create

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI
    from web_client import Client


def damage(path: Path) -> None:
    """Overwrite the table of candles, not the header."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))


def rollback(path: Path, *statements: str) -> None:
    """Make one plain file without a log."""
    writer = create(path)
    add_flat_minutes(writer, 0, 300)
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    writer.execute("PRAGMA journal_mode = DELETE")
    for statement in statements:
        writer.execute(statement)
    writer.close()


def make(state: str, path: Path) -> None:
    if state == "empty":
        path.touch()
    elif state == "newer":
        rollback(path, "PRAGMA user_version = 2")
    elif state == "corrupt":
        rollback(path)
        damage(path)
    elif state == "corrupt header":
        path.write_bytes(b"not a database at all, but long enough to have a header of one hundred bytes" * 20)
    elif state == "foreign":
        sqlite3.connect(path).execute("CREATE TABLE songs (title)").connection.close()
    elif state == "unreadable":
        path.mkdir()


STATES = {
    "missing": "cvdbot sync",
    "empty": "the bot makes them",
    "newer": "update cvdbot",
    "corrupt": "restore a backup",
    "corrupt header": "restore a backup",
    "foreign": "--db",
    "unreadable": "--db",
}


@pytest.mark.parametrize("state", STATES)
def test_a_state_is_named_with_what_to_do(path: Path, client: Client, state: str) -> None:
    make(state, path)

    status = client.get("/api/status")
    candles = client.get("/api/candles")

    name = state.split(maxsplit=1)[0]
    assert status.status_code == 200
    found = status.json()["database"]
    assert found["state"] == name
    assert STATES[state] in found["message"]
    assert str(path) in found["message"]
    assert status.json()["snapshot"] is None
    assert "etag" not in status.headers
    assert candles.status_code == 503
    assert candles.json()["error"] == {"code": f"database_{name}", "message": found["message"], "field": None}


@pytest.mark.parametrize("state", STATES)
def test_a_state_passes_when_a_database_takes_the_place(path: Path, client: Client, state: str) -> None:
    make(state, path)
    assert client.get("/api/candles").status_code == 503

    good = path.with_name("good.db")
    rollback(good)
    if path.is_dir():
        path.rmdir()
    good.replace(path)

    assert client.get("/api/status").json()["database"]["state"] == "ok"
    assert len(client.get("/api/candles").json()["candles"]["close"]) == 300


ALWAYS_ANSWERED = {"/api/status", "/api/predictions", "/api/events"}
"""Says what is wrong, says that there is none, tells when it has passed: each with tests of its own."""


def asked(app: FastAPI) -> list[tuple[str, str]]:
    """Every operation of the API's own description, with an address."""
    paths = app.openapi()["paths"]
    filled = {path: path.replace("{form}", "csv").replace("{id}", "1") for path in paths if path not in ALWAYS_ANSWERED}
    return [(method, url) for path, url in filled.items() for method in paths[path]]


@pytest.mark.slow
@pytest.mark.parametrize("state", STATES)
def test_every_endpoint_says_the_state_and_recovers(traded_once: Path, path: Path, client: Client, state: str) -> None:
    make(state, path)
    operations = asked(client.app)
    assert len(operations) > 15
    name = state.split(maxsplit=1)[0]
    for method, url in operations:
        refused = client.request(method, url, **({"json": {}} if method == "post" else {}))
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, f"database_{name}"), url
        assert refused.headers["retry-after"] == "5"
        assert "etag" not in refused.headers

    if path.is_dir():
        path.rmdir()
    trading.copy(traded_once, path)
    for method, url in operations:
        answered = client.request(method, url, **({"json": {}} if method == "post" else {}))
        assert answered.status_code == 200, (url, answered.text[:300])


def test_a_half_copied_database_is_corrupt_and_recovers(traded_once: Path, path: Path, client: Client) -> None:
    """The first half of a file, as a copy that was broken off leaves it."""
    whole = traded_once.read_bytes()
    path.write_bytes(whole[: len(whole) // 2 // 4096 * 4096])
    refused = client.get("/api/candles?from=0")
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "database_corrupt")
    path.unlink()
    trading.copy(traded_once, path)
    assert client.get("/api/candles?from=0").status_code == 200


def test_a_database_that_goes_is_missing_again(path: Path, client: Client) -> None:
    rollback(path)
    assert client.get("/api/candles").status_code == 200
    path.unlink()
    assert client.get("/api/status").json()["database"]["state"] == "missing"


def test_a_locked_database_is_answered_when_the_lock_is_gone(
    path: Path, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.database.LOCK_SECONDS", 0.05)
    rollback(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    assert client.get("/api/status").json()["database"]["state"] == "locked"
    refused = client.get("/api/candles")
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "database_locked")
    assert refused.headers["retry-after"] == "5"

    other.execute("ROLLBACK")
    other.close()
    assert client.get("/api/candles").status_code == 200


def test_a_bot_that_has_made_its_tables_and_nothing_more_is_ok(path: Path, client: Client) -> None:
    create(path).close()
    status = client.get("/api/status").json()
    assert status["database"]["state"] == "ok"
    assert status["last_candle"] is None
    assert status["pairs"] == []

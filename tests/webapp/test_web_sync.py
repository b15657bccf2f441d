"""The status tells how the sync from the Pi went, and is another answer only when that changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from example_database import add_flat_minutes

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from web_client import Client

GOOD = {"time": 1_763_942_460_000, "ok": True, "error": None, "good": 1_763_942_460_000, "rows": 3}
FAILED = {**GOOD, "time": 1_763_942_520_000, "ok": False, "error": "raspberrypi.local does not answer"}


@pytest.fixture
def told(path: Path, writer: sqlite3.Connection) -> Path:
    """The file that sync writes beside the published name."""
    add_flat_minutes(writer, 0, 3)
    return path.with_name("sync.json")


def test_a_bots_own_database_has_no_sync(told: Path, client: Client) -> None:
    assert not told.exists()
    assert client.get("/api/status").json()["sync"] is None


def test_the_last_sync_is_told_with_its_cause(told: Path, client: Client) -> None:
    told.write_text(json.dumps(FAILED))
    assert client.get("/api/status").json()["sync"] == {
        "time": 1_763_942_520_000,
        "ok": False,
        "error": "raspberrypi.local does not answer",
        "good": 1_763_942_460_000,
    }


def test_a_status_that_is_known_is_new_when_a_sync_fails_and_not_each_minute(told: Path, client: Client) -> None:
    told.write_text(json.dumps(GOOD))
    known = client.get("/api/status").headers["etag"]
    told.write_text(json.dumps({**GOOD, "time": GOOD["time"] + 60_000}))
    assert client.get("/api/status", headers={"If-None-Match": known}).status_code == 304
    told.write_text(json.dumps(FAILED))
    assert client.get("/api/status", headers={"If-None-Match": known}).status_code == 200


def test_it_is_told_also_where_no_copy_was_published_yet(path: Path, client: Client) -> None:
    path.with_name("sync.json").write_text(json.dumps({**FAILED, "good": None}))
    answer = client.get("/api/status").json()
    assert answer["database"]["state"] == "missing"
    assert answer["sync"]["error"] == "raspberrypi.local does not answer"


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"time": "now", "ok": 1}', "\x00\xff"])
def test_a_file_that_is_none_of_sync_is_none(told: Path, client: Client, text: str) -> None:
    told.write_text(text)
    assert client.get("/api/status").json()["sync"] is None


@pytest.mark.parametrize("damage", [b'{"time":1,"ok":false,"error":"\xff"}', b'{"x":' + b"[" * 100_000])
def test_a_damaged_file_is_none(told: Path, client: Client, damage: bytes) -> None:
    told.write_bytes(damage)
    answer = client.get("/api/status")
    assert answer.status_code == 200
    assert answer.json()["sync"] is None

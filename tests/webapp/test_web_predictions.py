"""Without a study there is no prediction, and the answer says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from example_database import add_flat_minutes

if TYPE_CHECKING:
    import sqlite3

    from web_client import Client


def test_there_is_no_prediction_yet(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 3)
    answer = client.get("/api/predictions")
    snapshot = client.get("/api/status").json()["snapshot"]
    assert (answer.status_code, answer.json()) == (200, {"snapshot": snapshot, "prediction": None})
    assert client.get("/api/predictions", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_without_a_database_there_is_none_either(client: Client) -> None:
    answer = client.get("/api/predictions")
    assert (answer.status_code, answer.json()) == (200, {"snapshot": None, "prediction": None})
    assert "etag" not in answer.headers

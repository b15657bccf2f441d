"""Databases of a newer minor version are answered as those of today; a state that can't be read hides nothing else."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from archived import archive_beside, delete_archived, make_archive
from test_web_golden_traded import ANSWERS
from traded import END, at

if TYPE_CHECKING:
    from pathlib import Path

    from web_client import Client

URLS = [
    *ANSWERS.values(),
    "/api/status",
    f"/api/candles?timeframe=1h&from={at(0)}",
    "/api/candles?exchange=okx",
    "/api/export/candles.csv",
    "/api/export/exchange_candles.csv",
    "/api/export/trades.csv",
]


def told(client: Client) -> dict[str, Any]:
    answers = {}
    for url in URLS:
        answer = client.get(url)
        assert answer.status_code == 200, (url, answer.text)
        if answer.headers["content-type"].startswith("application/json"):
            body = answer.json()
            for changing in ("snapshot", "schema", "database", "now", "counts"):
                body.pop(changing, None)
            answers[url] = body
        else:
            answers[url] = answer.text
    return answers


def add_a_column_to_every_table(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as sql:
        for (table,) in sql.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            sql.execute(f"ALTER TABLE {table} ADD COLUMN note TEXT")
        sql.execute("PRAGMA user_version = 1001")


def test_one_more_column_in_every_table_changes_no_answer(traded: Path, traded_client: Client) -> None:
    before = told(traded_client)
    add_a_column_to_every_table(traded)
    assert traded_client.get("/api/status").json()["schema"] == 1001
    assert told(traded_client) == before


@pytest.mark.slow
@pytest.mark.parametrize("widened", ["main", "archive"])
def test_main_file_and_archive_may_be_of_different_minors(traded: Path, traded_client: Client, widened: str) -> None:
    before = told(traded_client)
    make_archive(traded, 2024, at(1937))
    delete_archived(traded, at(1937))
    add_a_column_to_every_table(traded if widened == "main" else archive_beside(traded, 2024))
    after = told(traded_client)
    assert {url: after[url] == before[url] for url in URLS} == dict.fromkeys(URLS, True)


@pytest.mark.parametrize("garbage", ["garbage", "42", "{}", '{"version": 2}', "[" * 50_000])
def test_state_that_cannot_be_read_leaves_the_setups_that_are_stored(
    traded: Path, traded_client: Client, garbage: str
) -> None:
    before = traded_client.get("/api/setups?limit=3").json()["setups"]
    assert before[-1]["state"] == "entered"
    with closing(sqlite3.connect(traded, isolation_level=None)) as sql:
        sql.execute("UPDATE state SET value = ?", (garbage,))
    answer = traded_client.get("/api/setups?limit=3")
    assert answer.status_code == 200
    after = answer.json()["setups"]
    assert [each["id"] for each in after] == [each["id"] for each in before]
    assert after[-1]["waits_for"] is None
    assert traded_client.get("/api/status").status_code == 200
    what_if = {"parameters": {}, "from": at(END - 60), "to": None, "pair": None}
    assert traded_client.request("POST", "/api/backtest", json=what_if).json()["origin"] is None

"""GET /api/logs: lines by range, level and event; the first of a range with `from`, the last without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import sqlite3

    from web_client import Client


@pytest.fixture
def ten_lines(writer: sqlite3.Connection, client: Client) -> Client:
    """Lines at 1000 to 10000 ms; every third is a warning; the event of even ones is `saved`."""
    for n in range(1, 11):
        writer.execute(
            "INSERT INTO logs (timestamp, level, event, message) VALUES (?, ?, ?, ?)",
            (n * 1000, "warning" if n % 3 == 0 else "info", "saved" if n % 2 == 0 else "start", f"line {n}"),
        )
    return client


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("", range(1, 11)),
        ("?limit=3", (8, 9, 10)),
        ("?from=0&limit=3", (1, 2, 3)),
        ("?from=3000&to=6000", (3, 4, 5)),
        ("?to=6000&limit=2", (4, 5)),
        ("?level=warning", (3, 6, 9)),
        ("?event=saved&level=warning", (6,)),
        ("?event=nothing", ()),
        ("?from=5000&to=5000", ()),
    ],
)
def test_the_lines_asked_for_come_oldest_first(ten_lines: Client, query: str, lines: tuple[int, ...]) -> None:
    found = ten_lines.get(f"/api/logs{query}").json()["logs"]
    assert [line["message"] for line in found] == [f"line {n}" for n in lines]


def test_a_line_says_when_how_grave_and_what(ten_lines: Client) -> None:
    (line,) = ten_lines.get("/api/logs?limit=1&level=warning").json()["logs"]
    assert line == {"id": 9, "timestamp": 9000, "level": "warning", "event": "start", "message": "line 9"}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?level=loud", "level"),
        ("?limit=0", "limit"),
        ("?limit=10001", "limit"),
        ("?from=2&to=1", "from"),
        ("?x=1", "x"),
    ],
)
def test_what_cannot_be_is_refused(ten_lines: Client, query: str, field: str) -> None:
    answer = ten_lines.get(f"/api/logs{query}")
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)

"""GET /api/status: everything a trader asks before trusting the chart."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from example_database import MINUTE, START, add_example, add_flat_minutes

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from web_client import Client


def test_the_status_tells_all_of_the_bots_health(writer: sqlite3.Connection, path: Path, client: Client) -> None:
    add_example(writer)
    before = time.time_ns() // 1_000_000
    status = client.get("/api/status").json()

    assert status["database"] == {
        "path": str(path),
        "state": "ok",
        "message": None,
        "size": path.stat().st_size + path.with_name("trading.db-wal").stat().st_size,
        "archives": [],
    }
    assert before <= status["now"] <= time.time_ns() // 1_000_000
    assert status["version"] == "0.1.0"
    assert status["schema"] == 1
    assert status["origin"] == "simulated"
    assert status["pairs"] == ["BTC/USDT"]
    assert status["last_candle"]["timestamp"] == START + 29 * MINUTE
    assert status["last_candle"]["close"] == 97034.3
    assert status["counts"]["candles"] == 28
    assert status["counts"]["exchange_candles"] == 56
    assert status["counts"]["trades"] == 1
    assert [(feed["exchange"], feed["connected"]) for feed in status["exchanges"]] == [
        ("binance", True),
        ("okx", False),
    ]
    assert status["order"]["entryType"] == "Long"
    assert status["order"]["stopLoss"] == 96600.25
    assert status["verification"]["from"] == START
    assert status["verification"]["differences"] == []
    assert status["configurations"][0]["parameters"] == {"chart_timeframe": "5m"}
    assert status["trades"] == [{"pair": "BTC/USDT", "mode": "paper", "count": 1}]


def test_flat_and_unconfigured_is_null_not_absent(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 1)
    status = client.get("/api/status").json()
    assert status["order"] is status["verification"] is status["origin"] is None
    assert status["pairs"] == ["BTC/USDT"], "known from its candles"


def test_a_json_column_that_is_none_is_shown_as_text(writer: sqlite3.Connection, client: Client) -> None:
    writer.execute("INSERT INTO verifications VALUES (1, 1, 1, 1, 0, 'broken')")
    assert client.get("/api/status").json()["verification"]["differences"] == "broken"

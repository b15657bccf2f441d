"""Golden answers: what the API says of one small database, kept in tests/golden/ and read by the page's tests too.

`pytest tests/webapp/test_web_golden.py --update-golden` writes them anew, deliberately; look at the difference.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from example_database import START, add_example
from predicted import EDGE, predict_many

if TYPE_CHECKING:
    import sqlite3

    from web_client import Client

GOLDEN = Path(__file__).parents[1] / "golden"

ANSWERS = {
    "status": "/api/status",
    "candles_1m": "/api/candles?timeframe=1m&limit=20",
    "candles_5m": "/api/candles?timeframe=5m",
    "candles_1h_forming": "/api/candles?timeframe=1h",
    "candles_okx_5m": "/api/candles?timeframe=5m&exchange=okx",
    "candles_none": f"/api/candles?timeframe=5m&to={START}",
    "refusal": "/api/candles?timeframe=2m",
}


def steady(body: dict[str, object]) -> dict[str, object]:
    """Replace what differs from run to run by values of the same type."""
    if isinstance(snapshot := body.get("snapshot"), dict):
        snapshot |= {"id": "0123456789abcdef", "published": START + 1_800_500}
    if isinstance(database := body.get("database"), dict):
        database["path"] = "data/trading.db"
        database["size"] = database["size"] and 69_632
        body |= {"now": START + 1_842_500, "version": "0.1.0"}
    return body


def compare(name: str, body: dict[str, object], request: pytest.FixtureRequest) -> None:
    file = GOLDEN / f"{name}.json"
    text = json.dumps(steady(body), indent=2) + "\n"
    if request.config.getoption("--update-golden"):
        file.write_text(text)
    assert file.read_text() == text, "if this is meant, run with --update-golden"


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_the_golden_one(
    writer: sqlite3.Connection, client: Client, request: pytest.FixtureRequest, name: str
) -> None:
    add_example(writer)
    compare(name, client.get(ANSWERS[name]).json(), request)


def test_a_prediction_is_the_golden_one(
    writer: sqlite3.Connection, path: Path, client: Client, request: pytest.FixtureRequest
) -> None:
    add_example(writer)
    predict_many(path, EDGE, 18, 12)
    compare("prediction", client.get("/api/predictions").json(), request)


def test_the_status_without_a_database_is_the_golden_one(client: Client, request: pytest.FixtureRequest) -> None:
    body = client.get("/api/status").json()
    body["database"]["message"] = "data/trading.db does not exist yet: start `cvdbot sync`"
    compare("status_missing", body, request)

"""Golden answers about a history of trading: kept in tests/golden/, read by the page's tests too.

`pytest tests/webapp/test_web_golden_traded.py --update-golden` writes them anew, deliberately; look at the difference.
Numbers may differ in their last digits: another processor adds in another order.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest
from traded import CHANGED, END, OUTAGE, at
from web_client import web_client

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from web_client import Client

GOLDEN = Path(__file__).parents[1] / "golden"

AROUND = f"from={at(OUTAGE.start - 60)}&to={at(OUTAGE.stop + 120)}"
"""Some hours around the outage, with the late trade."""

ANSWERS = {
    "trades": f"/api/trades?{AROUND}",
    "trades_imported": "/api/trades?mode=imported",
    "trade": "/api/trades/30",
    "trade_imported": "/api/trades/1",
    "orders": "/api/orders",
    "setups": "/api/setups?limit=4",
    "setups_backtest": "/api/setups?mode=backtest&limit=2",
    "equity": "/api/equity?points=40",
    "equity_imported": "/api/equity?mode=imported&points=20",
    "statistics": f"/api/statistics?{AROUND}",
    "statistics_imported": "/api/statistics?mode=imported",
    "parameters": "/api/parameters",
    "indicators": f"/api/indicators?timeframe=5m&from={at(CHANGED)}&to={at(CHANGED + 60)}",
    "logs": "/api/logs?limit=4",
    "candle_statistics": "/api/statistics/candles?timeframe=15m",
    "patterns": "/api/patterns?timeframe=5m",
    "completeness": f"/api/completeness?timeframe=15m&{AROUND}",
}

BACKTEST = {"parameters": {"risk": "lowest", "fvg_sensitivity": "all"}, "from": at(END - 360), "to": None, "pair": None}


@pytest.fixture(scope="module")
def reader(traded_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One browser for all questions here: nothing is written."""
    with web_client(traded_once, tmp_path_factory.mktemp("page")) as client:
        yield client


def steady(body: dict[str, object]) -> dict[str, object]:
    """Replace what differs from run to run by values of the same type."""
    return body | {"snapshot": body["snapshot"] | {"id": "0123456789abcdef", "published": at(END) + 1_800}}


def near(found: object, kept: object) -> bool:
    """Say whether two answers are the same, but for the last digits of their numbers."""
    if isinstance(found, dict) and isinstance(kept, dict):
        return list(found) == list(kept) and all(near(found[name], kept[name]) for name in kept)
    if isinstance(found, list) and isinstance(kept, list):
        return len(found) == len(kept) and all(map(near, found, kept))
    if isinstance(found, float) and isinstance(kept, float):
        return found == pytest.approx(kept, rel=1e-9, abs=1e-9)
    return type(found) is type(kept) and found == kept


def compare(name: str, answer: httpx.Response, request: pytest.FixtureRequest) -> None:
    assert answer.status_code == 200, answer.text
    body, file = steady(answer.json()), GOLDEN / f"{name}.json"
    if request.config.getoption("--update-golden"):
        file.write_text(json.dumps(body, indent=2) + "\n")
    assert near(body, json.loads(file.read_text())), f"{name}: if this is meant, run with --update-golden"


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_about_trading_is_the_golden_one(reader: Client, request: pytest.FixtureRequest, name: str) -> None:
    compare(name, reader.get(ANSWERS[name]), request)


def test_a_back_test_is_the_golden_one(reader: Client, request: pytest.FixtureRequest) -> None:
    compare("backtest", reader.request("POST", "/api/backtest", json=BACKTEST), request)


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_what_the_api_says_it_answers(reader: Client, name: str) -> None:
    described = reader.get("/openapi.json").json()
    path = ANSWERS[name].split("?")[0]
    template = next(
        known for known in described["paths"] if known == path or known == path.rpartition("/")[0] + "/{id}"
    )
    schema = described["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    validator = jsonschema_rs.validator_for(schema | {"components": described["components"]})
    body = reader.get(ANSWERS[name]).json()
    assert [error.message for error in validator.iter_errors(body)] == []
    assert [*validator.iter_errors({})] != [], "the description asks for something"


def test_two_answers_that_differ_are_told_apart() -> None:
    assert near({"a": [1.0, None]}, {"a": [1.0 + 1e-12, None]})
    assert not near({"a": [1.0]}, {"a": [1.001]})
    assert not near({"a": 1}, {"a": 1.0})
    assert not near({"a": None}, {"a": 0.0})

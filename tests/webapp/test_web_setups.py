"""GET /api/setups and /api/parameters: the strategy's attempts as the bot told them, and what it is set to."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from example_database import START
from traded import END, at

from bot.core.parameters import NAMES, Parameters

if TYPE_CHECKING:
    from pathlib import Path

    from web_client import Client

BAR = 300_000


def setups(client: Client, query: str = "") -> list[dict[str, object]]:
    answer = client.get(f"/api/setups{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()["setups"]


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as sql:
        return sql.execute(query).fetchall()


def tell(writer: sqlite3.Connection, *told: tuple[int, int, str], configuration: int = 1) -> None:
    """Tell events (bar, setup, event) of the account `paper`."""
    for bar, setup, event in told:
        writer.execute(
            "INSERT INTO setup_events (timestamp, pair, mode, configuration, setup, event, price, detail)"
            " VALUES (?, 'BTC/USDT', 'paper', ?, ?, ?, 100.0, '{\"direction\": \"bull\"}')",
            (START + bar * BAR, configuration, setup, event),
        )


@pytest.fixture
def configured(writer: sqlite3.Connection) -> sqlite3.Connection:
    """A bot that was configured twice, the newer time with other parameters."""
    for number, parameters in ((1, {}), (2, {"risk": "low", "chart_timeframe": "3m"})):
        writer.execute(
            "INSERT INTO configurations VALUES (?, ?, 'BTC/USDT', ?, 'spot', '[]', '')",
            (number, START, json.dumps(parameters)),
        )
    return writer


def test_every_event_of_the_account_is_in_one_setup_in_its_order(traded: Path, traded_client: Client) -> None:
    for mode in ("paper", "backtest"):
        told = [
            (event["timestamp"], event["event"])
            for setup in setups(traded_client, f"?mode={mode}&limit=10000")
            for event in setup["events"]
        ]
        stored = rows(traded, f"SELECT timestamp, event FROM setup_events WHERE mode = '{mode}' ORDER BY timestamp, id")
        assert told == stored


def test_each_completed_trade_is_named_by_its_setup(traded: Path, traded_client: Client) -> None:
    found = setups(traded_client, "?limit=10000")
    assert [setup["trade"] for setup in found if setup["state"] == "exited"] == [
        number for (number,) in rows(traded, "SELECT id FROM trades WHERE mode = 'paper' ORDER BY id")
    ]
    assert {setup["trade"] for setup in found if setup["state"] == "aborted"} == {None}
    assert sum(setup["state"] == "aborted" for setup in found) + 41 == len(found)


def test_the_current_setup_is_last_and_says_what_it_waits_for(traded: Path, traded_client: Client) -> None:
    *over, current = setups(traded_client)
    ((stop, target),) = rows(traded, "SELECT stopLoss, takeProfit FROM orders")
    assert (current["state"], current["direction"], current["trade"]) == ("entered", "bear", None)
    assert current["waits_for"] == f"the target {target:.10g} or the stop {stop:.10g}"
    assert {setup["waits_for"] for setup in over} == {None}
    assert all(setup["waits_for"] is None for setup in setups(traded_client, "?mode=backtest"))


def test_a_limit_gives_the_last_ones_and_with_from_the_first(traded_client: Client) -> None:
    every = setups(traded_client, "?limit=10000")
    assert setups(traded_client, "?limit=3") == every[-3:]
    middle = every[30]["events"][0]["timestamp"]
    assert setups(traded_client, f"?from={middle}&limit=2") == every[30:32]
    assert setups(traded_client, f"?to={middle}&limit=2") == every[28:30]


def test_a_setup_that_overlaps_a_range_is_whole(traded_client: Client) -> None:
    every = setups(traded_client, "?limit=10000")
    long = max(every[:-1], key=lambda setup: setup["events"][-1]["timestamp"] - setup["events"][0]["timestamp"])
    inside = long["events"][-1]["timestamp"] - BAR
    assert setups(traded_client, f"?from={inside}&to={inside + 1}") == [long]
    assert setups(traded_client, f"?from={at(END)}")[-1] == every[-1], "the current one goes on"


def test_a_number_that_comes_again_under_another_configuration_is_another_setup(
    configured: sqlite3.Connection, client: Client
) -> None:
    tell(configured, (0, 1, "signal"), (1, 1, "aborted"))
    tell(configured, (5, 1, "signal"), (6, 1, "gap"), configuration=2)
    first, second = setups(client)
    assert [(setup["id"], setup["configuration"], setup["state"]) for setup in (first, second)] == [
        (1, 1, "aborted"),
        (1, 2, "waiting_for_retracement"),
    ]
    assert [event["event"] for event in second["events"]] == ["signal", "gap"]


def test_a_position_outlives_the_configuration_it_was_entered_under(
    configured: sqlite3.Connection, client: Client
) -> None:
    tell(configured, (0, 4, "signal"), (1, 4, "gap"), (1, 4, "entered"))
    tell(configured, (9, 4, "exited"), configuration=2)
    (one,) = setups(client)
    assert (one["configuration"], one["state"], len(one["events"])) == (1, "exited", 4)


def test_the_timeframe_is_that_of_the_newest_configuration(configured: sqlite3.Connection, client: Client) -> None:
    assert client.get("/api/setups").json()["timeframe"] == "3m"
    configured.execute("UPDATE configurations SET parameters = '{\"new\": 1}' WHERE id = 2")
    refused = client.get("/api/setups")
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "database_newer")
    assert "configuration 2 (BTC/USDT)" in refused.json()["error"]["message"]


@pytest.mark.parametrize(
    ("query", "field"),
    [("?mode=imported", "mode"), ("?from=2&to=1", "from"), ("?pair=ETH/USDT", "pair"), ("?limit=10001", "limit")],
)
def test_what_cannot_be_is_refused(traded_client: Client, query: str, field: str) -> None:
    answer = traded_client.get(f"/api/setups{query}")
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)


@pytest.mark.usefixtures("writer")
def test_without_any_pair_there_is_no_setup(client: Client) -> None:
    answer = client.get("/api/setups")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no_account")


def test_every_parameter_is_described_and_the_bots_own_values_are_told(traded_client: Client) -> None:
    found = traded_client.get("/api/parameters").json()
    assert [parameter["name"] for parameter in found["parameters"]] == list(NAMES)
    changed = Parameters(risk="lowest", fvg_sensitivity="all", fee_rate=0.0004, atr_length=12)
    assert found["current"] == {"BTC/USDT": changed.plain()}
    for parameter in found["parameters"]:
        assert parameter["help"].endswith(".")
        if parameter["kind"] == "choice" and not parameter["open"]:
            assert parameter["default"] in parameter["choices"]
        if parameter["kind"] in {"integer", "number"}:
            assert parameter["minimum"] is not None

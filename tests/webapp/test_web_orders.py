"""GET /api/orders: an open position at the newest close, on numbers a person can check."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from example_database import START, add_flat_minutes
from traded import END, at

if TYPE_CHECKING:
    import sqlite3

    from web_client import Client

MINUTE = 60_000


def configure(writer: sqlite3.Connection, pair: str = "BTC/USDT", **parameters: object) -> None:
    writer.execute(
        "INSERT INTO configurations (since, pair, parameters, market, exchanges, version)"
        " VALUES (?, ?, ?, 'spot', '[]', '0')",
        (START, pair, json.dumps(parameters)),
    )


def enter(writer: sqlite3.Connection, side: str = "Long", pair: str = "BTC/USDT", decided: int = 302_500) -> None:
    """Open 2 BTC at 100 with the stop 10 and the target 20 away, at the close of the first 5 minutes."""
    forward = 1 if side == "Long" else -1
    writer.execute(
        "INSERT INTO orders VALUES (1, ?, ?, 100, ?, 2, ?, ?, 1, 1, ?)",
        (pair, side, START, 100 - 10 * forward, 100 + 20 * forward, START + decided),
    )


def order(client: Client, query: str = "") -> dict[str, float]:
    (one,) = client.get(f"/api/orders{query}").json()["orders"]
    return one


def test_a_long_at_110_of_100_is_halfway_to_its_target(writer: sqlite3.Connection, client: Client) -> None:
    configure(writer, fee_rate=0.0005, slippage=0.0005)
    add_flat_minutes(writer, 0, 5)
    add_flat_minutes(writer, 5, 1, price=110.0)
    enter(writer)
    found = order(client)
    assert (found["price"], found["priced"]) == (110.0, START + 5 * MINUTE)
    assert found["profit"] == pytest.approx((10 - 0.001 * 210) * 2)
    assert found["r"] == pytest.approx(19.58 / 20)
    assert (found["way"], found["late"]) == (0.5, False)
    assert (found["to_stop"], found["to_target"]) == (20.0, 10.0)


@pytest.mark.parametrize(("price", "way"), [(100.0, 0.0), (95.0, -0.5), (90.0, -1.0), (85.0, -1.5), (120.0, 1.0)])
def test_the_way_is_measured_toward_the_level_the_price_went_to(
    writer: sqlite3.Connection, client: Client, price: float, way: float
) -> None:
    configure(writer)
    add_flat_minutes(writer, 0, 1, price)
    enter(writer)
    assert order(client)["way"] == pytest.approx(way)


def test_a_short_is_mirrored(writer: sqlite3.Connection, client: Client) -> None:
    configure(writer)
    add_flat_minutes(writer, 0, 1, price=95.0)
    enter(writer, "Short")
    found = order(client)
    assert (found["profit"], found["r"], found["way"]) == (10.0, 0.5, 0.25)


def test_an_entry_decided_more_than_a_minute_after_its_bar_is_late(writer: sqlite3.Connection, client: Client) -> None:
    configure(writer)
    enter(writer, decided=360_001)
    assert order(client)["late"] is True


def test_without_a_candle_nothing_is_known_of_the_market(writer: sqlite3.Connection, client: Client) -> None:
    configure(writer)
    enter(writer)
    assert {order(client)[name] for name in ("price", "priced", "profit", "r", "way")} == {None}


def test_the_position_is_of_the_first_pair_unless_another_is_named(writer: sqlite3.Connection, client: Client) -> None:
    for pair in ("BTC/USDT", "ETH/USDT"):
        configure(writer, pair)
        enter(writer, pair=pair)
    assert [each["pair"] for each in client.get("/api/orders").json()["orders"]] == ["BTC/USDT"]
    assert order(client, "?pair=ETH/USDT")["pair"] == "ETH/USDT"
    refused = client.get("/api/orders?pair=XRP/USDT")
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "pair")


@pytest.mark.usefixtures("writer")
def test_flat_is_an_empty_list(client: Client) -> None:
    assert client.get("/api/orders").json()["orders"] == []


def test_the_bots_own_open_position_is_told_at_its_newest_minute(traded_client: Client) -> None:
    found = order(traded_client)
    assert (found["orderNumber"], found["entryTime"], found["priced"]) == (41, at(4495), at(END - 1))
    paid = 0.0004 * (found["entryPrice"] + found["price"])
    assert found["entryType"] == "Short"
    assert found["profit"] == pytest.approx(found["entryPrice"] - found["price"] - paid)

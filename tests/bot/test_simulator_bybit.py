import asyncio
import json
import uuid
from itertools import pairwise

import pytest
from simulated import START, ask, client, closed, get, hear, hear_all, hear_text, simulator

from bot.simulator import client as client_module
from bot.simulator.truth import Truth

SUBSCRIBE = {"op": "subscribe", "args": ["publicTrade.BTCUSDT"], "req_id": "7"}
PING = '{"op": "ping"}'
MINUTE = 60_000


def is_pong(text):
    return '"pong"' in text


def truth_rows(path):
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    return [row for row in rows if row[0] == "bybit"]


@pytest.mark.parametrize("market", ["perpetual", "spot"])
def test_the_fills_of_an_order_come_in_one_message_and_are_those_of_the_truth(market, tmp_path):
    async def scene():
        truth = Truth(tmp_path / "truth.csv")
        async with simulator(market, truth=truth) as exchanges, client(exchanges.venues["bybit"]) as feed:
            await ask(feed, SUBSCRIBE)
            await exchanges.advance(START + MINUTE)
            return await hear_all(feed, PING, is_pong)

    heard = asyncio.run(scene())
    trades = [trade for message in heard for trade in message["data"]]
    assert [
        [
            "bybit",
            each["i"],
            str(each["T"]),
            float(each["p"]),
            float(each["v"]),
            {"Buy": "buy", "Sell": "sell"}[each["S"]],
        ]
        for each in trades
    ] == [[*row[:3], float(row[3]), float(row[4]), row[5]] for row in truth_rows(tmp_path / "truth.csv")]
    assert max(len(message["data"]) for message in heard) > 1
    assert {(message["topic"], message["type"]) for message in heard} == {("publicTrade.BTCUSDT", "snapshot")}
    assert len({each["i"] for each in trades}) == len(trades)
    if market == "spot":
        assert set(trades[0]) == {"T", "s", "S", "v", "p", "i", "BT", "seq"}
        assert all(each["i"].isdigit() for each in trades)
    else:
        assert set(trades[0]) == {"T", "s", "S", "v", "p", "L", "i", "BT", "seq"}
        assert all(str(uuid.UUID(each["i"])) == each["i"] for each in trades)
        for before, after in pairwise(trades):
            rose = float(after["p"]) - float(before["p"])
            assert (after["L"] == "PlusTick") == (rose > 0)
            assert (after["L"] == "MinusTick") == (rose < 0)


@pytest.mark.parametrize(("market", "said"), [("perpetual", ""), ("spot", "subscribe")])
def test_a_subscription_is_acknowledged_with_its_number(market, said):
    async def scene():
        async with simulator(market) as exchanges, client(exchanges.venues["bybit"]) as feed:
            return await ask(feed, SUBSCRIBE)

    answer = asyncio.run(scene())
    assert answer.pop("conn_id")
    assert answer == {"success": True, "ret_msg": said, "req_id": "7", "op": "subscribe"}


@pytest.mark.parametrize(
    ("market", "request_text", "said"),
    [
        ("perpetual", '{"op": "subscribe", "args": ["publicTrade.NOTHING"]}', "handler not found"),
        ("perpetual", '{"op": "subscribe", "args": ["publicTrade.BTCUSDT", "trades.BTCUSDT"]}', "handler not found"),
        ("perpetual", '{"op": "subscribe"}', "error:invalid args"),
        ("perpetual", '{"op": "order", "args": []}', "error:invalid op"),
        ("perpetual", "{", "parse json failed"),
        ("spot", json.dumps({"op": "subscribe", "args": ["publicTrade.BTCUSDT"] * 11}), "args size >10"),
        ("perpetual", json.dumps({"op": "subscribe", "args": ["publicTrade.BTCUSDT"] * 1200}), "args length >21000"),
    ],
)
def test_a_bad_request_fails_as_a_whole(market, request_text, said):
    async def scene():
        async with simulator(market) as exchanges, client(exchanges.venues["bybit"]) as feed:
            answer = await ask(feed, request_text)
            return answer, exchanges.venues["bybit"].subscribed

    answer, subscribed = asyncio.run(scene())
    assert answer["success"] is False
    assert said in answer["ret_msg"]
    assert not subscribed


def test_a_ping_is_answered_with_a_pong():
    async def scene():
        async with simulator() as market, client(market.venues["bybit"]) as feed:
            return await ask(feed, {"op": "ping", "req_id": "100"})

    answer = asyncio.run(scene())
    assert answer.pop("conn_id")
    assert answer == {"success": True, "ret_msg": "pong", "req_id": "100", "op": "ping"}


def test_ten_minutes_without_ping_and_data_end_the_connection(monkeypatch):
    monkeypatch.setattr(client_module, "PATIENCE", 0.0)

    async def scene():
        async with (
            simulator() as market,
            client(market.venues["bybit"]) as silent,
            client(market.venues["bybit"]) as pinging,
            client(market.venues["bybit"]) as listening,
        ):
            await ask(listening, SUBSCRIBE)
            await market.advance(START + 9 * MINUTE)
            await ask(pinging, PING)
            await market.advance(START + 10 * MINUTE + 1000)
            code, _ = await closed(silent)
            assert is_pong(json.dumps(await ask(pinging, PING)))
            await listening.send(PING)
            while not is_pong(await hear_text(listening)):
                pass
            return code

    assert asyncio.run(scene()) == 1001


def test_only_the_endpoint_of_its_category_is_there():
    async def scene():
        async with simulator() as market:
            return [
                (await get(market.venues["bybit"], path))[0] for path in ("/v5/public/linear", "/v5/public/spot", "/")
            ]

    assert asyncio.run(scene()) == [404, 404, 404]  # a plain GET is not a WebSocket


@pytest.mark.parametrize(("market", "category", "most"), [("perpetual", "linear", 1000), ("spot", "spot", 60)])
def test_rest_has_the_newest_trades_newest_first_and_no_more_than_documented(market, category, most, tmp_path):
    async def scene():
        async with simulator(market, truth=Truth(tmp_path / "truth.csv")) as exchanges:
            await exchanges.advance(START + 8 * MINUTE)
            return await get(
                exchanges.venues["bybit"],
                "/v5/market/recent-trade",
                category=category,
                symbol="BTCUSDT",
                limit=5000,
            )

    _, answer, _ = asyncio.run(scene())
    rows = truth_rows(tmp_path / "truth.csv")
    trades = answer["result"]["list"]
    assert answer["retCode"] == 0
    assert len(trades) == most
    assert [each["execId"] for each in trades] == [row[1] for row in rows[-most:][::-1]]
    assert [each["time"] for each in trades] == [row[2] for row in rows[-most:][::-1]]
    assert [each["side"] for each in trades[:9]] == [row[5].capitalize() for row in rows[-9:][::-1]]


def test_rest_klines_are_newest_first():
    async def scene():
        async with simulator() as market, client(market.venues["bybit"]) as feed:
            await ask(feed, SUBSCRIBE)
            await market.advance(START + 3 * MINUTE)
            first = await hear(feed)
            answer = await get(
                market.venues["bybit"],
                "/v5/market/kline",
                category="linear",
                symbol="BTCUSDT",
                interval="1",
                start=START,
            )
            return first, answer[1]["result"]["list"]

    first, rows = asyncio.run(scene())
    assert [int(row[0]) for row in rows] == [START + minute * MINUTE for minute in (3, 2, 1, 0)]
    assert float(rows[-1][1]) == float(first["data"][0]["p"])
    assert {len(row) for row in rows} == {7}


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/v5/market/recent-trade", {"symbol": "BTCUSDT"}),
        ("/v5/market/recent-trade", {"category": "linear", "symbol": "BTCUSD"}),
        ("/v5/market/recent-trade", {"category": "linear", "symbol": "BTCUSDT", "limit": "x"}),
        ("/v5/market/kline", {"category": "linear", "symbol": "BTCUSDT", "interval": "7"}),
    ],
)
def test_rest_mistakes_are_told_in_the_return_code(path, parameters):
    async def scene():
        async with simulator() as market:
            return await get(market.venues["bybit"], path, **parameters)

    status, body, _ = asyncio.run(scene())
    assert (status, body["retCode"]) == (200, 10001)


def test_rest_tells_the_simulated_time():
    async def scene():
        async with simulator() as market:
            return await get(market.venues["bybit"], "/v5/market/time")

    assert asyncio.run(scene())[1]["result"]["timeSecond"] == str(START // 1000)

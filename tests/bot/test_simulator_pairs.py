"""Several pairs on the simulated exchanges: markets of their own, served on one connection."""

import asyncio
import json
import tomllib
from collections import Counter

import pytest
from simulated import START, ask, client, get, hear, hear_all, simulator

from bot.errors import BotError
from bot.simulator import session
from bot.simulator.configuration import configuration
from bot.simulator.faults.settings import Faults
from bot.simulator.market import Market
from bot.simulator.simulator import made
from bot.simulator.truth import SEVERAL, Truth

MINUTE = 60_000
BOTH = ("BTC/USDT", "ETH/USDT")
LIST = json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": 99})


def sent(path, *pairs):
    """The rows of the truth file of a minute."""

    async def scene():
        several = len(pairs) > 1
        async with simulator(pairs=pairs, truth=Truth(path, several=several)) as market:
            await market.advance(START + MINUTE)

    asyncio.run(scene())
    return path.read_text().splitlines()


# What is served


SUBSCRIBE = {
    "binance": {"method": "SUBSCRIBE", "params": ["btcusdt@aggTrade", "ethusdt@aggTrade"], "id": 5},
    "bybit": {"op": "subscribe", "args": ["publicTrade.BTCUSDT", "publicTrade.ETHUSDT"], "req_id": "5"},
    "coinbase": {"type": "subscribe", "product_ids": ["BTC-USD", "ETH-USD"], "channels": ["matches", "heartbeat"]},
    "okx": {
        "op": "subscribe",
        "args": [{"channel": "trades", "instId": "BTC-USDT-SWAP"}, {"channel": "trades", "instId": "ETH-USDT-SWAP"}],
    },
}
"""Exchange -> a request for the trades of both pairs."""
LAST = {
    "binance": (LIST, lambda text: '"id":99' in text),
    "bybit": ('{"op":"ping"}', lambda text: '"pong"' in text),
    "coinbase": ("?", lambda text: "Malformed" in text),
    "okx": ("ping", lambda text: text == "pong"),
}
"""Exchange -> a question, and what is its answer."""
TOLD = {
    "binance": lambda said: [(said["s"], str(each)) for each in range(said["f"], said["l"] + 1)],
    "bybit": lambda said: [(each["s"], each["i"]) for each in said["data"]],
    "coinbase": lambda said: [(said["product_id"], str(said["trade_id"]))] if said["type"] == "match" else [],
    "okx": lambda said: [
        (each["instId"], str(int(each["tradeId"]) - before))
        for each in said["data"]
        for before in reversed(range(int(each["count"])))
    ],
}
"""Exchange -> (symbol, id) of each fill in a message."""
SYMBOLS = {
    "binance": ("BTCUSDT", "ETHUSDT"), "bybit": ("BTCUSDT", "ETHUSDT"), "coinbase": ("BTC-USD", "ETH-USD"),
    "okx": ("BTC-USDT-SWAP", "ETH-USDT-SWAP"),
}  # fmt: skip


async def heard_in_a_minute(exchange, truth, *requests, answers=1):
    """Subscribe; return the answers and (symbol, id) of the fills heard in a minute, and the pairs listened to."""
    async with simulator(pairs=BOTH, truth=truth) as market, client(market.venues[exchange]) as feed:
        told = [await ask(feed, request) for request in requests]
        told += [await hear(feed) for _ in range(answers - len(requests))]
        await market.advance(START + MINUTE)
        heard = await hear_all(feed, *LAST[exchange])
        fills = [fill for said in heard for fill in TOLD[exchange](said)]
        return told, fills, market.venues[exchange].subscribed


def rows_of(path, exchange, pair):
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    return [row[1] for row in rows if (row[0], row[-1]) == (exchange, pair)]


@pytest.mark.parametrize("exchange", SUBSCRIBE)
def test_one_request_subscribes_to_both_pairs_and_each_fill_comes_under_its_symbol(exchange, tmp_path):
    path = tmp_path / "truth.csv"
    answers = 2 if exchange == "okx" else 1
    told, fills, subscribed = asyncio.run(
        heard_in_a_minute(exchange, Truth(path, several=True), SUBSCRIBE[exchange], answers=answers)
    )
    for symbol, pair in zip(SYMBOLS[exchange], BOTH, strict=True):
        assert [number for name, number in fills if name == symbol] == rows_of(path, exchange, pair)
    assert subscribed == 2
    expected = {
        "binance": [{"result": None, "id": 5}],
        "bybit": [{"success": True, "ret_msg": "", "conn_id": "00000001", "req_id": "5", "op": "subscribe"}],
        "coinbase": [{
            "type": "subscriptions",
            "channels": [
                {"name": "matches", "product_ids": ["BTC-USD", "ETH-USD"]},
                {"name": "heartbeat", "product_ids": ["BTC-USD", "ETH-USD"]},
            ],
        }],
        "okx": [
            {"event": "subscribe", "arg": {"channel": "trades", "instId": symbol}, "connId": "00000001"}
            for symbol in SYMBOLS["okx"]
        ],
    }  # fmt: skip
    assert told == expected[exchange]


SECOND = {
    "binance": {"method": "SUBSCRIBE", "params": ["ethusdt@aggTrade"], "id": 6},
    "bybit": {"op": "subscribe", "args": ["publicTrade.ETHUSDT"], "req_id": "6"},
    "coinbase": {"type": "subscribe", "product_ids": ["ETH-USD"], "channels": ["matches"]},
    "okx": {"op": "subscribe", "args": [{"channel": "trades", "instId": "ETH-USDT-SWAP"}]},
}
"""Exchange -> a request for the trades of the second pair alone."""
UNKNOWN = {
    "binance": ({"method": "SUBSCRIBE", "params": ["xrpusdt@aggTrade"], "id": 7}, {"result": None, "id": 7}),
    "bybit": (
        {"op": "subscribe", "args": ["publicTrade.XRPUSDT"], "req_id": "7"},
        {
            "success": False, "ret_msg": "error:handler not found,topic:publicTrade.XRPUSDT", "conn_id": "00000001",
            "req_id": "7", "op": "subscribe",
        },
    ),
    "coinbase": (
        {"type": "subscribe", "product_ids": ["XRP-USD"], "channels": ["matches"]},
        {"type": "error", "message": "Failed to subscribe", "reason": "XRP-USD is not a valid product"},
    ),
    "okx": (
        {"op": "subscribe", "args": [{"channel": "trades", "instId": "XRP-USDT-SWAP"}]},
        {
            "event": "error", "code": "60018", "connId": "00000001",
            "msg": "Wrong URL or channel:trades,instId:XRP-USDT-SWAP doesn't exist. Please use the correct URL, "
            "channel and parameters referring to API document.",
        },
    ),
}  # fmt: skip
"""Exchange -> a request for a symbol that is not served, and its answer."""


@pytest.mark.parametrize("exchange", SECOND)
def test_an_unknown_symbol_is_refused_and_the_one_that_is_subscribed_to_goes_on_alone(exchange, tmp_path):
    path, (unknown, refusal) = tmp_path / "truth.csv", UNKNOWN[exchange]
    truth = Truth(path, several=True)
    told, fills, subscribed = asyncio.run(heard_in_a_minute(exchange, truth, SECOND[exchange], unknown, answers=2))
    assert told[1] == refusal
    assert fills == [(SYMBOLS[exchange][1], number) for number in rows_of(path, exchange, "ETH/USDT")]
    assert subscribed == 1


def test_a_second_request_adds_a_pair_and_coinbase_lists_all_that_are_subscribed_to():
    async def scene():
        first = {"type": "subscribe", "product_ids": ["BTC-USD"], "channels": ["matches"]}
        async with simulator(pairs=BOTH) as market, client(market.venues["coinbase"]) as feed:
            await market.advance(START + 10_000)
            told = [await ask(feed, first), await hear(feed), await ask(feed, SECOND["coinbase"]), await hear(feed)]
            gone = await ask(feed, {**first, "type": "unsubscribe"})
            await market.advance(START + 20_000)
            return told, gone, await hear_all(feed, *LAST["coinbase"])

    (one, old, both, other), gone, heard = asyncio.run(scene())
    assert [each["channels"][0]["product_ids"] for each in (one, both, gone)] == [
        ["BTC-USD"], ["BTC-USD", "ETH-USD"], ["ETH-USD"],
    ]  # fmt: skip
    assert [(each["type"], each["product_id"]) for each in (old, other)] == [
        ("last_match", "BTC-USD"), ("last_match", "ETH-USD"),
    ]  # fmt: skip
    assert {each["product_id"] for each in heard} == {"ETH-USD"}


def test_coinbase_heartbeats_are_a_products_own_and_name_its_newest_trade():
    async def scene():
        async with simulator(pairs=BOTH) as market, client(market.venues["coinbase"]) as feed:
            await ask(feed, SUBSCRIBE["coinbase"])
            await market.advance(START + 30_000)
            return await hear_all(feed, *LAST["coinbase"])

    newest, beats = {}, Counter()
    for said in asyncio.run(scene()):
        product = said["product_id"]
        if said["type"] == "match":
            newest[product] = said["trade_id"]
        else:
            beats[product] += 1
            assert said["last_trade_id"] == newest.get(product, 0)
    assert beats == {"BTC-USD": 30, "ETH-USD": 30}


# REST


REST = {
    "binance": (
        "/fapi/v1/trades", {"symbol": "ETHUSDT", "limit": "20"}, lambda body: [str(each["id"]) for each in body],
    ),
    "bybit": (
        "/v5/market/recent-trade", {"category": "linear", "symbol": "ETHUSDT", "limit": "20"},
        lambda body: [each["execId"] for each in body["result"]["list"]][::-1],
    ),
    "coinbase": (
        "/products/ETH-USD/trades", {"limit": "20"}, lambda body: [str(each["trade_id"]) for each in body][::-1],
    ),
    "okx": (
        "/api/v5/market/history-trades", {"instId": "ETH-USDT-SWAP", "limit": "20"},
        lambda body: [each["tradeId"] for each in body["data"]][::-1],
    ),
}  # fmt: skip
"""Exchange -> where the newest trades of the second pair are, and their ids, oldest first."""


@pytest.mark.parametrize("exchange", REST)
def test_rest_tells_the_trades_of_the_asked_symbol(exchange, tmp_path):
    path, parameters, ids = REST[exchange]

    async def scene():
        truth = Truth(tmp_path / "truth.csv", several=True)
        async with simulator(pairs=BOTH, truth=truth, faults=Faults(rest_lag=5)) as market:
            await market.advance(START + MINUTE)
            behind = await get(market.venues[exchange], path, **parameters)
            await market.advance(START + MINUTE + 5000)
            return behind, await get(market.venues[exchange], path, **parameters)

    (status, behind, _), (_, later, _) = asyncio.run(scene())
    rows = [line.split(",") for line in (tmp_path / "truth.csv").read_text().splitlines()[1:]]
    own = [(int(row[2]), row[1]) for row in rows if (row[0], row[-1]) == (exchange, "ETH/USDT")]
    assert status == 200
    assert ids(behind) == [number for when, number in own if when <= START + MINUTE - 5000][-20:]
    assert ids(later) == [number for when, number in own if when <= START + MINUTE][-20:]


def test_rest_tells_bars_aggregates_and_instruments_of_each_symbol():
    async def scene():
        async with simulator(pairs=BOTH) as market:
            await market.advance(START + MINUTE)
            binance, okx = market.venues["binance"], market.venues["okx"]
            return (
                [await get(binance, "/fapi/v1/klines", symbol=each, interval="1m") for each in SYMBOLS["binance"]],
                [await get(binance, "/fapi/v1/aggTrades", symbol=each) for each in SYMBOLS["binance"]],
                await get(okx, "/api/v5/public/instruments", instType="SWAP"),
                await get(okx, "/api/v5/public/instruments", instType="SWAP", instId="ETH-USDT-SWAP"),
                await get(binance, "/fapi/v1/klines", symbol="XRPUSDT", interval="1m"),
            )

    bars, aggregates, every, one, unknown = asyncio.run(scene())
    assert [round(float(body[0][1]), -3) for _, body, _ in bars] == [97_000, 3000]
    for _, body, _ in aggregates:
        assert [each["a"] for each in body] == list(range(body[0]["a"], body[0]["a"] + len(body)))
    assert [(each["instId"], each["ctVal"], each["ctValCcy"], each["tickSz"]) for each in every[1]["data"]] == [
        ("BTC-USDT-SWAP", "0.01", "BTC", "0.1"), ("ETH-USDT-SWAP", "0.1", "ETH", "0.01"),
    ]  # fmt: skip
    assert one[1]["data"] == every[1]["data"][1:]
    assert unknown[:2] == (400, {"code": -1121, "msg": "Invalid symbol."})


def test_okx_sizes_of_ether_are_contracts_of_a_tenth(tmp_path):
    async def scene():
        truth = Truth(tmp_path / "truth.csv", several=True)
        async with simulator(pairs=BOTH, truth=truth) as market, client(market.venues["okx"]) as feed:
            await ask(feed, SECOND["okx"])
            await market.advance(START + MINUTE)
            return await hear_all(feed, *LAST["okx"])

    contracts = sum(float(each["data"][0]["sz"]) for each in asyncio.run(scene()))
    rows = [line.split(",") for line in (tmp_path / "truth.csv").read_text().splitlines()]
    ether = sum(float(row[4]) for row in rows if (row[0], row[-1]) == ("okx", "ETH/USDT"))
    assert contracts * 0.1 == pytest.approx(ether)


# Faults


def test_a_refusal_names_what_was_asked_for_and_okx_refuses_each_arg():
    async def scene():
        async with simulator(pairs=BOTH, faults=Faults(refused=1.0)) as market:
            async with client(market.venues["okx"]) as feed:
                each = [await ask(feed, SUBSCRIBE["okx"]), await hear(feed)]
            async with client(market.venues["bybit"]) as feed:
                return each, await ask(feed, SECOND["bybit"])

    okx, bybit = asyncio.run(scene())
    assert [each["msg"].partition(" doesn't")[0] for each in okx] == [
        "Wrong URL or channel:trades,instId:BTC-USDT-SWAP", "Wrong URL or channel:trades,instId:ETH-USDT-SWAP",
    ]  # fmt: skip
    assert bybit["ret_msg"] == "error:handler not found,topic:publicTrade.ETHUSDT"


# The truth, the configuration, the options


def test_the_truth_names_the_pair_where_there_are_several_and_each_pairs_rows_are_those_of_it_alone(tmp_path):
    bitcoin, ether = (sent(tmp_path / pair[:3], pair) for pair in BOTH)
    both = sent(tmp_path / "both", *BOTH)
    assert (bitcoin[0], both[0]) == ("exchange,id,timestamp,price,size,side", SEVERAL)
    for alone, pair in zip((bitcoin, ether), BOTH, strict=True):
        assert [row for row in both[1:] if row.endswith(f",{pair}")] == [f"{row},{pair}" for row in alone[1:]]


def test_the_configuration_has_a_table_for_each_pair_and_no_symbol():
    def said(*pairs):
        simulated = made(*(Market(start=0, seed=1, pair=pair) for pair in pairs))
        return tomllib.loads(configuration(simulated, market="perpetual"))

    assert said(*BOTH)["pairs"] == [{"pair": "BTC/USDT"}, {"pair": "ETH/USDT"}]
    assert said("ETH/USDT")["pairs"] == [{"pair": "ETH/USDT"}]
    for table in said("ETH/USDT")["exchanges"].values():
        assert set(table) - {"stream"} == {"enabled", "websocket", "rest"}
    simulated = made(Market(start=0, seed=1))
    assert configuration(simulated, market="perpetual") == configuration(simulated, market="perpetual", pair="BTC/USDT")


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        ("", '--pairs has ""; write pairs as BTC/USDT,ETH/USDT'),
        ("BTC/USDT,", '--pairs has ""; write pairs as'),
        ("ETHUSDT", '--pairs has "ETHUSDT"; write pairs as'),
        ("eth/usdt", '--pairs has "eth/usdt"; write pairs as'),
        ("ETH/BTC", '--pairs has "ETH/BTC"; write pairs as'),
        ("USDT/USDT", '--pairs has "USDT/USDT"; write pairs as'),
        ("BTC/USDT, BTC/USDT", "--pairs has BTC/USDT twice"),
    ],
)
def test_pairs_that_can_not_be_served_are_told_in_a_sentence(pairs, told):
    with pytest.raises(BotError, match=told) as raised:
        session.run(session.Options(pairs=pairs))
    assert raised.value.exit_code == 2


def test_a_recording_that_is_played_brings_its_own_pairs(tmp_path):
    with pytest.raises(BotError, match="--pairs is for the made market"):
        session.run(session.Options(pairs="BTC/USDT", play=(tmp_path / "absent.txt",)))


@pytest.mark.parametrize("pairs", ["BTC/USDT", "ETH/USDT, BTC/USDT"])
def test_the_command_serves_the_pairs_it_is_told(pairs, tmp_path, capsys):
    options = {"exit_after": 0.2, "start": "2025-11-24", "truth": tmp_path / "truth.csv", "speed": 100.0}
    session.run(session.Options(pairs=pairs, write_config=tmp_path / "bot.toml", **options))
    told = capsys.readouterr().out
    named = [each.strip() for each in pairs.split(",")]
    rows = (tmp_path / "truth.csv").read_text().splitlines()
    assert tomllib.loads((tmp_path / "bot.toml").read_text())["pairs"] == [{"pair": pair} for pair in named]
    if len(named) > 1:
        assert "perpetual ETH-USDT-SWAP BTC-USDT-SWAP\n" in told
        assert {row.rpartition(",")[2] for row in rows[1:]} == set(named)
    else:
        assert "perpetual BTC-USDT-SWAP\n" in told
        session.run(session.Options(**{**options, "truth": tmp_path / "default.csv"}))
        default = (tmp_path / "default.csv").read_text().splitlines()
        assert all(one == other for one, other in zip(rows, default, strict=False))
        assert min(len(rows), len(default)) > 10

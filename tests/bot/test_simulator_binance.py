import asyncio
import json
from itertools import groupby

import pytest
from simulated import START, ask, client, closed, get, hear, hear_all, simulator

from bot.simulator import client as client_module
from bot.simulator.truth import Truth

SUBSCRIBE = {"method": "SUBSCRIBE", "params": ["btcusdt@aggTrade"], "id": 1}
LIST = json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": 99})
MINUTE = 60_000


def lists(text):
    return '"id":99' in text


def truth_rows(path, exchange="binance"):
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    return [row for row in rows if row[0] == exchange]


def test_an_agg_trade_merges_the_fills_of_an_order_at_one_price(tmp_path):
    async def scene():
        async with simulator(truth=Truth(tmp_path / "truth.csv")) as market, client(market.venues["binance"]) as feed:
            assert await ask(feed, SUBSCRIBE) == {"result": None, "id": 1}
            await market.advance(START + MINUTE)
            return await hear_all(feed, LIST, lists)

    heard = asyncio.run(scene())
    fills = truth_rows(tmp_path / "truth.csv")
    assert len(heard) > 20
    assert sum(each["l"] - each["f"] + 1 for each in heard) == len(fills)
    assert [each["a"] for each in heard] == list(range(heard[0]["a"], heard[0]["a"] + len(heard)))
    assert any(each["l"] > each["f"] for each in heard)
    by_id = {int(row[1]): row for row in fills}
    for each in heard:
        parts = [by_id[number] for number in range(each["f"], each["l"] + 1)]
        assert {float(row[3]) for row in parts} == {float(each["p"])}
        assert sum(float(row[4]) for row in parts) == pytest.approx(float(each["q"]), abs=1e-9)
        assert {row[5] for row in parts} == {"sell" if each["m"] else "buy"}
        assert {int(row[2]) for row in parts} == {each["T"]}
    assert set(heard[0]) == {"e", "E", "s", "a", "p", "q", "f", "l", "T", "m", "st"}
    assert heard[0]["e"] == "aggTrade"
    assert heard[0]["s"] == "BTCUSDT"
    assert heard[0]["st"] == 1


def test_spot_publishes_every_fill_as_a_trade_and_the_same_fills_aggregated():
    async def scene():
        async with simulator("spot") as market, client(market.venues["binance"], "/stream") as feed:
            await ask(feed, {"method": "SUBSCRIBE", "params": ["btcusdt@trade", "btcusdt@aggTrade"], "id": 1})
            await market.advance(START + MINUTE)
            return await hear_all(feed, LIST, lists)

    heard = asyncio.run(scene())
    trades = [each["data"] for each in heard if each["stream"] == "btcusdt@trade"]
    merged = [each["data"] for each in heard if each["stream"] == "btcusdt@aggTrade"]
    assert [each["t"] for each in trades] == list(range(trades[0]["t"], trades[0]["t"] + len(trades)))
    assert set(trades[0]) == {"e", "E", "s", "t", "p", "q", "T", "m", "M"}
    assert sum(float(each["q"]) for each in trades) == pytest.approx(sum(float(each["q"]) for each in merged))
    assert merged[-1]["l"] == trades[-1]["t"]
    assert len(trades[0]["q"].partition(".")[2]) == 8


def test_the_url_may_name_streams_raw_and_combined():
    async def scene():
        async with simulator() as market:
            binance = market.venues["binance"]
            async with (
                client(binance, "/ws/btcusdt@aggTrade") as raw,
                client(binance, "/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade") as combined,
                client(binance, "/market/ws/btcusdt@aggTrade") as routed,
            ):
                await market.advance(START + 5000)
                bare, wrapped, other = await hear(raw), await hear(combined), await hear(routed)
                listed = (await hear_all(combined, LIST, lists), binance.subscribed)
        return bare, wrapped, other, listed

    bare, wrapped, other, (_, subscribed) = asyncio.run(scene())
    assert wrapped == {"stream": "btcusdt@aggTrade", "data": bare}
    assert other == bare
    assert subscribed


def test_a_stream_that_does_not_exist_is_accepted_and_stays_silent():
    async def scene():
        async with simulator() as market, client(market.venues["binance"]) as feed:
            unknown = {"method": "SUBSCRIBE", "params": ["BTCUSDT@aggTrade", "btcusdt@trade"], "id": 4}
            assert await ask(feed, unknown) == {"result": None, "id": 4}
            await market.advance(START + MINUTE)
            assert await hear_all(feed, LIST, lists) == []
            assert not market.venues["binance"].subscribed

    asyncio.run(scene())


def test_unsubscribing_and_listing():
    async def scene():
        async with simulator() as market, client(market.venues["binance"]) as feed:
            await ask(feed, SUBSCRIBE)
            assert await ask(feed, LIST) == {"result": ["btcusdt@aggTrade"], "id": 99}
            gone = {"method": "UNSUBSCRIBE", "params": ["btcusdt@aggTrade"], "id": 312}
            assert await ask(feed, gone) == {"result": None, "id": 312}
            assert await ask(feed, LIST) == {"result": [], "id": 99}

    asyncio.run(scene())


def test_the_envelope_is_a_property_of_the_connection():
    async def scene():
        async with simulator("spot") as market, client(market.venues["binance"]) as feed:
            assert await ask(feed, {"method": "GET_PROPERTY", "params": ["combined"], "id": 1}) == {
                "result": False,
                "id": 1,
            }
            await ask(feed, {"method": "SET_PROPERTY", "params": ["combined", True], "id": 2})
            await ask(feed, {"method": "SUBSCRIBE", "params": ["btcusdt@trade"], "id": 3})
            await market.advance(START + 5000)
            return await hear(feed)

    assert asyncio.run(scene())["stream"] == "btcusdt@trade"


@pytest.mark.parametrize(
    ("request_text", "answer"),
    [
        ("{", {"code": 3, "msg": "Invalid JSON: expected value at line 1 column 2"}),
        ('{"id": 1}', {"code": 2, "msg": "Invalid request: missing field `method` at line 1 column 1"}),
        (
            '{"method": "SUBSCRIBE", "params": ["a"], "id": 1.5}',
            {"code": 2, "msg": "Invalid request: request ID must be an unsigned integer"},
        ),
        (
            '{"method": "LIST_SUBSCRIPTIONS", "params": ["a"], "id": 1}',
            {"code": 2, "msg": "Invalid request: too many parameters"},
        ),
        (
            '{"method": "subscribe", "params": ["a"], "id": 1}',
            {
                "code": 2,
                "msg": "Invalid request: unknown variant `subscribe`, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, "
                "`LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY` at line 1 column 1",
            },
        ),
        ('{"method": "GET_PROPERTY", "params": ["depth"], "id": 1}', {"code": 0, "msg": "Unknown property", "id": 1}),
        (
            '{"method": "SET_PROPERTY", "params": ["combined", "yes"], "id": 1}',
            {"code": 1, "msg": "Invalid value type: expected Boolean"},
        ),
    ],
)
def test_a_mistake_is_answered_with_its_code(request_text, answer):
    async def scene():
        async with simulator() as market, client(market.venues["binance"]) as feed:
            assert await ask(feed, request_text) == answer
            assert await ask(feed, LIST) == {"result": [], "id": 99}

    asyncio.run(scene())


@pytest.mark.parametrize(("market", "most"), [("spot", 5), ("perpetual", 10)])
def test_more_messages_in_a_second_than_allowed_end_the_connection(market, most):
    async def scene():
        async with simulator(market) as exchanges, client(exchanges.venues["binance"]) as feed:
            for _ in range(most):
                assert "result" in await ask(feed, LIST)
            await exchanges.advance(START + 1000)  # a second later they are forgotten
            for _ in range(most):
                assert "result" in await ask(feed, LIST)
            await feed.send(LIST)
            assert await closed(feed) == (1008, "Too many requests")

    asyncio.run(scene())


def test_more_than_1024_streams_end_the_connection():
    async def scene():
        async with simulator() as market, client(market.venues["binance"]) as feed:
            await ask(feed, {"method": "SUBSCRIBE", "params": [f"s{number}@trade" for number in range(1024)], "id": 1})
            await feed.send(json.dumps({"method": "SUBSCRIBE", "params": ["one@trade"], "id": 2}))
            assert await closed(feed) == (1008, "Too many streams")

    asyncio.run(scene())


@pytest.mark.parametrize(("market", "every", "within"), [("spot", 20_000, 60_000), ("perpetual", 180_000, 600_000)])
def test_who_does_not_answer_a_ping_in_the_documented_time_is_cut(market, every, within, monkeypatch):
    monkeypatch.setattr(client_module, "PATIENCE", 0.0)

    async def scene():
        async with simulator(market) as exchanges, client(exchanges.venues["binance"], "/ws/a@trade") as feed:
            pinged = asyncio.Event()
            original = feed.protocol.recv_frame  # answers pings by itself; here it must not
            feed.protocol.recv_frame = lambda frame: pinged.set() if frame.opcode == 9 else original(frame)
            await exchanges.advance(START + every - 1000)
            await asyncio.sleep(0)
            assert not pinged.is_set()
            await exchanges.advance(START + every)
            await asyncio.wait_for(pinged.wait(), 10)
            await exchanges.advance(START + every + within)
            assert await ask(feed, LIST) == {"result": ["a@trade"], "id": 99}
            await exchanges.advance(START + every + within + 1000)
            assert await closed(feed) == (1008, "Pong timeout")

    asyncio.run(scene())


def test_who_answers_pings_stays_for_24_hours_and_is_warned_ten_minutes_before(monkeypatch):
    monkeypatch.setattr(client_module, "PATIENCE", 0.0)
    day = 24 * 60 * MINUTE

    async def scene():
        async with simulator("spot") as market, client(market.venues["binance"], "/stream?streams=a@trade") as feed:
            # real hours of trades are not needed for this: the clock alone is moved
            for minute in range(10, 1430, 10):
                market.clock.reach(START + minute * MINUTE)
                market.venues["binance"].tick()
                await ask(feed, LIST)  # by now the pong is there as well
            market.clock.reach(START + day - 600_000)
            market.venues["binance"].tick()
            assert await hear(feed) == {
                "stream": "!serverShutdown",
                "data": {"e": "serverShutdown", "E": START + day - 600_000},
            }
            market.clock.reach(START + day + 1)
            market.venues["binance"].tick()
            assert await closed(feed) == (1001, "24 hours are over")

    asyncio.run(scene())


def test_rest_agg_trades_are_those_of_the_stream():
    async def scene():
        async with simulator() as market, client(market.venues["binance"]) as feed:
            binance = market.venues["binance"]
            await ask(feed, SUBSCRIBE)
            await market.advance(START + 2 * MINUTE)
            heard = await hear_all(feed, LIST, lists)
            every = (await get(binance, "/fapi/v1/aggTrades", symbol="BTCUSDT", limit=1000))[1]
            minute = (
                await get(
                    binance,
                    "/fapi/v1/aggTrades",
                    symbol="BTCUSDT",
                    startTime=START + MINUTE,
                    endTime=START + 2 * MINUTE,
                )
            )[1]
            paged = (await get(binance, "/fapi/v1/aggTrades", symbol="BTCUSDT", fromId=heard[3]["a"], limit=2))[1]
            return heard, every, minute, paged

    heard, every, minute, paged = asyncio.run(scene())
    kept = [{name: each[name] for name in "apqflTm"} for each in heard]
    assert every == kept
    assert minute == [each for each in kept if START + MINUTE <= each["T"] <= START + 2 * MINUTE]
    assert paged == kept[3:5]


def test_rest_klines_split_the_volume_of_a_minute_by_taker(tmp_path):
    async def scene():
        async with simulator("spot", truth=Truth(tmp_path / "truth.csv")) as market:
            await market.advance(START + 3 * MINUTE + 5000)
            return (await get(market.venues["binance"], "/api/v3/klines", symbol="BTCUSDT", interval="1m"))[1]

    klines = asyncio.run(scene())
    assert [row[0] for row in klines] == [START + minute * MINUTE for minute in range(4)]  # the last is still open
    rows = truth_rows(tmp_path / "truth.csv")
    for minute, group in groupby(rows, key=lambda row: (int(row[2]) - START) // MINUTE):
        fills = list(group)
        kline = klines[minute]
        prices = [float(row[3]) for row in fills]
        assert [float(value) for value in kline[1:5]] == [prices[0], max(prices), min(prices), prices[-1]]
        assert kline[6] == kline[0] + 59_999
        assert kline[8] == len(fills)
        assert float(kline[5]) == pytest.approx(sum(float(row[4]) for row in fills))
        assert float(kline[9]) == pytest.approx(sum(float(row[4]) for row in fills if row[5] == "buy"))
        assert isinstance(kline[1], str)


def test_rest_historical_trades_are_single_fills(tmp_path):
    async def scene():
        async with simulator("spot", truth=Truth(tmp_path / "truth.csv")) as market:
            await market.advance(START + MINUTE)
            rows = truth_rows(tmp_path / "truth.csv")
            found = await get(
                market.venues["binance"], "/api/v3/historicalTrades", symbol="BTCUSDT", fromId=rows[5][1], limit=3
            )
            return rows, found[1]

    rows, found = asyncio.run(scene())
    assert [(str(each["id"]), each["time"], float(each["qty"])) for each in found] == [
        (row[1], int(row[2]), float(row[4])) for row in rows[5:8]
    ]
    assert [each["isBuyerMaker"] for each in found] == [row[5] == "sell" for row in rows[5:8]]


@pytest.mark.parametrize(
    ("path", "parameters", "status", "code"),
    [
        ("/api/v3/klines", {"symbol": "BTCUSDT", "interval": "7m"}, 400, -1120),
        ("/api/v3/klines", {"symbol": "BTCUSD", "interval": "1m"}, 400, -1121),
        ("/api/v3/klines", {"interval": "1m"}, 400, -1102),
        ("/api/v3/aggTrades", {"symbol": "BTCUSDT", "limit": "many"}, 400, -1100),
        ("/api/v3/aggTrades", {"symbol": "BTCUSDT", "fromId": 1, "startTime": 1}, 400, -1128),
        ("/fapi/v1/klines", {"symbol": "BTCUSDT", "interval": "1m"}, 404, -5000),
    ],
)
def test_rest_mistakes_are_answered_with_their_code(path, parameters, status, code):
    async def scene():
        async with simulator("spot") as market:
            return await get(market.venues["binance"], path, **parameters)

    answered, body, _ = asyncio.run(scene())
    assert (answered, body["code"]) == (status, code)


def test_rest_tells_the_simulated_time():
    async def scene():
        async with simulator() as market:
            await market.advance(START + 1500)
            return await get(market.venues["binance"], "/fapi/v1/time")

    assert asyncio.run(scene())[1] == {"serverTime": START + 1500}

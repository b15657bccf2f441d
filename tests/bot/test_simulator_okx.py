import asyncio
import json

import pytest
from simulated import START, ask, client, closed, get, hear_all, hear_text, simulator

from bot.simulator import client as client_module
from bot.simulator.truth import Truth

SWAP = {"channel": "trades", "instId": "BTC-USDT-SWAP"}
SUBSCRIBE = {"op": "subscribe", "args": [SWAP]}
MINUTE = 60_000


def is_pong(text):
    return text == "pong"


def truth_rows(path):
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    return [row for row in rows if row[0] == "okx"]


def test_a_trade_message_merges_fills_at_one_price_and_counts_contracts(tmp_path):
    async def scene():
        async with simulator(truth=Truth(tmp_path / "truth.csv")) as market, client(market.venues["okx"]) as feed:
            await ask(feed, SUBSCRIBE)
            await market.advance(START + MINUTE)
            return await hear_all(feed, "ping", is_pong)

    heard = asyncio.run(scene())
    rows = {int(row[1]): row for row in truth_rows(tmp_path / "truth.csv")}
    trades = [message["data"][0] for message in heard]
    assert {json.dumps(message["arg"]) for message in heard} == {json.dumps(SWAP)}
    assert {len(message["data"]) for message in heard} == {1}
    assert sum(int(each["count"]) for each in trades) == len(rows)
    assert any(int(each["count"]) > 1 for each in trades)
    for each in trades:
        last = int(each["tradeId"])
        fills = [rows[number] for number in range(last - int(each["count"]) + 1, last + 1)]
        assert {row[2] for row in fills} == {each["ts"]}  # ms, as a text
        assert {row[5] for row in fills} == {each["side"]}
        assert {float(row[3]) for row in fills} == {float(each["px"])}
        assert sum(float(row[4]) for row in fills) == pytest.approx(float(each["sz"]) * 0.01)  # 0.01 BTC a contract
        assert len(each["sz"].partition(".")[2]) <= 2


def test_spot_sizes_are_btc(tmp_path):
    async def scene():
        async with (
            simulator("spot", truth=Truth(tmp_path / "truth.csv")) as market,
            client(market.venues["okx"]) as feed,
        ):
            await ask(feed, {"op": "subscribe", "args": [{"channel": "trades", "instId": "BTC-USDT"}]})
            await market.advance(START + MINUTE)
            return await hear_all(feed, "ping", is_pong)

    heard = asyncio.run(scene())
    sizes = sum(float(message["data"][0]["sz"]) for message in heard)
    assert sizes == pytest.approx(sum(float(row[4]) for row in truth_rows(tmp_path / "truth.csv")))


def test_every_arg_is_answered_by_itself():
    async def scene():
        async with simulator() as market, client(market.venues["okx"]) as feed:
            wrong = {"channel": "trades", "instId": "NOTHING-USDT"}
            await feed.send(json.dumps({"id": "5", "op": "subscribe", "args": [wrong, SWAP]}))
            error, acknowledged = json.loads(await hear_text(feed)), json.loads(await hear_text(feed))
            gone = await ask(feed, {"op": "unsubscribe", "args": [SWAP]})
            return wrong, error, acknowledged, gone

    _, error, acknowledged, gone = asyncio.run(scene())
    connection = acknowledged["connId"]
    assert acknowledged == {"id": "5", "event": "subscribe", "arg": SWAP, "connId": connection}
    assert gone == {"event": "unsubscribe", "arg": SWAP, "connId": connection}
    assert error == {
        "id": "5",
        "event": "error",
        "code": "60018",
        "msg": "Wrong URL or channel:trades,instId:NOTHING-USDT doesn't exist. Please use the correct URL, channel and "
        "parameters referring to API document.",
        "connId": connection,
    }


@pytest.mark.parametrize("text", ["hello", '{"op": "order"}', '{"op": "subscribe", "args": "trades"}', "[]"])
def test_what_is_no_request_is_refused(text):
    async def scene():
        async with simulator() as market, client(market.venues["okx"]) as feed:
            return await ask(feed, text)

    answer = asyncio.run(scene())
    assert (answer["event"], answer["code"], answer["msg"]) == ("error", "60012", f"Illegal request: {text}")


def test_thirty_seconds_without_anything_sent_end_the_connection(monkeypatch):
    monkeypatch.setattr(client_module, "PATIENCE", 0.0)

    async def scene():
        async with (
            simulator() as market,
            client(market.venues["okx"]) as silent,
            client(market.venues["okx"]) as pinging,
            client(market.venues["okx"]) as listening,
        ):
            await ask(listening, SUBSCRIBE)
            await market.advance(START + 20_000)
            await pinging.send("ping")
            assert await hear_text(pinging) == "pong"
            await market.advance(START + 30_000)
            await silent.send("")
            assert json.loads(await hear_text(silent))["code"] == "60012"  # still there, and heard from again
            await market.advance(START + 50_000)
            await pinging.send("ping")
            assert await hear_text(pinging) == "pong"
            await market.advance(START + 61_000)
            assert await closed(silent) == (4004, "No data received in 30s")
            await listening.send("ping")
            while await hear_text(listening) != "pong":
                pass

    asyncio.run(scene())


def test_rest_pages_back_through_single_fills(tmp_path):
    async def scene():
        async with simulator(truth=Truth(tmp_path / "truth.csv")) as market:
            okx = market.venues["okx"]
            await market.advance(START + 5 * MINUTE)
            newest = (await get(okx, "/api/v5/market/trades", instId="BTC-USDT-SWAP", limit=50))[1]["data"]
            found = []
            after = {}
            while page := (
                await get(okx, "/api/v5/market/history-trades", instId="BTC-USDT-SWAP", type=1, limit=100, **after)
            )[1]["data"]:
                assert len(page) <= 100
                found += page
                after = {"after": page[-1]["tradeId"]}
            return newest, found

    newest, found = asyncio.run(scene())
    rows = truth_rows(tmp_path / "truth.csv")[::-1]
    assert [each["tradeId"] for each in found] == [row[1] for row in rows]
    assert [float(each["sz"]) / 100 for each in found] == pytest.approx([float(row[4]) for row in rows])
    assert [each["ts"] for each in found] == [row[2] for row in rows]
    assert newest == found[:50]


def test_rest_pages_back_by_time():
    async def scene():
        async with simulator() as market:
            await market.advance(START + 2 * MINUTE)
            path = "/api/v5/market/history-trades"
            return await get(market.venues["okx"], path, instId="BTC-USDT-SWAP", type=2, after=START + MINUTE)

    data = asyncio.run(scene())[1]["data"]
    assert len(data) == 100
    assert max(int(each["ts"]) for each in data) < START + MINUTE


def test_the_instrument_tells_what_a_contract_is():
    async def scene():
        async with simulator() as market:
            okx = market.venues["okx"]
            swap = await get(okx, "/api/v5/public/instruments", instType="SWAP", instId="BTC-USDT-SWAP")
            every = await get(okx, "/api/v5/public/instruments", instType="SWAP")
            other = await get(okx, "/api/v5/public/instruments", instType="SWAP", instId="NOTHING")
            missing = await get(okx, "/api/v5/public/instruments")
            return swap, every, other, missing

    swap, every, other, missing = asyncio.run(scene())
    told = swap[1]["data"][0]
    assert (told["ctVal"], told["ctValCcy"], told["ctMult"], told["lotSz"]) == ("0.01", "BTC", "1", "0.01")
    assert every[1] == swap[1]
    assert (other[0], other[1]["code"]) == (200, "51001")
    assert (missing[0], missing[1]["code"]) == (400, "50014")


def test_candles_are_newest_first_and_say_which_is_still_open():
    async def scene():
        async with simulator() as market:
            await market.advance(START + 3 * MINUTE + 5000)
            return await get(market.venues["okx"], "/api/v5/market/candles", instId="BTC-USDT-SWAP", bar="1m")

    rows = asyncio.run(scene())[1]["data"]
    assert [int(row[0]) for row in rows] == [START + minute * MINUTE for minute in (3, 2, 1, 0)]
    assert [row[8] for row in rows] == ["0", "1", "1", "1"]
    for row in rows:
        assert float(row[5]) / 100 == pytest.approx(float(row[6]), abs=1e-8)  # contracts, BTC


@pytest.mark.parametrize(
    ("path", "parameters", "status", "code"),
    [
        ("/api/v5/market/trades", {}, 400, "50014"),
        ("/api/v5/market/trades", {"instId": "BTC-USDT"}, 200, "51001"),
        ("/api/v5/market/trades", {"instId": "BTC-USDT-SWAP", "limit": "0"}, 400, "51000"),
        ("/api/v5/market/candles", {"instId": "BTC-USDT-SWAP", "bar": "7m"}, 400, "51000"),
        ("/api/v5/market/nothing", {}, 404, "404"),
    ],
)
def test_rest_mistakes_are_answered_with_their_code(path, parameters, status, code):
    async def scene():
        async with simulator() as market:
            return await get(market.venues["okx"], path, **parameters)

    answered, body, _ = asyncio.run(scene())
    assert (answered, body["code"]) == (status, code)

"""What goes wrong with the REST interfaces, as a plain client meets it."""

import asyncio
from collections import Counter

import httpx
import pytest
from simulated import START, ask, client, get, hear, simulator

from bot.simulator.faults.settings import Faults

MINUTE = 60_000
TIME = {"binance": "/fapi/v1/time", "bybit": "/v5/market/time", "coinbase": "/time", "okx": "/api/v5/public/time"}


async def asked(venue, path, times=1, **parameters):
    """The answers to the same request, so many times."""
    async with httpx.AsyncClient(trust_env=False, verify=False) as http:  # no TLS, so no certificates to read
        return [await http.get(f"{venue.rest}{path}", params=parameters) for _ in range(times)]


@pytest.mark.parametrize(
    ("exchange", "body"),
    [
        (
            "binance",
            {"code": -1003, "msg": "Too many requests; please use the websocket for live updates to avoid bans."},
        ),
        (
            "bybit",
            {
                "retCode": 10006, "retMsg": "Too many visits. Exceeded the API Rate Limit.", "result": {},
                "retExtInfo": {},
            },
        ),
        ("coinbase", {"message": "Public rate limit exceeded"}),
        (
            "okx",
            {
                "code": "50011", "data": [],
                "msg": "Rate limit reached. Please refer to API documentation and throttle requests.",
            },
        ),
    ],
)  # fmt: skip
def test_too_many_requests_are_refused_until_retry_after_is_over(exchange, body):
    async def scene():
        faults = Faults(rest_429=1.0, rest_retry_seconds=(5, 5))
        async with simulator(faults=faults) as market:
            venue = market.venues[exchange]
            first = await get(venue, TIME[exchange])
            await market.advance(START + 3500)
            second = await get(venue, TIME[exchange])
            await market.advance(START + 5000)
            await get(venue, TIME[exchange])
            return first, second, market.faults.count("rest_429", exchange)

    first, second, done = asyncio.run(scene())
    assert (first[0], first[1], first[2]["Retry-After"]) == (429, body, "5")
    assert second[2]["Retry-After"] == "2"
    assert second[0] == (418 if exchange == "binance" else 429)
    assert done == 2  # what is refused for the same reason is no fault of its own


def test_a_broken_gateway_sends_a_page():
    async def scene():
        async with simulator(faults=Faults(rest_5xx=1.0)) as market:
            answers = await asked(market.venues["okx"], TIME["okx"], times=20)
            assert (await get(market.venues["okx"], "/clock"))[0] == 200
            return answers

    answers = asyncio.run(scene())
    assert {each.status_code for each in answers} == {500, 502, 503}
    assert {each.headers["Content-Type"] for each in answers} == {"text/html"}
    bad = next(each for each in answers if each.status_code == 502)
    assert bad.text.startswith("<html>\r\n<head><title>502 Bad Gateway</title></head>")


def test_requests_go_wrong_as_often_as_asked():
    async def scene():
        async with simulator(faults=Faults(rest_5xx=0.3)) as market:
            answers = await asked(market.venues["okx"], TIME["okx"], times=60)
            return Counter(each.status_code >= 500 for each in answers), market.faults.count("rest_5xx")

    heard, done = asyncio.run(scene())
    assert heard[True] == done == pytest.approx(18, abs=13)


def test_an_answer_that_never_comes_holds_no_stop_up():
    async def scene():
        async with simulator(faults=Faults(rest_timeout=1.0)) as market:
            venue = market.venues["bybit"]
            async with httpx.AsyncClient(trust_env=False, verify=False, timeout=0.1) as http:
                with pytest.raises(httpx.ReadTimeout):
                    await http.get(f"{venue.rest}{TIME['bybit']}")
            while venue._unanswered:  # noqa: ASYNC110 - whoever left is forgotten
                await asyncio.sleep(0.002)
            waiting = asyncio.create_task(asked(venue, TIME["bybit"]))
            while not venue._unanswered:  # noqa: ASYNC110 - the server's side has no event
                await asyncio.sleep(0.002)
            await asyncio.wait_for(market.stop(), 1.0)
            with pytest.raises(httpx.HTTPError):
                await waiting

    asyncio.run(scene())


def test_rest_is_behind_the_stream_and_its_heartbeats():
    subscribe = {"type": "subscribe", "product_ids": ["BTC-USD"], "channels": ["heartbeat"]}

    async def newest(market):
        trades = (await get(market.venues["coinbase"], "/products/BTC-USD/trades"))[1]
        candles = (await get(market.venues["coinbase"], "/products/BTC-USD/candles", granularity=60))[1]
        aggregates = (await get(market.venues["binance"], "/fapi/v1/aggTrades", symbol="BTCUSDT", limit=1000))[1]
        return trades, candles, aggregates

    async def scene(lag):
        async with simulator(faults={exchange: Faults(rest_lag=lag) for exchange in TIME}) as market:
            async with client(market.venues["coinbase"]) as feed:
                await ask(feed, subscribe)
                await market.advance(START + 4 * MINUTE)
                for _ in range(4 * 60):
                    beat = await hear(feed)
            return beat["last_trade_id"], await newest(market)

    async def both():
        return await scene(0), await scene(90)

    (newest_id, (trades, candles, aggregates)), (streamed_id, (late_trades, late_candles, late_aggregates)) = (
        asyncio.run(both())
    )
    known = START + 4 * MINUTE - 90_000
    assert streamed_id == newest_id == trades[0]["trade_id"]
    told = [each for each in trades if each["time"] <= "2025-11-24T00:02:30.000999Z"]
    assert late_trades == told != trades
    assert late_aggregates == [each for each in aggregates if each["T"] <= known] != aggregates
    assert late_candles[1:] == candles[-len(late_candles) + 1 :]
    assert late_candles[0][0] == START // 1000 + 120
    assert late_candles[0][5] == pytest.approx(
        sum(float(each["size"]) for each in told if each["time"] >= "2025-11-24T00:02")
    )


@pytest.mark.parametrize(
    ("exchange", "path", "parameters", "name", "cursor"),
    [
        ("binance", "/fapi/v1/aggTrades", {"symbol": "BTCUSDT", "limit": 10}, "a", "fromId"),
        ("coinbase", "/products/BTC-USD/trades", {"limit": 10}, "trade_id", "after"),
        ("okx", "/api/v5/market/history-trades", {"instId": "BTC-USDT-SWAP", "limit": 10}, "tradeId", "after"),
    ],
)
def test_pages_overlap_the_page_before(exchange, path, parameters, name, cursor):
    async def scene():
        async with simulator(faults=Faults(rest_overlap=1.0)) as market:
            venue = market.venues[exchange]
            await market.advance(START + 2 * MINUTE)
            first = [int(each[name]) for each in rows((await get(venue, path, **parameters))[1])]
            at = first[0] if cursor == "fromId" else first[-1]
            answers = await asked(venue, path, times=20, **parameters, **{cursor: at})
            pages = [[int(each[name]) for each in rows(answer.json())] for answer in answers]
            return at, pages, market.faults.count("rest_overlap")

    def rows(body):
        return body["data"] if isinstance(body, dict) else body

    at, pages, done = asyncio.run(scene())
    assert done == 20
    overlaps = {at - page[0] if cursor == "fromId" else page[0] - at + 1 for page in pages}
    assert overlaps == {1, 2, 3, 4, 5}
    assert {len(page) for page in pages} == {10}


def test_a_page_of_one_goes_on_all_the_same():
    async def scene():
        async with simulator(faults=Faults(rest_overlap=1.0)) as market:
            await market.advance(START + MINUTE)
            path, parameters = "/products/BTC-USD/trades", {"limit": 1}
            newest = (await get(market.venues["coinbase"], path, **parameters))[1][0]["trade_id"]
            older = (await get(market.venues["coinbase"], path, **parameters, after=newest))[1]
            wrong = await get(market.venues["coinbase"], path, limit="many", after=newest)
            return newest, older[0]["trade_id"], wrong[0]

    newest, older, wrong = asyncio.run(scene())
    assert (older, wrong) == (newest - 1, 400)

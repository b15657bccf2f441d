import asyncio
import json
from datetime import datetime

import pytest
from simulated import START, ask, client, closed, get, hear, hear_all, simulator

from bot.simulator import client as client_module
from bot.simulator.truth import Truth

MATCHES = {"type": "subscribe", "product_ids": ["BTC-USD"], "channels": ["matches"]}
END = '{"type": "unsubscribe", "product_ids": ["BTC-USD"], "channels": ["matches", "heartbeat"]}'
MINUTE = 60_000


def is_end(text):
    return '"subscriptions"' in text


def truth_rows(path):
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    return [row for row in rows if row[0] == "coinbase"]


def test_a_match_tells_the_makers_side_and_the_time_in_iso(tmp_path):
    async def scene():
        async with simulator(truth=Truth(tmp_path / "truth.csv")) as market, client(market.venues["coinbase"]) as feed:
            assert await ask(feed, MATCHES) == {
                "type": "subscriptions",
                "channels": [{"name": "matches", "product_ids": ["BTC-USD"]}],
            }
            await market.advance(START + MINUTE)
            return await hear_all(feed, END, is_end)

    heard = asyncio.run(scene())
    rows = truth_rows(tmp_path / "truth.csv")
    assert {each["type"] for each in heard} == {"match"}
    assert [str(each["trade_id"]) for each in heard] == [row[1] for row in rows]
    assert [{"buy": "sell", "sell": "buy"}[each["side"]] for each in heard] == [row[5] for row in rows]
    assert [float(each["size"]) for each in heard] == [float(row[4]) for row in rows]
    for each, row in zip(heard, rows, strict=True):
        moment = datetime.fromisoformat(each["time"])
        assert int(moment.timestamp()) * 1000 + moment.microsecond // 1000 == int(row[2])
        assert len(each["time"]) == len("2025-11-24T00:00:00.000000Z")
    assert len({each["maker_order_id"] for each in heard}) == len(heard)
    sequences = [each["sequence"] for each in heard]
    assert sequences == sorted(set(sequences))


def test_subscribing_again_repeats_the_newest_trade_as_last_match():
    async def scene():
        async with simulator() as market, client(market.venues["coinbase"]) as feed:
            await ask(feed, MATCHES)
            await market.advance(START + MINUTE)
            newest = (await hear_all(feed, END, is_end))[-1]
            await ask(feed, MATCHES)
            return newest, await hear(feed)

    newest, repeated = asyncio.run(scene())
    assert repeated == {**newest, "type": "last_match"}


def test_a_heartbeat_comes_every_second_and_names_the_newest_trade():
    async def scene():
        async with simulator() as market, client(market.venues["coinbase"]) as feed:
            await ask(feed, {**MATCHES, "channels": ["matches", "heartbeat"]})
            await market.advance(START + 5000)
            return await hear_all(feed, END, is_end)

    heard = asyncio.run(scene())
    newest = 0
    beats = []
    for each in heard:
        if each["type"] == "match":
            newest = each["trade_id"]
        else:
            assert each["last_trade_id"] == newest
            beats.append(each["time"])
    assert beats == [f"2025-11-24T00:00:0{second}.000000Z" for second in range(1, 6)]


def test_channels_may_name_their_own_products():
    async def scene():
        async with simulator() as market, client(market.venues["coinbase"]) as feed:
            request = {"type": "subscribe", "channels": [{"name": "matches", "product_ids": ["BTC-USD"]}]}
            return await ask(feed, request), market.venues["coinbase"].subscribed

    answer, subscribed = asyncio.run(scene())
    assert answer["channels"] == [{"name": "matches", "product_ids": ["BTC-USD"]}]
    assert subscribed


@pytest.mark.parametrize(
    ("request_text", "message", "reason"),
    [
        ("{", "Malformed JSON", None),
        ('{"type": "hello"}', "Type must be subscribe or unsubscribe", "got hello"),
        ('{"type": "subscribe"}', "Failed to subscribe", "channels must be a list of channel names"),
        (
            json.dumps({**MATCHES, "product_ids": ["GIBBERISH-USD"]}),
            "Failed to subscribe",
            "GIBBERISH-USD is not a valid",
        ),
        (json.dumps({**MATCHES, "channels": ["trades"]}), "Failed to subscribe", "trades is not a valid channel"),
        (json.dumps({**MATCHES, "channels": ["full"]}), "Failed to subscribe", "full requires authentication"),
        (
            json.dumps({**MATCHES, "product_ids": []}),
            "Failed to subscribe",
            "at least one product ID for channel matches",
        ),
    ],
)
def test_a_mistake_is_answered_with_its_reason(request_text, message, reason):
    async def scene():
        async with simulator() as market, client(market.venues["coinbase"]) as feed:
            return await ask(feed, request_text), market.venues["coinbase"].subscribed

    answer, subscribed = asyncio.run(scene())
    assert (answer["type"], answer["message"]) == ("error", message)
    assert reason is None or reason in answer["reason"]
    assert not subscribed


def test_who_has_not_subscribed_in_five_seconds_is_cut(monkeypatch):
    monkeypatch.setattr(client_module, "PATIENCE", 0.0)

    async def scene():
        async with (
            simulator() as market,
            client(market.venues["coinbase"]) as silent,
            client(market.venues["coinbase"]) as feed,
        ):
            await market.advance(START + 5000)
            assert (await ask(feed, MATCHES))["type"] == "subscriptions"
            await market.advance(START + 6000)
            return await closed(silent)

    assert asyncio.run(scene())[0] == 1008


def test_rest_pages_through_trades_by_cursor(tmp_path):
    async def scene():
        async with simulator(truth=Truth(tmp_path / "truth.csv")) as market:
            coinbase = market.venues["coinbase"]
            await market.advance(START + 5 * MINUTE)
            found = []
            after = {}
            while True:
                _, page, headers = await get(coinbase, "/products/BTC-USD/trades", limit=100, **after)
                if not page:
                    break
                found += page
                assert (headers["CB-BEFORE"], headers["CB-AFTER"]) == (
                    str(page[0]["trade_id"]),
                    str(page[-1]["trade_id"]),
                )
                after = {"after": headers["CB-AFTER"]}
            newer = (await get(coinbase, "/products/BTC-USD/trades", before=found[3]["trade_id"]))[1]
            return found, newer

    found, newer = asyncio.run(scene())
    rows = truth_rows(tmp_path / "truth.csv")[::-1]
    assert [str(each["trade_id"]) for each in found] == [row[1] for row in rows]
    assert [{"buy": "sell", "sell": "buy"}[each["side"]] for each in found] == [row[5] for row in rows]
    assert newer == found[:3]


def test_rest_candles_are_newest_first_with_low_before_high():
    async def scene():
        async with simulator() as market:
            await market.advance(START + 3 * MINUTE)
            return await get(market.venues["coinbase"], "/products/BTC-USD/candles", granularity=60)

    rows = asyncio.run(scene())[1]
    assert [row[0] for row in rows] == sorted((row[0] for row in rows), reverse=True)
    assert rows[-1][0] * 1000 == START
    for _, low, high, first, last, volume in rows:
        assert low <= min(first, last) <= max(first, last) <= high
        assert volume > 0


@pytest.mark.parametrize(
    ("path", "parameters", "status", "message"),
    [
        ("/products/ETH-USD/trades", {}, 404, "NotFound"),
        ("/nothing", {}, 404, "Route not found"),
        ("/products/BTC-USD/trades", {"limit": "1001"}, 400, "Invalid limit"),
        ("/products/BTC-USD/candles", {"granularity": "61"}, 400, "Unsupported granularity"),
        ("/products/BTC-USD/candles", {"start": "0", "end": "100000"}, 400, "granularity too small"),
    ],
)
def test_rest_mistakes_are_answered_with_a_message(path, parameters, status, message):
    async def scene():
        async with simulator() as market:
            return await get(market.venues["coinbase"], path, **parameters)

    answered, body, _ = asyncio.run(scene())
    assert answered == status
    assert message in body["message"]

"""What goes wrong on the stream, as a plain client meets it."""

import asyncio
import json
from collections import Counter

import pytest
from simulated import START, ask, client, closed, get, hear, hear_all, hear_text, simulator
from websockets.exceptions import ConnectionClosed, InvalidMessage

from bot.simulator import client as client_module
from bot.simulator.clock import Gate
from bot.simulator.faults.plan import timed
from bot.simulator.faults.settings import Faults, Outage
from bot.simulator.truth import Truth

MINUTE = 60_000
HOUR = 60 * MINUTE
SUBSCRIPTIONS = {
    "binance": {"method": "SUBSCRIBE", "params": ["btcusdt@aggTrade"], "id": 1},
    "bybit": {"op": "subscribe", "args": ["publicTrade.BTCUSDT"], "req_id": "7"},
    "coinbase": {"type": "subscribe", "product_ids": ["BTC-USD"], "channels": ["matches"]},
    "okx": {"op": "subscribe", "args": [{"channel": "trades", "instId": "BTC-USDT-SWAP"}]},
}
LIST = json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": 99})
MISTAKE = '{"op":"none"}'


def ended(text):
    """Whether a text answers LIST, or MISTAKE where there is no such request."""
    return any(each in text for each in ('"id":99', "missing field", "invalid op", '"code":"60012"', "Type must be"))


async def texts(connection, question=MISTAKE):
    """Every message up to now, as it was sent."""
    await connection.send(question)
    heard = []
    while not ended(text := await hear_text(connection)):
        heard.append(text)
    return heard


async def to_the_end(connection):
    """Every message until the connection ends, and how it does."""
    heard = []
    try:
        while True:
            heard.append(await hear_text(connection))
    except ConnectionClosed as end:
        return heard, end


async def streamed(exchange, faults, until=5 * MINUTE, **options):
    """What a client of a venue hears until then, and what was done."""
    async with simulator(faults=faults, **options) as market, client(market.venues[exchange]) as feed:
        await ask(feed, SUBSCRIPTIONS[exchange])
        await market.advance(START + until)
        return await texts(feed), market.faults


def fills(heard):
    """(first, last) fill of each aggregate trade."""
    return [(each["f"], each["l"]) for each in map(json.loads, heard)]


def until_first(faults, kind):
    """The instant of the first fault of a kind on binance."""
    return next(each for each in timed(faults, "binance", START) if each.kind == kind)


@pytest.mark.parametrize("exchange", SUBSCRIPTIONS)
def test_faults_that_are_off_change_no_byte(exchange):
    async def scene():
        return (await streamed(exchange, None))[0], (await streamed(exchange, Faults()))[0]

    plain, off = asyncio.run(scene())
    assert plain == off
    assert len(plain) > 100


def test_the_truth_is_that_of_the_market_whatever_goes_wrong(tmp_path):
    rough = Faults(
        cuts=60, stalls=60, half_open=10, unasked=60, announced=20, outages=(Outage(after=60, seconds=60),),
        missing=0.1, late=0.1, duplicated=0.1, shuffled=0.1, malformed=0.1, rest_lag=5,
    )  # fmt: skip

    async def scene(name, faults):
        truth = Truth(tmp_path / name)
        async with simulator(faults=faults, truth=truth) as market, client(market.venues["okx"]) as feed:
            await ask(feed, SUBSCRIPTIONS["okx"])
            await market.advance(START + 5 * MINUTE)
            return market.faults

    asyncio.run(scene("plain.csv", None))
    done = asyncio.run(scene("rough.csv", rough))
    assert done.count("missing") > 10
    assert done.count("outages") == 4
    assert (tmp_path / "plain.csv").read_bytes() == (tmp_path / "rough.csv").read_bytes()


def test_the_same_seed_sends_the_same():
    rough = Faults(seed=5, late=0.2, duplicated=0.2, shuffled=0.2, malformed=0.2, missing=0.2, unasked=60)

    async def scene():
        one, other = await streamed("coinbase", rough), await streamed("coinbase", rough)
        different = await streamed("coinbase", Faults(seed=6, missing=0.2))
        return one, other, different

    (one, done), (other, again), (different, _) = asyncio.run(scene())
    assert one == other
    assert list(done.entries) == list(again.entries)
    assert one != different


def test_cuts_end_connections_without_a_close_frame():
    faults = Faults(cuts=300)

    async def scene():
        async with simulator(faults={"binance": faults}) as market:
            ends = Counter()
            for _ in range(12):
                async with client(market.venues["binance"]) as feed:
                    await ask(feed, SUBSCRIPTIONS["binance"])
                    before = market.faults.count("cuts")
                    while market.faults.count("cuts") == before:
                        await market.advance(market.clock.now + 1000)
                    _, end = await to_the_end(feed)
                    assert (end.rcvd, feed.close_code) == (None, 1006)
                    ends[type(end.__cause__)] += 1
            return ends, list(market.faults.entries)

    ends, entries = asyncio.run(scene())
    assert ends.keys() == {ConnectionResetError, EOFError}  # a TCP reset, and an end without a word
    assert all((each.exchange, each.kind) == ("binance", "cuts") for each in entries)


def test_a_stall_sends_nothing_and_then_everything_at_once():
    faults = Faults(stalls=20, stall_seconds=(30, 30))
    begins = until_first(faults, "stalls").instant

    async def scene():
        async with simulator(faults={"binance": faults}) as market, client(market.venues["binance"]) as feed:
            await ask(feed, SUBSCRIPTIONS["binance"])
            await market.advance(begins - 1)
            before = await texts(feed, LIST)
            await market.advance(begins + 29_000)
            pong = await feed.ping()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(feed.recv(), 0.1)
            assert not pong.done()
            await market.advance(begins + 30_000)
            await asyncio.wait_for(pong, 10)
            return before + await texts(feed, LIST), market.faults

    heard, done = asyncio.run(scene())
    ids = [json.loads(text)["a"] for text in heard]
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    assert [each[:] for each in done.entries] == [(begins, "binance", "stalls", "30.0 s")]


def test_a_half_open_connection_is_silent_until_the_client_leaves():
    faults = Faults(half_open=20)
    begins = until_first(faults, "half_open").instant

    async def scene():
        async with simulator(faults={"binance": faults}) as market:
            venue = market.venues["binance"]
            async with client(venue) as feed:
                await ask(feed, SUBSCRIPTIONS["binance"])
                await market.advance(begins - 1)
                await texts(feed, LIST)
                await market.advance(begins + 20 * MINUTE)  # the venue's own deadlines don't end it
                pong = await feed.ping()
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(feed.recv(), 0.1)
                assert not pong.done()
                assert len(venue.clients) == 1
                feed.transport.abort()
            while venue.clients:  # noqa: ASYNC110 - the server's side has no event
                await asyncio.sleep(0.002)
            async with client(venue) as again:
                await ask(again, SUBSCRIPTIONS["binance"])

    asyncio.run(scene())


def test_a_half_open_connection_and_a_stalled_one_hold_no_stop_up():
    faults = {"binance": Faults(half_open=3600), "okx": Faults(stalls=3600, stall_seconds=(3600, 3600))}

    async def scene():
        async with (
            simulator(faults=faults) as market,
            client(market.venues["binance"]) as one,
            client(market.venues["okx"]) as other,
        ):
            await ask(one, SUBSCRIPTIONS["binance"])
            await ask(other, SUBSCRIPTIONS["okx"])
            await market.advance(START + 20_000)
            assert {kind for kind, _ in market.faults.counts} == {"half_open", "stalls"}
            await asyncio.wait_for(market.stop(), 1.0)
            await to_the_end(one)

    asyncio.run(scene())


def test_an_outage_closes_and_refuses_connections_and_rest_and_leaves_the_clock():
    faults = Faults(outages=(Outage(after=60, seconds=60), Outage("okx", after=90, seconds=60)))

    async def scene():
        async with simulator(faults=faults) as market, client(market.venues["okx"]) as feed:
            venue = market.venues["okx"]
            await ask(feed, SUBSCRIPTIONS["okx"])
            for away in (60, 125):  # of all, and then of okx alone
                await market.advance(START + away * 1000)
                if away == 60:
                    assert (await to_the_end(feed))[1].rcvd is None
                with pytest.raises((ConnectionError, InvalidMessage)):
                    async with client(venue):
                        pass
                with pytest.raises(Exception, match="disconnected"):
                    await get(venue, "/api/v5/public/time")
                assert (await get(venue, "/clock"))[1]["now"] == START + away * 1000
            assert (await get(market.venues["bybit"], "/v5/market/time"))[0] == 200
            await market.advance(START + 151_000)
            assert (await get(venue, "/api/v5/public/time"))[0] == 200
            async with client(venue) as again:
                await ask(again, SUBSCRIPTIONS["okx"])
            assert market.faults.count("outages") == 5

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/ws/btcusdt@aggTrade", {"e": "serverShutdown", "E": 0}),
        ("/stream?streams=btcusdt@aggTrade", {"stream": "!serverShutdown", "data": {"e": "serverShutdown", "E": 0}}),
    ],
)
def test_binance_announces_its_shutdown_raw_and_combined_and_closes_later(path, told):
    faults = Faults(announced=6, announced_seconds=(20, 20))
    begins = until_first(faults, "announced").instant

    async def scene():
        async with simulator(faults={"binance": faults}) as market:
            venue = market.venues["binance"]
            async with client(venue, path) as feed:
                await market.advance(begins - 1)
                await texts(feed, LIST)
                await market.advance(begins)
                notice = next(
                    each for each in map(json.loads, await texts(feed, LIST)) if "shutdown" in str(each).lower()
                )
                async with client(venue) as new:
                    await ask(new, SUBSCRIPTIONS["binance"])
                    await market.advance(begins + 19_000)
                    assert await texts(feed, LIST)
                    await market.advance(begins + 21_000)
                    assert await closed(feed) == (1001, "going away as announced")
                    assert await texts(new, LIST)
                return notice

    assert asyncio.run(scene()) == json.loads(json.dumps(told).replace(": 0", f": {begins}"))


def test_okx_announces_an_upgrade_with_64008():
    async def scene():
        async with (
            simulator(faults=Faults(announced=60, announced_seconds=(10, 10))) as market,
            client(market.venues["okx"]) as feed,
            client(market.venues["bybit"]) as silent,
        ):
            await ask(feed, SUBSCRIPTIONS["okx"])
            await market.advance(START + 3 * MINUTE)
            heard, end = await to_the_end(feed)
            assert end.rcvd.code == 1001
            assert await texts(silent) == []  # it documents no announcement
            return [each for each in map(json.loads, heard) if "event" in each]

    assert asyncio.run(scene())[0] == {
        "event": "notice",
        "code": "64008",
        "msg": "The connection will soon be closed for a service upgrade. Please reconnect.",
        "connId": "00000001",
    }


@pytest.mark.parametrize(
    ("exchange", "told"),
    [
        ("binance", {"code": 2, "msg": "Invalid request: too many parameters"}),
        (
            "bybit",
            {
                "success": False, "ret_msg": "error:handler not found,topic:publicTrade.BTCUSDT", "conn_id": "00000001",
                "req_id": "7", "op": "subscribe",
            },
        ),
        ("coinbase", {"type": "error", "message": "Failed to subscribe", "reason": "BTC-USD is not a valid product"}),
        (
            "okx",
            {
                "event": "error", "code": "60018",
                "msg": "Wrong URL or channel:trades,instId:BTC-USDT-SWAP doesn't exist. Please use the correct URL, "
                "channel and parameters referring to API document.",
                "connId": "00000001",
            },
        ),
    ],
)  # fmt: skip
def test_a_subscription_is_refused_in_the_venues_own_words(exchange, told):
    async def scene():
        async with simulator(faults=Faults(refused=1.0)) as market, client(market.venues[exchange]) as feed:
            assert await ask(feed, SUBSCRIPTIONS[exchange]) == told
            assert not market.venues[exchange].subscribed
            assert market.faults.counts == {("refused", exchange): 1}
            assert await texts(feed) == []  # nothing but subscriptions is refused

    asyncio.run(scene())


def test_a_half_of_the_subscriptions_is_refused():
    async def scene():
        async with simulator(faults=Faults(refused=0.5)) as market, client(market.venues["okx"]) as feed:
            return Counter([(await ask(feed, SUBSCRIPTIONS["okx"]))["event"] for _ in range(200)])

    heard = asyncio.run(scene())
    assert heard["error"] == pytest.approx(100, abs=30)
    assert heard["subscribe"] == 200 - heard["error"]


@pytest.mark.parametrize(
    ("exchange", "named", "told"),
    [
        ("binance", "e", "24hrMiniTicker"),
        ("bybit", "op", "maintenance"),
        ("coinbase", "type", "status"),
        ("okx", "event", "channel-conn-count"),
    ],
)
def test_a_message_nobody_asked_for(exchange, named, told):
    heard, done = asyncio.run(streamed(exchange, Faults(unasked=60)))
    kinds = Counter(json.loads(text).get(named) for text in heard)
    assert kinds[told] == done.count("unasked", exchange) > 1


def test_binance_lives_as_long_as_it_is_told(monkeypatch):
    monkeypatch.setattr(client_module, "PATIENCE", 0.0)

    async def scene():
        async with simulator("spot", faults=Faults(life=0.1)) as market, client(market.venues["binance"]) as feed:
            for second in range(0, 360, 20):  # by the clock alone; in between its pings are answered
                market.clock.reach(START + second * 1000)
                market.venues["binance"].tick()
                if second >= 180:
                    break
                await hear_all(feed, LIST, ended)
            assert await hear(feed) == {"e": "serverShutdown", "E": START + 180_000}
            market.clock.reach(START + 360_001)
            market.venues["binance"].tick()
            assert await closed(feed) == (1001, "0.1 hours are over")
            assert market.venues["okx"].dialect.life is None

    asyncio.run(scene())


def test_missing_trades_are_known_to_rest_and_show_by_their_ids():
    async def scene():
        async with simulator(faults=Faults(missing=0.05)) as market, client(market.venues["binance"]) as feed:
            await ask(feed, SUBSCRIPTIONS["binance"])
            await market.advance(START + 5 * MINUTE)
            heard = {json.loads(text)["a"] for text in await texts(feed, LIST)}
            known = (await get(market.venues["binance"], "/fapi/v1/aggTrades", symbol="BTCUSDT", limit=1000))[1]
            return heard, [each["a"] for each in known], market.faults

    heard, known, done = asyncio.run(scene())
    missing = set(known) - heard
    assert heard - set(known) == {each for each in heard if each < known[0]}  # REST tells the newest 1,000
    assert 0.02 < len(missing) / len(known) < 0.08
    assert known == list(range(known[0], known[-1] + 1))
    assert done.count("missing", "okx") == done.count("missing", "bybit") == 0
    assert done.count("missing", "coinbase") > 0


def test_duplicated_late_and_shuffled_trades_all_come():
    faults = Faults(duplicated=0.05, late=0.05, late_seconds=20, shuffled=0.05)

    async def scene():
        return (await streamed("coinbase", None))[0], await streamed("coinbase", faults)

    plain, (rough, done) = asyncio.run(scene())
    plain = [text for text in plain if '"match"' in text]
    counts = Counter(rough)
    still_held = set(plain) - set(rough)
    assert set(rough) <= set(plain)
    assert len(still_held) <= 5  # late, or in the last window
    assert all(text in plain[-150:] for text in still_held)
    assert set(counts.values()) == {1, 2, 3}
    assert done.count("duplicated", "coinbase") == pytest.approx(sum(n > 1 for n in counts.values()), abs=5)
    positions = [plain.index(text) for text in rough]
    behind = [max(positions[:at]) - here for at, here in enumerate(positions) if at]
    assert max(behind) > 10  # late by many trades
    assert sum(each == 1 for each in behind) > 0  # neighbours in another order
    assert done.count("late", "coinbase") > 10
    assert done.count("shuffled", "coinbase") > 5


@pytest.mark.parametrize("exchange", SUBSCRIPTIONS)
@pytest.mark.parametrize("replaces", [0.0, 1.0])
def test_malformed_frames_take_the_place_of_a_trade_or_follow_it(exchange, replaces):
    faults = Faults(malformed=0.1, malformed_replaces=replaces)

    async def scene():
        return (await streamed(exchange, None))[0], await streamed(exchange, faults)

    plain, (rough, done) = asyncio.run(scene())
    odd = [text for text in rough if text not in set(plain)]
    assert len(odd) == done.count("malformed", exchange) > 10
    assert any(text.startswith("<html>") for text in odd)
    broken = [text for text in odd if not text.startswith("<html>") and not text.endswith("}")]
    assert broken
    for text in broken:
        with pytest.raises(json.JSONDecodeError):
            json.loads(text)
    sizes = {"binance": "q", "bybit": "v", "coinbase": "size", "okx": "sz"}
    numbers = [json.loads(text) for text in odd if text.endswith("}")]
    assert numbers
    for each in numbers:
        trade = each["data"][0] if "data" in each else each
        assert isinstance(trade[sizes[exchange]], int | float)
    assert len(plain) - sum(text in set(plain) for text in rough) == (len(odd) if replaces else 0)


def test_a_market_that_waits_goes_on_while_a_fault_keeps_its_clients_away():
    """Whoever was cut waits in market time before it comes again: the market must not stand still."""

    async def scene():
        gate = Gate(waits=True, waits_again=True, patience=0.0)
        faults = Faults(outages=(Outage(after=1, seconds=30),))
        async with simulator(faults=faults, gate=gate, speed=600) as market:
            running = asyncio.create_task(market.run())
            async with client(market.venues["okx"]) as feed:
                await ask(feed, SUBSCRIPTIONS["okx"])
                await to_the_end(feed)
            async with asyncio.timeout(5):
                while market.clock.now < START + 60_000:  # noqa: ASYNC110 - a clock has no event
                    await asyncio.sleep(0.005)
                while market.clock.running:  # noqa: ASYNC110 - and stands still again when nobody comes
                    await asyncio.sleep(0.005)
            running.cancel()
            return market.clock.now - START

    assert 150_000 <= asyncio.run(scene()) < 160_000

"""A feed against a real server: acknowledgements, refusals, garbage, silence and breaks."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from itertools import count

from fed import OnePair
from scripted import FastClock, scripted, until

from bot.core.times import Moment
from bot.core.venue import Venue
from bot.exchanges.binance import Binance
from bot.exchanges.coinbase import Coinbase
from bot.exchanges.connector import Endpoint
from bot.exchanges.feed import Feed
from bot.exchanges.leg import Leg
from bot.exchanges.okx import Okx
from bot.journal import Journal

NOON = 1_746_187_200_000


def trade(number, **changes):
    event = {"e": "trade", "s": "BTCUSDT", "t": number, "p": "97000.10", "q": "0.5", "T": NOON + number, "m": False}
    return json.dumps({**event, **changes})


def connector(kind, address):
    symbol, stream = {Binance: ("BTCUSDT", "trade"), Okx: ("BTC-USDT", ""), Coinbase: ("BTC-USD", "")}[kind]
    return kind(Endpoint(address, "http://127.0.0.1:9", symbol, stream))


@asynccontextmanager
async def feeding(handle, kind=Binance, speed=50.0):
    """A running feed on a server that behaves like `handle`."""
    async with scripted(handle) as address:
        clock = FastClock(NOON, speed)
        one = connector(kind, address)
        venue = Venue(one.ids(None))
        venue.expect(Moment(NOON, NOON, NOON, slack=60_000_000))
        feed = OnePair(one, venue, clock, Journal(clock.now))
        task = asyncio.create_task(feed.run())
        try:
            yield feed
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def said(feed, event):
    return [line.message for line in feed._journal.waiting if line.event == event]


def test_trades_count_once_the_venue_has_confirmed():
    async def venue(connection):
        request = json.loads(await connection.recv())
        assert request == {"method": "SUBSCRIBE", "params": ["btcusdt@trade"], "id": 1}
        await connection.send('{"result":null,"id":1}')
        for number in range(1, 4):
            await connection.send(trade(number))
        await connection.wait_closed()

    async def scenario():
        async with feeding(venue) as feed:
            await until(lambda: (candle := feed.venue.candle(NOON)) is not None and candle.trades == 3)
            assert feed.venue.connected
            assert feed.venue.candle(NOON).buy == 1.5
            assert said(feed, "connected") == ["binance: BTCUSDT subscribed"]

    asyncio.run(scenario())


def test_a_message_in_several_frames_is_one_message():
    async def venue(connection):
        await connection.recv()
        await connection.send('{"result":null,"id":1}')
        text = trade(1)
        await connection.send(iter([text[:20], text[20:50], text[50:]]))
        await connection.send(trade(2))
        await connection.wait_closed()

    async def scenario():
        async with feeding(venue) as feed:
            await until(lambda: (candle := feed.venue.candle(NOON)) is not None and candle.trades == 2)

    asyncio.run(scenario())


def test_a_refused_subscription_says_who_and_why_and_is_tried_again_with_growing_pauses():
    tries = []

    async def venue(connection):
        await connection.recv()
        tries.append(1)
        await connection.send('{"event":"error","code":"60018","msg":"The channel does not exist.","connId":"a"}')
        await connection.wait_closed()

    async def scenario():
        async with feeding(venue, Okx, speed=2_000.0) as feed:
            await until(lambda: len(tries) >= 3)
            line = said(feed, "not connected")[0]
            assert line.startswith(
                "okx: the subscription to BTC-USDT was refused: The channel does not exist. (code 60018)"
            )
            assert not feed.venue.connected

    asyncio.run(scenario())


GARBAGE = [
    "not json",
    "[]",
    "{}",
    '{"e":"trade"}',
    trade(50, s="ETHUSDT"),
    trade(50, p="0"),
    trade(50, p="NaN"),
    trade(50, q="-1"),
    trade(50, p=1.0),
    trade(50, T="soon"),
    trade(50, T=978_307_200_000),
    trade(50, T=4_102_444_800_000),
    trade(50, T=10**17),
    trade(50, e="bookTicker"),
    "\u0000\ufffd",
]


def test_garbage_between_trades_is_counted_with_its_reason_and_makes_the_minute_incomplete():
    async def venue(connection):
        await connection.recv()
        await connection.send('{"result":null,"id":1}')
        await connection.send(trade(1))
        for text in GARBAGE:
            await connection.send(text)
        await connection.send(b"\xff\xfe binary")
        await connection.send(trade(2))
        await connection.wait_closed()

    async def scenario():
        async with feeding(venue) as feed:
            await until(lambda: (candle := feed.venue.candle(NOON)) is not None and candle.trades == 2)
            candle = feed.venue.candle(NOON)
            assert (candle.open, candle.high, candle.low, candle.close) == (97_000.1,) * 4
            assert candle.buy == 1.0
            assert feed.rejects == len(GARBAGE) - 2 + 1  # an object and an event that nobody asked for are none
            feed.venue.heartbeat(NOON + 70_000)
            feed.venue.expect(Moment.exact(NOON + 70_000))
            assert feed.venue.candle(NOON).complete == 0  # what is refused is missing
            reasons = {message.split(": ")[1] for message in said(feed, "reject")}
            assert reasons == {
                "malformed", "wrong symbol", "bad price or size", "implausible time"
            }  # fmt: skip

    asyncio.run(scenario())


def test_a_flood_of_garbage_fills_no_log():
    async def venue(connection):
        await connection.recv()
        await connection.send('{"result":null,"id":1}')
        for _ in range(5_000):
            await connection.send(trade(50, p="0"))
        await connection.wait_closed()

    async def scenario():
        async with feeding(venue, speed=1.0) as feed:
            await until(lambda: feed.rejects == 5_000)
            assert len(said(feed, "reject")) == 1

    asyncio.run(scenario())


def test_a_connection_that_breaks_is_made_again_and_the_break_is_a_hole():
    connections = []

    async def venue(connection):
        connections.append(connection)
        await connection.recv()
        await connection.send('{"result":null,"id":1}')
        await connection.send(trade(len(connections)))
        if len(connections) == 1:
            await connection.close()
        await connection.wait_closed()

    async def scenario():
        async with feeding(venue, speed=1_000.0) as feed:
            await until(lambda: len(connections) == 2 and feed.venue.connected)
            assert feed.reconnects == 1
            assert feed.venue.candle(NOON).complete == 0
            assert said(feed, "disconnected")[0].startswith("binance: ")

    asyncio.run(scenario())


def test_a_venue_that_answers_nothing_is_given_up_after_ten_seconds():
    async def venue(connection):
        await connection.wait_closed()

    async def scenario():
        async with feeding(venue, speed=500.0) as feed:
            await until(lambda: bool(said(feed, "not connected")))
            assert "was not answered in 10 s" in said(feed, "not connected")[0]

    asyncio.run(scenario())


def test_a_silent_okx_is_asked_with_a_text_ping_and_its_pong_is_a_sign_of_life():
    pings = []

    async def venue(connection):
        await connection.recv()
        await connection.send('{"event":"subscribe","arg":{"channel":"trades","instId":"BTC-USDT"}}')
        async for text in connection:
            pings.append(text)
            await connection.send("pong")

    async def scenario():
        async with feeding(venue, Okx) as feed:
            await until(lambda: len(pings) >= 2)
            assert set(pings) == {"ping"}
            assert feed.rejects == 0
            await until(lambda: feed.venue.known_until > NOON + 2_000)

    asyncio.run(scenario())


def test_a_dead_connection_is_noticed_when_no_pong_comes():
    async def venue(connection):
        await connection.recv()
        await connection.send('{"event":"subscribe","arg":{"channel":"trades","instId":"BTC-USDT"}}')
        await connection.wait_closed()  # reads the pings, answers none

    async def scenario():
        async with feeding(venue, Okx, speed=200.0) as feed:
            await until(lambda: bool(said(feed, "disconnected")))
            assert "a ping was not answered in 10 s" in said(feed, "disconnected")[0]
            (at,) = [line.timestamp for line in feed._journal.waiting if line.event == "disconnected"][:1]
            assert at < NOON + 30_000  # found within half a minute of the market's time

    asyncio.run(scenario())


def test_a_dead_connection_is_noticed_though_the_clock_was_set_back():
    async def venue(connection):
        await connection.recv()
        await connection.send('{"event":"subscribe","arg":{"channel":"trades","instId":"BTC-USDT"}}')
        await connection.wait_closed()

    async def scenario():
        async with feeding(venue, Okx, speed=200.0) as feed:
            await until(lambda: feed.venue.connected)
            await asyncio.sleep(0.02)  # 4 s of the bot's
            feed._clock._start -= 3_600_000
            await until(lambda: bool(said(feed, "disconnected")), seconds=3)

    asyncio.run(scenario())


def test_a_venue_that_announces_its_end_is_left_when_the_next_connection_is_subscribed():
    connections, told = [], []

    async def venue(connection):
        connections.append(connection)
        number = len(connections)
        await connection.recv()
        if number == 2:
            await until(lambda: told)  # the first goes on while the second waits for its answer
        await connection.send('{"result":null,"id":1}')
        if number == 1:
            await connection.send(trade(1))
            await connection.send('{"e":"serverShutdown","E":1}')
            await until(lambda: len(connections) == 2)
            await connection.send(trade(2))
            told.append("2")
        else:
            await connection.send(trade(2))  # both connections bring it
            await connection.send(trade(3))
        await connection.wait_closed()

    async def scenario():
        async with feeding(venue) as feed:
            await until(lambda: (candle := feed.venue.candle(NOON)) is not None and candle.trades == 3)
            await until(lambda: connections[0].close_code == 1000)
            assert feed.venue.connected
            assert (feed.reconnects, feed.venue.repeated) == (0, 1)
            assert "the venue closes this connection: serverShutdown" in said(feed, "leaving")[0]
            assert said(feed, "disconnected") == []

    asyncio.run(scenario())


def test_a_connection_that_is_open_and_tells_nothing_is_left_after_the_venues_rhythm():
    connections = []

    async def venue(connection):
        connections.append(connection)
        await connection.recv()
        await connection.send('{"type":"subscriptions","channels":[{"name":"matches","product_ids":["BTC-USD"]}]}')
        await connection.wait_closed()  # answers pings, and never sends a heartbeat

    async def scenario():
        async with feeding(venue, Coinbase, speed=200.0) as feed:
            await until(lambda: len(connections) >= 2)
            assert "it is open and has told nothing for 1" in said(feed, "leaving")[0]
            await until(lambda: connections[0].close_code == 1000)
            assert feed.venue.connected

    asyncio.run(scenario())


def test_what_a_half_open_connection_did_not_bring_is_missing_whatever_its_successor_brings():
    connections = []

    def heartbeat(second):
        return json.dumps(
            {
                "type": "heartbeat", "product_id": "BTC-USD", "last_trade_id": 10,
                "time": f"2025-05-02T12:00:{second:02}.000000Z",
            }
        )  # fmt: skip

    async def venue(connection):
        connections.append(connection)
        await connection.recv()
        await connection.send('{"type":"subscriptions","channels":[{"name":"matches","product_ids":["BTC-USD"]}]}')
        if len(connections) == 1:
            await connection.send(heartbeat(1))
            connection.transport.pause_reading()  # it stays open, and hears no ping
            await asyncio.sleep(1)
            connection.transport.abort()
        else:
            for second in range(14, 60):
                await connection.send(heartbeat(second))
                await asyncio.sleep(0.005)
        await connection.wait_closed()

    async def scenario():
        async with feeding(venue, Coinbase, speed=200.0) as feed:
            await until(lambda: len(connections) >= 2 and feed.venue.newest > NOON + 40_000)
            await until(lambda: len(feed._running) == 1)
            assert feed.venue.connected
            assert not feed.venue._coverage.holds(NOON + 2_000, NOON + 5_000)
            assert feed.venue._coverage.holds(NOON + 35_000, NOON + 40_000)

    asyncio.run(scenario())


def test_a_successor_that_dies_with_the_old_connection_leaves_no_doubt_behind():
    connections = []

    async def venue(connection):
        connections.append(connection)
        number = len(connections)
        await connection.recv()
        await connection.send('{"result":null,"id":1}')
        await connection.send(trade(number))
        if number == 1:
            await connection.send('{"e":"serverShutdown","E":1}')
            await until(lambda: len(connections) == 2)
            await asyncio.sleep(0.02)
            connection.transport.abort()
        elif number == 2:
            connections[0].transport.abort()
            connection.transport.abort()
        await connection.wait_closed()

    async def scenario():
        async with feeding(venue, speed=2_000.0) as feed:
            await until(lambda: len(connections) >= 3 and feed.venue.connected)
            await until(lambda: len(feed._running) == 1)
            assert feed.venue._losses.unsure_from() is None
            assert not any(line.level == "error" for line in feed._journal.waiting)

    asyncio.run(scenario())


def two_pairs(address, clock):
    """A feed of two pairs on one connection."""
    legs = []
    for symbol in ("BTCUSDT", "ETHUSDT"):
        one = Binance(Endpoint(address, "http://127.0.0.1:9", symbol, "trade"))
        venue = Venue(one.ids(None))
        venue.expect(Moment(NOON, NOON, NOON, slack=60_000_000))
        legs.append((one, venue))
    journal = Journal(clock.now)
    return Feed([Leg(one, venue, clock, journal) for one, venue in legs], clock, journal)


@asynccontextmanager
async def feeding_two(handle, speed=50.0):
    async with scripted(handle) as address:
        feed = two_pairs(address, FastClock(NOON, speed))
        task = asyncio.create_task(feed.run())
        try:
            yield feed
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def test_a_pair_that_the_successor_has_already_stays_connected_when_the_old_connection_ends():
    connections = []

    async def venue(connection):
        connections.append(connection)
        number = len(connections)
        await connection.recv()
        await connection.send('{"result":null,"id":1}')
        if number == 1:
            await connection.recv()
            await connection.send('{"result":null,"id":2}')
            await connection.send(trade(1))
            await connection.send('{"e":"serverShutdown","E":1}')
            await until(lambda: len(connections) == 2)
            await asyncio.sleep(0.05)
            connection.transport.abort()
        else:
            await connection.recv()
            await asyncio.sleep(0.15)
            await connection.send('{"result":null,"id":2}')
            for one in range(2, 6):
                await connection.send(trade(one))
        await connection.wait_closed()

    async def scenario():
        async with feeding_two(venue) as feed:
            await until(lambda: len(connections) == 2 and len(feed._running) == 1)
            await until(lambda: feed.legs[0].venue.ids.newest == 5)
            assert [leg.venue.connected for leg in feed.legs] == [True, True]
            assert feed.legs[0].venue._losses.unsure_from() is None
            assert feed.reconnects == 1
            assert len(connections) == 2

    asyncio.run(scenario())


def test_a_pair_of_which_nothing_can_be_asked_now_leaves_one_of_which_all_is_known_connected():
    async def venue(connection):
        async for text in connection:
            if text == "ping":
                await connection.send("pong")
                continue
            named = json.loads(text)["args"][0]["instId"]
            await connection.send(json.dumps({"event": "subscribe", "arg": {"channel": "trades", "instId": named}}))

    async def scenario():
        async with scripted(venue) as address:
            clock = FastClock(NOON, 200.0)
            journal = Journal(clock.now)
            ones = [Okx(Endpoint(address, "http://127.0.0.1:9", f"{coin}-USDT-SWAP")) for coin in ("BTC", "ETH")]
            ones[0]._contract = 0.01  # asked for before; now the REST interface is away
            feed = Feed([Leg(one, Venue(one.ids(None)), clock, journal) for one in ones], clock, journal)
            task = asyncio.create_task(feed.run())
            await until(lambda: feed.legs[0].venue.connected)
            ones[1]._contract = 0.1
            await until(lambda: feed.legs[1].venue.connected)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert len(said(feed, "not connected")) == 1
            assert said(feed, "disconnected") == []

    asyncio.run(scenario())


def test_a_connection_that_tells_nothing_more_of_one_of_two_pairs_is_left_once():
    connections, seconds = [], count()

    async def venue(connection):
        connections.append(connection)
        for number in (1, 2):
            await connection.recv()
            await connection.send(json.dumps({"result": None, "id": number}))
        if len(connections) == 1:
            await connection.send(trade(1, s="ETHUSDT"))
        for second in seconds:
            await connection.send(trade(10 + second, T=NOON + second * 1_000))
            await asyncio.sleep(0.002)

    async def scenario():
        async with feeding_two(venue, speed=500.0) as feed:
            await until(lambda: len(connections) == 2 and len(feed._running) == 1)
            (left,) = said(feed, "leaving")
            assert left.startswith("binance: it is open and has told nothing of ETHUSDT for 30")
            assert [leg.venue.connected for leg in feed.legs] == [True, True]
            await asyncio.sleep(1)  # 500 s of the bot's
            assert len(connections) == 2
            assert feed.reconnects == 0

    asyncio.run(scenario())


def test_a_pair_that_only_a_dead_successor_had_is_not_connected():
    connections = []

    async def venue(connection):
        connections.append(connection)
        number = len(connections)
        await connection.recv()
        if number < 3:
            await connection.recv()
        if number == 1:
            await connection.send('{"result":null,"id":1}')
            await connection.send('{"code":2,"msg":"no","id":2}')
            await connection.send(trade(1))
            await connection.send('{"e":"serverShutdown","E":1}')
        elif number == 2:
            await connection.send('{"result":null,"id":2}')
            await asyncio.sleep(0.02)
            connection.transport.abort()
        await connection.wait_closed()

    async def scenario():
        async with feeding_two(venue) as feed:
            await until(lambda: len(connections) == 3)
            assert [leg.venue.connected for leg in feed.legs] == [True, False]

    asyncio.run(scenario())


def test_a_connection_is_left_half_an_hour_before_its_documented_life_ends():
    connections = []

    async def venue(connection):
        connections.append(connection)
        await connection.recv()
        await connection.send('{"result":null,"id":1}')
        await connection.wait_closed()

    async def scenario():
        async with scripted(venue) as address:
            clock = FastClock(NOON, 1_000.0)
            one = connector(Binance, address)
            assert one.life == 24 * 60 * 60_000
            one.life, one.rhythm = 31 * 60_000, 10**12  # a minute is enough to wait here
            feed = OnePair(one, Venue(one.ids(None)), clock, Journal(clock.now))
            task = asyncio.create_task(feed.run())
            await until(lambda: len(connections) == 2 and connections[0].close_code == 1000)
            assert feed.venue.connected
            assert feed.reconnects == 0
            assert "the venue ends a connection after 0 h" in said(feed, "leaving")[0]
            task.cancel()
            await asyncio.wait([task])

    asyncio.run(scenario())


def test_a_bot_that_stops_leaves_with_going_away():
    closed = []

    async def venue(connection):
        await connection.recv()
        await connection.send('{"result":null,"id":1}')
        await connection.wait_closed()
        closed.append(connection.close_code)

    async def scenario():
        async with scripted(venue) as address:
            clock = FastClock(NOON)
            one = connector(Binance, address)
            feed = OnePair(one, Venue(one.ids(None)), clock, Journal(clock.now))
            task = asyncio.create_task(feed.run())
            await until(lambda: feed.venue.connected)
            task.cancel()
            await asyncio.wait([task])
            await until(lambda: closed)
            assert closed == [1001]

    asyncio.run(scenario())


def test_a_connection_that_was_closed_in_an_orderly_way_is_made_again_at_once():
    connections = []

    async def venue(connection):
        connections.append(connection)
        await connection.recv()
        await connection.send('{"result":null,"id":1}')
        await connection.send(trade(len(connections)))
        if len(connections) == 1:
            await asyncio.sleep(0.05)  # a hundred seconds of the bot's clock
            await connection.close(1001)
        await connection.wait_closed()

    async def scenario():
        async with feeding(venue, speed=2_000.0) as feed:
            await until(lambda: len(connections) == 2)
            assert said(feed, "disconnected") == ["binance: the connection closed (1001); trying again at once"]

    asyncio.run(scenario())


def test_a_refusal_of_several_lines_of_markup_is_one_line():
    async def portal(connection, _):
        page = (
            "<html><head><style>p{color:red}</style></head>\n<body><h1>451</h1>\n<p>Not here,\n sorry</p></body></html>"
        )
        response = connection.respond(451, page)
        response.headers["Content-Type"] = "text/html"
        return response

    async def scenario():
        async with scripted(lambda connection: connection.wait_closed(), process_request=portal) as address:
            clock = FastClock(NOON)
            one = connector(Binance, address)
            feed = OnePair(one, Venue(one.ids(None)), clock, Journal(clock.now))
            task = asyncio.create_task(feed.run())
            await until(lambda: said(feed, "not connected"))
            task.cancel()
            await asyncio.wait([task])
            message = said(feed, "not connected")[0]
            assert message.startswith("binance: server rejected WebSocket connection: HTTP 451")
            assert "\n" not in message
            assert "<" not in message

    asyncio.run(scenario())


def test_coinbase_repeats_an_old_trade_on_subscribing_and_it_is_not_counted():
    match = {
        "type": "last_match", "trade_id": 9, "side": "sell", "size": "1", "price": "97000.00",
        "product_id": "BTC-USD", "time": "2025-05-02T11:59:59.000000Z",
    }  # fmt: skip

    async def venue(connection):
        await connection.recv()
        await connection.send('{"type":"subscriptions","channels":[{"name":"matches","product_ids":["BTC-USD"]}]}')
        await connection.send(json.dumps(match))
        await connection.send(json.dumps({**match, "type": "match", "trade_id": 10, "time": "2025-05-02T12:00:00.5Z"}))
        await connection.wait_closed()

    async def scenario():
        async with feeding(venue, Coinbase) as feed:
            await until(lambda: feed.venue.candle(NOON) is not None)
            assert feed.venue.candle(NOON - 60_000) is None
            assert feed.venue.candle(NOON).buy == 1.0

    asyncio.run(scenario())


def test_a_connection_that_was_just_closed_is_idle_and_a_stop_in_that_moment_is_obeyed():
    async def venue(connection):
        await connection.recv()
        await connection.send('{"result":null,"id":1}')
        await connection.wait_closed()

    async def scenario():
        async with feeding(venue) as feed:
            await until(lambda: feed.venue.connected)
            stream = next(iter(feed._running))._stream
            stream.transport.abort()
            await until(lambda: stream.transport.get_extra_info("socket").fileno() < 0)
            assert stream.idle()

    async def stopped_at_every_step(steps):
        async with scripted(venue) as address:
            clock = FastClock(NOON)
            one = connector(Binance, address)
            feed = OnePair(one, Venue(one.ids(None)), clock, Journal(clock.now))
            task = asyncio.create_task(feed.run())
            await until(lambda: feed.venue.connected)
            next(iter(feed._running))._stream.transport.abort()
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task], timeout=5)
            assert task.cancelled()

    asyncio.run(scenario())
    for steps in range(6):
        asyncio.run(stopped_at_every_step(steps))


def test_trades_that_waited_through_a_stall_are_judged_by_the_clock_as_it_is_then():
    """The venue's state still holds the time before the stall: by that, what waited is from the future."""

    async def venue(connection):
        await connection.recv()
        await connection.send('{"result":null,"id":1}')
        await connection.send(trade(1, T=NOON + 3_000_000))
        await connection.wait_closed()

    async def scenario():
        async with scripted(venue) as address:
            clock = FastClock(NOON + 3_000_000)
            one = connector(Binance, address)
            state = Venue(one.ids(None))
            state.expect(Moment.exact(NOON))
            feed = OnePair(one, state, clock, Journal(clock.now))
            task = asyncio.create_task(feed.run())
            await until(lambda: state.newest == NOON + 3_000_000)
            assert feed.rejects == 0
            task.cancel()
            await asyncio.wait([task])

    asyncio.run(scenario())


def test_a_proxy_of_the_environment_does_not_stand_before_a_local_venue(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)

    async def venue(connection):
        await connection.recv()
        await connection.send('{"result":null,"id":1}')
        await connection.wait_closed()

    async def scenario():
        async with feeding(venue) as feed:
            await until(lambda: feed.venue.connected)

    asyncio.run(scenario())

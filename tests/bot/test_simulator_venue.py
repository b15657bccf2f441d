import asyncio
import socket
from contextlib import contextmanager

import pytest
from simulated import START, ask, client, get, hear, hear_text, simulator
from websockets.exceptions import ConnectionClosed, InvalidStatus

from bot.errors import BotError
from bot.simulator.history import History, Print
from bot.simulator.truth import HEADER, Truth

MINUTE = 60_000
SUBSCRIPTIONS = {
    "binance": {"method": "SUBSCRIBE", "params": ["btcusdt@aggTrade"], "id": 1},
    "bybit": {"op": "subscribe", "args": ["publicTrade.BTCUSDT"]},
    "coinbase": {"type": "subscribe", "product_ids": ["BTC-USD"], "channels": ["matches"]},
    "okx": {"op": "subscribe", "args": [{"channel": "trades", "instId": "BTC-USDT-SWAP"}]},
}


@pytest.mark.parametrize("exchange", SUBSCRIPTIONS)
def test_a_venue_that_is_disconnected_cuts_its_clients_and_refuses_new_ones(exchange):
    async def scene():
        async with simulator() as market, client(market.venues[exchange]) as feed:
            venue = market.venues[exchange]
            await ask(feed, SUBSCRIPTIONS[exchange])
            market.disconnect(exchange)
            with pytest.raises(ConnectionClosed):
                await hear_text(feed)
            with pytest.raises(InvalidStatus, match="503"):
                async with client(venue):
                    pass
            assert (await get(venue, "/api/v3/time"))[0] == 503
            assert (await get(venue, "/clock"))[1]["now"] == START
            market.reconnect(exchange)
            async with client(venue) as again:
                await ask(again, SUBSCRIPTIONS[exchange])
                await market.advance(START + MINUTE)
                await hear(again)

    asyncio.run(scene())


def test_a_market_trades_on_while_its_venue_is_away(tmp_path):
    async def scene():
        async with simulator(truth=Truth(tmp_path / "truth.csv")) as market:
            market.disconnect("coinbase")
            await market.advance(START + MINUTE)
            market.reconnect("coinbase")
            return (await get(market.venues["coinbase"], "/products/BTC-USD/trades"))[1]

    healed = asyncio.run(scene())
    rows = [line.split(",") for line in (tmp_path / "truth.csv").read_text().splitlines()]
    missed = [row[1] for row in rows if row[0] == "coinbase"]
    assert [str(each["trade_id"]) for each in healed] == missed[::-1]


@pytest.mark.parametrize("exchange", SUBSCRIPTIONS)
def test_an_unknown_path_is_not_found(exchange):
    async def scene():
        async with simulator() as market:
            with pytest.raises(InvalidStatus, match="404"):
                async with client(market.venues[exchange], "/somewhere"):
                    pass

    asyncio.run(scene())


def test_two_clients_hear_the_same():
    async def scene():
        async with (
            simulator() as market,
            client(market.venues["okx"]) as one,
            client(market.venues["okx"]) as other,
        ):
            for feed in (one, other):
                await ask(feed, SUBSCRIPTIONS["okx"])
            await market.advance(START + MINUTE)
            return [[await hear_text(feed) for _ in range(50)] for feed in (one, other)]

    one, other = asyncio.run(scene())
    assert one == other


@contextmanager
def a_port_after_a_free_one():
    """A port that is taken, the one before it being free."""
    for _ in range(100):
        with socket.socket() as taken, socket.socket() as before:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            try:
                before.bind(("127.0.0.1", port - 1))
            except OSError:
                continue
            before.close()
            taken.listen()
            yield port
            return


def test_a_port_in_use_is_told_in_a_sentence_and_nothing_listens():
    async def scene():
        with a_port_after_a_free_one() as port:
            async with simulator() as market:
                await market.stop()
                with pytest.raises(BotError, match=f"port {port} can't be used for bybit: Address already in use"):
                    await market.start(port - 1)
                with pytest.raises(OSError, match="Connect"):
                    await asyncio.open_connection("127.0.0.1", port - 1)

    asyncio.run(scene())


def test_ports_follow_the_base_in_alphabetical_order():
    async def scene():
        async with simulator() as market:
            ports = [venue.port for venue in market.venues.values()]
            assert list(market.venues) == ["binance", "bybit", "coinbase", "okx"]
            assert len(set(ports)) == 4

    asyncio.run(scene())


def test_a_truth_row_is_a_fill_with_the_takers_side_in_full_precision(tmp_path):
    truth = Truth(tmp_path / "new" / "truth.csv")
    truth.add(
        "okx", [Print("9", 1234, 97000.1, 0.1 + 0.2, taker_buy=True), Print("10", 1234, 97000.2, 1e-8, taker_buy=False)]
    )
    # whole and readable before the file is closed
    assert (tmp_path / "new" / "truth.csv").read_text() == (
        f"{HEADER}\nokx,9,1234,97000.1,0.30000000000000004,buy\nokx,10,1234,97000.2,1e-08,sell\n"
    )
    truth.close()


def test_a_truth_file_that_can_not_be_written_is_told_in_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BotError, match="can't write the truth file"):
        Truth(tmp_path / "file" / "truth.csv")


def test_bars_of_any_length_are_made_of_minutes_and_quiet_ones_repeat_the_close():
    history = History()
    history.add([
        Print("1", 10 * MINUTE + 1, 100.0, 2.0, taker_buy=True),
        Print("2", 10 * MINUTE + 2, 110.0, 1.0, taker_buy=False),
        Print("3", 12 * MINUTE + 1, 90.0, 4.0, taker_buy=True),
    ])  # fmt: skip
    minutes = history.bars(MINUTE, 0, 14 * MINUTE, flat=True)
    assert [
        (bar.timestamp // MINUTE, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.buy) for bar in minutes
    ] == [
        (10, 100.0, 110.0, 100.0, 110.0, 3.0, 2.0),
        (11, 110.0, 110.0, 110.0, 110.0, 0.0, 0.0),
        (12, 90.0, 90.0, 90.0, 90.0, 4.0, 4.0),
        (13, 90.0, 90.0, 90.0, 90.0, 0.0, 0.0),
    ]
    assert [bar.timestamp // MINUTE for bar in history.bars(MINUTE, 0, 14 * MINUTE, flat=False)] == [10, 12]
    (five,) = history.bars(5 * MINUTE, 0, 14 * MINUTE, flat=True)
    assert (five.timestamp // MINUTE, five.open, five.high, five.low, five.close) == (10, 100.0, 110.0, 90.0, 90.0)
    assert (five.volume, five.trades, five.quote) == (7.0, 3, 670.0)


@pytest.mark.slow
def test_a_client_that_says_goodbye_and_keeps_its_socket_holds_nothing_up():
    async def scene():
        async with simulator() as market:
            venue = market.venues["coinbase"]
            reader, writer = await asyncio.open_connection("127.0.0.1", venue.port)
            writer.write(
                b"GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            )
            assert b"101" in await reader.readline()
            await reader.readuntil(b"\r\n\r\n")
            subscribe = b'{"type":"subscribe","product_ids":["BTC-USD"],"channels":["matches"]}'
            writer.write(bytes([0x81, 0x80 + len(subscribe), 0, 0, 0, 0]) + subscribe)
            await reader.readuntil(b"]}]}")
            assert venue.subscribed
            writer.write(bytes([0x88, 0x80, 0, 0, 0, 0]))  # a close frame
            assert await reader.read() == bytes([0x88, 0x00])
            assert not venue.subscribed
            await asyncio.wait_for(market.stop(), 10)
            writer.close()

    asyncio.run(scene())

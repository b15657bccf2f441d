import asyncio
import gzip
import json

import pytest
from recorded import DATA, needs_recorded
from simulated import ask, client, get, hear, hear_all, hear_text

from bot.simulator import recordings
from bot.simulator.player import DAY, Player
from bot.simulator.recordings import RecordingError
from bot.simulator.simulator import played
from bot.simulator.truth import Truth

BASE = 1_723_161_254_000
"""The instant recordings made here begin at; lines name their ms since then."""
LIST = '{"method": "LIST_SUBSCRIPTIONS", "id": 99}'


def lists(text):
    return '"id":99' in text


def is_pong(text):
    return text == "pong"


def record(path, lines):
    """Write recorded lines: (receive time in ms after BASE, message)."""
    texts = ((BASE + ms, json.dumps(message, separators=(",", ":"))) for ms, message in lines)
    path.write_text("".join(f"{ms * 1_000_000} {text}\n" for ms, text in texts))
    return path


def spot_trade(number, ms, symbol="BTCUSDT", quantity="0.5", *, maker_buys=False):
    data = {
        "e": "trade", "E": ms, "s": symbol, "t": number, "p": "97000.10", "q": quantity, "T": ms, "m": maker_buys,
        "M": True,
    }  # fmt: skip
    return {"stream": f"{symbol.lower()}@trade", "data": data}


async def play(paths, exchange, subscription, question, answers, *, path=None, truth=None, upto=None):
    """Play files to one client; every message it hears, as text."""
    player = Player(recordings.read(paths))
    simulator = played(player, truth=truth)
    await simulator.start()
    try:
        async with client(simulator.venues[exchange], path) as feed:
            if subscription is not None:
                await ask(feed, subscription)
            await simulator.advance(player._lines[-1].timestamp + 1000 if upto is None else upto)
            await feed.send(question)
            heard = []
            while not answers(text := await hear_text(feed)):
                heard.append(text)
            return heard, simulator
    finally:
        await simulator.stop()


def test_recorded_envelopes_are_sent_as_they_are_to_a_combined_client_and_bare_to_a_raw_one(tmp_path):
    lines = [(1000, spot_trade(7, 990)), (1001, {"result": None, "id": 1}), (1500, spot_trade(8, 1490))]
    path = record(tmp_path / "a.txt", lines)
    stream = "/stream?streams=btcusdt@trade"
    combined, _ = asyncio.run(play([path], "binance", None, LIST, lists, path=stream))
    raw, _ = asyncio.run(play([path], "binance", None, LIST, lists, path="/ws/btcusdt@trade"))
    texts = [line.split(" ", 1)[1] for line in path.read_text().splitlines()]
    assert combined == [texts[0], texts[2]]
    assert raw == [text[len('{"stream":"btcusdt@trade","data":') : -1] for text in (texts[0], texts[2])]


def test_a_bare_recording_is_wrapped_for_a_combined_client(tmp_path):
    path = record(tmp_path / "a.txt", [(1000, spot_trade(7, 990)["data"])])
    heard, _ = asyncio.run(play([path], "binance", None, LIST, lists, path="/stream?streams=btcusdt@trade"))
    assert json.loads(heard[0]) == spot_trade(7, 990)


def test_lines_come_at_their_receive_time_and_the_clock_runs_on_after_the_last(tmp_path):
    path = record(tmp_path / "a.txt", [(1000, spot_trade(7, 990)), (5000, spot_trade(8, 4990))])

    async def scene():
        simulator = played(Player(recordings.read([path])))
        await simulator.start()
        try:
            async with client(simulator.venues["binance"], "/ws/btcusdt@trade") as feed:
                assert simulator.clock.now == BASE + 1000
                await simulator.advance(BASE + 4999)
                first = await hear_all(feed, LIST, lists)
                await simulator.advance(BASE + 60_000)
                second = await hear_all(feed, LIST, lists)
                return [each["t"] for each in first], [each["t"] for each in second], simulator.clock.now
        finally:
            await simulator.stop()

    assert asyncio.run(scene()) == ([7], [8], BASE + 60_000)


def test_it_begins_when_a_client_subscribes_and_leaves_the_connection_open(tmp_path):
    path = record(tmp_path / "a.txt", [(1000, spot_trade(7, 990)), (1200, spot_trade(8, 1190))])

    async def scene():
        simulator = played(Player(recordings.read([path])), speed=60)
        await simulator.start()
        running = asyncio.create_task(simulator.run())
        try:
            async with client(simulator.venues["binance"]) as feed:
                await asyncio.sleep(0.05)
                assert (simulator.clock.now, simulator.clock.running) == (BASE + 1000, False)
                await ask(feed, {"method": "SUBSCRIBE", "params": ["btcusdt@trade"], "id": 1})
                heard = [await hear(feed), await hear(feed)]
                while simulator.clock.now < BASE + 3000:  # noqa: ASYNC110 - simulated time can only be looked at
                    await asyncio.sleep(0.01)
                assert await ask(feed, LIST) == {"result": ["btcusdt@trade"], "id": 99}
                return [each["t"] for each in heard]
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await simulator.stop()

    assert asyncio.run(scene()) == [7, 8]


def test_files_of_one_venue_are_one_recording_in_time_order_without_a_trade_twice(tmp_path):
    early = record(tmp_path / "b.txt", [(1000, spot_trade(1, 990)), (2000, spot_trade(2, 1990))])
    late = record(tmp_path / "a.txt", [(2000, spot_trade(2, 1990)), (3000, spot_trade(3, 2990))])
    truth = Truth(tmp_path / "truth.csv")
    heard, _ = asyncio.run(play([late, early], "binance", None, LIST, lists, path="/ws/btcusdt@trade", truth=truth))
    assert [json.loads(text)["t"] for text in heard] == [1, 2, 3]
    assert [line.split(",")[1] for line in (tmp_path / "truth.csv").read_text().splitlines()[1:]] == ["1", "2", "3"]


def test_the_pair_with_the_most_trades_is_played_and_the_others_only_to_who_asks(tmp_path):
    lines = [(1000, spot_trade(1, 990, "ETHUSDT")), (1001, spot_trade(2, 990)), (1002, spot_trade(3, 991))]
    path = record(tmp_path / "a.txt", lines)
    held = recordings.read([path])
    assert (held[0].traded.symbol, held[0].pair, held[0].topic) == ("BTCUSDT", "BTC/USDT", "btcusdt@trade")
    truth = Truth(tmp_path / "truth.csv")
    both = "/ws/btcusdt@trade/ethusdt@trade"
    heard, _ = asyncio.run(play([path], "binance", None, LIST, lists, path=both, truth=truth))
    assert [json.loads(text)["s"] for text in heard] == ["ETHUSDT", "BTCUSDT", "BTCUSDT"]
    assert len((tmp_path / "truth.csv").read_text().splitlines()) == 3  # header and two of BTC
    only, _ = asyncio.run(play([path], "binance", None, LIST, lists, path="/ws/btcusdt@trade"))
    assert len(only) == 2


def test_the_clock_leaps_over_more_than_a_day_and_nobody_is_cut_for_it(tmp_path):
    later = 2 * 365 * DAY
    path = record(tmp_path / "a.txt", [(1000, spot_trade(1, 990)), (later, spot_trade(2, later))])
    heard, simulator = asyncio.run(
        play([path], "binance", None, LIST, lists, path="/ws/btcusdt@trade", upto=BASE + later + 2000)
    )
    assert [json.loads(text)["t"] for text in heard] == [1]
    assert simulator.clock.now == BASE + later - 2000  # one step leaps, the next plays on

    player = Player(recordings.read([path]))
    assert player.leap(BASE) == BASE  # nothing was played yet
    assert [line.timestamp for line in player.until(BASE + later)] == [BASE + 1000]
    over = (BASE + 1000) // 60_000 * 60_000 + 90_000  # the minute's end, and half a minute
    assert player.leap(over - 1) == over - 1
    assert player.leap(over) == BASE + later
    assert player.leap(BASE + later - DAY) == BASE + later - DAY  # no more than a day to wait


@pytest.mark.parametrize(
    ("stamp", "ms"),
    [("1723161254087896568", 1723161254087), ("1723161254087", 1723161254087), ("1723161254.0878:", 1723161254087)],
)
def test_a_receive_time_may_be_nanoseconds_or_seconds(tmp_path, stamp, ms):
    path = tmp_path / "a.txt"
    path.write_text(f"wss://stream <-> 17\n\n{stamp} {json.dumps(spot_trade(1, 990))}\n")
    assert [line.timestamp for line in recordings.read([path])[0].lines] == [ms]


def test_trade_messages_of_every_venue_are_understood(tmp_path):
    usdm = {"e": "trade", "E": 9, "T": 9, "s": "BTCUSDT", "t": 5, "p": "9", "q": "0.1", "X": "MARKET", "m": True}
    insurance = {**usdm, "t": 6, "X": "INSURANCE_FUND"}
    merged = {"e": "aggTrade", "E": 9, "s": "BTCUSDT", "a": 7, "p": "9", "q": "2", "f": 10, "l": 12, "T": 9, "m": False}
    linear = {"T": 9, "s": "BTCUSDT", "S": "Sell", "v": "0.2", "p": "9", "L": "PlusTick", "i": "x-1", "BT": False}
    swap = {"instId": "BTC-USDT-SWAP", "tradeId": "4", "px": "9", "sz": "3", "side": "buy", "ts": "9", "count": "2"}
    match = {
        "type": "match", "trade_id": 3, "side": "sell", "size": "0.4", "price": "9", "product_id": "BTC-USD",
        "time": "1970-01-01T00:00:00.009999Z",
    }  # fmt: skip
    cases = {
        "usdm": ([usdm, insurance], "perpetual", ("5", 9, 9.0, 0.1, False, 1)),
        "merged": ([merged], "perpetual", ("7", 9, 9.0, 2.0, True, 3)),
        "linear": ([{"topic": "publicTrade.BTCUSDT", "data": [linear]}], "perpetual", ("x-1", 9, 9.0, 0.2, False, 1)),
        "swap": ([{"arg": {"channel": "trades", "instId": "BTC-USDT-SWAP"}, "data": [swap]}], "perpetual",
                 ("4", 9, 9.0, 0.03, True, 2)),
        "match": ([match, {**match, "type": "last_match", "trade_id": 2}], "spot", ("3", 9, 9.0, 0.4, True, 1)),
    }  # fmt: skip
    for name, (messages, market, wanted) in cases.items():
        (held,) = recordings.read([record(tmp_path / name, [(10, message) for message in messages])])
        prints = [each[:6] for line in held.lines for each in line.prints]
        assert (held.traded.market, prints) == (market, [wanted]), name


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("not a recording\n", "line 1: expected lines of `<receive time> <message>`"),
        (f"1000 {json.dumps(spot_trade(1, 9))}\n1001 {{\n", "line 2: .*the message is not JSON"),
        ('1000 {"result": null, "id": 1}\n', "has no trades that can be played"),
        ("", "has no trades that can be played"),
        ('1000 {"e": "trade", "s": "BTCUSDT", "M": true}\n', "line 1: a trade message that lacks or garbles 'T'"),
    ],
)
def test_a_file_that_is_not_a_recording_is_refused_by_name_and_line(tmp_path, content, told):
    path = tmp_path / "some.txt"
    path.write_text(content)
    with pytest.raises(RecordingError, match=f"some.txt.*{told}"):
        recordings.read([path])


def test_a_file_that_is_missing_or_damaged_is_refused(tmp_path):
    with pytest.raises(RecordingError, match=r"can't read .*absent.txt: No such file"):
        recordings.read([tmp_path / "absent.txt"])
    cut = tmp_path / "cut.txt.gz"
    whole = gzip.compress(b"".join(b"1000 %s\n" % json.dumps(spot_trade(n, 9)).encode() for n in range(500)))
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RecordingError, match="is not a recording after line"):
        recordings.read([cut])


def test_what_no_bot_could_listen_to_at_once_is_refused(tmp_path):
    spot = record(tmp_path / "spot.txt", [(1000, spot_trade(1, 990))])
    usdm_trade = {
        "e": "aggTrade",
        "E": 9,
        "s": "BTCUSDT",
        "a": 7,
        "p": "9",
        "q": "2",
        "f": 1,
        "l": 1,
        "T": 9,
        "m": False,
    }
    usdm = record(tmp_path / "usdm.txt", [(1000, usdm_trade), (1001, {**usdm_trade, "a": 8})])
    swap = record(
        tmp_path / "swap.txt",
        [(1000, {"arg": {"channel": "trades", "instId": "BTC-USDT-SWAP"},
                 "data": [{"tradeId": "4", "px": "9", "sz": "3", "side": "buy", "ts": "9"}]})],
    )  # fmt: skip
    coin = record(
        tmp_path / "coin.txt",
        [(1000, {"type": "match", "trade_id": 3, "side": "sell", "size": "4", "price": "9", "product_id": "SKL-USD",
                 "time": "2021-04-17T16:43:38.000000Z"})],
    )  # fmt: skip
    with pytest.raises(RecordingError, match=r"spot.txt has no trades of BTCUSDT \(binance perpetual\)"):
        recordings.read([spot, usdm])
    with pytest.raises(RecordingError, match=r"different markets \(binance spot, okx perpetual\)"):
        recordings.read([spot, swap])
    with pytest.raises(RecordingError, match=r"different coins \(binance BTC/USDT, coinbase SKL/USD\)"):
        recordings.read([spot, coin])
    held = recordings.read([usdm, swap])
    assert (recordings.market(held), recordings.pair(held)) == ("perpetual", "BTC/USDT")


def test_recorded_aggregates_can_be_had_over_rest(tmp_path):
    merged = {"e": "aggTrade", "E": 9, "s": "BTCUSDT", "a": 7, "p": "9", "q": "2", "f": 10, "l": 12, "T": 9, "m": False}
    path = record(tmp_path / "a.txt", [(1000, merged), (1001, {**merged, "a": 8, "f": 13, "l": 13})])

    async def scene():
        player = Player(recordings.read([path]))
        simulator = played(player)
        await simulator.start()
        try:
            await simulator.advance(BASE + 2000)
            return (await get(simulator.venues["binance"], "/fapi/v1/aggTrades", symbol="BTCUSDT"))[1]
        finally:
            await simulator.stop()

    found = asyncio.run(scene())
    assert [(each["a"], each["f"], each["l"], each["m"]) for each in found] == [(7, 10, 12, False), (8, 13, 13, False)]


def totals(path):
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    return len(rows), *(sum(float(row[4]) for row in rows if row[5] == side) for side in ("buy", "sell"))


@pytest.mark.slow
@needs_recorded
def test_two_real_spot_files_are_one_unbroken_stream(tmp_path):
    files = [DATA / "ws" / f"binance_spot_btcusdt_trade_{day}.txt.gz" for day in ("20240809", "20240808")]
    truth = Truth(tmp_path / "truth.csv")
    heard, _ = asyncio.run(play(files, "binance", None, LIST, lists, path="/ws/btcusdt@trade", truth=truth))
    ids = [json.loads(text)["t"] for text in heard]
    assert ids == list(range(3735683259, 3735703163))
    rows = [line.split(",") for line in (tmp_path / "truth.csv").read_text().splitlines()[1:]]
    midnight = [row for row in rows if 1723161600000 <= int(row[2]) < 1723161660000]
    assert sum(float(row[4]) for row in midnight if row[5] == "buy") == pytest.approx(15.59452)
    assert sum(float(row[4]) for row in midnight if row[5] == "sell") == pytest.approx(18.48728)


@pytest.mark.more
@needs_recorded
@pytest.mark.parametrize(
    ("name", "exchange", "market", "pair", "topic", "subscription", "question", "answers", "trades", "bought", "sold"),
    [
        ("binance_usdm_btcusdt_trade_20240808", "binance", "perpetual", "BTC/USDT", "btcusdt@trade",
         {"method": "SUBSCRIBE", "params": ["btcusdt@trade"], "id": 1}, LIST, lists, 21_313, 1251.576, 1177.790),
        ("cryptofeed_BINANCE_FUTURES.ws.1.0", "binance", "perpetual", "SUSHI/USDT", "sushiusdt@aggTrade",
         {"method": "SUBSCRIBE", "params": ["sushiusdt@aggTrade"], "id": 1}, LIST, lists, 40, 1619.0, 593.0),
        ("cryptofeed_OKX_trades_only", "okx", "spot", "BTC/USDT", "trades:BTC-USDT",
         {"op": "subscribe", "args": [{"channel": "trades", "instId": "BTC-USDT"}]}, "ping", is_pong,
         69, 2.99559276, 0.49098219),
        ("cryptofeed_COINBASE_matches_only", "coinbase", "spot", "SKL/USD", "matches:SKL-USD",
         {"type": "subscribe", "product_ids": ["SKL-USD"], "channels": ["matches"]},
         '{"type": "unsubscribe", "product_ids": ["SKL-USD"], "channels": ["matches"]}',
         lambda text: '"subscriptions"' in text, 52, 40_691.3, 6040.0),
    ],
)  # fmt: skip
def test_real_recordings_are_recognised_and_played_to_the_last_trade(
    tmp_path, name, exchange, market, pair, topic, subscription, question, answers, trades, bought, sold
):
    path = DATA / "ws" / f"{name}.txt.gz"
    (held,) = recordings.read([path])
    assert (held.traded.exchange, held.traded.market, held.pair, held.topic) == (exchange, market, pair, topic)
    truth = Truth(tmp_path / "truth.csv")
    heard, _ = asyncio.run(play([path], exchange, subscription, question, answers, truth=truth))
    assert sum('"last_match"' not in text for text in heard) == trades
    assert totals(tmp_path / "truth.csv") == (trades, pytest.approx(bought), pytest.approx(sold))

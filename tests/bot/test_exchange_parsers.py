"""What each venue's messages mean. The messages are written by hand in the documented shapes."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.trades import Trade
from bot.errors import VenueError
from bot.exchanges.binance import Binance
from bot.exchanges.bybit import Bybit
from bot.exchanges.coinbase import Coinbase
from bot.exchanges.connector import Endpoint
from bot.exchanges.connectors import connector
from bot.exchanges.messages import (
    Alive,
    Closing,
    Heartbeat,
    Mixed,
    Refused,
    Rejected,
    Subscribed,
    Unasked,
    Uncounted,
)
from bot.exchanges.okx import Okx
from bot.exchanges.settings import ExchangeSettings

NOON = 1_746_187_200_000


def endpoint(symbol, stream="", websocket="ws://127.0.0.1/ws"):
    return Endpoint(websocket, "http://127.0.0.1", symbol, stream)


futures = Binance(endpoint("BTCUSDT", "aggTrade"))
spot = Binance(endpoint("BTCUSDT", "trade"))
combined = Binance(endpoint("BTCUSDT", "trade", "ws://127.0.0.1/stream"))
bybit = Bybit(endpoint("BTCUSDT"))
okx_spot = Okx(endpoint("BTC-USDT"))
coinbase = Coinbase(endpoint("BTC-USD"))

AGGREGATE = {
    "e": "aggTrade", "E": NOON + 5, "s": "BTCUSDT", "a": 900, "p": "97000.10", "q": "0.012",
    "f": 100, "l": 102, "T": NOON, "m": True, "st": 1,
}  # fmt: skip
SPOT = {"e": "trade", "E": NOON + 5, "s": "BTCUSDT", "t": 7, "p": "97000.10", "q": "0.012", "T": NOON, "m": False}
FILL = {"T": NOON, "s": "BTCUSDT", "S": "Buy", "v": "0.012", "p": "97000.1", "L": "PlusTick", "i": "20f4", "BT": False}
SWAP = {
    "instId": "BTC-USDT-SWAP", "tradeId": "130", "px": "97000.1", "sz": "7", "side": "buy",
    "ts": str(NOON), "count": "3",
}  # fmt: skip
OKX = {"instId": "BTC-USDT", "tradeId": "130", "px": "97000.1", "sz": "0.012", "side": "sell", "ts": str(NOON)}
MATCH = {
    "type": "match", "trade_id": 10, "maker_order_id": "a", "taker_order_id": "b", "side": "sell", "size": "0.012",
    "price": "97000.12", "product_id": "BTC-USD", "sequence": 50, "time": "2025-05-02T12:00:00.123999Z",
}  # fmt: skip


def publish(*fills, topic="publicTrade.BTCUSDT"):
    return {"topic": topic, "type": "snapshot", "ts": NOON + 3, "data": list(fills)}


def trades_of(*fills, instrument="BTC-USDT"):
    return {"arg": {"channel": "trades", "instId": instrument}, "data": list(fills)}


def read(connector, message):
    return connector.parse(json.dumps(message).encode())


def test_binance_m_true_means_that_the_taker_sold_and_l_minus_f_counts_the_fills():
    assert read(futures, AGGREGATE) == Trade(NOON, 97_000.1, 0.012, False, 900, 3)
    assert read(futures, {**AGGREGATE, "m": False}).taker_buy


def test_binance_spot_trades_are_single_fills_raw_or_combined():
    expected = Trade(NOON, 97_000.1, 0.012, True, 7)
    assert read(spot, SPOT) == expected
    assert read(combined, {"stream": "btcusdt@trade", "data": SPOT}) == expected


def test_binance_futures_trades_outside_the_book_are_not_taker_flow():
    assert read(spot, {**SPOT, "X": "INSURANCE_FUND"}) == Uncounted(7)
    assert isinstance(read(spot, {**SPOT, "X": "MARKET"}), Trade)


def test_bybit_names_the_takers_side():
    assert read(bybit, publish(FILL)) == [Trade(NOON, 97_000.1, 0.012, True, "20f4")]
    assert not read(bybit, publish({**FILL, "S": "Sell"}))[0].taker_buy


def test_bybit_block_trades_do_not_count():
    assert read(bybit, publish(FILL, {**FILL, "i": "21", "BT": True})) == Mixed(
        [Trade(NOON, 97_000.1, 0.012, True, "20f4")], [Uncounted("21")]
    )


def test_okx_spot_sizes_are_btc_and_its_side_is_the_takers():
    assert read(okx_spot, trades_of(OKX)) == [Trade(NOON, 97_000.1, 0.012, False, 130)]


class _Answer:
    """The REST interface's list of instruments, as httpx would bring it."""

    def __init__(self, instruments):
        self.content = json.dumps({"code": "0", "msg": "", "data": instruments}).encode()

    is_success = True

    async def get(self, url, params):
        assert url.endswith("/api/v5/public/instruments")
        assert params == {"instType": "SWAP", "instId": "BTC-USDT-SWAP"}
        return self


CONTRACT = {"instId": "BTC-USDT-SWAP", "ctVal": "0.01", "ctMult": "1", "ctValCcy": "BTC", "ctType": "linear"}


async def _prepared(instruments):
    swap = Okx(endpoint("BTC-USDT-SWAP"))
    await swap.prepare(_Answer(instruments))
    return swap


def test_okx_swap_sizes_are_contracts_and_merged_fills_are_counted():
    swap = asyncio.run(_prepared([CONTRACT]))
    (trade,) = read(swap, trades_of(SWAP, instrument="BTC-USDT-SWAP"))
    assert trade.size == pytest.approx(0.07, abs=1e-12)
    assert (trade.fills, trade.taker_buy) == (3, True)


def test_okx_contracts_are_never_guessed():
    swap = Okx(endpoint("BTC-USDT-SWAP"))
    (rejected,) = read(swap, trades_of(SWAP, instrument="BTC-USDT-SWAP")).others
    assert rejected.reason == "contract size unknown"


@pytest.mark.parametrize(
    ("instruments", "says"),
    [
        ([], "no instrument BTC-USDT-SWAP"),
        ([{**CONTRACT, "ctType": "inverse"}], "only linear swaps"),
        ([{**CONTRACT, "ctVal": ""}], "contract value ''"),
        ([{**CONTRACT, "ctVal": 5}], "can't be read"),
    ],
)
def test_okx_instruments_that_can_not_be_used_are_refused_in_a_sentence(instruments, says):
    with pytest.raises(VenueError, match=says):
        asyncio.run(_prepared(instruments))


def test_coinbase_names_the_makers_side_so_a_sell_match_was_bought():
    assert read(coinbase, MATCH) == Trade(NOON + 123, 97_000.12, 0.012, True, 10)
    assert not read(coinbase, {**MATCH, "side": "buy"}).taker_buy


def test_coinbase_last_match_is_an_old_trade_and_never_counts():
    assert read(coinbase, {**MATCH, "type": "last_match"}) == Alive()


def test_coinbase_heartbeats_tell_time_and_newest_id():
    beat = {"type": "heartbeat", "sequence": 90, "last_trade_id": 20, "product_id": "BTC-USD", "time": MATCH["time"]}
    assert read(coinbase, beat) == Heartbeat(NOON + 123, 20)


ANSWERS = [
    (spot, {"result": None, "id": 1}, Subscribed),
    (spot, {"code": 2, "msg": "Invalid request: unknown method"}, Refused),
    (spot, {"error": {"code": 2, "msg": "Invalid request"}, "id": 1}, Refused),
    (spot, {"e": "serverShutdown", "E": NOON}, Closing),
    (combined, {"stream": "!serverShutdown", "data": {"e": "serverShutdown", "E": NOON}}, Closing),
    (bybit, {"success": True, "ret_msg": "", "conn_id": "c", "req_id": "1", "op": "subscribe"}, Subscribed),
    (bybit, {"success": True, "ret_msg": "subscribe", "conn_id": "c", "op": "subscribe"}, Subscribed),
    (bybit, {"success": False, "ret_msg": "Invalid topic: x", "conn_id": "c", "op": "subscribe"}, Refused),
    (bybit, {"success": True, "ret_msg": "pong", "conn_id": "c", "op": "ping"}, Alive),
    (okx_spot, {"event": "subscribe", "arg": {"channel": "trades", "instId": "BTC-USDT"}, "connId": "a"}, Subscribed),
    (okx_spot, {"event": "error", "code": "60018", "msg": "no such channel", "connId": "a"}, Refused),
    (okx_spot, {"event": "notice", "code": "64008", "msg": "upgrade soon", "connId": "a"}, Closing),
    (
        coinbase,
        {"type": "subscriptions", "channels": [{"name": "matches", "product_ids": ["BTC-USD"]}]},
        Subscribed,
    ),
    (coinbase, {"type": "subscriptions", "channels": [{"name": "heartbeat", "product_ids": ["BTC-USD"]}]}, Refused),
    (coinbase, {"type": "error", "message": "Failed to subscribe", "reason": "BTC-XXX is not valid"}, Refused),
]


@pytest.mark.parametrize(("connector", "message", "kind"), ANSWERS)
def test_answers_to_requests_and_notices_are_understood(connector, message, kind):
    assert isinstance(read(connector, message), kind)


def test_a_refusal_carries_the_venues_own_words():
    assert read(okx_spot, {"event": "error", "code": "60018", "msg": "no such channel"}).reason == (
        "no such channel (code 60018)"
    )
    assert read(coinbase, ANSWERS[-1][1]).reason == "Failed to subscribe: BTC-XXX is not valid"


def test_okx_pong_is_not_json_and_no_reject():
    assert okx_spot.parse(b"pong") == Alive()
    assert okx_spot.parse("pong") == Alive()


def changed(base, **values):
    return {key: value for key, value in {**base, **values}.items() if value is not ...}


BAD_NUMBERS = ["0", "-1", "nan", "NaN", "inf", "-0.0", "", "abc", "1e400", "0x10"]
BAD_TYPES = [1.5, None, True, [], {}, ...]


@pytest.mark.parametrize("value", BAD_NUMBERS + BAD_TYPES)
@pytest.mark.parametrize(
    ("connector", "wrap", "base", "field"),
    [
        (futures, dict, AGGREGATE, "p"),
        (futures, dict, AGGREGATE, "q"),
        (spot, dict, SPOT, "p"),
        (combined, lambda event: {"stream": "btcusdt@trade", "data": event}, SPOT, "q"),
        (bybit, publish, FILL, "p"),
        (bybit, publish, FILL, "v"),
        (okx_spot, trades_of, OKX, "px"),
        (okx_spot, trades_of, OKX, "sz"),
        (coinbase, dict, MATCH, "price"),
        (coinbase, dict, MATCH, "size"),
    ],
)
def test_a_price_or_size_that_is_no_number_above_0_is_rejected_with_its_reason(connector, wrap, base, field, value):
    result = read(connector, wrap(changed(base, **{field: value})))
    if isinstance(result, Mixed):
        assert result.trades == []
        (result,) = result.others
    assert isinstance(result, Rejected)
    assert result.reason in {"bad price or size", "malformed"}


@pytest.mark.parametrize(
    ("connector", "message"),
    [
        (futures, {**AGGREGATE, "s": "ETHUSDT"}),
        (spot, {**SPOT, "s": "ETHUSDT"}),
        (bybit, publish(FILL, topic="publicTrade.ETHUSDT")),
        (okx_spot, trades_of(OKX, instrument="ETH-USDT")),
        (coinbase, {**MATCH, "product_id": "ETH-USD"}),
    ],
)
def test_another_symbols_trade_is_rejected_as_such(connector, message):
    result = read(connector, message)
    assert isinstance(result, Rejected)
    assert result.reason == "wrong symbol"


def test_a_bad_trade_in_a_batch_does_not_take_the_others_with_it():
    result = read(bybit, publish(FILL, {**FILL, "i": "2", "p": 5}, {**FILL, "i": "3", "v": "-1"}, {**FILL, "i": "4"}))
    assert [trade.id for trade in result.trades] == ["20f4", "4"]
    assert [other.reason for other in result.others] == ["malformed", "bad price or size"]
    result = read(okx_spot, trades_of(OKX, {**OKX, "tradeId": "131", "ts": "soon"}, {**OKX, "tradeId": 132}))
    assert [trade.id for trade in result.trades] == [130]
    assert [other.reason for other in result.others] == ["malformed", "malformed"]


@pytest.mark.parametrize(
    ("connector", "message"),
    [
        (futures, {**AGGREGATE, "T": -1}),
        (futures, {**AGGREGATE, "l": 99}),
        (futures, {**AGGREGATE, "a": "900"}),
        (spot, {**SPOT, "m": "true"}),
        (bybit, publish({**FILL, "S": "buy"})),
        (okx_spot, trades_of({**OKX, "side": "Buy"})),
        (okx_spot, trades_of({**OKX, "ts": "-5"})),
        (okx_spot, trades_of({**OKX, "count": "0"})),
        (coinbase, {**MATCH, "time": "2025-05-02T12:00:00"}),
        (coinbase, {**MATCH, "time": "yesterday"}),
        (coinbase, {**MATCH, "side": "SELL"}),
        (coinbase, {"no": "type"}),
    ],
)
def test_what_is_not_understood_is_rejected_never_counted(connector, message):
    result = read(connector, message)
    rejected = result.others if isinstance(result, Mixed) else [result]
    assert all(isinstance(one, Rejected) for one in rejected)


@pytest.mark.parametrize(
    ("connector", "message"),
    [
        (spot, {**SPOT, "e": "bookTicker"}),
        (futures, {"e": "24hrTicker", "s": "BTCUSDT"}),
        (bybit, {"op": "auth"}),
        (bybit, {"topic": "tickers.BTCUSDT", "data": {}}),
        (okx_spot, {"event": "channel-conn-count", "channel": "trades", "connCount": "1", "connId": "a"}),
        (okx_spot, {"arg": {"channel": "tickers", "instId": "BTC-USDT"}, "data": []}),
        (okx_spot, {"hello": 1}),
        (coinbase, {"type": "status", "products": [], "currencies": []}),
        (coinbase, {"type": "received"}),
    ],
)
def test_a_kind_of_message_nobody_asked_for_is_no_reject(connector, message):
    assert isinstance(read(connector, message), Unasked)


def test_a_trade_of_insurance_has_neither_price_nor_size_and_its_id_is_known():
    assert read(spot, {**SPOT, "p": "0", "q": "0", "X": "NA"}) == Uncounted(SPOT["t"])


@pytest.mark.parametrize(
    ("connector", "message", "identity"),
    [
        (futures, {**AGGREGATE, "q": 0.5}, AGGREGATE["a"]),
        (futures, {**AGGREGATE, "p": "-1"}, AGGREGATE["a"]),
        (spot, {**SPOT, "q": 0.5}, SPOT["t"]),
        (coinbase, {**MATCH, "size": 0.5}, MATCH["trade_id"]),
        (coinbase, {**MATCH, "size": "0"}, MATCH["trade_id"]),
    ],
)
def test_of_a_trade_that_cannot_be_read_the_id_is_known_where_it_tells_one(connector, message, identity):
    result = read(connector, message)
    assert isinstance(result, Rejected)
    assert (result.missing, result.identity) == (True, identity)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("connector", [futures, spot, combined, bybit, okx_spot, coinbase])
@given(st.binary(max_size=80) | json_values.map(lambda value: json.dumps(value).encode()))
def test_no_bytes_make_a_parser_raise_or_count(connector, text):
    result = connector.parse(text)
    assert not isinstance(result, Trade)
    assert result == [] or not isinstance(result, list)


@pytest.mark.parametrize(
    ("connector", "wrap", "base"),
    [
        (spot, dict, SPOT),
        (futures, dict, AGGREGATE),
        (bybit, publish, FILL),
        (okx_spot, trades_of, OKX),
        (coinbase, dict, MATCH),
    ],
)
@given(data=st.data())
def test_a_trade_with_any_one_field_replaced_is_sound_or_rejected_never_an_exception(connector, wrap, base, data):
    field = data.draw(st.sampled_from(sorted(base)))
    result = read(connector, wrap({**base, field: data.draw(json_values)}))
    trades = result if isinstance(result, list) else result.trades if isinstance(result, Mixed) else [result]
    for trade in trades:
        if isinstance(trade, Trade):
            assert 0 < trade.price < 1e12
            assert 0 < trade.size < 1e12


def test_subscriptions_are_in_each_venues_documented_form():
    assert json.loads(spot.subscription()) == {"method": "SUBSCRIBE", "params": ["btcusdt@trade"], "id": 1}
    assert json.loads(bybit.subscription()) == {"op": "subscribe", "args": ["publicTrade.BTCUSDT"], "req_id": "1"}
    assert json.loads(okx_spot.subscription()) == {
        "op": "subscribe",
        "args": [{"channel": "trades", "instId": "BTC-USDT"}],
    }
    assert json.loads(coinbase.subscription()) == {
        "type": "subscribe",
        "product_ids": ["BTC-USD"],
        "channels": ["matches", "heartbeat"],
    }


DEEP = b"[" * 100_000


@pytest.mark.parametrize("connector", [futures, spot, combined, bybit, okx_spot, coinbase])
@pytest.mark.parametrize(
    "text", [DEEP, b'{"data":' + DEEP, b'{"arg":' * 100_000, b'{"a":' * 50_000 + b"1" + b"}" * 50_000]
)
def test_absurdly_nested_json_is_a_reject(connector, text):
    assert isinstance(connector.parse(text), Rejected)


@pytest.mark.parametrize("last", [2**63, 10**30, 100 + 1_000_000])
def test_a_count_of_fills_that_no_venue_sends_is_rejected(last):
    assert read(futures, {**AGGREGATE, "l": last}).reason == "malformed"


@pytest.mark.parametrize(
    "changes",
    [{"count": "000"}, {"count": "1" * 19}, {"ts": "1" * 5_000}, {"tradeId": "9" * 5_000}, {"count": "9" * 5_000}],
)
def test_okx_digits_without_end_or_a_count_of_nothing_are_rejected(changes):
    assert [other.reason for other in read(okx_spot, trades_of({**OKX, **changes})).others] == ["malformed"]


class _Asked:
    """What a connector asks a REST interface."""

    def __init__(self):
        self.asked = []
        self.content = b"[]"
        self.headers = {}

    is_success = True

    async def get(self, url, params):
        self.asked.append((url.removeprefix("http://127.0.0.1"), params))
        return self


@pytest.mark.parametrize("stream", ["trade", "aggTrade"])
@pytest.mark.parametrize(("is_spot", "path"), [(True, "/api/v3/aggTrades"), (False, "/fapi/v1/aggTrades")])
def test_binance_is_asked_for_the_past_where_its_market_lives_whatever_the_stream(stream, is_spot, path):
    asked = _Asked()
    one = Binance(Endpoint("ws://127.0.0.1/ws", "http://127.0.0.1", "BTCUSDT", stream, spot=is_spot))

    async def told():
        return [trade async for page in one.past(asked, NOON, NOON + 60_000) for trade in page.trades]

    assert asyncio.run(told()) == []
    assert asked.asked == [(path, {"symbol": "BTCUSDT", "startTime": NOON, "endTime": NOON + 59_999, "limit": 1000})]


@pytest.mark.parametrize(
    ("exchange", "text"),
    [
        ("binance", b'{"e":"aggTrade","s":"BTC\xffUSDT","a":7,"p":"1","q":"1","f":1,"l":1,"T":1,"m":true}'),
        ("bybit", b'{"topic":"publicTrade.BTC\xffUSDT","data":[]}'),
        ("coinbase", b'{"type":"match","product_id":"BTC\xff-USD"}'),
        ("okx", b'{"arg":{"channel":"trades","instId":"BTC\xff"},"data":[]}'),
    ],
)
def test_bytes_that_are_no_utf_8_are_rejected_and_raise_nothing(exchange, text):
    one = connector(exchange, "perpetual", "BTC/USDT", ExchangeSettings())
    assert isinstance(one.parse(text), Rejected)
    assert one.fold([text] * 4) is None

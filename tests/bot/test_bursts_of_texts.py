"""Bybit's, OKX's and Coinbase's messages that come at once count in one step as they would one by one."""

import json

import pytest
from fed import OnePair
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clock import SystemClock
from bot.core.times import MINUTE, Moment, to_iso
from bot.core.venue import Venue
from bot.exchanges.connectors import connector
from bot.exchanges.settings import ExchangeSettings
from bot.journal import Journal

NOON = 1_763_985_600_000
"""2025-11-24 12:00 UTC."""
MARKETS = {"bybit": "perpetual", "okx": "spot", "coinbase": "spot"}


class StillClock(SystemClock):
    """A clock that stands an instant after what the tests send."""

    def now(self):
        return NOON + 2 * MINUTE


class Noted(Journal):
    """A journal that remembers the reasons of rejects."""

    def __init__(self):
        super().__init__(lambda: NOON)
        self.reasons = []

    def rejected(self, exchange, reason, detail):
        self.reasons.append((exchange, reason, detail))


def feed(exchange):
    clock = StillClock()
    spoken = connector(exchange, MARKETS[exchange], "BTC/USDT", ExchangeSettings(websocket="ws://127.0.0.1/ws"))
    venue = Venue(spoken.ids(None))
    venue.subscribed(Moment.exact(NOON))
    venue.expect(Moment.exact(clock.now()))
    return OnePair(spoken, venue, clock, Noted())


def written(fields):
    return json.dumps(fields, separators=(",", ":")).encode()


def fill(exchange, number, at, price="97000.10", size="0.5", *, buy=True, **changes):
    """A trade as the venue writes it within its message; `changes` replace fields by anything."""
    if exchange == "bybit":
        side = "Buy" if buy else "Sell"
        fields = {
            "T": at,
            "s": "BTCUSDT",
            "S": side,
            "v": size,
            "p": price,
            "L": "PlusTick",
            "i": f"n{number}",
            "BT": False,
        }
    elif exchange == "okx":
        fields = {
            "instId": "BTC-USDT", "tradeId": str(number), "px": price, "sz": size,
            "side": "buy" if buy else "sell", "ts": str(at), "count": str(1 + number % 3),
        }  # fmt: skip
    else:
        moment = f"{to_iso(at)[:-1]}.{at % 1000:03d}{number * 37 % 1000:03d}Z"
        fields = {
            "type": "match", "trade_id": number, "maker_order_id": "a", "side": "sell" if buy else "buy",
            "size": size, "price": price, "product_id": "BTC-USD", "sequence": 7 * number, "time": moment,
        }  # fmt: skip
    return fields | changes


def message(exchange, *fills, **changes):
    """Fills in one message; Coinbase's is its one fill."""
    if exchange == "bybit":
        fields = {"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": NOON, "data": [*fills]}
    elif exchange == "okx":
        fields = {"arg": {"channel": "trades", "instId": "BTC-USDT"}, "data": [*fills]}
    else:
        (fields,) = fills
    return written(fields | changes)


def seen(one):
    """All that a feed and its venue tell of what they took."""
    minutes = range(NOON - MINUTE, NOON + 3 * MINUTE, MINUTE)
    venue, ids = one.venue, one.venue.ids
    return (
        [venue.candle(minute) for minute in minutes],
        [venue.newest, venue.late, venue.repeated, venue.gaps, ids.newest, venue.changed_from, venue.to_heal()],
        [(each.start, each.end, each.hole) for each in ids.missing],
        sorted(getattr(ids, "_seen", ())),
        [*getattr(ids, "_order", ())],
        one._journal.reasons,
    )


def taken(exchange, texts, sizes=()):
    """Take messages in reads of so many messages each; the rest in one."""
    one = feed(exchange)
    rest = list(texts)
    for size in sizes:
        if rest:
            one.take(rest[:size])
            rest = rest[size:]
    if rest:
        one.take(rest)
    return seen(one)


@pytest.mark.parametrize("exchange", MARKETS)
def test_five_trades_in_one_read_make_the_candle_of_five_trades(exchange):
    told = [("100", "1", True), ("103", "2", False), ("99", "0.5", True), ("101", "0.25", False), ("102", "4", True)]
    texts = [
        message(exchange, fill(exchange, number, NOON + 10 * number, price, size, buy=buy))
        for number, (price, size, buy) in enumerate(told)
    ]
    one = feed(exchange)
    burst = one.connector.fold(texts)
    assert [len(burst.ids), burst.count, burst.first, burst.last] == [5, 5, NOON, NOON + 40]
    one.take(texts)
    candle = one.venue.candle(NOON)
    assert [candle.open, candle.high, candle.low, candle.close] == [100, 103, 99, 102]
    assert [candle.buy, candle.sell, candle.trades] == [5.5, 2.25, 9 if exchange == "okx" else 5]
    assert [one.venue.newest, one.rejects] == [NOON + 40, 0]


@pytest.mark.parametrize("exchange", ["bybit", "okx"])
def test_messages_of_several_fills_are_counted_together(exchange):
    texts = [
        message(exchange, *(fill(exchange, 10 * start + more, NOON + start) for more in range(start % 3)))
        for start in range(8)
    ]
    burst = feed(exchange).connector.fold(texts)
    assert [len(burst.ids), burst.count] == [7, 8]
    assert taken(exchange, texts) == taken(exchange, texts, [1] * 8)


def test_a_contract_of_okx_counts_what_it_is_worth_in_a_burst_too():
    one = feed("okx")
    one.connector._contract = 0.01
    one.take([message("okx", fill("okx", number, NOON, size="7")) for number in range(5)])
    assert one.venue.candle(NOON).buy == 0.35


BAD = {"a price of 0": "0", "negative": "-1", "not a number": "NaN", "nothing": "", "too much": "1e12", "a word": "x"}
WRONG = {
    "bybit": [
        *[{name: value} for name in "vp" for value in [*BAD.values(), 1, 0.5, None]],
        {"T": "1763985600001"}, {"T": None}, {"T": -5}, {"T": 2**70}, {"T": 1.5}, {"s": "ETHUSDT"}, {"s": None},
        {"S": "buy"}, {"S": 1}, {"i": 5}, {"i": None}, {"BT": True}, {"BT": "false"}, {"BT": 0}, {"BT": None},
    ],
    "okx": [
        *[{name: value} for name in ("px", "sz") for value in [*BAD.values(), 1, 0.5, None]],
        *[
            {name: value}
            for name in ("ts", "tradeId", "count")
            for value in ("", "1.0", "1e3", "-5", "+5", " 5", "5_0", "0", "007", "\u0661", "9" * 17, "9" * 40, 5)
        ],
        {"instId": "ETH-USDT"}, {"instId": None}, {"side": "Buy"}, {"side": None}, {"count": "2000000"},
        {"ts": "\u0661" * 13}, {"ts": "x" * 13},
    ],
    "coinbase": [
        *[{name: value} for name in ("size", "price") for value in [*BAD.values(), 1, 0.5, None]],
        {"trade_id": "5"}, {"trade_id": -5}, {"trade_id": None}, {"trade_id": 2.5}, {"side": "Buy"}, {"side": None},
        {"product_id": "ETH-USD"}, {"product_id": 1}, {"time": NOON}, {"time": str(NOON)}, {"time": str(NOON // 1000)},
        {"time": None}, {"time": ""}, {"time": "2025-11-24T12:00:00.000"}, {"time": "2025-11-24T14:00:00.001+02:00"},
        {"time": "2025-11-24"}, {"type": "last_match"}, {"type": "heartbeat"}, {"type": 1}, {"channels": None},
        {"channels": 1}, {"channels": []}, {"message": 5}, {"reason": None}, {"last_trade_id": "5"},
    ],
}  # fmt: skip
CASES = [(exchange, wrong) for exchange, each in WRONG.items() for wrong in each]


@pytest.mark.parametrize(("exchange", "wrong"), CASES, ids=map(str, CASES))
@pytest.mark.parametrize("place", [0, 3, 7])
def test_one_wrong_trade_in_a_read_is_refused_with_its_reason_and_the_others_count(exchange, wrong, place):
    texts = [
        message(exchange, fill(exchange, number, NOON + number, **(wrong if number == place else {})))
        for number in range(8)
    ]
    assert taken(exchange, texts) == taken(exchange, texts, [1] * 8)


@pytest.mark.parametrize("exchange", MARKETS)
@pytest.mark.parametrize(
    "text", [b"", b"{", b"null", b"[]", b"\n", b"pong", b'{"op":"pong"}', b'{"type":"error"}', b"\xff\xfe", b"[" * 5000]
)
def test_a_read_with_another_message_between_trades_is_counted_as_one_by_one(exchange, text):
    trades = [message(exchange, fill(exchange, number, NOON + number)) for number in range(4)]
    texts = [*trades[:2], text, *trades[2:]]
    assert taken(exchange, texts) == taken(exchange, texts, [1] * 5)


@pytest.mark.parametrize("exchange", ["bybit", "okx"])
@pytest.mark.parametrize(
    "changes",
    [
        {"topic": "publicTrade.ETHUSDT"}, {"topic": None}, {"data": None}, {"data": []}, {"op": 1}, {"success": "no"},
        {"ret_msg": 1}, {"arg": None}, {"arg": {"channel": "trades"}},
        {"arg": {"channel": "books", "instId": "BTC-USDT"}}, {"event": 1},
        {"event": "error"}, {"code": 1}, {"msg": None},
    ],
    ids=str,
)  # fmt: skip
def test_a_read_with_another_envelope_is_counted_as_one_by_one(exchange, changes):
    texts = [
        message(exchange, fill(exchange, number, NOON + number), **(changes if number == 2 else {}))
        for number in range(5)
    ]
    assert taken(exchange, texts) == taken(exchange, texts, [1] * 5)


@pytest.mark.parametrize("exchange", MARKETS)
def test_two_messages_in_one_text_beside_an_empty_one_are_no_trades(exchange):
    texts = [message(exchange, fill(exchange, number, NOON + number)) for number in range(6)]
    torn = [texts[0], texts[1] + b"\n" + texts[2], b"", texts[3][:40], texts[3][40:], texts[4], texts[5]]
    assert taken(exchange, torn) == taken(exchange, torn, [1] * 7)
    glued = [texts[0], texts[1] + b"\n" + texts[2], b"", *texts[3:]]
    assert taken(exchange, glued) == taken(exchange, glued, [1] * 6)


@pytest.mark.parametrize("exchange", MARKETS)
@pytest.mark.parametrize("numbers", [[1, 2, 2, 3, 4], [5, 4, 3, 2, 1], [1, 2, 3, 9, 10], [1, 2, 3, 1, 2]], ids=str)
def test_at_one_instant_ids_in_any_order_make_the_candle_they_make_one_by_one(exchange, numbers):
    texts = [message(exchange, fill(exchange, number, NOON + 5, str(100 + number))) for number in range(20, 25)]
    texts += [message(exchange, fill(exchange, number, NOON + 5, str(100 + number))) for number in numbers]
    assert taken(exchange, texts, [5]) == taken(exchange, texts, [1] * 10)


steps = st.tuples(
    st.sampled_from([1, 1, 1, 1, 1, 1, 1, 1, 0, 2, -3]),
    st.sampled_from([0, 0, 1, 5, 700, 9_000, 30_000, -2, -40_000]),
    st.integers(1, 10_000_000).map(lambda cents: f"{cents / 100:.2f}"),
    st.integers(1, 9_999).map(lambda thousandths: f"{thousandths / 1000:.3f}"),
    st.booleans(),
    st.sampled_from([None] * 40 + [*range(-12, 12)]),
    st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([*MARKETS]), st.lists(steps, max_size=60), st.lists(st.integers(1, 20), max_size=12), st.booleans()
)
def test_any_messages_cut_into_any_reads_count_as_one_by_one(exchange, sent, sizes, calm):
    texts, fills, number, time = [], [], 1000, NOON
    for step, wait, price, size, buy, wrong, more in sent:
        number, time = number + (1 if calm else step), time + (abs(wait) % 1000 if calm else wait)
        changes = {} if wrong is None or calm else WRONG[exchange][wrong]
        fills.append(fill(exchange, number, time, price, size, buy=buy) | changes)
        if not more or exchange == "coinbase":
            texts.append(message(exchange, *fills))
            fills = []
    assert taken(exchange, texts, sizes) == taken(exchange, texts, [1] * len(texts))

"""Messages that come at once are counted in one step, and everything is as if they had come one by one."""

import json

import pytest
from fed import OnePair
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clock import SystemClock
from bot.core.times import MINUTE, Moment
from bot.core.venue import Venue
from bot.exchanges.connectors import connector
from bot.exchanges.settings import ExchangeSettings
from bot.journal import Journal

NOON = 1_763_985_600_000
"""2025-11-24 12:00 UTC."""


class StillClock(SystemClock):
    """A clock that stands an instant after what the tests send."""

    def now(self):
        return NOON + 2 * MINUTE


def feed(path="ws"):
    clock = StillClock()
    spoken = connector("binance", "perpetual", "BTC/USDT", ExchangeSettings(websocket=f"ws://127.0.0.1/{path}"))
    venue = Venue(spoken.ids(None))
    venue.subscribed(Moment.exact(NOON))
    venue.expect(Moment.exact(clock.now()))
    return OnePair(spoken, venue, clock, Journal(clock.now))


def trade(number, time, price="97000.10", size="0.5", *, maker=False, fills=1, **changes):
    """An aggregate trade as Binance writes it; `changes` replace fields by anything."""
    fields = {
        "e": "aggTrade", "E": time, "s": "BTCUSDT", "a": number, "p": price, "q": size,
        "f": 10 * number, "l": 10 * number + fills - 1, "T": time, "m": maker, **changes,
    }  # fmt: skip
    return json.dumps(fields, separators=(",", ":")).encode()


def combined(text):
    return b'{"stream":"btcusdt@aggTrade","data":' + text + b"}"


def seen(one):
    """All that a feed and its venue tell of what they took."""
    minutes = range(NOON - MINUTE, NOON + 3 * MINUTE, MINUTE)
    venue = one.venue
    return (
        [venue.candle(minute) for minute in minutes],
        [venue.newest, venue.late, venue.repeated, venue.gaps, venue.ids.newest, venue.changed_from],
        one.rejects,
    )


def taken(texts, sizes, path="ws"):
    """Take messages in reads of so many messages each; the rest in one."""
    one = feed(path)
    rest = list(texts)
    for size in sizes:
        if rest:
            one.take(rest[:size])
            rest = rest[size:]
    if rest:
        one.take(rest)
    return seen(one)


@pytest.mark.parametrize("path", ["ws", "stream"])
def test_five_trades_in_one_read_make_the_candle_of_five_trades(path):
    texts = [
        trade(1, NOON + 10, "100", "1"),
        trade(2, NOON + 20, "103", "2", maker=True, fills=3),
        trade(3, NOON + 20, "99", "0.5"),
        trade(4, NOON + 30, "101", "0.25", maker=True),
        trade(5, NOON + 40, "102", "4"),
    ]
    one = feed(path)
    one.take(texts if path == "ws" else [combined(text) for text in texts])
    candle = one.venue.candle(NOON)
    assert [candle.open, candle.high, candle.low, candle.close] == [100, 103, 99, 102]
    assert [candle.buy, candle.sell, candle.trades] == [5.5, 2.25, 7]
    assert [one.venue.ids.newest, one.venue.newest, one.rejects] == [5, NOON + 40, 0]


def test_a_read_is_counted_in_one_step_up_to_the_end_of_its_minute_and_from_there():
    one = feed()
    texts = [trade(number, NOON + MINUTE - 5 + number, str(100 + number)) for number in range(10)]
    burst = one.connector.fold(texts)
    assert [burst.ids, burst.count, burst.first, burst.last] == [range(5), 5, NOON + MINUTE - 5, NOON + MINUTE - 1]
    assert [burst.open, burst.high, burst.low, burst.close] == [100, 104, 100, 104]
    one.take(texts)
    assert [one.venue.candle(NOON).close, one.venue.candle(NOON + MINUTE).open] == [104, 105]


WRONG = {
    "a price that is no text": {"p": 97000.1},
    "a size that is no text": {"q": 1},
    "a price of 0": {"p": "0"},
    "a negative size": {"q": "-1"},
    "a price that is not a number": {"p": "NaN"},
    "a price beyond all": {"p": "1e12"},
    "a time that is text": {"T": str(NOON + 3)},
    "a price and a time whose types are swapped": {"p": 97000.1, "T": str(NOON + 3)},
    "a side that is text": {"m": "true"},
    "a side that is missing": {"m": None},
    "a side that is a number": {"m": 1},
    "negative fills": {"f": -5, "l": -5},
    "a size that is missing": {"q": None},
    "another symbol": {"s": "ETHUSDT"},
    "a negative id": {"a": -3},
    "fills the wrong way round": {"f": 5, "l": 3},
    "more fills than any trade has": {"f": 0, "l": 2_000_000},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("place", [0, 1, 4, 7])
def test_one_wrong_message_in_a_read_is_rejected_and_the_others_count(wrong, place):
    texts = [trade(number, NOON + number) for number in range(8)]
    texts[place] = trade(place, NOON + place, **wrong)
    assert taken(texts, []) == taken(texts, [1] * 8)
    assert taken(texts, [])[2] == 1


@pytest.mark.parametrize(
    "text", [b"", b"{", b"null", b"[]", b"\n", b'{"result":null,"id":1}', b"\xff\xfe", b"[" * 5000]
)
def test_a_read_with_another_message_between_trades_is_counted_as_one_by_one(text):
    texts = [trade(0, NOON), trade(1, NOON + 1), text, trade(2, NOON + 2), trade(3, NOON + 3)]
    assert taken(texts, []) == taken(texts, [1] * 5)


def test_an_event_nobody_asked_for_is_no_reject():
    texts = [trade(0, NOON), trade(1, NOON + 1), trade(2, NOON + 2, e="trade"), trade(3, NOON + 3)]
    assert taken(texts, []) == taken(texts, [1] * 4)
    assert taken(texts, [])[2] == 0


def test_two_trades_in_one_message_are_one_message_that_makes_no_sense():
    texts = [trade(number, NOON + number) for number in range(6)]
    torn = [texts[0], texts[1] + b"\n" + texts[2], texts[3][:40], texts[3][40:], texts[4], texts[5]]
    assert taken(torn, []) == taken(torn, [1] * 6)


messages = st.builds(
    lambda step, wait, price, size, maker, fills, wrong: (step, wait, price, size, maker, fills, wrong),
    st.sampled_from([1, 1, 1, 1, 1, 1, 0, 2, -3]),
    st.sampled_from([0, 1, 5, 700, 9_000, 30_000, -2, -40_000]),
    st.integers(1, 10_000_000).map(lambda cents: f"{cents / 100:.2f}"),
    st.integers(1, 9_999).map(lambda thousandths: f"{thousandths / 1000:.3f}"),
    st.booleans(),
    st.integers(1, 5),
    st.sampled_from([*[{}] * 30, *WRONG.values()]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(messages, max_size=40), st.lists(st.integers(1, 20), max_size=12), st.booleans())
def test_any_messages_cut_into_any_reads_count_as_one_by_one(sent, sizes, is_combined):
    texts, number, time = [], 1000, NOON
    for step, wait, price, size, maker, fills, wrong in sent:
        number, time = number + step, time + wait
        text = trade(number, time, price, size, maker=maker, fills=fills, **wrong)
        texts.append(combined(text) if is_combined else text)
    path = "stream" if is_combined else "ws"
    assert taken(texts, sizes, path) == taken(texts, [1] * len(texts), path)

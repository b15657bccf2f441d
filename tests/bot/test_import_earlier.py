"""The files of the earlier bot: what is taken, left out, counted as repeated and refused, item by item."""

from __future__ import annotations

import json

import pytest
from earlier_bot import trade
from recorded import DATA

from bot.core.aggregate import Candle
from bot.core.times import DAY, MINUTE, from_iso
from bot.errors import ImportFileError
from bot.imports.earlier import read

START = from_iso("2025-11-24")
NOW = START + DAY
CASES = DATA.parent / "cases" / "import"

needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason="needs ../shared/cases, situations that people met")


def candle(number, **changes):
    """The minute so many after START, as the earlier bot wrote it."""
    prices = {"open": 100.0, "high": 102.0, "low": 99.0, "close": 101.0}
    return {**prices, "vBuy": 0.5, "vSell": 1.5, "timestamp": START + number * MINUTE, **changes}


@pytest.fixture
def written(tmp_path):
    """Write a file, return its path: items, or text in an encoding."""

    def write(content, encoding="utf-8"):
        path = tmp_path / "old.json"
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_bytes(text.encode(encoding))
        return path

    return write


def minutes(content):
    """Which minutes after START are taken."""
    return [(one.timestamp - START) // MINUTE for one in content.candles]


def numbers(content):
    return [one.number for one in content.trades]


def test_a_byte_order_mark_before_the_array_is_no_part_of_it(written):
    content = read(written([candle(0), candle(1)], "utf-8-sig"), NOW)
    assert content.candles[0] == Candle(START, 100, 102, 99, 101, 0.5, 1.5, None, None)
    assert (minutes(content), content.left_out, content.repeated, content.refused) == ([0, 1], [], 0, [])


@pytest.mark.parametrize(
    ("encoding", "name"), [("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("latin-1", "Latin-1 or Windows-1252")]
)
def test_another_encoding_is_named_with_the_file_and_what_to_do(written, encoding, name):
    text = json.dumps([trade(1, outcome="größer")], ensure_ascii=False)
    path = written(text, encoding)
    with pytest.raises(ImportFileError) as refused:
        read(path, NOW)
    assert str(refused.value).startswith(f"{path} can't be read: it seems to be {name}, not UTF-8")
    assert str(refused.value).endswith("; save it as UTF-8")


PRICE = "a price is above 0 and at most 100000000 USDT"
VOLUME = "the volume of a minute is from 0 to 1000000000 BTC"
MONEY = "an amount is from -1000000000000000 to 1000000000000000 USDT"
AHEAD = from_iso("2099-01-01")

BAD_CANDLES = [
    ({"vBuy": 1e308}, f"vBuy of the candle at {START} is 1e+308; {VOLUME}"),
    ({"vSell": 1e9 + 1}, f"vSell of the candle at {START} is 1000000001.0; {VOLUME}"),
    ({"high": 1e308}, f"high of the candle at {START} is 1e+308; {PRICE}"),
    ({"low": 0}, f"low of the candle at {START} is 0.0; {PRICE}"),
    ({"low": 101.5}, f"the prices of the candle at {START} are not those of one candle"),
    ({"vBuy": -1}, f"a volume of the candle at {START} is negative"),
    ({"vBuy": None}, f"the candle at {START}, $[0].vBuy: expected `float`, got `null`"),
    ({"timestamp": None}, "$[0].timestamp: expected `int`, got `null`"),
    ({"timestamp": START + 1}, f"a candle begins at {START + 1}, not at a full minute"),
    ({"timestamp": 0}, "0 is not a time in ms of the years 2009 to 2100"),
    ({"timestamp": START // 1000}, f"{START // 1000} is not a time in ms of the years 2009 to 2100"),
    (
        {"timestamp": AHEAD},
        f"{AHEAD} (2099-01-01T00:00:00Z) is more than a day ahead of now, 2025-11-25T00:00:00Z",
    ),
]


@pytest.mark.parametrize(("changes", "reason"), BAD_CANDLES)
def test_a_candle_that_cannot_be_is_refused_with_its_place_and_the_others_are_taken(written, changes, reason):
    content = read(written([candle(0, **changes), candle(1), candle(2)]), NOW)
    assert content.refused == [f"item 1: {reason}"]
    assert (minutes(content), content.left_out, content.repeated) == ([1, 2], [], 0)


EXIT = "2025-05-02T12:30:00.000Z"

BAD_TRADES = [
    ({"entryPrice": 1e308}, f"entryPrice of trade 7 is 1e+308; {PRICE}"),
    ({"exitPrice": -1}, f"exitPrice of trade 7 is -1.0; {PRICE}"),
    ({"exitPrice": None}, "trade 7, $[1].exitPrice: expected `float`, got `null`"),
    ({"profit": -1e308}, f"profit of trade 7 is -1e+308; {MONEY}"),
    ({"newBalance": 1e308}, f"newBalance of trade 7 is 1e+308; {MONEY}"),
    ({"newBalance": "Infinity"}, "trade 7 has newBalance 'Infinity', not a number"),
    ({"newBalance": "much"}, "trade 7 has newBalance 'much', not a number"),
    ({"entryType": "Buy"}, "trade 7 has entryType 'Buy', not Long or Short"),
    (
        {"entryTime": "2025-05-02T12:30:00.001Z"},
        f"trade 7 has exitTime {EXIT}, before its entryTime 2025-05-02T12:30:00.001Z",
    ),
    (
        {"entryTime": "0001-01-01"},
        "entryTime of trade 7: -62135596800000 is not a time in ms of the years 2009 to 2100",
    ),
    (
        {"exitTime": "2099-01-01T00:00:00Z"},
        f"exitTime of trade 7: {AHEAD} (2099-01-01T00:00:00Z) is more than a day ahead of now, 2025-11-25T00:00:00Z",
    ),
    ({"outcome": 5}, "trade 7, $[1].outcome: expected `str`, got `int`"),
]


@pytest.mark.parametrize(("changes", "reason"), BAD_TRADES)
def test_a_trade_that_cannot_be_is_refused_with_its_number_and_the_others_are_taken(written, changes, reason):
    content = read(written([trade(1), trade(7, **changes), trade(8)]), NOW)
    assert content.refused == [f"item 2: {reason}"]
    assert numbers(content) == [1, 8]


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("5", "$[1]: expected `object`, got `int`"),
        ("{}", "$[1]: object missing required field `timestamp`"),
        ('{"timestamp": 1e400}', "$[1].timestamp: number out of range"),
    ],
)
def test_what_is_no_candle_at_all_hides_none_of_the_candles_around_it(written, item, reason):
    text = f"[{json.dumps(candle(0))}, {item}, {json.dumps(candle(2))}]"
    content = read(written(text), NOW)
    assert content.refused == [f"item 2: {reason}"]
    assert minutes(content) == [0, 2]


@pytest.mark.parametrize("text", ["{}", "", "[5]", '[{"time": 1}]', "[" * 100_000 + "]" * 100_000])
def test_what_holds_neither_candles_nor_trades_is_refused_as_a_file(written, text):
    path = written(text)
    with pytest.raises(ImportFileError) as refused:
        read(path, NOW)
    assert str(refused.value).startswith(f"{path} is not a JSON array of candles or trades: ")


def test_a_minute_that_is_not_over_yet_is_left_out_by_name_and_refuses_nothing(written):
    path = written([candle(0), candle(1), candle(2), candle(3)])
    content = read(path, START + 3 * MINUTE - 1)
    assert minutes(content) == [0, 1]
    assert content.left_out == [(START + 2 * MINUTE, "not over yet"), (START + 3 * MINUTE, "not over yet")]
    assert content.refused == []
    assert minutes(read(path, START + 3 * MINUTE)) == [0, 1, 2], "over at its last millisecond's end"


def test_a_minute_that_forms_may_stand_twice_with_other_values(written):
    content = read(written([candle(0), candle(1), candle(1, close=101.5)]), START + MINUTE)
    assert (minutes(content), len(content.left_out), content.refused) == ([0], 2, [])


def test_an_equal_item_is_counted_as_repeated_and_taken_once(written):
    content = read(written([candle(0), candle(1), candle(0), candle(0), candle(2)]), NOW)
    assert (minutes(content), content.repeated, content.refused) == ([0, 1, 2], 2, [])
    content = read(written([trade(1), trade(2), trade(1), trade(2, newBalance=10383.3)]), NOW)
    assert (numbers(content), content.repeated, content.refused) == ([1, 2], 2, [])


def test_candles_of_one_minute_that_differ_are_both_named_and_refused(written):
    items = [candle(0), candle(1), candle(0, close=101.5, vBuy=2), candle(0), candle(2), candle(2)]
    content = read(written(items), NOW)
    (sentence,) = content.refused
    assert sentence == (
        f"item 3: items 1 and 3 are both the candle at {START} and differ in close (101.0 and 101.5),"
        " vBuy (0.5 and 2.0); neither is taken"
    )
    assert (minutes(content), content.repeated) == ([1, 2], 1)


def test_trades_of_one_number_that_differ_are_both_named_and_refused(written):
    items = [trade(1), trade(2), trade(1, exitPrice=98_000.5, newBalance="11000"), trade(3)]
    content = read(written(items), NOW)
    (sentence,) = content.refused
    assert sentence == (
        "item 3: items 1 and 3 are both trade 1 and differ in exitPrice (97096.9 and 98000.5),"
        " newBalance (10383.3 and 11000.0); neither is taken"
    )
    assert (numbers(content), content.repeated) == ([2, 3], 0)


def test_a_refused_item_does_not_contradict_the_right_one_of_its_minute(written):
    content = read(written([candle(0, vBuy=1e308), candle(0)]), NOW)
    assert (minutes(content), len(content.refused), content.repeated) == ([0], 1, 0)


def test_refusals_are_told_in_the_order_of_the_file(written):
    items = [candle(0), candle(0, close=100.5), candle(1, vBuy=-1), candle(2), candle(2, close=100.5)]
    assert [one.partition(":")[0] for one in read(written(items), NOW).refused] == ["item 2", "item 3", "item 5"]


def test_an_empty_array_holds_nothing_and_is_no_mistake(written):
    content = read(written("[]"), NOW)
    assert (content.candles, content.trades, content.refused) == ([], [], [])


@needs_cases
def test_the_met_file_with_a_byte_order_mark_has_two_candles():
    content = read(CASES / "json_bom" / "candles_1m.json", NOW)
    assert (len(content.candles), content.refused) == (2, [])


@needs_cases
def test_the_met_file_with_a_volume_without_measure_is_refused_by_name_value_and_limit():
    content = read(CASES / "json_big" / "candles_1m.json", NOW)
    assert content.candles == []
    assert [sentence.partition("; ")[2] for sentence in content.refused] == [PRICE, VOLUME]
    assert "vBuy of the candle at 1704067260000 is 1e+308" in content.refused[1]

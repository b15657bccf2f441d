"""GET /api/candles: minutes become bars, ranges are half-open on the opens, and nothing missing is hidden."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from example_database import DAY, MINUTE, START, add_flat_minutes, add_minutes, create
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from web_client import Client, web_client

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

FIVE = 5 * MINUTE


def ask(client: Client, **query: object) -> dict[str, Any]:
    answer = client.get("/api/candles", params={name.rstrip("_"): str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()


def opens(answer: dict[str, Any]) -> list[int]:
    """Minutes since START."""
    return [(timestamp - START) // MINUTE for timestamp in answer["candles"]["timestamp"]]


def test_a_minute_is_answered_as_it_is_stored(writer: sqlite3.Connection, client: Client) -> None:
    add_minutes(writer, [(0, 97000.1, 97010.2, 96990.3, 97005.4, 1.25, 0.5, 3, 4)])

    answer = ask(client, timeframe="1m")

    assert answer["candles"] == {
        "timestamp": [START],
        "open": [97000.1],
        "high": [97010.2],
        "low": [96990.3],
        "close": [97005.4],
        "vBuy": [1.25],
        "vSell": [0.5],
        "sources": [3],
        "configured": [4],
    }
    assert answer["timeframe"] == "1m"
    assert answer["pair"] == "BTC/USDT"


def test_five_minutes_make_a_bar_of_first_open_last_close_extremes_and_sums(
    writer: sqlite3.Connection, client: Client
) -> None:
    add_minutes(
        writer,
        [
            (0, 10.0, 12.0, 9.0, 11.0, 1.0, 0.5, 4, 4),
            (1, 11.0, 15.0, 10.0, 14.0, 2.0, 0.25, 3, 4),
            (2, 14.0, 14.5, 7.0, 8.0, 0.5, 4.0, 4, 4),
            (3, 8.0, 9.0, 8.0, 9.0, 0.25, 0.25, 2, 3),
            (4, 9.0, 13.0, 8.5, 12.5, 1.0, 1.0, 4, 4),
        ],
    )

    candles = ask(client, timeframe="5m")["candles"]

    assert {name: column[0] for name, column in candles.items()} == {
        "timestamp": START,
        "open": 10.0,
        "high": 15.0,
        "low": 7.0,
        "close": 12.5,
        "vBuy": 4.75,
        "vSell": 6.0,
        "sources": 2,
        "configured": 4,
    }


@pytest.mark.parametrize("value", [0.1, 1 / 3, 97005.30000000001, math.nextafter(1.0, 2.0), 5e-324, 1.7e308])
def test_doubles_keep_every_bit(writer: sqlite3.Connection, client: Client, value: float) -> None:
    add_minutes(writer, [(0, value, value, value, value, value, value, 4, 4)])
    for timeframe in ("1m", "1d"):
        candles = ask(client, timeframe=timeframe)["candles"]
        assert [candles[name] for name in ("open", "close", "vBuy", "vSell")] == [[value]] * 4


def test_a_missing_minute_makes_the_sources_of_its_longer_bar_0(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 7)
    add_flat_minutes(writer, 8, 7)

    assert ask(client, timeframe="5m")["candles"]["sources"] == [4, 0, 4]
    assert 7 not in opens(ask(client, timeframe="1m")), "the minute itself is absent, not invented"


def test_a_forming_bar_expects_minutes_up_to_the_newest_stored_one(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 8)
    answer = ask(client, timeframe="5m")
    assert answer["candles"]["sources"] == [4, 4]
    assert answer["forming"] is True

    add_flat_minutes(writer, 9, 1)  # minute 8 is missing now
    answer = ask(client, timeframe="5m")
    assert answer["candles"]["sources"] == [4, 0]
    assert answer["forming"] is False, "its last minute is stored"


def test_only_the_newest_bar_is_forming(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 8)
    assert ask(client, timeframe="5m", to=START + FIVE)["forming"] is False
    assert ask(client, timeframe="1m")["forming"] is False, "a stored minute is closed"
    assert ask(client, timeframe="1d")["forming"] is True


def test_unknown_completeness_stays_unknown(writer: sqlite3.Connection, client: Client) -> None:
    add_minutes(writer, [(n, 1, 1, 1, 1, 1, 1, None, None) for n in range(3)])
    for timeframe in ("1m", "3m"):
        candles = ask(client, timeframe=timeframe)["candles"]
        assert set(candles["sources"] + candles["configured"]) == {None}


def test_the_range_is_half_open_on_the_opens(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 20)
    assert opens(ask(client, timeframe="5m", from_=START, to=START + 10 * MINUTE)) == [0, 5]
    assert opens(ask(client, timeframe="5m", from_=START + 1, to=START + 10 * MINUTE)) == [5]
    assert opens(ask(client, timeframe="5m", from_=START + 1, to=START + 10 * MINUTE + 1)) == [5, 10]
    assert opens(ask(client, timeframe="5m", from_=START + FIVE, to=START + FIVE)) == []


def test_a_bar_cut_by_the_range_is_made_of_all_its_minutes(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 20)
    answer = ask(client, timeframe="5m", from_=START + 2 * MINUTE, to=START + 7 * MINUTE)
    assert opens(answer) == [5]
    assert answer["candles"]["vBuy"] == [5.0]
    assert answer["candles"]["sources"] == [4]


def test_with_from_the_first_bars_without_it_the_last(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 60)
    assert opens(ask(client, timeframe="5m", from_=START + FIVE, limit=2)) == [5, 10]
    assert opens(ask(client, timeframe="5m", limit=2)) == [50, 55]
    assert opens(ask(client, timeframe="5m", to=START + 30 * MINUTE, limit=2)) == [20, 25]


def test_limits_count_bars_that_exist_across_a_hole(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 10)
    add_flat_minutes(writer, 5000, 10)
    assert opens(ask(client, timeframe="5m", limit=3)) == [5, 5000, 5005]
    assert opens(ask(client, timeframe="5m", from_=START + FIVE, limit=2)) == [5, 5000]
    assert opens(ask(client, timeframe="1m", limit=11))[:2] == [9, 5000]


def test_500_bars_unless_a_range_begins_somewhere(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 700)
    assert opens(ask(client, timeframe="1m")) == list(range(200, 700))
    assert opens(ask(client, timeframe="1m", from_=0)) == list(range(700))


def test_bars_are_aligned_to_the_epoch(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 7, 2000)
    for timeframe, span in {"3m": 3, "15m": 15, "30m": 30, "1h": 60, "4h": 240, "1d": 1440}.items():
        times = ask(client, timeframe=timeframe)["candles"]["timestamp"]
        assert all(time % (span * MINUTE) == 0 for time in times), timeframe
    assert ask(client, timeframe="1d")["candles"]["timestamp"] == [START, START + DAY]


def test_one_exchange_says_whether_each_of_its_minutes_is_whole(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 5)
    for number, complete in enumerate([1, 2, 0, 1, 1]):
        writer.execute(
            "INSERT INTO exchange_candles VALUES (?, 'BTC/USDT', 'okx', 10, 12, 9, 11, 0.5, 0.25, 3, ?)",
            (START + number * MINUTE, complete),
        )
    minutes = ask(client, timeframe="1m", exchange="okx")
    assert minutes["candles"]["sources"] == [1, 1, 0, 1, 1]
    assert minutes["candles"]["configured"] == [1] * 5
    assert minutes["candles"]["high"] == [12.0] * 5
    five = ask(client, timeframe="5m", exchange="okx")["candles"]
    assert (five["sources"], five["vBuy"]) == ([0], [2.5])
    assert opens(ask(client, exchange="bybit")) == [], "known, but it has no minute here"


def test_an_exchange_that_fell_silent_lacks_minutes_and_forms_no_bar(
    writer: sqlite3.Connection, client: Client
) -> None:
    add_flat_minutes(writer, 0, 128)
    for number in range(8):
        writer.execute(
            "INSERT INTO exchange_candles VALUES (?, 'BTC/USDT', 'okx', 10, 12, 9, 11, 0.5, 0.25, 3, 1)",
            (START + number * MINUTE,),
        )
    silent = ask(client, timeframe="5m", exchange="okx")
    assert opens(silent) == [0, 5]
    assert silent["candles"]["sources"] == [1, 0], "minutes 8 and 9 are two hours overdue"
    assert silent["forming"] is False
    day = ask(client, timeframe="1d", exchange="okx")
    assert (day["candles"]["sources"], day["forming"]) == ([0], True), "okx may come back within the day"


def test_the_pair_is_the_first_configured_one_unless_named(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 3, price=100.0)
    add_minutes(writer, [(n, 7, 7, 7, 7, 1, 1, 4, 4) for n in range(1, 3)], pair="ETH/USDT")
    for number, pair in enumerate(["ETH/USDT", "BTC/USDT"]):
        writer.execute("INSERT INTO configurations VALUES (?, 0, ?, '{}', 'perpetual', '[]', '1')", (number + 1, pair))
    assert ask(client, timeframe="5m")["candles"]["open"] == [7.0]
    assert ask(client, timeframe="5m")["candles"]["sources"] == [0], "its minute 0 is missing, whatever others have"
    assert ask(client, timeframe="5m", pair="BTC/USDT")["candles"]["open"] == [100.0]


def test_a_pair_that_was_only_imported_is_known(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 10, 1)
    add_minutes(writer, [(0, 7, 7, 7, 7, 1, 1, None, None)], pair="ETH/USDT")
    assert ask(client, pair="ETH/USDT")["candles"]["close"] == [7.0]


def test_a_database_without_candles_answers_empty_columns(writer: sqlite3.Connection, client: Client) -> None:
    assert writer.execute("SELECT count(*) FROM candles").fetchone() == (0,)
    answer = ask(client)
    assert answer["candles"] == {name: [] for name in answer["candles"]}
    assert answer["snapshot"]["newest"] is None
    assert answer["forming"] is False


@pytest.mark.parametrize(
    ("query", "field", "says"),
    [
        ("timeframe=2m", "timeframe", "'1m', '3m', '5m'"),
        ("timeframe=", "timeframe", "'1m'"),
        ("pair=DOGE/USDT", "pair", "BTC/USDT"),
        ("exchange=kraken", "exchange", "binance, bybit, coinbase, okx"),
        ("limit=0", "limit", "greater than or equal to 1"),
        ("limit=-5", "limit", "greater than or equal to 1"),
        ("limit=100001", "limit", "less than or equal to 100000"),
        ("limit=5.0", "limit", "whole number"),
        ("limit=many", "limit", "whole number"),
        ("limit=", "limit", "whole number"),
        ("from=yesterday", "from", "whole number"),
        ("from=1e3", "from", "whole number"),
        ("from=-1", "from", "greater than or equal to 0"),
        ("from=99999999999999999999", "from", "less than or equal to"),
        ("to=1.5", "to", "whole number"),
        ("from=2&to=1", "from", "must not be after"),
        ("format=xml", "format", "'json'"),
        ("tf=5m", "tf", "no parameter"),
    ],
)
def test_a_wrong_parameter_is_named_with_what_is_allowed(
    writer: sqlite3.Connection, client: Client, query: str, field: str, says: str
) -> None:
    add_flat_minutes(writer, 0, 1)
    answer = client.get(f"/api/candles?{query}")
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "field"}
    assert error["field"] == field
    assert says in error["message"]


def test_the_end_of_time_is_a_range_too(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 2)
    assert opens(ask(client, timeframe="1d", from_=0, to=2**53 - 1)) == [0]
    assert opens(ask(client, timeframe="1d", from_=2**53 - 2, to=2**53 - 1)) == []


SPANS = {"1m": 1, "3m": 3, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "4h": 240, "1d": 1440}


def naive_bars(minutes: list[tuple[Any, ...]], span: int, begin: int, end: int) -> list[dict[str, Any]]:
    """Bars by the definition, one at a time; instants in minutes since START."""
    newest = max(minute[0] for minute in minutes)
    bars = []
    for number in sorted({minute[0] // span * span for minute in minutes}):
        if not begin <= number < end:
            continue
        of_bar = [minute for minute in minutes if number <= minute[0] < number + span]
        whole = len(of_bar) == min(number + span, newest + 1) - number
        unknown = any(minute[7] is None for minute in of_bar)
        known = [minute[8] for minute in of_bar if minute[8] is not None]
        bars.append(
            {
                "timestamp": START + number * MINUTE,
                "open": of_bar[0][1],
                "high": max(minute[2] for minute in of_bar),
                "low": min(minute[3] for minute in of_bar),
                "close": of_bar[-1][4],
                "vBuy": sum(minute[5] for minute in of_bar),
                "vSell": sum(minute[6] for minute in of_bar),
                "sources": 0 if not whole else None if unknown else min(minute[7] for minute in of_bar),
                "configured": max(known, default=None),
            }
        )
    return bars


@st.composite
def markets(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    numbers = sorted(draw(st.sets(st.integers(0, 90) | st.integers(1400, 1500), min_size=1, max_size=40)))
    amounts = st.integers(0, 1000).map(float)  # whole, so that sums are exact in any order
    completeness = st.sampled_from([(4, 4), (3, 4), (0, 4), (2, 3), (None, None)])
    return [(n, *draw(st.tuples(*[amounts] * 6)), *draw(completeness)) for n in numbers]


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    minutes=markets(),
    timeframe=st.sampled_from(sorted(SPANS)),
    begin=st.none() | st.integers(0, 1600),
    length=st.integers(0, 1600),
    limit=st.none() | st.integers(1, 30),
)
def test_bars_made_in_sql_are_those_of_the_definition(
    tmp_path_factory: pytest.TempPathFactory,
    minutes: list[tuple[Any, ...]],
    timeframe: str,
    begin: int | None,
    length: int,
    limit: int | None,
) -> None:
    path: Path = tmp_path_factory.mktemp("market") / "trading.db"
    writer = create(path)
    add_minutes(writer, minutes)
    query: dict[str, object] = {"timeframe": timeframe}
    end = (begin or 0) + length
    query["to"] = START + end * MINUTE
    if begin is not None:
        query["from_"] = START + begin * MINUTE
    if limit is not None:
        query["limit"] = limit
    expected = naive_bars(minutes, SPANS[timeframe], begin or 0, end)
    if limit is not None:
        expected = expected[:limit] if begin is not None else expected[-limit:]

    with web_client(path) as client:
        candles = ask(client, **query)["candles"]
    writer.close()

    rows = [dict(zip(candles, row, strict=True)) for row in zip(*candles.values(), strict=True)]
    assert rows == expected

"""GET /api/statistics/candles and /api/patterns against the stored rows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from example_database import START, add_flat_minutes
from traded import END, HOLE, OKX_AWAY, OUTAGE, at
from web_client import web_client

from webapp import limits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from web_client import Client

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@pytest.fixture(scope="module")
def reader(traded_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One browser for all that only read."""
    with web_client(traded_once, tmp_path_factory.mktemp("page")) as client:
        yield client


def rows(path: Path, query: str, *values: object) -> list[tuple[float, ...]]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as sql:
        return sql.execute(query, values).fetchall()


def candles(client: Client, query: str = "") -> dict[str, dict[str, dict[str, float]]]:
    answer = client.get(f"/api/statistics/candles{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def patterns(client: Client, query: str = "") -> dict[str, object]:
    answer = client.get(f"/api/patterns{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_sums_are_of_the_stored_minutes_of_the_confirmed_bars(traded_once: Path, reader: Client) -> None:
    found = candles(reader)
    end = at(END - END % 5)
    ((buys, sells, count),) = rows(
        traded_once, "SELECT sum(vBuy), sum(vSell), count(*) FROM candles WHERE timestamp < ?", end
    )
    figures = found["figures"]
    assert (found["from"], found["to"]) == (at(-240), end)
    assert (figures["volume"]["value"], figures["volume"]["n"]) == (pytest.approx(buys + sells), count)
    assert figures["delta"]["value"] == pytest.approx(buys - sells)
    assert figures["taker_buy_share"]["value"] == pytest.approx(buys / (buys + sells) * 100)


def test_minutes_are_counted_by_how_complete_they_are(reader: Client) -> None:
    found = candles(reader)["completeness"]
    assert found == {
        "whole": END - END % 5 - len(HOLE) - len(OKX_AWAY) - 1 - len(OUTAGE),
        "healed": len(OUTAGE),
        "partial": len(OKX_AWAY) + 1,  # the minute okx came back in, too
        "missing": len(HOLE),
        "unknown": 240,
    }
    before = candles(reader, f"?from={at(1590)}&to={at(1650)}")["completeness"]
    assert before == {"whole": 29, "healed": 0, "partial": 31, "missing": 0, "unknown": 0}


def test_each_exchanges_share_of_volume_delta_and_completeness(traded_once: Path, reader: Client) -> None:
    begin, end = at(1590), at(1650)
    found = {each["exchange"]: each for each in candles(reader, f"?from={begin}&to={end}")["exchanges"]}
    query = """SELECT exchange, sum(vBuy + vSell), sum(vBuy - vSell), count(*), sum(complete > 0) FROM exchange_candles
               WHERE timestamp >= ? AND timestamp < ? GROUP BY exchange"""
    stored = rows(traded_once, query, begin, end)
    every = sum(volume for _, volume, *_ in stored)
    for exchange, volume, delta, count, complete in stored:
        assert found[exchange] == {
            "exchange": exchange,
            "share": pytest.approx(volume / every * 100),
            "volume": pytest.approx(volume),
            "delta": pytest.approx(delta),
            "complete": pytest.approx(complete / 60 * 100),
            "n": count,
        }
    assert found["okx"]["complete"] == pytest.approx(29 / 60 * 100)
    assert sum(each["share"] for each in found.values()) == pytest.approx(100.0)


def test_hours_and_weekdays_are_utc(traded_once: Path, reader: Client) -> None:
    found = candles(reader, f"?to={at(HOLE.start)}")
    query = """SELECT timestamp / 3600000, sum(vBuy + vSell), count(*) FROM candles WHERE timestamp < ? GROUP BY 1"""
    whole = [(int(hour), volume) for hour, volume, count in rows(traded_once, query, at(HOLE.start)) if count == 60]
    assert found["hours"]["hour"] == list(range(24))
    assert found["hours"]["n"] == [sum(hour % 24 == each for hour, _ in whole) for each in range(24)]
    friday = [volume for hour, volume in whole if (hour // 24 + 3) % 7 == 4]
    assert (found["weekdays"]["weekday"][4], found["weekdays"]["n"][4]) == ("Friday", 24)
    assert found["weekdays"]["volume"][4] == pytest.approx(sum(friday) / 24)
    assert set(found["hours"]["volume"]) == {None}, "no hour of the day is there five times"


def test_a_span_that_is_over_does_not_change_with_what_comes_later(traded: Path, traded_client: Client) -> None:
    urls = [f"/api/statistics/candles?from={at(100)}&to={at(4000)}", f"/api/patterns?from={at(100)}&to={at(4000)}"]
    before = [traded_client.get(url).json() for url in urls]
    with closing(sqlite3.connect(traded, isolation_level=None)) as sql:
        sql.execute("UPDATE candles SET high = high * 2, vBuy = vBuy + 100 WHERE timestamp >= ?", (at(4000),))
    for url, was in zip(urls, before, strict=True):
        now = traded_client.get(url).json()
        assert now.pop("snapshot") != was.pop("snapshot")
        assert now == was


def test_without_candles_everything_is_null_and_nothing_fails(writer: sqlite3.Connection, client: Client) -> None:
    found = candles(client)
    assert (found["pair"], found["from"], found["to"]) == (None, None, None)
    assert {figure["value"] for figure in found["figures"].values()} == {None}
    assert found["completeness"] == {"whole": 0, "healed": 0, "partial": 0, "missing": 0, "unknown": 0}
    assert client.get("/api/patterns").json()["error"]["code"] == "no_account"
    add_flat_minutes(writer, 0, 3)
    found = candles(client)
    assert (found["from"], found["completeness"]["whole"]) == (None, 0), "no bar of 5 minutes is confirmed yet"
    assert patterns(client)["bars"] == 0


def test_more_minutes_than_are_looked_at_are_refused_or_the_last_so_many_are(
    writer: sqlite3.Connection, client: Client
) -> None:
    add_flat_minutes(writer, 0, 10)
    add_flat_minutes(writer, limits.FIGURE_MINUTES + 5, 5)
    refused = client.get(f"/api/statistics/candles?from={START}").json()["error"]
    assert (refused["code"], refused["field"]) == ("range_too_long", "from")
    assert "at most 1,600,000 are looked at" in refused["message"]
    assert candles(client)["figures"]["volume"]["n"] == 5


@pytest.mark.parametrize("path", ["/api/statistics/candles", "/api/patterns"])
@pytest.mark.parametrize(
    ("query", "field"),
    [("?timeframe=2m", "timeframe"), ("?from=2&to=1", "from"), ("?pair=ETH/USDT", "pair"), ("?limit=1", "limit")],
)
def test_what_cannot_be_is_refused(reader: Client, path: str, query: str, field: str) -> None:
    answer = reader.get(path + query)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)


def test_patterns_tell_counts_and_intervals_and_null_where_cases_are_few(reader: Client) -> None:
    found = patterns(reader)
    assert (found["confidence"], found["bars"]) == (90, 947 + 1)
    for fills in found["gaps"]["fills"]:
        assert fills["filled"] <= fills["touched"] <= fills["n"]
        assert fills["independent"] < 10, "cases within 200 bars share them"
        assert (fills["filled_percent"], fills["median_bars"]) == (None, None)
    for moves in (*found["after"], *found["every_bar"]):
        assert 0 < moves["independent"] <= moves["n"]
        if moves["independent"] < 10:
            assert (moves["mean_percent"], moves["up_percent"]) == (None, None)
        else:
            for estimate in (moves["mean_percent"], moves["up_percent"]):
                assert estimate["low"] <= estimate["value"] <= estimate["high"]
    assert {(each["event"], each["direction"], each["bars"]) for each in found["after"]} == {
        (event, direction, bars)
        for event in ("cvd_cross", "gap")
        for direction in ("bull", "bear")
        for bars in (1, 3, 6, 12)
    }


def test_every_bars_mean_move_is_that_of_the_candles_answer(reader: Client) -> None:
    closes = reader.get(f"/api/candles?timeframe=1h&from={at(0)}&to={at(2400)}").json()["candles"]["close"]
    (after_one, *_) = patterns(reader, f"?timeframe=1h&from={at(0)}&to={at(2400)}")["every_bar"]
    moves = [(later / now - 1) * 100 for now, later in pairwise(closes)]
    assert after_one["n"] == len(moves) == 39
    assert after_one["mean_percent"]["value"] == pytest.approx(sum(moves) / 39)
    assert after_one["up_percent"]["value"] == pytest.approx(sum(move > 0 for move in moves) / 39 * 100)


def test_the_cvd_before_trades_is_of_the_named_account_without_its_late_trades(reader: Client) -> None:
    for mode, trades, late in (("paper", 40, 1), ("backtest", 20, 0), ("imported", 3, 0)):
        found = patterns(reader, f"?mode={mode}")["cvd_before_trades"]
        classes = found["classes"]
        assert [each["cvd"] for each in classes] == ["low", "middle", "high"]
        assert sum(each["n"] for each in classes) + found["unknown"] + found["late"] == trades
        assert (found["mode"], found["late"]) == (mode, late)


def test_patterns_are_looked_for_with_the_parameters_that_are_named(reader: Client) -> None:
    strict = patterns(reader, "?fvg_sensitivity=low")
    loose = patterns(reader)
    assert strict["parameters"]["fvg_sensitivity"] == "low"
    assert loose["parameters"]["fvg_sensitivity"] == "all"
    assert sum(each["n"] for each in strict["gaps"]["fills"]) < sum(each["n"] for each in loose["gaps"]["fills"])
    refused = reader.get("/api/patterns?fvg_sensitivity=huge").json()["error"]
    assert refused["field"] == "fvg_sensitivity"

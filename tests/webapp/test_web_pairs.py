"""Two pairs in one database, their rows at the same minutes: every answer and every file is of one of them alone."""

from __future__ import annotations

import io
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from example_database import add_flat_minutes, add_minutes
from pdf_text import pages
from predicted import EDGE, predict
from traded import END, at
from two_pairs import AFTER, FIRST, SECOND, follow
from web_client import web_client

from analysis.coins import coins, in_coins

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from web_client import Client

EVERY = (
    *("/api/candles", "/api/completeness", "/api/indicators", "/api/setups", "/api/trades", "/api/orders"),
    *("/api/equity", "/api/statistics", "/api/statistics/candles", "/api/patterns", "/api/predictions"),
    *("/api/export/candles.csv", "/api/export/exchange_candles.csv", "/api/export/trades.csv"),
    *("/api/export/statistics.csv", "/api/report.pdf"),
)
"""Every endpoint that is of a pair, but for the back-test."""

CHEAPER = 5_000
"""ETH costs less all the time, BTC more."""


@pytest.fixture(scope="module")
def reader(two_pairs_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One browser for all questions here that write nothing."""
    with web_client(two_pairs_once, tmp_path_factory.mktemp("page")) as client:
        yield client


def ask(client: Client, path: str, pair: str | None = SECOND, **query: Any) -> Any:
    answer = client.get(path, params=query | ({} if pair is None else {"pair": pair}))
    assert answer.status_code == 200, answer.text
    return answer.json()


def body(client: Client, path: str, pair: str | None) -> bytes:
    answer = client.get(path, params={} if pair is None else {"pair": pair})
    assert answer.status_code == 200, answer.text
    return answer.content


def stored(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as sql:
        return sql.execute(query).fetchall()


def test_the_status_tells_of_each_pair_what_it_is_and_what_there_is_of_it(reader: Client) -> None:
    status = ask(reader, "/api/status", None)
    assert status["pairs"] == [FIRST, SECOND]
    first, second = status["pair_details"]
    assert [(each["name"], each["base"], each["quote"], each["followed"]) for each in (first, second)] == [
        ("BTC/USDT", "BTC", "USDT", True),
        ("ETH/USDT", "ETH", "USDT", True),
    ]
    assert (first["last_candle"], first["order"]) == (status["last_candle"], status["order"])
    assert second["last_candle"]["timestamp"] == at(END - 1)
    assert second["last_candle"]["close"] < CHEAPER
    assert (second["order"]["pair"], second["order"]["entryPrice"] < CHEAPER) == (SECOND, True)
    assert (first["trades"]["imported"], second["trades"]["paper"] != first["trades"]["paper"]) == (3, True)
    assert {(each["pair"], each["mode"]): each["count"] for each in status["trades"]} == {
        (each["name"], mode): count for each in (first, second) for mode, count in each["trades"].items()
    }


def test_the_first_followed_pair_comes_first_and_the_others_keep_their_data(two_pairs: Path, tmp_path: Path) -> None:
    follow(two_pairs, SECOND)
    with web_client(two_pairs, tmp_path / "page") as client:
        status = ask(client, "/api/status", None)
        assert status["pairs"] == [SECOND, FIRST]
        assert [each["followed"] for each in status["pair_details"]] == [True, False]
        assert status["last_candle"]["pair"] == SECOND
        assert ask(client, "/api/candles", None, limit=1)["pair"] == SECOND
        assert ask(client, "/api/trades", FIRST)["trades"] != []
        assert ask(client, "/api/orders", FIRST)["orders"][0]["pair"] == FIRST


@pytest.mark.parametrize("written", ["not json", "{}", "[]", "[1]", "null"])
def test_a_list_of_followed_pairs_that_cannot_be_read_counts_as_none(
    two_pairs: Path, tmp_path: Path, written: str
) -> None:
    with closing(sqlite3.connect(two_pairs)) as sql, sql:
        sql.execute("UPDATE state SET value = ? WHERE key = 'followed'", (written,))
    with web_client(two_pairs, tmp_path / "page") as client:
        status = ask(client, "/api/status", None)
        assert [(each["name"], each["followed"]) for each in status["pair_details"]] == [(FIRST, True), (SECOND, True)]


def test_without_a_list_the_configured_pairs_are_followed_in_the_order_they_came(
    writer: sqlite3.Connection, client: Client
) -> None:
    for number, pair in enumerate((SECOND, FIRST, SECOND), 1):
        writer.execute("INSERT INTO configurations VALUES (?, 0, ?, '{}', 'perpetual', '[]', '1')", (number, pair))
    add_flat_minutes(writer, 0, 2)
    status = ask(client, "/api/status", None)
    assert [(each["name"], each["followed"]) for each in status["pair_details"]] == [(SECOND, True), (FIRST, True)]
    assert status["pair_details"][0]["last_candle"] is None


def test_a_followed_pair_without_a_minute_is_known_and_has_none(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 2)
    writer.execute("INSERT INTO state VALUES ('followed', ?, 0)", (json.dumps([FIRST, SECOND]),))
    answer = ask(client, "/api/candles")
    assert (answer["pair"], answer["newest"], answer["candles"]["timestamp"]) == (SECOND, None, [])


def test_bars_tell_the_newest_minute_of_their_own_pair(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 7)
    add_minutes(writer, [(n, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1, 1) for n in range(3)], SECOND)
    bars = ask(client, "/api/candles", SECOND, timeframe="3m")
    assert (bars["newest"], bars["forming"]) == (bars["candles"]["timestamp"][0] + 2 * 60_000, False)
    assert bars["snapshot"]["newest"] == bars["newest"] + 4 * 60_000


@pytest.mark.parametrize("path", EVERY)
def test_an_answer_is_of_the_first_pair_unless_another_is_asked_for(reader: Client, path: str) -> None:
    first = body(reader, path, None)
    assert first == body(reader, path, FIRST)
    assert (first != body(reader, path, SECOND)) == (path != "/api/predictions")


@pytest.mark.parametrize("path", EVERY)
def test_a_pair_that_is_not_stored_is_refused_by_its_name(reader: Client, path: str) -> None:
    refused = reader.get(path, params={"pair": "XRP/USDT"})
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "pair")
    assert "known: BTC/USDT, ETH/USDT" in refused.json()["error"]["message"]


def test_the_bars_of_a_pair_are_those_it_has_alone(reader: Client, two_pairs_once: Path) -> None:
    for pair in (FIRST, SECOND):
        bars = ask(reader, "/api/candles", pair, timeframe="1d", **{"from": 0})["candles"]
        ((high, low, bought),) = stored(
            two_pairs_once, f"SELECT max(high), min(low), sum(vBuy) FROM candles WHERE pair = '{pair}'"
        )
        assert (max(bars["high"]), min(bars["low"]), sum(bars["vBuy"])) == (high, low, pytest.approx(bought))
        one = ask(reader, "/api/candles", pair, timeframe="1d", exchange="okx", **{"from": 0})["candles"]
        assert {price < CHEAPER for price in one["close"]} == {pair == SECOND}


def test_what_the_strategy_sees_and_did_is_told_in_prices_of_the_pair(reader: Client) -> None:
    seen = ask(reader, "/api/indicators", timeframe="5m")
    assert max(zone["top"] for zone in seen["gaps"]) < CHEAPER
    setups = ask(reader, "/api/setups", limit=50)["setups"]
    assert {event["price"] < CHEAPER for setup in setups for event in setup["events"] if event["price"]} == {True}
    assert {setup["configuration"] for setup in setups} == {AFTER + 1, AFTER + 2}
    assert {setup["trade"] > AFTER for setup in setups if setup["trade"] is not None} == {True}


def test_trades_and_the_open_position_are_those_of_the_pair(reader: Client) -> None:
    trades = ask(reader, "/api/trades")["trades"]
    assert {(each["pair"], each["id"] > AFTER, each["entryPrice"] < CHEAPER) for each in trades} == {
        (SECOND, True, True)
    }
    (order,) = ask(reader, "/api/orders")["orders"]
    assert (order["pair"], order["price"] < CHEAPER, abs(order["to_stop"]) < 100) == (SECOND, True, True)
    story = ask(reader, f"/api/trades/{trades[-1]['id']}", None)
    assert {event["price"] < CHEAPER for event in story["timeline"] if event["price"]} == {True}
    assert story["fill"]["entry_minute"] is not None


def test_an_account_of_a_pair_has_the_figures_it_would_have_alone(reader: Client, two_pairs_once: Path) -> None:
    for pair in (FIRST, SECOND):
        ((count, balance),) = stored(
            two_pairs_once,
            f"SELECT count(*), (SELECT newBalance FROM trades WHERE pair = '{pair}' AND mode = 'paper' "
            f"ORDER BY exitTime DESC LIMIT 1) FROM trades WHERE pair = '{pair}' AND mode = 'paper'",
        )
        found = ask(reader, "/api/statistics", pair)
        assert found["account"] == {"pair": pair, "mode": "paper"}
        assert len(found["entries"]["tradeNumber"]) == count
        assert ask(reader, "/api/equity", pair)["balance"][-1] == pytest.approx(balance)


def test_how_complete_bars_are_is_told_of_the_pair_alone(writer: sqlite3.Connection, client: Client) -> None:
    add_flat_minutes(writer, 0, 5)
    add_minutes(writer, [(n, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0, 1) for n in range(5)], SECOND)
    assert ask(client, "/api/completeness", FIRST, timeframe="5m")["completeness"]["state"] == ["whole"]
    assert ask(client, "/api/completeness", SECOND, timeframe="5m")["completeness"]["state"] == ["lacking"]
    shares = ask(client, "/api/statistics/candles", SECOND, timeframe="5m")["completeness"]
    assert (shares["whole"], shares["partial"]) == (0, 5)


def test_a_pair_has_the_parameters_the_bot_last_ran_it_with(two_pairs: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(two_pairs)) as sql, sql:
        sql.execute(
            "UPDATE configurations SET parameters = json_set(parameters, '$.risk', 'high') WHERE id = ?", (AFTER + 2,)
        )
    with web_client(two_pairs, tmp_path / "page") as client:
        current = ask(client, "/api/parameters", None)["current"]
        assert {pair: each["risk"] for pair, each in current.items()} == {FIRST: "lowest", SECOND: "high"}
        assert ask(client, "/api/patterns")["parameters"]["risk"] == "high"


def test_a_prediction_is_of_its_pair(two_pairs: Path, tmp_path: Path) -> None:
    predict(two_pairs, EDGE)
    predict(two_pairs, replace(EDGE, pair=SECOND, probability_up=0.31))
    with web_client(two_pairs, tmp_path / "page") as client:
        found = {pair: ask(client, "/api/predictions", pair)["prediction"] for pair in (None, FIRST, SECOND)}
        assert {pair: each["probability_up"] for pair, each in found.items()} == {
            None: 0.648,
            FIRST: 0.648,
            SECOND: 0.31,
        }


def test_a_back_test_runs_over_the_candles_of_the_pair(reader: Client) -> None:
    def run(pair: str | None) -> Any:
        body = {"parameters": {"risk": "lowest", "fvg_sensitivity": "all"}, "pair": pair}
        return reader.request("POST", "/api/backtest", json=body).json()

    second = run(SECOND)
    assert {(each["pair"], each["entryPrice"] < CHEAPER) for each in second["trades"]} == {(SECOND, True)}
    assert {each["pair"] for each in run(None)["trades"]} == {FIRST}
    assert run("XRP/USDT")["error"]["field"] == "pair"


def test_units_are_the_coins_of_the_pair() -> None:
    assert (coins("ETH/BTC"), coins("nothing")) == (("ETH", "BTC"), ("BTC", "USDT"))
    assert in_coins("BTC a day, USDT; of BTC/USDT", "ETH/BTC") == "ETH a day, BTC; of BTC/USDT"
    assert in_coins("of USDT.", "BTC/USDT") == "of USDT."


def test_figures_speak_of_the_coins_of_the_pair(reader: Client) -> None:
    figures = ask(reader, "/api/statistics/candles", timeframe="15m")["figures"]
    assert {each["unit"] for each in figures.values()} >= {"ETH", "ETH a day", "USDT"}
    assert ask(reader, "/api/patterns")["trades"]["tables"][0]["unit"] == "ETH"
    told = json.dumps([figures, ask(reader, "/api/patterns"), ask(reader, "/api/statistics")])
    assert "BTC" not in told


@pytest.mark.parametrize("kind", ["candles", "exchange_candles", "trades"])
@pytest.mark.parametrize("form", ["csv", "parquet", "arrow"])
def test_a_file_holds_the_rows_of_the_pair_and_has_its_name(reader: Client, kind: str, form: str) -> None:
    answer = reader.get(f"/api/export/{kind}.{form}", params={"pair": SECOND})
    assert "ETH-USDT" in answer.headers["content-disposition"]
    assert "BTC" not in answer.headers["content-disposition"]
    file = io.BytesIO(answer.content)
    rows = {"csv": pl.read_csv, "parquet": pl.read_parquet, "arrow": pl.read_ipc}[form](file)
    price = rows["entryPrice" if kind == "trades" else "close"]
    assert 0 < price.max() < CHEAPER  # type: ignore[operator]


def test_the_file_of_figures_is_of_the_pair_and_in_its_coins(reader: Client) -> None:
    text = reader.get("/api/export/statistics.csv", params={"pair": SECOND}).text
    assert {line.split(",")[0] for line in text.splitlines()[1:]} == {SECOND}
    assert "BTC" not in text


def test_a_report_speaks_of_its_pair_alone(reader: Client) -> None:
    answer = reader.get("/api/report.pdf", params={"pair": SECOND})
    assert "ETH-USDT" in answer.headers["content-disposition"]
    text = " ".join(pages(answer.content))
    assert "ETH/USDT" in text
    assert "Ashortpositionof1ETH" in text
    assert "BTC" not in text

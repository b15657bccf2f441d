"""GET /api/trades and /api/trades/{id} on a history of trading, against the rows and minutes they are of."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from traded import at

if TYPE_CHECKING:
    from pathlib import Path

    from web_client import Client

BAR, MINUTE = 300_000, 60_000


def rows(path: Path, query: str, *values: object) -> list[dict[str, object]]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as sql:
        sql.row_factory = sqlite3.Row
        return [dict(row) for row in sql.execute(query, values)]


def trades(client: Client, query: str = "") -> list[dict[str, object]]:
    answer = client.get(f"/api/trades{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()["trades"]


def test_rows_of_every_account_come_in_the_order_they_were_closed(traded: Path, traded_client: Client) -> None:
    found = trades(traded_client)
    stored = rows(traded, "SELECT * FROM trades ORDER BY exitTime, id")
    assert [{name: trade[name] for name in stored[0]} for trade in found] == stored
    assert len(found) == 63


def test_a_named_mode_gives_that_account_alone(traded_client: Client) -> None:
    assert [trade["tradeNumber"] for trade in trades(traded_client, "?mode=imported")] == [7, 8, 9]
    assert [trade["tradeNumber"] for trade in trades(traded_client, "?mode=paper")] == list(range(1, 41))


def test_ranges_that_follow_each_other_have_every_trade_once(traded_client: Client) -> None:
    middle = at(2000)
    early, late = trades(traded_client, f"?to={middle}"), trades(traded_client, f"?from={middle}")
    assert early + late == trades(traded_client)
    assert early[-1]["exitTime"] < middle <= late[0]["exitTime"]
    (closed_then,) = trades(traded_client, f"?mode=paper&from={late[0]['exitTime']}&to={late[0]['exitTime'] + 1}")
    assert closed_then == late[0]


def test_what_follows_from_a_row_is_told_with_it(traded_client: Client) -> None:
    found = trades(traded_client, "?mode=paper")
    assert [trade["tradeNumber"] for trade in found if trade["late"]] == [7]
    for trade in found:
        assert trade["duration"] == trade["exitTime"] - trade["entryTime"]
        stop_costs = abs(trade["entryPrice"] - trade["stopLoss"]) * trade["size"]
        assert trade["r"] == pytest.approx(trade["profit"] / stop_costs)
    lost = next(trade for trade in found if trade["outcome"] == "Stop Loss" and not trade["fees"])
    assert lost["r"] == pytest.approx(-1.0)
    assert {trade["r"] for trade in trades(traded_client, "?mode=imported")} == {None}


def test_a_range_lists_the_trades_that_were_open_in_it_and_counts_those_closed_in_it(traded_client: Client) -> None:
    every = trades(traded_client, "?mode=paper")
    one = next(trade for trade in every if trade["exitTime"] - trade["entryTime"] >= 4 * BAR)
    begin = one["entryTime"] + BAR
    inside = trades(traded_client, f"?mode=paper&from={begin}&to={begin + BAR}")
    assert [(trade["id"], trade["counted"]) for trade in inside] == [(one["id"], False)]
    at_its_exit = trades(traded_client, f"?mode=paper&from={begin}&to={one['exitTime'] + 1}")
    assert (at_its_exit[0]["id"], at_its_exit[0]["counted"]) == (one["id"], True)
    assert trades(traded_client, f"?mode=paper&from={one['exitTime'] + 1}&to={one['exitTime'] + 2}") == []
    for begin, end in ((every[3]["entryTime"], every[20]["exitTime"]), (every[7]["exitTime"], every[9]["entryTime"])):
        listed = trades(traded_client, f"?mode=paper&from={begin}&to={end}")
        assert [trade["id"] for trade in listed] == [
            trade["id"] for trade in every if trade["exitTime"] >= begin and trade["entryTime"] < end
        ]
        counted = traded_client.get(f"/api/export/trades.csv?mode=paper&from={begin}&to={end}").text.splitlines()[1:]
        assert len(counted) == sum(trade["counted"] for trade in listed)


def test_every_trades_story_begins_with_its_signal_and_ends_with_its_exit(traded_client: Client) -> None:
    for trade in trades(traded_client):
        if trade["mode"] == "imported":
            continue
        told = traded_client.get(f"/api/trades/{trade['id']}").json()
        listed_alone = {name: trade[name] for name in ("counted", "mfe", "mae")}
        assert told["trade"] | listed_alone == trade
        assert told["setup"]["events"] == told["timeline"]
        assert (told["setup"]["id"], told["setup"]["trade"]) == (trade["setup"], trade["id"])
        assert told["parameters"]["risk"] == "lowest"
        steps = [step["event"] for step in told["timeline"]]
        assert (steps[0], steps[-2], steps[-1]) == ("signal", "entered", "exited")
        assert steps.count("signal") == steps.count("entered") == 1
        entered, left = told["timeline"][-2:]
        assert (entered["timestamp"], entered["price"]) == (trade["entryTime"], trade["entryPrice"])
        assert (left["timestamp"], left["price"]) == (trade["exitTime"], trade["exitPrice"])
        assert (told["stop"], told["target"], told["bar_ms"]) == (trade["stopLoss"], trade["takeProfit"], BAR)


def test_the_zone_is_the_gap_the_trade_was_entered_on(traded_client: Client) -> None:
    for trade in trades(traded_client, "?mode=paper"):
        told = traded_client.get(f"/api/trades/{trade['id']}").json()
        (taken,) = [step for step in told["timeline"] if step["event"] == "gap"]
        zone = told["zone"]
        assert zone["direction"] == ("bull" if trade["entryType"] == "Long" else "bear")
        assert {name: zone[name] for name in ("start", "top", "bottom")} == {
            name: taken["detail"][name] for name in ("start", "top", "bottom")
        }
        assert (zone["kind"], zone["start"] <= zone["end"] == trade["entryTime"]) == ("gap", True)


def test_the_fill_is_in_the_minute_that_really_touched(traded: Path, traded_client: Client) -> None:
    ends = {"Take Profit": 0, "Stop Loss": 0, "Forced Close": 0}
    for trade in trades(traded_client):
        if trade["mode"] == "imported":
            continue
        fill = traded_client.get(f"/api/trades/{trade['id']}").json()["fill"]
        assert fill["entry_minute"] == trade["entryTime"] + BAR - MINUTE
        query = "SELECT timestamp, high, low FROM candles WHERE timestamp >= ? AND timestamp < ? ORDER BY timestamp"
        minutes = rows(traded, query, trade["exitTime"], trade["exitTime"] + BAR)
        touching = [each for each in minutes if each["low"] <= trade["exitPrice"] <= each["high"]]
        expected = minutes[-1] if trade["outcome"] == "Forced Close" else touching[0]
        assert fill["exit_minute"] == expected["timestamp"]
        ends[trade["outcome"]] += 1
    assert min(ends.values()) > 0


def test_of_a_trade_of_the_earlier_bot_no_story_is_known(traded_client: Client) -> None:
    (first, *_) = trades(traded_client, "?mode=imported")
    told = traded_client.get(f"/api/trades/{first['id']}").json()
    assert (told["timeline"], told["zone"], told["stop"], told["target"]) == ([], None, None, None)
    assert told["fill"] == {"entry_minute": None, "exit_minute": None}


def test_a_setups_number_that_comes_again_does_not_lend_its_story(traded: Path, traded_client: Client) -> None:
    trade = trades(traded_client, "?mode=paper")[20]
    told = traded_client.get(f"/api/trades/{trade['id']}").json()["timeline"]
    with closing(sqlite3.connect(traded, isolation_level=None)) as sql:
        begun = told[0]["timestamp"] - BAR
        for event in ("signal", "aborted"):
            sql.execute(
                "INSERT INTO setup_events (timestamp, pair, mode, configuration, setup, event, price, detail)"
                " VALUES (?, 'BTC/USDT', 'paper', 1, ?, ?, 1.0, '{}')",
                (begun, trade["setup"], event),
            )
    assert traded_client.get(f"/api/trades/{trade['id']}").json()["timeline"] == told


def test_a_story_of_another_form_is_left_out_rather_than_failing(traded: Path, traded_client: Client) -> None:
    trade = trades(traded_client, "?mode=paper")[3]
    with closing(sqlite3.connect(traded, isolation_level=None)) as sql:
        sql.execute("UPDATE setup_events SET detail = '[1]' WHERE event = 'gap'")
    told = traded_client.get(f"/api/trades/{trade['id']}").json()
    assert told["zone"] is None
    assert [step["detail"] for step in told["timeline"] if step["event"] == "gap"] == [{"value": [1]}]


@pytest.mark.parametrize(
    ("url", "status", "code", "field", "says"),
    [
        ("/api/trades/64", 404, "unknown_trade", "id", "there is no trade 64; /api/trades lists them by id"),
        ("/api/trades/0", 422, "invalid_parameter", "id", "greater than or equal to 1"),
        ("/api/trades/last", 422, "invalid_parameter", "id", "a whole number written in digits"),
        ("/api/trades?mode=live", 422, "invalid_parameter", "mode", "'paper', 'backtest' or 'imported', not 'live'"),
        ("/api/trades?pair=ETH/USDT", 422, "unknown_pair", "pair", "'ETH/USDT' is not stored; known: BTC/USDT"),
        ("/api/trades?from=2&to=1", 422, "invalid_parameter", "from", "from (2) must not be after to (1)"),
        ("/api/trades?limit=1", 422, "unknown_parameter", "limit", "there is no parameter limit"),
    ],
)
def test_what_cannot_be_is_refused_with_what_is_allowed(
    traded_client: Client, url: str, status: int, code: str, field: str, says: str
) -> None:
    answer = traded_client.get(url)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["field"]) == (status, code, field)
    assert says in error["message"]


@pytest.mark.usefixtures("writer")
def test_an_empty_database_has_no_trades(client: Client) -> None:
    assert trades(client) == []
    assert client.get("/api/trades/1").status_code == 404


def test_a_pair_that_only_has_trades_is_known(traded: Path, traded_client: Client) -> None:
    with closing(sqlite3.connect(traded, isolation_level=None)) as sql:
        sql.execute("UPDATE trades SET pair = 'ETH/USDT' WHERE mode = 'imported'")
    assert len(trades(traded_client, "?pair=ETH/USDT")) == 3
    assert len(trades(traded_client)) == 60
    assert traded_client.get("/api/statistics?pair=ETH/USDT&mode=imported").json()["figures"]["trades"]["value"] == 3


def test_a_known_snapshot_is_not_sent_again(traded_client: Client) -> None:
    for url in ("/api/trades", "/api/trades/5", "/api/orders", "/api/equity", "/api/statistics", "/api/logs"):
        first = traded_client.get(url)
        again = traded_client.get(url, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])


def test_largest_profit_and_loss_while_open_are_those_of_its_minutes(traded: Path, traded_client: Client) -> None:
    """Reckoned anew, minute after minute, for every trade of known size."""
    found = [trade for trade in trades(traded_client) if trade["size"] is not None]
    assert len(found) == 60
    for trade in found:
        sign = 1 if trade["entryType"] == "Long" else -1
        price = trade["exitPrice"]
        upwards = (sign == 1) == (trade["outcome"] == "Take Profit")
        best = worst = 0.0
        for minute in rows(
            traded,
            "SELECT * FROM candles WHERE timestamp >= ? AND timestamp < ? ORDER BY timestamp",
            trade["entryTime"] + BAR,
            trade["exitTime"] + BAR,
        ):
            reached = minute["high"] >= price if upwards else minute["low"] <= price
            if minute["timestamp"] >= trade["exitTime"] and reached and trade["outcome"] != "Forced Close":
                break
            ways = [sign * (each - trade["entryPrice"]) for each in (minute["high"], minute["low"])]
            best, worst = max(best, *ways), min(worst, *ways)
        at_the_exit = sign * (price - trade["entryPrice"])
        best, worst = max(best, at_the_exit), min(worst, at_the_exit)
        assert trade["mfe"] == pytest.approx(best * trade["size"], abs=1e-9)
        assert trade["mae"] == pytest.approx(worst * trade["size"], abs=1e-9)
        assert trade["mae"] <= 0 <= trade["mfe"]


def test_trades_of_unknown_size_or_without_their_minutes_have_no_largest_profit(
    traded: Path, traded_client: Client
) -> None:
    assert {(each["mfe"], each["mae"]) for each in trades(traded_client, "?mode=imported")} == {(None, None)}
    one = max(trades(traded_client, "?mode=paper"), key=lambda each: each["duration"])
    with closing(sqlite3.connect(traded)) as sql, sql:
        span = (one["entryTime"], one["exitTime"] + BAR)
        sql.execute("DELETE FROM candles WHERE timestamp >= ? AND timestamp < ?", span)
    found = {each["id"]: each for each in trades(traded_client, "?mode=paper")}
    assert (found[one["id"]]["mfe"], found[one["id"]]["mae"]) == (None, None)
    assert sum(each["mfe"] is None for each in found.values()) < 5

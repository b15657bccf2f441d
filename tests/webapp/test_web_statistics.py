"""GET /api/statistics: figures against the rows they are of, and against the back-test's on the same trades."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from traded import CHANGED, END, FIRST, at
from typer.testing import CliRunner
from web_client import web_client

from analysis.commands import commands

if TYPE_CHECKING:
    from pathlib import Path

    from web_client import Client

DAY = 86_400_000
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def statistics(client: Client, query: str = "") -> dict[str, dict[str, dict[str, float]]]:
    answer = client.get(f"/api/statistics{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def trades(client: Client, mode: str) -> list[dict[str, float]]:
    return client.get(f"/api/trades?mode={mode}").json()["trades"]


def test_counts_and_sums_are_those_of_the_trades_late_ones_apart(traded_client: Client) -> None:
    timely = [trade["profit"] for trade in trades(traded_client, "paper") if not trade["late"]]
    late = [trade["profit"] for trade in trades(traded_client, "paper") if trade["late"]]
    figures = statistics(traded_client)["figures"]
    wins = sum(profit > 0 for profit in timely)
    assert (figures["trades"]["value"], figures["trades"]["late"]) == (39, {"value": 1.0, "n": 1})
    assert figures["wins"]["value"] == wins
    assert figures["win_rate"]["value"] == pytest.approx(wins / 39 * 100)
    assert figures["total_profit"]["value"] == pytest.approx(sum(timely))
    assert figures["total_profit"]["late"]["value"] == pytest.approx(sum(late))
    assert figures["expectancy"]["value"] == pytest.approx(sum(timely) / 39)
    lost = -sum(profit for profit in timely if profit < 0)
    assert figures["profit_factor"]["value"] == pytest.approx(sum(profit for profit in timely if profit > 0) / lost)
    assert figures["long_trades"]["value"] + figures["short_trades"]["value"] == 39


def test_every_figure_says_its_unit_of_how_many_it_is_and_what(traded_client: Client) -> None:
    for name, figure in statistics(traded_client)["figures"].items():
        assert set(figure) == {"value", "unit", "n", "definition", "note", "late"}, name
        assert figure["definition"].endswith("."), name
        assert isinstance(figure["n"], int), name


def test_a_figure_without_enough_cases_is_null_never_0(traded_client: Client) -> None:
    figures = statistics(traded_client, "?mode=imported")["figures"]
    unknown = {name for name, figure in figures.items() if figure["value"] is None}
    assert {"sqn", "sharpe", "expectancy_low", "expectancy_r", "average_leverage", "max_leverage"} <= unknown
    assert (figures["sqn"]["n"], figures["trades"]["value"]) == (3, 3)
    nothing = statistics(traded_client, f"?to={at(FIRST)}")
    assert nothing["conclusion"] == "no trades: nothing to conclude"
    assert {name for name, figure in nothing["figures"].items() if figure["value"] is not None} == {
        "trades",
        "long_trades",
        "short_trades",
    }


def test_weekdays_and_hours_are_those_of_the_entry_in_utc(traded_client: Client) -> None:
    found = statistics(traded_client)
    timely = [trade for trade in trades(traded_client, "paper") if not trade["late"]]
    assert found["weekdays"]["group"] == WEEKDAYS
    assert found["hours"]["group"] == list(range(24))
    days = [int(trade["entryTime"] // DAY + 3) % 7 for trade in timely]
    hours = [int(trade["entryTime"] % DAY // 3_600_000) for trade in timely]
    assert found["weekdays"]["trades"] == [days.count(day) for day in range(7)]
    assert found["hours"]["trades"] == [hours.count(hour) for hour in range(24)]
    assert found["weekdays"]["profit"][1] is None, "no trade was entered on a Tuesday"
    assert sum(found["weekdays"]["late"]["trades"]) == sum(found["hours"]["late"]["trades"]) == 1


def test_ranges_that_follow_each_other_add_up(traded_client: Client) -> None:
    whole, *parts = (
        statistics(traded_client, query)
        for query in ("", f"?to={at(2500)}", f"?from={at(2500)}&to={at(CHANGED)}", f"?from={at(CHANGED)}")
    )
    for name in ("trades", "wins", "losses", "total_profit", "fees", "price_profit", "long_profit"):
        values = [part["figures"][name]["value"] for part in parts]
        assert sum(values) == pytest.approx(whole["figures"][name]["value"]), name
    assert [part["from"] for part in parts] == [at(FIRST), at(2500), at(CHANGED)]
    assert (whole["from"], whole["to"]) == (at(FIRST), at(END - END % 5))


def test_entries_have_a_row_a_trade(traded_client: Client) -> None:
    entries = statistics(traded_client)["entries"]
    assert entries["tradeNumber"] == list(range(1, 41))
    assert [number for number, late in zip(entries["tradeNumber"], entries["late"], strict=True) if late] == [7]
    first = trades(traded_client, "paper")[0]
    assert entries["leverage"][0] == pytest.approx(first["entryPrice"] * first["size"] / 10_000)


def test_venues_are_told_without_the_exchange_that_was_away(traded_client: Client) -> None:
    venues = {venue["exchange"]: venue for venue in statistics(traded_client)["venues"]}
    assert list(venues) == ["binance", "bybit", "coinbase", "okx"]
    assert {len(venue["trades"]["tradeNumber"]) for venue in venues.values()} == {40}
    assert venues["okx"]["n"] <= venues["binance"]["n"] <= 39
    assert venues["binance"]["profit"] - venues["binance"]["difference"] == pytest.approx(
        sum(
            trade["profit"]
            for trade, profit in zip(trades(traded_client, "paper"), venues["binance"]["trades"]["profit"], strict=True)
            if profit is not None and not trade["late"]
        )
    )
    assert list(statistics(traded_client, "?mode=backtest")["venues"][0]["late"] or []) == []


SETTINGS = ["risk=lowest", "fvg_sensitivity=all", "fee_rate=0.0002"]


def test_figures_agree_with_the_back_tests_on_the_same_trades(traded: Path, tmp_path: Path) -> None:
    """A back-test's trades and open position, stored as an account, are judged as the back-test judges them."""
    begin, end = at(0), at(4500)
    options = ["--db", str(traded), "--from", "2025-05-02", "--to", "2025-05-05T03:00", "--json"]
    settings = [word for setting in SETTINGS for word in ("--set", setting)]
    run = CliRunner().invoke(commands, ["backtest", *options, *settings])
    assert run.exit_code == 0, run.output
    tested = json.loads(run.stdout)
    assert len(tested["trades"]) > 30
    assert tested["open"] is not None
    with closing(sqlite3.connect(traded, isolation_level=None)) as sql:
        for table in ("trades", "orders", "configurations"):
            sql.execute(f"DELETE FROM {table}")
        sql.execute("DELETE FROM candles WHERE timestamp < ? OR timestamp >= ?", (begin, end))
        sql.execute(
            "INSERT INTO configurations VALUES (1, ?, 'BTC/USDT', ?, 'spot', '[]', '')",
            (begin, json.dumps(tested["parameters"])),
        )
        for table, found in (("trades", tested["trades"]), ("orders", [tested["open"]])):
            for each in found:
                row = each | {"configuration": 1, "decided": each["entryTime"] + 302_500}
                row |= {"mode": "paper"} if table == "trades" else {}
                names = ", ".join(row)
                sql.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", [*row.values()])
    with web_client(traded, tmp_path / "page") as client:
        found = statistics(client)
        curve = client.get("/api/equity").json()
    expected = tested["statistics"] | {"account": {"pair": "BTC/USDT", "mode": "paper"}}
    del found["snapshot"]
    assert found == expected
    for name in ("timestamp", "balance", "marked", "drawdown", "balance_drawdown"):
        assert curve[name] == tested["equity"][name], name

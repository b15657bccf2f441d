"""GET /api/equity: balance and marked value against the rows and closes they follow from."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from example_database import START, add_flat_minutes
from traded import CHANGED, END, FIRST, at
from web_client import web_client

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from web_client import Client

BAR, MINUTE = 300_000, 60_000
COLUMNS = ("timestamp", "balance", "marked", "drawdown", "balance_drawdown", "buy_and_hold")


def equity(client: Client, query: str = "") -> dict[str, list[float]]:
    answer = client.get(f"/api/equity{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def rows(path: Path, query: str) -> list[tuple[float, ...]]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as sql:
        return sql.execute(query).fetchall()


def falls(values: Sequence[float], start: float) -> list[float]:
    highest, out = start, []
    for value in values:
        highest = max(highest, value)
        out.append(highest - value)
    return out


def test_the_balance_after_each_exit_is_that_of_the_row(traded: Path, traded_client: Client) -> None:
    for mode in ("paper", "backtest"):
        found = equity(traded_client, f"?mode={mode}")
        after = dict(zip(found["timestamp"], found["balance"], strict=True))
        closed = rows(traded, f"SELECT exitTime, newBalance FROM trades WHERE mode = '{mode}'")
        assert [after[out] for out, _ in closed] == pytest.approx([balance for _, balance in closed])
        assert found["balance"][0] == found["initial_balance"] == 10_000.0


def test_the_marked_value_holds_what_the_open_position_would_bring(traded: Path, traded_client: Client) -> None:
    found = equity(traded_client)
    after = dict(zip(found["timestamp"], zip(found["marked"], found["balance"], strict=True), strict=True))
    closes = dict(rows(traded, f"SELECT timestamp - {BAR - MINUTE}, close FROM candles"))
    query = "SELECT entryType, entryPrice, entryTime, exitTime, fees, exitPrice FROM trades WHERE mode = 'paper'"
    for side, entry, opened, closed, fees, left in rows(traded, query):
        for bar in range(opened, closed, BAR):
            if bar not in after or bar not in closes:
                continue
            gain = closes[bar] - entry if side == "Long" else entry - closes[bar]
            paid = fees / (entry + left) * (entry + closes[bar])
            marked, balance = after[bar]
            assert marked - balance == pytest.approx(gain - paid)


def test_a_drawdown_is_the_fall_from_the_highest_so_far(traded_client: Client) -> None:
    found = equity(traded_client)
    assert found["drawdown"] == pytest.approx(falls(found["marked"], 10_000.0))
    assert found["balance_drawdown"] == pytest.approx(falls(found["balance"], 10_000.0))


def test_columns_have_a_row_a_confirmed_bar(traded_client: Client) -> None:
    found = equity(traded_client)
    assert {len(found[name]) for name in COLUMNS} == {found["bars"]}
    assert (found["from"], found["to"], found["bar_ms"]) == (at(FIRST), at(END - END % 5), BAR)
    assert found["timestamp"][-1] == at(END - END % 5 - 5)
    assert found["bars"] == (END - END % 5 - FIRST) // 5 - 1, "one bar lies in the hole"


@pytest.mark.parametrize("points", [20, 57, 400])
def test_fewer_points_keep_first_last_and_extremes(traded_client: Client, points: int) -> None:
    whole, thin = equity(traded_client), equity(traded_client, f"?points={points}")
    assert len(thin["timestamp"]) <= points < thin["bars"] == whole["bars"]
    kept = [whole["timestamp"].index(time) for time in thin["timestamp"]]
    for name in COLUMNS:
        assert thin[name] == [whole[name][row] for row in kept]
        if name != "balance_drawdown":
            assert (min(thin[name]), max(thin[name])) == (min(whole[name]), max(whole[name]))
    assert (kept[0], kept[-1]) == (0, whole["bars"] - 1)


def test_ranges_that_follow_each_other_carry_the_balance_on(traded_client: Client) -> None:
    whole, early, late = (equity(traded_client, query) for query in ("", f"?to={at(3000)}", f"?from={at(3000)}"))
    for name in ("timestamp", "balance", "marked"):
        assert early[name] + late[name] == pytest.approx(whole[name])
    assert late["initial_balance"] == early["balance"][-1]


def test_a_range_that_the_account_knows_nothing_of_is_empty(traded_client: Client) -> None:
    found = equity(traded_client, f"?to={at(FIRST)}")
    assert [found[name] for name in COLUMNS] == [[]] * 6
    assert (found["bars"], found["from"], found["to"]) == (0, at(FIRST), at(FIRST))


def test_what_holding_brought_is_the_figure_of_that_name(traded_client: Client) -> None:
    found = equity(traded_client)
    figure = traded_client.get("/api/statistics").json()["figures"]["buy_and_hold"]
    assert found["buy_and_hold"][-1] - 10_000 == pytest.approx(figure["value"])


def test_its_deepest_fall_is_the_figure_of_the_account(traded_client: Client) -> None:
    """The one late trade is not in the figure, so it is the account of history that is compared."""
    found = equity(traded_client, "?mode=backtest")
    figures = traded_client.get("/api/statistics?mode=backtest").json()["figures"]
    assert max(found["drawdown"]) == pytest.approx(figures["marked_max_drawdown"]["value"])
    assert max(found["balance_drawdown"]) == pytest.approx(figures["max_drawdown"]["value"])


def test_figures_of_two_accounts_never_mix(traded: Path, traded_client: Client) -> None:
    def all_of(mode: str) -> list[object]:
        found = traded_client.get(f"/api/statistics?mode={mode}").json()
        curve = equity(traded_client, f"?mode={mode}")
        return [{name: value for name, value in each.items() if name != "snapshot"} for each in (found, curve)]

    for mode, others in (("paper", "mode != 'paper'"), ("backtest", "mode != 'backtest'")):
        before = all_of(mode)
        with closing(sqlite3.connect(traded, isolation_level=None)) as sql:
            sql.execute(f"UPDATE trades SET profit = profit * 3, newBalance = newBalance + 5 WHERE {others}")
        assert all_of(mode) == before


def test_bars_that_are_kept_follow_new_minutes_and_corrections(traded: Path, tmp_path: Path) -> None:
    """The answer of an app that has been asked before is that of one that has not."""
    with web_client(traded, tmp_path / "page") as old, closing(sqlite3.connect(traded, isolation_level=None)) as sql:
        equity(old)
        minute = "INSERT INTO candles SELECT timestamp + ?, pair, open, high, low, close + ?, vBuy, vSell, 4, 4"
        changes = [
            (f"{minute} FROM candles WHERE timestamp >= ?", (7 * MINUTE, 3.0, at(END - 7))),
            ("UPDATE candles SET close = close + 50 WHERE timestamp = ?", (at(4496 + 3),)),
            (
                "INSERT INTO candle_corrections (corrected, timestamp, pair) VALUES (?, ?, 'BTC/USDT')",
                (at(END), at(CHANGED)),
            ),
            ("DELETE FROM candles WHERE timestamp >= ? AND timestamp < ?", (at(3300), at(3310))),
        ]
        for statement, values in changes:
            sql.execute(statement, values)
            if "corrections" in statement:
                sql.execute("UPDATE candles SET close = close - 70 WHERE timestamp = ?", (at(CHANGED + 4),))
            with web_client(traded, tmp_path / "page") as new:
                assert equity(old) == equity(new)


def test_an_account_without_a_trade_stays_at_its_initial_balance(writer: sqlite3.Connection, client: Client) -> None:
    writer.execute(
        "INSERT INTO configurations VALUES (1, ?, 'BTC/USDT', '{\"initial_balance\": 500}', '', '[]', '')", (START,)
    )
    add_flat_minutes(writer, 0, 11)
    found = equity(client)
    assert (found["timestamp"], found["balance"], found["marked"]) == ([START, START + BAR], [500.0] * 2, [500.0] * 2)


@pytest.mark.usefixtures("writer")
def test_without_any_pair_there_is_no_account(client: Client) -> None:
    for url in ("/api/equity", "/api/statistics"):
        answer = client.get(url)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["field"]) == (404, "no_account", "pair")
        assert "as soon as the bot has started" in error["message"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?points=19", "points"),
        ("?points=300001", "points"),
        ("?mode=live", "mode"),
        ("?pair=ETH/USDT", "pair"),
        ("?from=2&to=1", "from"),
        ("?from=-1", "from"),
        ("?timeframe=1h", "timeframe"),
    ],
)
def test_what_cannot_be_is_refused(traded_client: Client, query: str, field: str) -> None:
    answer = traded_client.get(f"/api/equity{query}")
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)

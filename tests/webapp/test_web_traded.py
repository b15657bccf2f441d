"""The shared database with a history of trading holds what its page says, the same each time it is built."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import traded as trading
from traded import CHANGED, END, EXCHANGES, FIRST, HOLE, OKX_AWAY, OUTAGE, at

if TYPE_CHECKING:
    from pathlib import Path


def read(path: Path, query: str, *values: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(query, values).fetchall()


@pytest.mark.slow
def test_two_builds_are_the_same_rows(traded_once: Path, tmp_path: Path) -> None:
    trading.build(tmp_path / "trading.db")
    for table in ("candles", "exchange_candles", "trades", "orders", "setup_events", "logs", "verifications"):
        assert read(tmp_path / "trading.db", f"SELECT * FROM {table}") == read(traded_once, f"SELECT * FROM {table}")
    state = "SELECT * FROM state WHERE key NOT IN ('frozen', 'health')"  # of this machine
    assert read(tmp_path / "trading.db", state) == read(traded_once, state)


def test_its_accounts_are_three_with_one_late_trade_and_a_position_left_open(traded_once: Path) -> None:
    counts = read(traded_once, "SELECT mode, count(*), count(size) FROM trades GROUP BY mode")
    assert counts == [("backtest", 20, 20), ("imported", 3, 0), ("paper", 40, 40)]
    late = read(traded_once, "SELECT tradeNumber FROM trades WHERE decided > entryTime + 300000 + 60000")
    assert late == [(7,)]
    assert read(traded_once, "SELECT orderNumber, entryTime FROM orders") == [(41, at(4495))]
    (outcome,) = read(traded_once, "SELECT outcome FROM trades WHERE mode = 'backtest' ORDER BY id DESC LIMIT 1")
    assert outcome == ("Forced Close",)
    assert read(traded_once, "SELECT count(*) FROM setup_events WHERE event = 'aborted'")[0][0] == 26


def test_its_minutes_are_imported_partial_healed_and_missing_where_it_says(traded_once: Path) -> None:
    def sources(minutes: range) -> list[tuple[object, ...]]:
        query = "SELECT sources, configured, count(*) FROM candles WHERE timestamp >= ? AND timestamp < ? GROUP BY 1, 2"
        return read(traded_once, query, at(minutes.start), at(minutes.stop))

    assert sources(range(trading.EARLIER, 0)) == [(None, None, 240)]
    assert sources(range(FIRST)) == [(1, 1, 1440)]
    assert sources(OKX_AWAY) == [(3, 4, 30)]
    assert sources(OUTAGE) == [(4, 4, len(OUTAGE))]
    assert sources(HOLE) == []
    healed = read(traded_once, "SELECT exchange, count(*) FROM exchange_candles WHERE complete = 2 GROUP BY exchange")
    assert healed == [(exchange, len(OUTAGE)) for exchange in EXCHANGES]
    assert read(traded_once, "SELECT max(timestamp) FROM candles") == [(at(END - 1),)]
    assert read(traded_once, "SELECT count(*) FROM candle_corrections") == [(1,)]


def test_its_bot_was_configured_twice_and_verified_twice(traded_once: Path) -> None:
    since = read(traded_once, "SELECT since FROM configurations ORDER BY id")
    assert since == [(at(FIRST),), (at(CHANGED),)]
    verdicts = read(traded_once, "SELECT differences FROM verifications ORDER BY id")
    assert [len(json.loads(str(text))) for (text,) in verdicts] == [1, 0]
    assert read(traded_once, "SELECT level, count(*) FROM logs GROUP BY level") == [("info", 56), ("warning", 1)]

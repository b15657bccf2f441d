"""How SQLite walks the tables: ranges of a key, never a whole table, and no sort of stored rows without a range."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from webapp import queries

if TYPE_CHECKING:
    import sqlite3

PARAMETERS = dict.fromkeys(("pair", "exchange", "from", "to", "span", "limit", "newest"), 1)
SERIES = {"candles": queries.AGGREGATED, "exchange_candles": queries.OF_EXCHANGE}


def plan(writer: sqlite3.Connection, sql: str) -> list[str]:
    writer.execute(queries.BARS_TABLE)
    return [row[3] for row in writer.execute(f"EXPLAIN QUERY PLAN {sql}", PARAMETERS)]


@pytest.mark.parametrize("table", SERIES)
@pytest.mark.parametrize("statement", ["first", "last", "minutes", "bars"])
def test_a_range_is_searched_by_the_primary_key(writer: sqlite3.Connection, table: str, statement: str) -> None:
    steps = plan(writer, asdict(SERIES[table])[statement])
    ranged = f"SEARCH {table} USING PRIMARY KEY (timestamp>? AND timestamp<?)"
    assert ranged in steps
    assert not [step for step in steps if step.startswith(f"SCAN {table}")]


@pytest.mark.parametrize("table", SERIES)
def test_bars_are_read_in_the_order_of_their_opens_without_a_sort(writer: sqlite3.Connection, table: str) -> None:
    steps = plan(writer, asdict(SERIES[table])["bars"])
    assert steps[0] in {"SCAN bar", "SCAN temp.bar"}
    assert not [step for step in steps if "TEMP B-TREE" in step]


@pytest.mark.parametrize("table", SERIES)
@pytest.mark.parametrize("statement", ["first", "last", "minutes"])
def test_the_key_gives_the_order_without_a_sort(writer: sqlite3.Connection, table: str, statement: str) -> None:
    assert not [step for step in plan(writer, asdict(SERIES[table])[statement]) if "TEMP B-TREE" in step]


def test_the_newest_minute_of_a_pair_is_found_without_a_sort(writer: sqlite3.Connection) -> None:
    assert not [step for step in plan(writer, queries.NEWEST_OF_PAIR) if "TEMP B-TREE" in step]


NAMED = dict.fromkeys(
    ("pair", "mode", "from", "to", "level", "event", "limit", "setup", "entry", "exit", "before", "skip", "id"), 1
)
MINUTES = {
    "PRICES": "candles",
    "MINUTES_OF_SPAN": "candles",
    "BAR": "candles",
    "EXTREMES": "candles",
    "MINUTES_BY_STATE": "candles",
    "VENUE_MINUTES": "exchange_candles",
    "EXCHANGE_SHARES": "exchange_candles",
}
INDEXED = {
    "TRADES": "SEARCH trades USING INDEX trades_by_exit (exitTime>? AND exitTime<?)",
    "TRADE": "SEARCH trades USING INTEGER PRIMARY KEY (rowid=?)",
    "TIMELINE": "SEARCH setup_events USING INDEX setup_events_by_time (timestamp>? AND timestamp<?)",
    "EVENTS": "SEARCH setup_events USING INDEX setup_events_by_time (timestamp>? AND timestamp<?)",
    "SIGNAL_BEFORE": "SEARCH setup_events USING INDEX setup_events_by_time (timestamp<?)",
    "SIGNAL_FROM": "SEARCH setup_events USING INDEX setup_events_by_time (timestamp>?)",
    "LOGS_FIRST": "SEARCH logs USING INDEX logs_by_time (timestamp>? AND timestamp<?)",
    "LOGS_LAST": "SEARCH logs USING INDEX logs_by_time (timestamp>? AND timestamp<?)",
}


def steps(writer: sqlite3.Connection, name: str) -> list[str]:
    return [row[3] for row in writer.execute(f"EXPLAIN QUERY PLAN {getattr(queries, name)}", NAMED)]


@pytest.mark.parametrize("name", MINUTES)
def test_minutes_for_figures_are_searched_by_the_primary_key(writer: sqlite3.Connection, name: str) -> None:
    found = steps(writer, name)
    assert f"SEARCH {MINUTES[name]} USING PRIMARY KEY (timestamp>? AND timestamp<?)" in found
    assert not [step for step in found if step.startswith(("SCAN candles", "SCAN exchange_candles"))]


@pytest.mark.parametrize("name", INDEXED)
def test_rows_of_an_account_are_searched_by_an_index_and_not_sorted(writer: sqlite3.Connection, name: str) -> None:
    found = steps(writer, name)
    assert INDEXED[name] in found
    assert "USE TEMP B-TREE FOR ORDER BY" not in found

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

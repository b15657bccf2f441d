"""`cvdbot migrate`: what it brings up to date, and what it refuses and leaves as it is."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from command import call, refusal

from bot.core.schema import NEWEST


def made(path, version, tables=()):
    with closing(sqlite3.connect(path)) as sql:
        for table in tables:
            sql.execute(f"CREATE TABLE {table} (a)")
        sql.execute(f"PRAGMA user_version = {version}")
    return path


def test_an_empty_database_gets_the_tables_and_a_second_time_changes_nothing(tmp_path):
    path = made(tmp_path / "trading.db", 0)
    assert call("migrate", "--db", path)[0] == f"database version {NEWEST}, brought up from 0\n"
    assert call("migrate", "--db", path)[0] == f"database version {NEWEST}\n"
    with closing(sqlite3.connect(path)) as sql:
        assert sql.execute("SELECT count(*) FROM candles").fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("version", "tables", "sentence"),
    [
        (2000, ("candles", "exchange_candles", "trades", "state"), "update cvdbot here"),
        (1, ("songs",), "is the database of another program"),
    ],
)
def test_a_newer_database_and_a_strangers_are_refused_as_they_are(tmp_path, version, tables, sentence):
    path = made(tmp_path / "trading.db", version, tables)
    before = path.read_bytes()
    assert sentence in refusal("migrate", "--db", path)
    assert path.read_bytes() == before


def test_what_is_not_there_is_not_made(tmp_path):
    assert "there is no database at" in refusal("migrate", "--db", tmp_path / "trading.db")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "trading.db").write_text("a letter, longer than the header of a database " * 10)
    assert "is not a SQLite database" in refusal("migrate", "--db", tmp_path / "trading.db")

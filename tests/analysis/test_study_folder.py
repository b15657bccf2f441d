from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from analysis.errors import StudyError
from analysis.study.learning import folder
from analysis.study.learning.predictions import Live, Prediction, beside, live, newest, store

FIVE = 300_000
FIRST = Prediction("BTC/USDT", "5m", 0, FIVE, 10, 0.6, "logistic", 0, 100, True, False, 0.55, 0.03, 2_475, None)


def test_a_file_is_whole_or_not_there(tmp_path):
    path = tmp_path / "study" / "model.json"
    folder.write(path, lambda beside: beside.write_text("old"))

    def interrupted(beside):
        beside.write_text("ha")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        folder.write(path, interrupted)
    assert path.read_text() == "old"
    assert [each.name for each in path.parent.iterdir()] == ["model.json"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "study").write_text("a file")
    with pytest.raises(StudyError, match=r"study/x/report\.md cannot be written: Not a directory"):
        folder.write_texts(tmp_path / "study" / "x", {"report.md": ""})


def test_the_folder_is_beside_the_database(tmp_path):
    assert folder.folder(None, tmp_path / "trading.db", "BTC/USDT", "5m") == tmp_path / "study" / "BTC-USDT-5m"
    assert folder.folder(tmp_path, None, "BTC/USDT", "1h") == tmp_path / "BTC-USDT-1h"


def test_a_report_of_another_version_is_none_and_a_damaged_one_is_named(tmp_path):
    assert folder.report(tmp_path) is None
    path = tmp_path / "report.json"
    path.write_text(json.dumps({"version": 99}))
    assert folder.report(tmp_path) is None
    path.write_text("{")
    with pytest.raises(StudyError, match="run `cvdbot ml evaluate` again"):
        folder.report(tmp_path)


def test_what_came_is_filled_in_once_and_counts(tmp_path):
    path = beside(tmp_path / "trading.db")
    assert newest(path, "BTC/USDT") is None
    store(path, FIRST, {})
    store(path, replace(FIRST, bar=FIVE, closes=2 * FIVE, probability_up=0.4), {0: True})
    store(path, replace(FIRST, bar=2 * FIVE, closes=3 * FIVE), {0: False, FIVE: True, 99: True})
    found = newest(path, "BTC/USDT")
    assert found is not None
    assert found[0].bar == 2 * FIVE
    assert found[1] == live(path, "BTC/USDT", "5m") == Live(2, 1)  # 0.6 and it rose; 0.4 and it rose
    assert newest(path, "ETH/USDT") is None


def test_a_bar_that_stood_still_counts_for_nothing(tmp_path):
    path = tmp_path / "analysis.db"
    store(path, FIRST, {})
    store(path, replace(FIRST, bar=FIVE, closes=2 * FIVE), {})
    assert live(path, "BTC/USDT", "5m") == Live(0, 0)


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + b"\xff" * 5_000])
def test_a_file_that_is_no_database_is_refused_or_empty(tmp_path, content):
    path = tmp_path / "analysis.db"
    path.write_bytes(content)
    if not content:
        assert newest(path, "BTC/USDT") is None
    else:
        with pytest.raises(StudyError, match=r"analysis\.db cannot be read"):
            newest(path, "BTC/USDT")
        with pytest.raises(StudyError, match=r"analysis\.db cannot be written"):
            store(path, FIRST, {})


def test_a_newer_file_is_left_alone(tmp_path):
    path = tmp_path / "analysis.db"
    with closing(sqlite3.connect(path)) as sql, sql:
        sql.execute("PRAGMA user_version = 2")
    before = path.read_bytes()
    for read in (lambda: newest(path, "BTC/USDT"), lambda: store(path, FIRST, {})):
        with pytest.raises(StudyError, match="written by a newer cvdbot"):
            read()
    assert path.read_bytes() == before

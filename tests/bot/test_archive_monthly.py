"""The bot moves old rows by itself while it trades, and stores on afterwards what waited."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from botprocess import MINUTE, bot, rows, simulating, wait_for
from test_truth import VENUES, check_candles_are_the_function, newest

from bot.core.times import DAY

OLD = """
WITH RECURSIVE minutes (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM minutes WHERE number < 199999)
INSERT INTO exchange_candles SELECT ? + number * 60000, 'BTC/USDT', 'okx', 1, 1, 1, 1, 0, 0, 1, 1 FROM minutes
"""


@pytest.mark.simulated
@pytest.mark.slow
def test_a_month_of_rows_moves_while_the_bot_trades_and_no_minute_is_missing(tmp_path):
    log, archives = tmp_path / "bot.log", tmp_path.glob
    with simulating(tmp_path, "--speed", 120, "--seed", 4, "--start", "2025-11-24T10:00:00Z"):
        with bot(tmp_path) as process:
            began = wait_for(lambda: newest(tmp_path), process, log)
        with closing(sqlite3.connect(tmp_path / "trading.db")) as sql, sql:
            sql.execute(OLD, (began - 300 * DAY,))  # 139 days of them
        with bot(tmp_path) as process:
            wait_for(lambda: rows(tmp_path, "SELECT 1 FROM logs WHERE event = 'archive'"), process, log)
            at = newest(tmp_path)
            wait_for(lambda: newest(tmp_path) >= at + 5 * MINUTE, process, log)
    assert [each.name for each in sorted(archives("archive_*"))] == ["archive_2025.db"]
    assert rows(tmp_path, "SELECT count(*) FROM exchange_candles WHERE timestamp < ?", began) == [(0,)]
    with closing(sqlite3.connect(tmp_path / "archive_2025.db")) as sql:
        assert sql.execute("SELECT count(*) FROM exchange_candles").fetchone() == (200_000,)
    stored = [timestamp for (timestamp,) in rows(tmp_path, "SELECT timestamp FROM candles ORDER BY timestamp")]
    assert stored == list(range(stored[0], stored[-1] + 1, MINUTE))
    assert rows(tmp_path, VENUES)
    check_candles_are_the_function(tmp_path)

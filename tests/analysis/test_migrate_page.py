"""docs/migrate.md: its commands do what it says, and its numbers are those of the recorded day."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from command import call
from recorded import DATA, needs_recorded

PAGE = (Path(__file__).parents[2] / "docs" / "migrate.md").read_text()


def test_there_are_five_steps():
    assert re.findall(r"^(\d)\. ", PAGE, re.MULTILINE) == ["1", "2", "3", "4", "5"]


@needs_recorded
def test_the_earlier_bot_s_files_are_imported_and_trade_what_the_page_says(tmp_path):
    shutil.copy(DATA / "candles_1m_2025-05-02.json", tmp_path / "candles_1m.json")
    shutil.copy(DATA / "trades_2025-05-02.json", tmp_path / "trades.json")
    (tmp_path / "current_candle.json").write_text("{}")
    database = tmp_path / "trading.db"
    said, _ = call("import", tmp_path, "--db", database)
    assert "left out, it is the earlier bot's unfinished minute" in said
    assert "1,000 candles added" in said
    with closing(sqlite3.connect(database)) as sql:
        imported = sql.execute("SELECT entryPrice, exitPrice, profit FROM trades WHERE mode = 'imported'").fetchall()
    answer = json.loads(call("backtest", "--db", database, "--json")[0])
    traded = [(each["entryPrice"], each["exitPrice"], each["profit"]) for each in answer["trades"]]
    on_the_page = [
        (float(entry), float(out), float(profit))
        for entry, out, profit in re.findall(r"Long [\d:]+ \| ([\d.]+) \| [\d:]+ \| ([\d.]+) \| ([\d.]+) \|", PAGE)
    ]
    assert [tuple(round(number, 2) for number in row) for row in imported + traded] == on_the_page

"""The bot backs itself up once a day, while it trades."""

import sqlite3
from contextlib import closing

import pytest
from botprocess import MINUTE, bot, rows, simulating, wait_for
from test_truth import newest


@pytest.mark.more
def test_the_bot_makes_a_backup_a_day_and_says_so(tmp_path):
    (tmp_path / "ssd").mkdir()
    with simulating(tmp_path, "--speed", 1200, "--rate", 0.5):
        config = tmp_path / "bot.toml"
        config.write_text(config.read_text() + '\n[backup]\nfolder = "ssd"\nkeep = 2\n')
        with bot(tmp_path) as process:
            log = tmp_path / "bot.log"
            wait_for(lambda: len(rows(tmp_path, "SELECT 1 FROM logs WHERE event = 'backup'")) == 2, process, log, 120)
            day = newest(tmp_path)
    files = sorted((tmp_path / "ssd").iterdir())
    assert len(files) == 2
    with closing(sqlite3.connect(files[-1])) as sql:
        (last,) = sql.execute("SELECT max(timestamp) FROM candles").fetchone()
    assert day - 90 * MINUTE <= last <= day

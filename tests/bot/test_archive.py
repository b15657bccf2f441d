"""Rows that move to an archive are lost never and counted once, whatever happens; everything reads on as before."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest
from command import call, refusal
from damage import says_on_a_full_disk
from offline import OfflineBot, market
from traded import CHANGE, END, STRATEGY, at, build, copy
from web_client import web_client

from bot.archiving import due
from bot.config import ArchiveSettings
from bot.core import archives
from bot.core.times import DAY, MINUTE
from bot.errors import DatabaseError
from bot.records import Correction
from bot.store import archive, backup, rows
from bot.store.database import open_for_reading, open_for_writing, reading
from bot.store.lock import PULL_FILE
from bot.trading.restart import state_key

MOVED = "2025-05-04"
BEFORE = at(2880)
"""Its first minute, of the database's 4507."""
ORDER = {
    "candles": "timestamp, pair",
    "exchange_candles": "timestamp, pair, exchange",
    "candle_corrections": "id",
    "trades": "id",
    "setup_events": "id",
}


@pytest.fixture(scope="module")
def traded_once(tmp_path_factory):
    path = tmp_path_factory.mktemp("traded") / "trading.db"
    build(path)
    return path


@pytest.fixture
def database(traded_once, tmp_path):
    copy(traded_once, tmp_path / "trading.db")
    return tmp_path / "trading.db"


def everything(path):
    """All rows of main file and archives, as everyone reads them."""
    with reading(path) as sql:
        return {table: sql.execute(f"SELECT * FROM {table} ORDER BY {key}").fetchall() for table, key in ORDER.items()}


def counted(path, table="candles"):
    with closing(sqlite3.connect(path)) as sql:
        return sql.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def move(path, before=BEFORE):
    with closing(open_for_writing(path)) as store:
        return archive.move(store, dict.fromkeys(archive.TABLES, before))


def test_the_command_moves_what_is_older_and_the_file_is_smaller(database):
    before, size = everything(database), database.stat().st_size
    said, _ = call("archive", "--before", MOVED, "--db", database)
    assert f"{database.with_name('archive_2025.db')}: 3,113 candles, " in said.splitlines()[0]
    assert counted(database.with_name("archive_2025.db")) == 3113  # minutes -240 to 2879 without a hole of seven
    assert counted(database) == END - 2880
    assert database.stat().st_size < 0.6 * size
    assert everything(database) == before
    assert sorted(each.name for each in database.parent.iterdir() if each.name.startswith((".a", "a"))) == [
        "archive_2025.db"
    ]


def test_it_can_be_asked_as_json_and_again(database):
    (moved,) = json.loads(call("archive", "--before", MOVED, "--db", database, "--json")[0])
    assert moved["rows"]["candles"] == 3113
    assert call("archive", "--before", MOVED, "--db", database)[0] == (
        f"{database} holds nothing from before {MOVED}\n"
    )


def test_what_moves_later_joins_the_archive_of_its_year(database):
    before = everything(database)
    move(database, at(1000))
    move(database, at(2880))
    assert counted(database.with_name("archive_2025.db")) == 3113
    assert everything(database) == before


def test_each_year_has_an_archive_of_its_own(tmp_path):
    """The last ten minutes of 2023, all of 2024 by the day, and the first ten minutes of 2025."""
    start = 1_704_067_200_000  # 2024-01-01T00:00:00Z
    minutes = [start + number * MINUTE for number in range(-10, 0)]
    minutes += [start + day * DAY for day in range(366)]
    minutes += [start + 366 * DAY + number * MINUTE for number in range(10)]
    klines = tmp_path / "klines.csv"
    klines.write_text("".join(f"{open_},100,102,99,101,2,{open_ + 59_999},0,3,0.5,0,0\n" for open_ in minutes))
    path = tmp_path / "trading.db"
    call("import", klines, "--db", path)
    before = everything(path)
    moved = move(path, start + 366 * DAY + 5 * MINUTE)
    assert [(each.archive.name, each.rows["candles"]) for each in moved] == [
        ("archive_2023.db", 10),
        ("archive_2024.db", 366),
        ("archive_2025.db", 5),
    ]
    assert counted(path) == 5
    assert everything(path) == before


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("last year", "--before is 'last year'; allowed: a day, UTC, such as 2025-01-01"),
        ("2025-02-30", "--before is '2025-02-30'; allowed: a day, UTC, such as 2025-01-01"),
        ("2026-01-01", "--before is 2026-01-01; allowed: a day up to 2025-05-04, one before the newest candle"),
    ],
)
def test_a_day_that_cannot_be_meant_is_refused(database, day, sentence):
    assert refusal("archive", "--before", day, "--db", database) == sentence
    assert not database.with_name("archive_2025.db").exists()


def test_there_is_nothing_to_archive_where_there_is_no_database(tmp_path):
    assert refusal("archive", "--before", MOVED, "--db", tmp_path / "no.db").startswith("there is no database at")
    assert list(tmp_path.iterdir()) == []


# Everyone reads on


def test_a_verdict_over_archive_and_main_file_is_the_one_before(database):
    before = json.loads(call("verify", "--db", database, "--json")[0])
    move(database)
    assert json.loads(call("verify", "--db", database, "--json")[0]) == before
    assert before["differences"] == []


@pytest.mark.slow
def test_a_back_test_and_the_web_app_answer_as_before(database):
    def answers():
        with web_client(database) as client:
            told = client.get(f"/api/candles?timeframe=15m&from={at(2700)}&to={at(3100)}").json()["candles"]
        return json.loads(call("backtest", "--db", database, "--json")[0]), told

    before = answers()
    move(database)
    assert answers() == before


def test_rows_that_move_while_a_reader_begins_are_counted(database, monkeypatch):
    """Between its look into the folder and its first row the archive is named and the rows leave the main file."""
    before = everything(database)
    look = archives.beside

    def look_and_move(path):
        found = look(path)
        monkeypatch.setattr(archives, "beside", look)
        move(path)
        return found

    monkeypatch.setattr(archives, "beside", look_and_move)
    assert everything(database) == before
    assert counted(database) == END - 2880, "they have moved"
    assert everything(database) == before


def test_a_bot_whose_state_is_lost_goes_through_the_archives_too(database):
    def recovered(path):
        with closing(open_for_writing(path)) as store, store.transaction() as sql:
            sql.execute("DELETE FROM state WHERE key = ?", (state_key("BTC/USDT"),))
        four = ("binance", "bybit", "coinbase", "okx")
        with OfflineBot(path, at(END) + 2_500, four, **STRATEGY, **CHANGE) as bot:
            bot.live(at(END), market(600, seed=9))
        return everything(path)

    moved = database.with_name("moved") / "trading.db"
    moved.parent.mkdir()
    copy(database, moved)
    move(moved)
    assert recovered(moved) == recovered(database)


def test_klines_of_the_time_of_an_archive_are_there_already(database, tmp_path):
    klines = tmp_path / "klines.csv"
    klines.write_text(
        "".join(f"{at(n)},100,102,99,101,2,{at(n + 1) - 1},0,3,0.5,0,0\n" for n in [*range(100, 110), 2500])
    )
    move(database)
    before = everything(database)
    said, _ = call("import", klines, "--db", database, "--json")
    assert json.loads(said)[0]["added"] == 1  # of the hole; the other ten are in the archive, with other prices
    after = everything(database)
    assert len(after["candles"]) == len(before["candles"]) + 1
    assert set(before["candles"]) <= set(after["candles"])


def test_a_correction_after_all_others_moved_has_an_id_of_its_own(database):
    move(database, at(END) - DAY)
    with closing(open_for_writing(database)) as store, store.transaction() as sql:
        rows.put_corrections(sql, "BTC/USDT", [Correction(at(4000), None)], at(END))
    ids = [row[0] for row in everything(database)["candle_corrections"]]
    assert ids == [1, 2]


def test_an_archive_that_is_damaged_is_named_by_who_needs_it_and_nothing_is_computed_without_it(database):
    move(database, at(1000))
    old = database.with_name("archive_2025.db")
    old.chmod(0o640)
    old.write_bytes(b"\xff" * old.stat().st_size)
    for command in (("verify",), ("backtest",), ("archive", "--before", MOVED)):
        assert f"{old} is" in refusal(*command, "--db", database)
    assert counted(database) == END - 1000 - 7


# Backups


def test_a_backup_takes_an_archive_that_was_made_anew(database, tmp_path):
    folder = tmp_path / "ssd"
    folder.mkdir()
    before = everything(database)
    move(database, at(1000))
    backup.make(database, folder, at(END))
    move(database, at(2880))
    made = backup.make(database, folder, at(END) + DAY)
    assert (folder / "archive_2025.db").read_bytes() == database.with_name("archive_2025.db").read_bytes()
    again = tmp_path / "new" / "trading.db"
    backup.restore(made.path, again)
    assert everything(again) == before


# Whatever happens


def test_a_pull_that_never_ends_moves_nothing(database, monkeypatch):
    monkeypatch.setattr(archive, "PULL_SECONDS", 0.1)
    before = everything(database)
    with closing(open_for_writing(database)) as store:
        pull = ["flock", "--shared", "--no-fork", database.parent / PULL_FILE, "sleep", "60"]  # as the PC's key does
        with subprocess.Popen(pull) as pulling:
            time.sleep(0.3)
            with pytest.raises(DatabaseError, match=r"a pull of .* did not end: nothing was moved, try again"):
                archive.move(store, dict.fromkeys(archive.TABLES, at(2880)))
            pulling.kill()
    assert not database.with_name("archive_2025.db").exists()
    assert everything(database) == before


def test_a_full_disk_is_a_sentence_and_loses_nothing(database):
    before = everything(database)
    complaint = says_on_a_full_disk(100, "archive", "--before", MOVED, "--db", database, cwd=database.parent)
    assert "archive_2025.db can't be" in complaint.splitlines()[-1]
    assert everything(database) == before
    assert not list(database.parent.glob(".archive*"))


MOVE = """
import sys
from contextlib import closing
from pathlib import Path
from bot.store import archive
from bot.store.database import open_for_writing
with closing(open_for_writing(Path(sys.argv[1]))) as store:
    print("begun", flush=True)
    archive.move(store, dict.fromkeys(archive.TABLES, int(sys.argv[2])))
"""


@pytest.mark.slow
@pytest.mark.parametrize("kills", [8, pytest.param(50, marks=pytest.mark.more)])
def test_killed_at_any_moment_no_row_is_lost_and_none_counts_twice(database, kills):
    """Each run moves some hours more and is killed within the time that the one before it took or a bit later."""
    before, rng, longest = everything(database), random.Random(kills), 0.03
    killed = 0
    for number in range(kills):
        cut = at(-240 + 3000 * (number + 1) // kills)
        with subprocess.Popen(
            [sys.executable, "-c", MOVE, database, str(cut)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout.readline() == "begun\n"
            began = time.monotonic()
            try:
                process.wait(rng.random() * longest)
                longest = time.monotonic() - began
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                killed += 1
                longest *= 1.2
        assert everything(database) == before, number
    assert killed >= kills // 2, "in the middle"
    move(database)
    assert everything(database) == before
    assert counted(database) == END - 2880


# By schedule


def test_the_bot_moves_what_is_a_month_older_than_it_keeps(database):
    settings = ArchiveSettings(retention_days=90, candle_days=400)
    with closing(open_for_writing(database)) as store:
        assert due(store, settings, at(0) + 119 * DAY) == {}
        then = due(store, settings, at(0) + 121 * DAY)
        assert then["exchange_candles"] == at(0) + 31 * DAY
        assert then["candles"] == at(0) + (121 - 400) * DAY
        assert due(store, ArchiveSettings(0, 0), at(0) + 1000 * DAY) == {}
        (moved,) = archive.move(store, then)
        assert moved.rows == {"exchange_candles": pytest.approx(14_000, rel=0.3)}
    assert counted(database, "exchange_candles") == 0
    assert counted(database) == END + 240 - 7


def test_readers_that_do_not_ask_for_history_see_the_main_file_alone(database):
    move(database)
    with closing(open_for_reading(database)) as sql:
        assert sql.execute("SELECT count(*) FROM candles").fetchone() == (END - 2880,)

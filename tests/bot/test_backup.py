"""A backup is whole or has no name; a restored database goes on with everything; nothing that is there is replaced."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from contextlib import closing

import pytest
from command import call, refusal
from offline import OfflineBot, market
from traded import CHANGE, END, STRATEGY, at, build, copy

from bot.core.times import DAY
from bot.errors import DatabaseError
from bot.store import backup, rows
from bot.store.database import open_for_writing

NOW = 1_746_187_200_000
TABLES = ("candles", "exchange_candles", "trades", "orders", "setup_events", "configurations", "state")


@pytest.fixture(scope="module")
def traded(tmp_path_factory):
    """A database with candles, trades and an open position, its newest rows still in the WAL."""
    path = tmp_path_factory.mktemp("traded") / "trading.db"
    build(path)
    return path


@pytest.fixture
def database(traded, tmp_path):
    folder = tmp_path / "pi"
    folder.mkdir()
    copy(traded, folder / "trading.db")
    return folder / "trading.db"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "ssd").mkdir()
    return tmp_path / "ssd"


def contents(path):
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as sql:
        return {table: sql.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall() for table in TABLES}


def test_a_backup_holds_everything_in_one_file(database, folder):
    made = backup.make(database, folder, NOW)
    assert made.path.name == "trading-20250502T120000Z.db"
    assert [each.name for each in folder.iterdir()] == [made.path.name]
    assert contents(made.path) == contents(database)
    assert contents(database)["orders"], "a position is open"
    assert backup.last(database) == (NOW, str(made.path))


def test_a_backup_is_made_while_the_bot_writes(database, folder):
    writer = open_for_writing(database)
    try:
        with writer.transaction() as sql:
            rows.put_state(sql, "uncommitted", 1, NOW)
            made = backup.make(database, folder, NOW)
        assert "uncommitted" not in {row[0] for row in contents(made.path)["state"]}
    finally:
        writer.close()


def test_the_newest_are_kept_and_other_files_left_alone(database, folder):
    (folder / "holiday.jpg").write_text("sea")
    (folder / "trading-old.db").write_text("not one of ours")
    for day in range(5):
        made = backup.make(database, folder, NOW + day * DAY, keep=3)
    assert made.removed == 1
    assert sorted(each.name for each in folder.iterdir()) == [
        "holiday.jpg",
        "trading-20250504T120000Z.db",
        "trading-20250505T120000Z.db",
        "trading-20250506T120000Z.db",
        "trading-old.db",
    ]


def test_a_backup_made_by_a_clock_that_was_set_back_stays_and_the_oldest_go(database, folder):
    for day in (0, 300, 301):
        backup.make(database, folder, NOW + day * DAY, keep=2)
    made = backup.make(database, folder, NOW + DAY, keep=2)
    assert sorted(each.name for each in folder.iterdir()) == [made.path.name, "trading-20260227T120000Z.db"]
    again = backup.make(database, folder, NOW + 2 * DAY, keep=1)
    assert [each.name for each in folder.iterdir()] == [again.path.name]


def test_an_old_backup_that_can_not_be_removed_is_no_trouble(database, folder):
    (folder / "trading-20200101T000000Z.db").mkdir()
    made = backup.make(database, folder, NOW, keep=1)
    assert made.removed == 0
    assert backup.last(database) == (NOW, str(made.path))


def test_a_folder_that_can_not_be_looked_at_is_named(database, folder):
    """As one that the unit hides (/home), or on a disk that was pulled out."""
    with pytest.raises(DatabaseError, match="no backup could be written to"):
        backup.make(database, folder / ("x" * 300), NOW)


def test_what_a_killed_backup_left_is_taken_away_after_a_day(database, folder):
    for age, name in ((3 * 86_400, ".trading-20250401T120000Z.db.part"), (60, ".trading-20250502T115900Z.db.part")):
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, (time.time() - age,) * 2)
    made = backup.make(database, folder, NOW)
    assert sorted(each.name for each in folder.iterdir()) == [".trading-20250502T115900Z.db.part", made.path.name]


def archive(path):
    """An archive as far as a backup looks at it."""
    with closing(sqlite3.connect(path)) as sql, sql:
        sql.execute("CREATE TABLE candles (timestamp, year)")
        sql.execute("INSERT INTO candles VALUES (1, ?)", (path.stem,))
    return path


def test_archives_that_the_folder_lacks_are_copied(database, folder):
    for year in (2023, 2024):
        archive(database.parent / f"archive_{year}.db")
    backup.make(database, folder, NOW)
    first = (folder / "archive_2023.db").stat().st_ino
    backup.make(database, folder, NOW + DAY)
    assert (folder / "archive_2023.db").stat().st_ino == first, "it was there already"
    assert contents_of(folder / "archive_2024.db") == [(1, "archive_2024")]


def test_an_archive_is_not_copied_again_each_day_to_a_disk_that_keeps_even_seconds(database, folder):
    made = archive(database.parent / "archive_2023.db")
    os.utime(made, (1_700_000_001.9, 1_700_000_001.9))
    backup.make(database, folder, NOW)
    os.utime(folder / made.name, (1_700_000_000, 1_700_000_000))  # FAT
    first = (folder / made.name).stat().st_ino
    backup.make(database, folder, NOW + DAY)
    assert (folder / made.name).stat().st_ino == first


def contents_of(path):
    with closing(sqlite3.connect(path)) as sql:
        return sql.execute("SELECT * FROM candles").fetchall()


def test_an_archive_that_is_damaged_is_said_and_the_database_is_backed_up_all_the_same(database, folder):
    archive(database.parent / "archive_2023.db").write_bytes(b"\xff" * 8192)
    with pytest.raises(DatabaseError, match=r"archive_2023\.db is not a SQLite database"):
        backup.make(database, folder, NOW)
    assert [each.name for each in folder.iterdir()] == ["trading-20250502T120000Z.db"]
    assert backup.last(database) == (NOW, str(folder / "trading-20250502T120000Z.db"))


def test_an_archive_that_is_damaged_keeps_no_other_from_being_copied(database, folder):
    archive(database.parent / "archive_2023.db").write_bytes(b"\xff" * 8192)
    archive(database.parent / "archive_2024.db")
    with pytest.raises(DatabaseError, match=r"archive_2023\.db is not a SQLite database"):
        backup.make(database, folder, NOW)
    assert contents_of(folder / "archive_2024.db") == [(1, "archive_2024")]


def test_a_folder_that_vanished_is_named_and_not_made(database, tmp_path):
    with pytest.raises(DatabaseError, match=r"the backup folder .*/ssd is not there: make it, or mount the disk"):
        backup.make(database, tmp_path / "ssd", NOW)
    assert not (tmp_path / "ssd").exists()


def test_a_damaged_database_makes_no_backup_and_removes_none(database, folder):
    good = backup.make(database, folder, NOW)
    for side in ("-wal", "-shm"):
        database.with_name(database.name + side).unlink(missing_ok=True)
    with database.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096 * 4)
    with pytest.raises(DatabaseError, match="damaged"):
        backup.make(database, folder, NOW + DAY, keep=1)
    assert [each.name for each in folder.iterdir()] == [good.path.name]
    assert backup.last(database) == (NOW, str(good.path))


def test_a_restored_database_is_the_same_and_can_be_written(database, folder, tmp_path):
    made = backup.make(database, folder, NOW)
    archive(folder / "archive_2024.db")
    again = tmp_path / "new" / "pi" / "trading.db"
    assert backup.restore(made.path, again) == made.newest
    assert contents(again) == contents(database)
    assert contents_of(again.parent / "archive_2024.db") == [(1, "archive_2024")]
    writer = open_for_writing(again)
    with writer.transaction() as sql:
        rows.put_state(sql, "alive", 1, NOW)
    writer.close()


def test_a_restore_puts_no_archive_in_the_place_of_another(database, folder, tmp_path):
    made = backup.make(database, folder, NOW)
    archive(folder / "archive_2024.db")
    pi = tmp_path / "new"
    pi.mkdir()
    with closing(sqlite3.connect(archive(pi / "archive_2024.db"))) as sql, sql:
        sql.executemany("INSERT INTO candles VALUES (?, 'newer')", ((each,) for each in range(2000)))
    with pytest.raises(DatabaseError, match=r"new/archive_2024\.db is there already, and .* is another"):
        backup.restore(made.path, pi / "trading.db")
    assert len(contents_of(pi / "archive_2024.db")) == 2001
    assert not (pi / "trading.db").exists()
    (folder / "archive_2024.db").unlink()
    backup.restore(made.path, pi / "trading.db")
    assert contents(pi / "trading.db") == contents(database)


def published(database, folder):
    """The database as sync publishes it: a link to a read-only file, with its WAL beside what it points to."""
    generation = folder / "generations" / "7"
    generation.mkdir(parents=True)
    for side in ("", "-wal"):
        copy_ = generation / f"trading.db{side}"
        shutil.copyfile(database.with_name(f"trading.db{side}"), copy_)
        copy_.chmod(0o440)
    (folder / "trading.db").symlink_to(generation / "trading.db")
    return folder / "trading.db"


@pytest.mark.parametrize("source", ["backup", "pc"])
def test_a_restored_bot_has_the_position_and_the_account_and_makes_the_next_trades(database, folder, tmp_path, source):
    """The market of the next ten hours, once to the bot whose card lived on, once to the one on a new card."""

    def next_trades(path):
        four = ("binance", "bybit", "coinbase", "okx")
        with OfflineBot(path, at(END) + 2_500, four, **STRATEGY, **CHANGE) as bot:
            opened = bot.followed.desk.order
            bot.live(at(END), market(600, seed=9))
        with closing(sqlite3.connect(path)) as sql:
            trades = sql.execute("SELECT * FROM trades WHERE mode = 'paper' ORDER BY id").fetchall()
            return opened, trades, sql.execute("SELECT * FROM setup_events ORDER BY id").fetchall()

    with closing(open_for_writing(database)) as writer, writer.transaction() as sql:
        rows.put_state(sql, "in the wal", 1, NOW)
    file = backup.make(database, folder, NOW).path if source == "backup" else published(database, tmp_path / "pc")
    again = tmp_path / "new" / "trading.db"
    backup.restore(file, again)
    before = len(contents(database)["trades"])
    opened, trades, events = next_trades(database)
    assert opened is not None
    assert (opened, trades, events) == next_trades(again)
    assert len(trades) > 3
    assert len(contents(again)["trades"]) > before


def test_the_pcs_copy_is_restored_with_its_wal(database, tmp_path):
    writer = open_for_writing(database)
    with writer.transaction() as sql:
        rows.put_state(sql, "in the wal", 1, NOW)
    copied = published(database, tmp_path / "pc")
    writer.close()
    again = tmp_path / "pi2" / "trading.db"
    backup.restore(copied, again)
    assert "in the wal" in {row[0] for row in contents(again)["state"]}
    open_for_writing(again).close()


def test_what_cannot_be_restored_is_said_and_changes_nothing(database, folder, tmp_path):
    made = backup.make(database, folder, NOW)
    with pytest.raises(DatabaseError, match="is there already: move it away first"):
        backup.restore(made.path, database)
    with pytest.raises(DatabaseError, match="there is no file"):
        backup.restore(tmp_path / "nothing.db", tmp_path / "new.db")
    foreign = tmp_path / "foreign.db"
    with closing(sqlite3.connect(foreign)) as sql, sql:
        sql.execute("CREATE TABLE other (a)")
    (tmp_path / "text.db").write_text("no database " * 100)
    with made.path.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096 * 4)
    for file, words in ((foreign, "another program"), (tmp_path / "text.db", "not a SQLite"), (made.path, "damaged")):
        with pytest.raises(DatabaseError, match=words):
            backup.restore(file, tmp_path / "new" / "trading.db")
        assert [each.name for each in (tmp_path / "new").iterdir() if each.name != ".writer"] == []


def test_the_commands_say_what_was_done(database, folder, tmp_path):
    said, _ = call("backup", "--db", database, "--to", folder)
    (made,) = folder.iterdir()
    assert said.startswith(f"{made}: ")
    assert said.rstrip().endswith(", verified")
    again = tmp_path / "again" / "trading.db"
    said, _ = call("restore", made, "--db", again)
    assert said.startswith(f"{again} made of {made}, with candles to ")
    assert "is there already" in refusal("restore", made, "--db", again)
    assert "name the folder with --to FOLDER" in refusal("backup", "--db", database)


def test_the_folder_may_be_set_in_bot_toml_relative_to_it(database, folder, tmp_path):
    config = tmp_path / "bot.toml"
    config.write_text('[backup]\nfolder = "ssd"\nkeep = 2\n')
    call("backup", "--db", database, "--config", config)
    assert len(list(folder.iterdir())) == 1
    config.write_text("[backup]\nkeep = 0\n")
    assert "backup.keep" in refusal("backup", "--db", database, "--config", config)


def test_status_is_amber_without_a_backup_and_when_it_is_old(database, folder):
    status = lambda: json.loads(call("status", "--db", database, "--json", code=1)[0])  # noqa: E731 - old candles
    with closing(sqlite3.connect(database)) as sql, sql:
        sql.execute("UPDATE state SET value = '\"exchanges\"' WHERE key = 'origin'")
    assert status()["amber"] == [
        "there is no backup: set folder under [backup] in bot.toml, or run `cvdbot backup --to FOLDER`"
    ]
    made = backup.make(database, folder, NOW)
    assert status()["amber"][0].startswith("the newest backup is ")
    call("backup", "--db", database, "--to", folder)
    assert status()["amber"] == []
    assert status()["backup"]["path"] != str(made.path)

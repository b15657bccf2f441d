"""Which copies are not published: damaged, half old, older, of another program, of a newer version."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from pc import write_minutes

from bot.core import schema
from bot.store.database import Database, open_for_writing
from sync import verify
from sync.errors import RefusedError, TornError

Copy = Callable[[str], Path]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "pi" / "trading.db"


@pytest.fixture
def database(source: Path) -> Database:
    return open_for_writing(source)


@pytest.fixture
def copy(source: Path, tmp_path: Path) -> Copy:
    """Copy the database as a pull leaves it; an unchanged main file is a link to the one of the copy before."""

    def make(name: str, same_main_as: str | None = None) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        if same_main_as is None:
            shutil.copy(source, folder / "trading.db")
        else:
            os.link(tmp_path / same_main_as / "trading.db", folder / "trading.db")
        if source.with_name("trading.db-wal").exists():
            shutil.copy(source.with_name("trading.db-wal"), folder / "trading.db-wal")
        return folder

    return make


def change(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as sql:
        sql.execute(statement)


def test_the_first_copy_is_checked_in_full_and_tells_what_it_holds(database: Database, copy: Copy) -> None:
    write_minutes(database, 0, 3)
    first = copy("first")
    assert verify.check(first, None, fresh=True, in_full=False) == verify.Verdict(new_main=True, in_full=True)
    facts = verify.look(first)
    assert (facts.rows, facts.newest, facts.frozen) == (3, 120_000, True)
    assert facts.wal_bytes > 3 * 4096
    database.close()


def test_a_longer_wal_beside_the_same_main_file_needs_no_full_check_but_the_daily_one(
    database: Database, copy: Copy
) -> None:
    write_minutes(database, 0, 1)
    first = copy("first")
    write_minutes(database, 1, 1)
    second = copy("second", "first")
    assert verify.check(second, first, fresh=False, in_full=False) == verify.Verdict(new_main=False, in_full=False)
    assert verify.check(second, first, fresh=False, in_full=True) == verify.Verdict(new_main=False, in_full=True)
    database.close()


def test_a_copy_that_was_not_frozen_is_checked_in_full(database: Database, copy: Copy) -> None:
    write_minutes(database, 0, 1)
    first = copy("first")
    with database.transaction() as sql:
        sql.execute("UPDATE state SET value = '0' WHERE key = 'frozen'")
    second = copy("second", "first")
    assert verify.check(second, first, fresh=False, in_full=False).in_full
    database.close()


def test_a_new_main_file_with_a_damaged_page_is_torn(database: Database, source: Path, copy: Copy) -> None:
    write_minutes(database, 0, 500)
    database.close()
    open_for_writing(source).close()
    damaged = copy("damaged")
    with (damaged / "trading.db").open("r+b") as file:
        file.seek(-4096, os.SEEK_END)
        file.write(b"\x55" * 4096)
    with pytest.raises(TornError, match="is damaged"):
        verify.check(damaged, None, fresh=True, in_full=False)


def test_a_file_that_is_no_database_is_torn(tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "trading.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(TornError, match="file is not a database"):
        verify.check(tmp_path / "copy", None, fresh=True, in_full=False)


@pytest.mark.parametrize("later_minutes", [0, 5])
def test_a_restarted_wal_beside_the_old_main_file_is_torn(
    database: Database, source: Path, copy: Copy, later_minutes: int
) -> None:
    """The main file was copied before it was folded in, the WAL after: rows would be missing in the middle."""
    write_minutes(database, 0, 5)
    first = copy("first")
    database.close()
    database = open_for_writing(source)
    write_minutes(database, 5, later_minutes)
    second = copy("second", "first")
    with pytest.raises(TornError, match="the WAL was restarted while the main file stayed"):
        verify.check(second, first, fresh=False, in_full=False)
    database.close()


def test_an_older_copy_is_pulled_anew_once_and_then_refused(database: Database, copy: Copy) -> None:
    write_minutes(database, 0, 2)
    older = copy("older")
    write_minutes(database, 2, 1)
    published = copy("published")
    with pytest.raises(
        TornError, match=r"the newest candle of the copy \(60000\) is older than the published one \(120"
    ):
        verify.check(older, published, fresh=False, in_full=False)
    with pytest.raises(RefusedError, match=r"the Pi has an older database.*remove data/current"):
        verify.check(older, published, fresh=True, in_full=False)
    database.close()


def test_a_copy_that_lost_every_candle_is_older(database: Database, copy: Copy) -> None:
    write_minutes(database, 0, 1)
    published = copy("published")
    with database.transaction() as sql:
        sql.execute("DELETE FROM candles")
    with pytest.raises(TornError, match=r"copy \(None\) is older"):
        verify.check(copy("empty"), published, fresh=False, in_full=False)
    database.close()


def test_a_newer_version_is_refused_with_what_to_do(database: Database, source: Path, copy: Copy) -> None:
    database.close()
    change(source, "PRAGMA user_version = 2000")
    with pytest.raises(RefusedError, match=r"has version 2, this .* reads version 1: update cvdbot here"):
        verify.check(copy("newer"), None, fresh=True, in_full=False)


def test_the_major_version_is_the_one_the_bot_makes(database: Database, source: Path) -> None:
    database.close()
    with closing(sqlite3.connect(source)) as sql:
        (made,) = sql.execute("PRAGMA user_version").fetchone()
    assert schema.major(made) == verify.MAJOR == schema.MAJOR


def test_a_column_more_locks_no_older_computer_out(database: Database, source: Path, copy: Copy) -> None:
    database.close()
    change(source, "ALTER TABLE candles ADD COLUMN note TEXT")
    change(source, "PRAGMA user_version = 1001")
    assert verify.look(copy("newer")).rows == 0


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    change(tmp_path / "copy" / "trading.db", "CREATE TABLE bookmarks (url TEXT)")
    with pytest.raises(RefusedError, match="another program's database"):
        verify.check(tmp_path / "copy", None, fresh=True, in_full=False)


def test_a_database_without_tables_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "trading.db").touch()
    with pytest.raises(RefusedError, match="has not finished its first start"):
        verify.check(tmp_path / "copy", None, fresh=True, in_full=False)


def test_a_published_copy_that_was_damaged_since_is_replaced(database: Database, copy: Copy) -> None:
    write_minutes(database, 0, 2)
    published, good = copy("published"), copy("good")
    (published / "trading.db").write_bytes(b"\xff" * 8192)
    assert verify.check(good, published, fresh=False, in_full=False).new_main
    database.close()


def test_an_archive_that_is_new_is_checked_and_one_that_is_published_is_not_read_again(
    database: Database, copy: Copy
) -> None:
    first, second = copy("first"), copy("second")
    for folder in (first, second):
        (folder / "archive_2024.db").write_bytes(b"damaged" * 1000)
    with pytest.raises(TornError, match=r"archive_2024\.db is damaged"):
        verify.check(second, first, fresh=False, in_full=False)
    (second / "archive_2024.db").unlink()
    os.link(first / "archive_2024.db", second / "archive_2024.db")
    assert verify.check(second, first, fresh=False, in_full=False).new_main
    database.close()

"""A full disk and a damaged page are told in a sentence, whichever command meets them."""

import sqlite3
from contextlib import closing

import pytest
from command import refusal
from damage import damage, says_on_a_full_disk

from bot.store import lock
from bot.store.database import explained, open_for_writing
from bot.store.freeze import FrozenFile
from bot.store.lock import WriterLock
from bot.store.migrations import migrate

MINUTE = 60_000
START = 1_763_942_400_000
NOBODY = "".join(
    f'[exchanges.{name}]\nwebsocket = "ws://127.0.0.1:9"\nrest = "http://127.0.0.1:9"\n'
    for name in ("binance", "bybit", "coinbase", "okx")
)


@pytest.fixture
def folder(tmp_path):
    """A folder with the configuration of a bot that reaches nobody, and an archive of 2000 minutes."""
    (tmp_path / "bot.toml").write_text(f'database = "trading.db"\n{NOBODY}')
    (tmp_path / "klines.csv").write_text(
        "".join(
            f"{START + number * MINUTE},100,102,99,101,2,{START + (number + 1) * MINUTE - 1},0,3,0.5,0,0\n"
            for number in range(2000)
        )
    )
    return tmp_path


def test_a_first_start_on_a_full_disk_is_a_sentence(folder):
    complaint = says_on_a_full_disk(40, "run", cwd=folder)
    assert complaint.startswith(f"cvdbot: {folder / 'trading.db'} can't be used (disk I/O error)")
    assert complaint.endswith("and the free space\n")
    assert complaint.count("\n") == 1


def test_an_import_that_fills_the_disk_is_a_sentence_and_writes_nothing(folder):
    open_for_writing(folder / "trading.db").close()
    complaint = says_on_a_full_disk(200, "import", "klines.csv", "--db", "trading.db", cwd=folder)
    assert complaint.startswith(f"cvdbot: {folder / 'trading.db'} can't be used (")
    assert complaint.count("\n") == 1
    with closing(sqlite3.connect(folder / "trading.db")) as sql:
        assert sql.execute("SELECT count(*) FROM exchange_candles").fetchone() == (0,)


@pytest.mark.parametrize(
    ("table", "arguments"),
    [
        ("configurations", ("run", "--config", "bot.toml")),
        ("exchange_candles", ("import", "klines.csv", "--db", "trading.db")),
    ],
)
def test_a_damaged_page_is_a_sentence_at_the_start(folder, monkeypatch, table, arguments):
    monkeypatch.chdir(folder)
    open_for_writing(folder / "trading.db").close()
    damage(folder / "trading.db", table)
    assert refusal(*arguments) == (
        f"{folder / 'trading.db'} is damaged (database disk image is malformed):"
        " put the PC's copy in its place (docs/sync.md)"
    )


def test_a_text_that_is_not_utf_8_is_damage_too(tmp_path):
    with closing(sqlite3.connect(":memory:")) as sql:
        with (
            pytest.raises(Exception, match=r"is damaged .*put the PC's copy"),
            explained(tmp_path / "trading.db"),
        ):
            sql.execute("SELECT CAST(x'ff' AS TEXT)").fetchone()
        with pytest.raises(sqlite3.OperationalError, match="no such table"), explained(tmp_path / "trading.db"):
            sql.execute("SELECT * FROM nowhere")


def test_a_preparation_that_fails_is_what_is_raised_and_frees_the_lock(tmp_path):
    def fails(_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        FrozenFile(tmp_path / "trading.db", fails)
    file = FrozenFile(tmp_path / "trading.db", migrate, start_wait_seconds=0.0)
    assert file.frozen
    file.close()


def test_the_right_to_write_is_had_on_a_full_disk_without_a_name(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(lock.os, "pwrite", full)
    writer = WriterLock(tmp_path)
    with pytest.raises(Exception, match="is being written by another program"):
        WriterLock(tmp_path)
    writer.close()

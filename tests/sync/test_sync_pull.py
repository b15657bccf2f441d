"""A pull through a real sshd: it sees every change, costs little, and never publishes half a copy."""

import os
import random
import sqlite3
import statistics
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from fast_writer import broken_law_of, writing
from pc import MINUTE, Pc, without_ssh, write_minutes
from sshd import Pi

from bot.store.database import Database, open_for_writing
from sync import pull, status

PAYLOAD_GOAL = 8 * 1024
"""Bytes of rsync's protocol a minute, in the mean."""


def minutes(pc: Pc) -> list[int]:
    """The published minutes' numbers."""
    with closing(sqlite3.connect(f"{pc.layout.database.as_uri()}?mode=ro", uri=True)) as sql:
        return [timestamp // MINUTE for (timestamp,) in sql.execute("SELECT timestamp FROM candles ORDER BY timestamp")]


def price(database: Path) -> float:
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as sql:
        return float(sql.execute("SELECT close FROM candles").fetchone()[0])


def test_what_the_bot_commits_is_published_with_the_next_sync(bot: Database, pc: Pc) -> None:
    write_minutes(bot, 0, 3)
    first = pc.sync()
    assert (first.ok, first.published, first.epoch_changed, first.rows, first.newest) == (
        True,
        True,
        True,
        3,
        2 * MINUTE,
    )
    write_minutes(bot, 3, 2)
    second = pc.sync()
    assert (second.ok, second.published, second.epoch_changed, second.rows) == (True, True, False, 5)
    assert minutes(pc) == [0, 1, 2, 3, 4]
    assert (second.generation, second.tries, second.rc, second.error) == ("000002", 1, 0, None)
    assert status.read(pc.layout.status) == second


def test_nothing_new_publishes_nothing_and_costs_a_handshake(bot: Database, pc: Pc) -> None:
    write_minutes(bot, 0, 3)
    pc.sync()
    again = pc.sync()
    assert (again.ok, again.published, again.generation) == (True, False, "000001")
    assert again.payload is not None
    assert again.payload < 400
    assert again.wire is not None
    assert again.payload < again.wire < 12_000


def a_minute(
    sql: sqlite3.Connection, number: int, chance: random.Random, pair: str = "BTC/USDT", *, exchanges: bool = True
) -> None:
    """Insert the rows of one minute of a pair: prices to 0.1 USDT, volumes to 0.001 BTC."""
    prices = [round(65_000 + chance.gauss(0, 40), 1) for _ in range(4)]
    volumes = [round(chance.uniform(1, 60), 3) for _ in range(2)]
    sql.execute("INSERT INTO candles VALUES (?, ?, ?, ?, ?, ?, ?, ?, 4, 4)", (number * MINUTE, pair, *prices, *volumes))
    if exchanges:
        for name in ("binance", "bybit", "coinbase", "okx"):
            prices = [round(price + chance.gauss(0, 5), 1) for price in prices]
            volumes = [round(volume / 4, 3) for volume in volumes]
            row = (number * MINUTE, pair, name, *prices, *volumes, chance.randint(100, 3000))
            sql.execute("INSERT INTO exchange_candles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)", row)


def steady_payloads(pi: Pi, pc: Pc, stored: int, minutes: int, pairs: tuple[str, ...] = ("BTC/USDT",)) -> list[int]:
    """Store that many minutes, pull them, then give the payload of each of the next ones."""
    chance = random.Random(3)
    database = open_for_writing(pi.database)
    with database.transaction() as sql:
        for number in range(stored):
            for pair in pairs:
                a_minute(sql, number, chance, pair, exchanges=number >= stored - 1000)
    assert pi.database.with_name("trading.db-wal").stat().st_size == 0
    assert pc.sync().ok
    payloads = []
    for number in range(stored, stored + minutes):
        with database.transaction() as sql:
            for pair in pairs:
                a_minute(sql, number, chance, pair)
        with database.transaction() as sql:
            line = "candles saved: 60, trades: 1"
            sql.execute(
                "INSERT INTO logs (timestamp, level, event, message) VALUES (?, 'info', 'hour', ?)", (number, line)
            )
        done = pc.sync()
        assert done.published
        assert not done.epoch_changed
        payloads.append(done.payload or 0)
    database.close()
    print(f"{pi.database.stat().st_size / 1e6:.0f} MB: payload a minute {payloads}")  # noqa: T201
    return payloads


@pytest.mark.more
def test_a_minute_costs_a_few_kilobytes_beside_10_megabytes(pi: Pi, pc: Pc) -> None:
    """A candle, a row of each exchange and a log line: 3 to 5 KB, and 9 in a minute that splits pages."""
    payloads = steady_payloads(pi, pc, stored=115_000, minutes=12)
    assert pi.database.stat().st_size > 10_000_000
    assert statistics.mean(payloads) < PAYLOAD_GOAL
    assert max(payloads) < 2 * PAYLOAD_GOAL


@pytest.mark.more
def test_a_minute_of_two_pairs_costs_a_few_hundred_bytes_more(pi: Pi, pc: Pc) -> None:
    """Their rows lie beside each other, in the pages that change for one pair as well: 6.9 KB beside 6.4."""
    payloads = steady_payloads(pi, pc, stored=60_000, minutes=12, pairs=("BTC/USDT", "ETH/USDT"))
    assert statistics.mean(payloads) < 1.5 * PAYLOAD_GOAL


@pytest.mark.torture
def test_a_minute_costs_a_few_kilobytes_beside_200_megabytes(pi: Pi, pc: Pc) -> None:
    payloads = steady_payloads(pi, pc, stored=2_300_000, minutes=60)
    assert pi.database.stat().st_size > 190_000_000
    assert statistics.mean(payloads) < PAYLOAD_GOAL


# What rsync must not overlook


def a_change_that_size_and_second_do_not_show(pi: Pi, pc: Pc, later_ns: int) -> float:
    """Publish a price of 1.5, change it to 2.5 in the main file alone, set its time back; give the synced price."""
    database = open_for_writing(pi.database)
    write_minutes(database, 0, 1)
    database.close()
    open_for_writing(pi.database).close()
    pi.database.with_name("trading.db-wal").unlink()
    second = 1_700_000_000 * 10**9
    os.utime(pi.database, ns=(second, second))
    assert pc.sync().ok
    assert price(pc.layout.database) == 1.5
    size = pi.database.stat().st_size
    with closing(sqlite3.connect(pi.database, isolation_level=None)) as sql:
        sql.execute("UPDATE candles SET close = 2.5")
    assert pi.database.stat().st_size == size
    os.utime(pi.database, ns=(second + later_ns, second + later_ns))
    assert pc.sync().ok
    return price(pc.layout.database)


def test_changed_bytes_of_equal_size_in_the_same_second_are_seen(pi: Pi, pc: Pc) -> None:
    assert a_change_that_size_and_second_do_not_show(pi, pc, later_ns=1_000_000) == 2.5


def test_control_without_the_modify_window_that_change_is_missed(
    pi: Pi, pc: Pc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull, "RSYNC", tuple(word for word in pull.RSYNC if word != "--modify-window=-1"))
    assert a_change_that_size_and_second_do_not_show(pi, pc, later_ns=1_000_000) == 1.5


def test_a_change_under_a_clock_that_was_set_back_25_years_is_seen(pi: Pi, pc: Pc) -> None:
    assert a_change_that_size_and_second_do_not_show(pi, pc, later_ns=-25 * 365 * 86400 * 10**9) == 2.5


@pytest.mark.parametrize("later", [2, 40])
def test_a_wal_that_was_emptied_and_grew_again_is_copied_shorter_and_longer(pi: Pi, pc: Pc, later: int) -> None:
    database = open_for_writing(pi.database)
    write_minutes(database, 0, 20)
    assert pc.sync().ok
    database.close()
    database = open_for_writing(pi.database)
    write_minutes(database, 20, later)
    done = pc.sync()
    assert (done.ok, done.tries, done.epoch_changed) == (True, 1, True)
    assert minutes(pc) == list(range(20 + later))
    database.close()


@pytest.mark.parametrize("later", [2, 40])
def test_control_appending_leaves_that_wal_stale(pi: Pi, pc: Pc, later: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --append the old WAL stays beneath the new main file; what is seen is not what the Pi has."""
    monkeypatch.setattr(pull, "RSYNC", (*pull.RSYNC, "--append"))
    database = open_for_writing(pi.database)
    write_minutes(database, 0, 20)
    assert pc.sync().ok
    database.close()
    database = open_for_writing(pi.database)
    write_minutes(database, 20, later)
    assert pc.sync().tries > 1 or minutes(pc) != list(range(20 + later))
    database.close()


def test_a_wal_that_is_gone_on_the_pi_is_gone_on_the_pc(pi: Pi, pc: Pc) -> None:
    database = open_for_writing(pi.database)
    write_minutes(database, 0, 5)
    assert pc.sync().ok
    database.close()
    with closing(sqlite3.connect(pi.database)) as sql:  # the last to close folds the WAL in and removes it
        sql.execute("SELECT count(*) FROM candles").fetchone()
    assert not pi.database.with_name("trading.db-wal").exists()
    done = pc.sync()
    assert (done.ok, done.rows, done.wal_bytes) == (True, 5, 0)
    assert not (pc.layout.mirror / "trading.db-wal").exists()
    assert not pc.sync().published


def test_archives_come_along_and_stay_when_the_pi_drops_them(pi: Pi, bot: Database, pc: Pc) -> None:
    write_minutes(bot, 0, 1)
    with closing(sqlite3.connect(pi.folder / "archive_2024.db")) as sql:
        sql.execute("CREATE TABLE candles (timestamp INTEGER)")
    (pi.folder / "notes.txt").write_text("not for the PC")
    assert pc.sync().ok
    (pi.folder / "archive_2024.db").unlink()
    write_minutes(bot, 1, 1)
    assert pc.sync().ok
    names = {file.name for file in pc.layout.current.iterdir()}
    assert names == {"trading.db", "trading.db-wal", "trading.db-shm", "archive_2024.db"}
    with closing(sqlite3.connect(f"{(pc.layout.data / 'archive_2024.db').as_uri()}?mode=ro", uri=True)) as sql:
        assert sql.execute("SELECT count(*) FROM candles").fetchone() == (0,)


# What must not be published


def test_a_torn_copy_is_pulled_anew_at_once_and_never_seen(pi: Pi, bot: Database, pc: Pc) -> None:
    """The mirror is damaged where rsync does not look: size and time as before, most of it zeros."""
    write_minutes(bot, 0, 3)
    assert pc.sync().ok
    mirror = pc.layout.mirror / "trading.db"
    times, content = mirror.stat(), mirror.read_bytes()
    mirror.unlink()
    mirror.write_bytes(content[:8192] + bytes(len(content) - 8192))
    os.utime(mirror, ns=(times.st_atime_ns, times.st_mtime_ns))
    write_minutes(bot, 3, 1)
    done = pc.sync()
    assert (done.ok, done.tries, done.generation) == (True, 2, "000002")
    assert pc.pauses == [2.0]
    assert minutes(pc) == [0, 1, 2, 3]
    assert mirror.read_bytes() == pi.database.read_bytes()


def test_every_page_is_checked_once_a_day(bot: Database, pc: Pc) -> None:
    write_minutes(bot, 0, 1)
    first = pc.sync()
    assert first.checked == first.time
    write_minutes(bot, 1, 1)
    second = pc.sync()
    assert second.checked == first.checked
    status.write(pc.layout.status, msgspec.structs.replace(second, checked=second.time - 24 * 3600 * 1000))
    write_minutes(bot, 2, 1)
    third = pc.sync()
    assert third.checked == third.time


def test_an_older_database_on_the_pi_is_refused_with_one_full_pull_and_then_quietly(pi: Pi, pc: Pc) -> None:
    database = open_for_writing(pi.database)
    write_minutes(database, 0, 5)
    assert pc.sync().ok
    database.close()
    for name in ("trading.db", "trading.db-wal", "trading.db-shm"):
        (pi.folder / name).unlink(missing_ok=True)
    database = open_for_writing(pi.database)
    write_minutes(database, 0, 2)
    first, second = pc.sync(), pc.sync()
    assert (first.ok, first.refused, first.tries) == (False, True, 2)
    assert (second.ok, second.refused, second.tries) == (False, True, 1)
    assert second.error is not None
    assert "the Pi has an older database" in second.error
    assert (second.generation, second.rows) == ("000001", 5)
    pc.layout.current.unlink()
    assert pc.sync().ok
    assert minutes(pc) == [0, 1]
    database.close()


def test_a_missing_database_leaves_the_published_copy(pi: Pi, pc: Pc) -> None:
    database = open_for_writing(pi.database)
    write_minutes(database, 0, 2)
    assert pc.sync().ok
    database.close()
    for name in ("trading.db", "trading.db-wal"):
        (pi.folder / name).unlink()
    done = pc.sync()
    assert (done.ok, done.tries, done.generation, done.rows) == (False, 1, "000001", 2)
    assert done.error is not None
    assert "has no trading.db in its folder" in done.error
    assert minutes(pc) == [0, 1]


def kill_syncs(pi: Pi, pc: Pc, rounds: int) -> tuple[int, int]:
    """Kill -9 the puller at random moments; every copy obeys the laws, none is older, the next sync is good.

    A whole run is timed first, so that the kills fall inside one on a fast machine and on a slow one. Returns how many
    were killed before they ended, and how many of these had published already.
    """
    chance = random.Random(11)
    command = [sys.executable, "-m", "sync", "--once", "--config", str(pc.toml)]
    killed = published = 0
    before = -1
    with writing(pi.database):
        assert pc.sync().ok
        began = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=False)
        whole = time.perf_counter() - began
        for _ in range(rounds):
            generation = pc.layout.current.readlink()
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                try:
                    process.wait(timeout=whole * chance.uniform(0.3, 1.1))
                except subprocess.TimeoutExpired:
                    process.kill()
                    killed += 1
                    published += pc.layout.current.readlink() != generation
            broken, newest = broken_law_of(pc.layout.database)
            assert broken is None
            assert newest >= before
            done = pc.sync()
            assert done.ok, done
            broken, before = broken_law_of(pc.layout.database)
            assert broken is None
    return killed, published


def test_kill_9_of_the_puller_leaves_a_whole_copy_and_the_next_sync_is_good(
    pi: Pi, pc: Pc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_ssh(pi, tmp_path / "bin", monkeypatch)
    killed, _ = kill_syncs(pi, pc, 15)
    assert killed > 0


@pytest.mark.torture
def test_300_kills_of_the_puller(pi: Pi, pc: Pc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_ssh(pi, tmp_path / "bin", monkeypatch)
    killed, published = kill_syncs(pi, pc, 300)
    print(f"{killed} of 300 killed in time, {published} of them after publishing")  # noqa: T201
    assert killed > 100

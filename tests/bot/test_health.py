"""What the bot takes of the machine is told with its unit, on the Pi and on the PC, and when the disk is full."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import msgspec
import pytest
from botprocess import MINUTE, bot, rows, simulating, wait_for
from command import call
from offline import OfflineBot, market
from test_truth import newest

from bot.alerts.watch import Watch as Watched
from bot.core.times import DAY, HOUR
from bot.health import STATE, Health, Since, Watch, read, say
from bot.status import projection

BEGAN = 1_746_144_000_000
"""2025-05-02 00:00 UTC."""


def looked(**changes):
    whole = {
        "started": BEGAN,
        "memory": 64_000_000,
        "delay": 12.5,
        "offsets": {"binance": -3, "okx": None},
        "free": 20_000_000_000,
        "total": 32_000_000_000,
        "size": 230_000_000,
        "first_size": Since(BEGAN, 200_000_000),
        "written": Since(BEGAN, 5_000_000_000),
    }
    return Health(**(whole | changes))


def test_the_files_growth_and_the_cards_wear_are_projected_by_date():
    """In 50 days the files grew by 30 MB and 5 GB were written: 0.6 MB and 100 MB a day."""
    found = projection(looked(), BEGAN + 50 * DAY)
    assert found == {
        "growth": 600_000,
        "in_a_year": 230_000_000 + 365 * 600_000,
        "full": pytest.approx(BEGAN + 50 * DAY + 20_000_000_000 / 600_000 * DAY),
        "written": 100_000_000,
        "card": BEGAN + 320 * DAY,
    }


def test_nothing_is_projected_from_the_first_day_and_no_date_where_nothing_grows():
    assert projection(looked(), BEGAN + 23 * HOUR) is None
    found = projection(looked(size=200_000_000, written=None), BEGAN + 2 * DAY)
    assert (found["full"], found["written"], found["card"]) == (None, None, None)


def test_the_line_of_the_hour_is_keys_and_values(capsys):
    say(looked(), {"candles": 60, "trades": 1})
    assert capsys.readouterr().out == (
        "health candles=60 trades=1 delay_ms=12.5 free_mb=20000 memory_mb=64.0 written_mb=5000.0 binance_offset_ms=-3\n"
    )


def test_counting_goes_on_over_runs_and_begins_again_where_what_was_kept_cannot_be_read(tmp_path):
    database = tmp_path / "trading.db"
    database.write_bytes(b"x" * 1000)
    kept = msgspec.to_builtins(looked())
    again = Watch(database, kept, BEGAN + DAY).look({})
    assert again.first_size == Since(BEGAN, 200_000_000)
    assert again.written is None or again.written.bytes >= 5_000_000_000
    assert again.started == BEGAN + DAY
    for damaged in (None, "text", {"started": "never"}):
        fresh = Watch(database, damaged, BEGAN + DAY).look({})
        assert fresh.first_size == Since(BEGAN + DAY, 1000)
        assert read(damaged) is None


def test_the_worst_delay_since_the_last_look_is_told(tmp_path):
    watch = Watch(tmp_path / "trading.db", None, BEGAN)
    for ms in (3.0, 41.26, 7.0):
        watch.late(ms)
    assert watch.look({}).delay == 41.3
    assert watch.look({}).delay == 0.0


def test_status_says_it_on_one_screen(tmp_path):
    path = tmp_path / "trading.db"
    with OfflineBot(path, BEGAN + 2_500, risk="lowest", fvg_sensitivity="all") as offline:
        offline.live(BEGAN, market(600, seed=3))
    with closing(sqlite3.connect(path)) as sql, sql:
        kept = msgspec.to_builtins(
            looked(first_size=Since(BEGAN - 50 * DAY, 0), written=Since(BEGAN - 50 * DAY, 10**9))
        )
        sql.execute("UPDATE state SET value = ? WHERE key = ?", (json.dumps(kept), STATE))
    said, _ = call("status", "--db", path, code=1)  # its candles are old
    assert "; today 600 of 600, " in said
    assert "last trade: #" in said
    assert "disk: 20.0 of 32.0 GB free; files grow by 4.6 MB a day: 1.9 GB in a year, full in 2037-0" in said
    assert "card: 20 MB written a day: the whole card once by 2029-" in said
    assert "memory: 64 MB; late by 12 ms at most; up since 2025-05-02T00:00:00Z" in said
    assert " -3 ms " in said


def test_a_disk_that_fills_up_is_amber_and_a_full_one_is_wrong(tmp_path):
    path = tmp_path / "trading.db"
    with OfflineBot(path, BEGAN + 2_500) as offline:
        offline.live(BEGAN, market(3, seed=3))

    def told(**changes):
        with closing(sqlite3.connect(path)) as sql, sql:
            kept = json.dumps(msgspec.to_builtins(looked(**changes)))
            sql.execute("UPDATE state SET value = ? WHERE key = ?", (kept, STATE))
        return json.loads(call("status", "--db", path, "--json", code=1)[0])

    few = "the disk is nearly full: 1.5 of 32.0 GB are free"
    assert few in told(free=1_500_000_000)["amber"]
    assert Watched(BEGAN, MINUTE).disk(BEGAN, 1_500_000_000, 32_000_000_000), "Telegram is told of the same"
    assert few not in told(free=2_000_000_000)["amber"]
    assert "the disk is full: 50 MB are free" in told(free=50_000_000)["wrong"]


@pytest.mark.slow
@pytest.mark.simulated
def test_the_bot_keeps_it_with_each_minute_and_says_the_line_of_the_seed_each_hour(tmp_path):
    with simulating(tmp_path, "--speed", 600, "--rate", 0.5), bot(tmp_path) as process:
        log = tmp_path / "bot.log"
        wait_for(lambda: rows(tmp_path, "SELECT 1 FROM logs WHERE event = 'saved'"), process, log)
        at = newest(tmp_path)
        wait_for(lambda: newest(tmp_path) >= at + 5 * MINUTE, process, log)
    ((kept,),) = rows(tmp_path, "SELECT value FROM state WHERE key = ?", STATE)
    health = read(json.loads(kept))
    assert 20_000_000 < health.memory < 120_000_000
    assert health.size >= (tmp_path / "trading.db").stat().st_size
    assert set(health.offsets) == {"binance", "bybit", "coinbase", "okx"}
    ((message,),) = rows(tmp_path, "SELECT message FROM logs WHERE event = 'saved' LIMIT 1")
    assert message.startswith("candles saved: ")
    (line,) = [one for one in log.read_text().splitlines() if one.startswith("health candles=")][:1]
    pairs = dict(pair.split("=") for pair in line.split()[1:])
    assert f"candles saved: {pairs['candles']}, trades: {pairs['trades']}" == message
    assert pairs["connected"] == "4"

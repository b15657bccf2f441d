"""`cvdbot status`: what it says of a database, and its exit code: 0 well, 1 something is wrong, 2 nothing to see."""

from __future__ import annotations

import json
import sqlite3
import time

import pytest
from command import call, refusal

from bot.core.aggregate import Candle
from bot.core.minutes import VenueCandle
from bot.core.times import DAY, to_iso
from bot.records import Line
from bot.store import rows, traded
from bot.store.database import open_for_writing

MINUTE = 60_000


@pytest.fixture
def now():
    return time.time_ns() // 1_000_000


@pytest.fixture
def database(tmp_path, now):
    """Write a database as a bot does that is well, but for what a test asks."""

    def write(*, age=1, origin="exchanges", disconnected=(), configured=("binance", "okx"), lines=(), candles=True):
        path = tmp_path / "trading.db"
        store = open_for_writing(path)
        with store.transaction() as sql:
            rows.claim_origin(sql, origin, now)
            traded.put_configuration(sql, "BTC/USDT", {}, "perpetual", list(configured), "0.1.0", now)
            minute = (now // MINUTE - age) * MINUTE
            if candles:
                rows.put_candle(sql, "BTC/USDT", minute, Candle(minute, 97000, 97010, 96990, 97005.5, 1, 2, 2, 2))
            for exchange in ("binance", "okx"):
                up = exchange not in disconnected
                rows.put_status(sql, exchange, connected=up, last_trade=minute + 59_000, counts=(3, 1, 0), now=now)
            rows.put_logs(sql, [Line(now, *line) for line in lines])
        store.close()
        return path

    return write


def health(path, code):
    said, _ = call("status", "--db", path, "--json", code=code)
    return json.loads(said)


def test_a_bot_that_is_well_ends_with_0_and_says_so(database, now):
    path = database()
    minute = (now // MINUTE - 1) * MINUTE
    said, _ = call("status", "--db", path)
    lines = [line.rstrip() for line in said.splitlines()]
    assert lines[0].startswith(f"{path}  0.")
    assert lines[0].endswith(" MB")
    assert lines[1] == f"newest candle {to_iso(minute)} BTC/USDT 97,005.50, 2 of 2 exchanges complete"
    assert lines[2] == f"1 candles, 0 trades; today 1 of {minute % DAY // MINUTE + 1:,}, 0 trades"
    assert lines[3].split() == ["exchange", "state", "last", "trade", "clock", "reconnects", "gaps", "rejects"]
    assert lines[4].split() == ["binance", "connected", to_iso(minute + 59_000), "-", "3", "1", "0"]
    assert lines[-1] == "all is well"


def test_a_program_reads_the_same_as_json(database, now):
    path = database()
    minute = (now // MINUTE - 1) * MINUTE
    said = health(path, 0)
    assert said.pop("bytes") == sum(path.with_name(name).stat().st_size for name in ("trading.db", "trading.db-wal"))
    assert said == {
        "database": str(path),
        "origin": "exchanges",
        "last_candle": {"timestamp": minute, "pair": "BTC/USDT", "close": 97005.5, "sources": 2, "configured": 2},
        "candles": 1,
        "trades": 0,
        "exchanges": [
            {
                "exchange": exchange,
                "connected": 1,
                "last_trade": minute + 59_000,
                "reconnects": 3,
                "gaps": 1,
                "rejects": 0,
                "configured": 1,
                "minutes": {"of": 1, "whole": 0, "healed": 0, "incomplete": 1},
            }
            for exchange in ("binance", "okx")
        ],
        "orders": [],
        "trouble": [],
        "wrong": [],
        "archives": [],
        "today": {"candles": 1, "of": minute % DAY // MINUTE + 1, "trades": 0},
        "last_trade": None,
        "pairs": [
            {
                "pair": "BTC/USDT",
                "followed": True,
                "last_candle": said["last_candle"],
                "today": said["today"],
                "last_trade": None,
            }
        ],
        "health": None,
        "projection": None,
        "backup": None,
        "amber": ["there is no backup: set folder under [backup] in bot.toml, or run `cvdbot backup --to FOLDER`"],
    }


def test_the_minutes_of_the_last_day_are_counted_for_each_exchange(database, now):
    path = database()
    newest = (now // MINUTE - 1) * MINUTE
    store = open_for_writing(path)
    with store.transaction() as sql:
        for number in range(2_000):  # more than a day: 1,440 of them count
            minute = newest - number * MINUTE
            rows.put_candle(sql, "BTC/USDT", minute, Candle(minute, 97000, 97010, 96990, 97005.5, 1, 2, 2, 2))
            for exchange, complete in (("binance", 1 if number else 2), ("okx", int(number >= 144))):
                seen = VenueCandle(minute, 97000, 97010, 96990, 97005.5, 1, 2, 5, complete)
                rows.put_venue(sql, "BTC/USDT", minute, exchange, seen)
    store.close()
    minutes = {one["exchange"]: one["minutes"] for one in health(path, 0)["exchanges"]}
    assert minutes == {
        "binance": {"of": 1440, "whole": 1439, "healed": 1, "incomplete": 0},
        "okx": {"of": 1440, "whole": 1296, "healed": 0, "incomplete": 144},
    }
    said, _ = call("status", "--db", path)
    assert "last day, binance: 99.9% of 1,440 minutes whole, 0.1% healed, none incomplete" in said
    assert "last day, okx: 90.0% of 1,440 minutes whole, 0.0% healed, 10.0% incomplete" in said


def test_an_exchange_that_is_not_connected_is_wrong(database):
    path = database(disconnected=["okx"])
    assert health(path, 1)["wrong"] == ["okx is not connected"]
    said, _ = call("status", "--db", path, code=1)
    assert "not connected" in said
    assert "wrong: okx is not connected" in said
    assert "all is well" not in said


def test_an_exchange_the_bot_no_longer_listens_to_is_not_wrong(database):
    path = database(disconnected=["okx"], configured=["binance"])
    assert [(one["exchange"], one["configured"]) for one in health(path, 0)["exchanges"]] == [
        ("binance", 1),
        ("okx", 0),
    ]
    assert "not configured" in call("status", "--db", path)[0]


@pytest.mark.parametrize(("age", "code"), [(2, 0), (10, 1)])
def test_a_newest_candle_that_ended_more_than_three_minutes_ago_is_wrong(database, now, age, code):
    wrong = health(database(age=age), code)["wrong"]
    newest = to_iso((now // MINUTE - age) * MINUTE)
    assert [one.rpartition(", ")[0] for one in wrong] == [f"the newest candle is of {newest}"] * code


def test_a_simulated_market_says_so_and_its_time_is_not_the_machines(database):
    path = database(age=100_000, origin="simulated")
    assert health(path, 0)["origin"] == "simulated"
    assert "SIMULATED MARKET" in call("status", "--db", path)[0]


def test_a_database_without_candles_is_wrong(database):
    said = health(database(candles=False), 1)
    assert said["wrong"] == ["there is no candle yet"]
    assert said["last_candle"] is None


def test_a_database_no_bot_has_written_is_wrong(tmp_path):
    path = tmp_path / "trading.db"
    open_for_writing(path).close()
    assert health(path, 1)["wrong"] == ["there is no candle yet", "no bot has written here yet"]


def test_the_open_position_is_shown_as_paper(database):
    path = database()
    with sqlite3.connect(path) as sql:
        sql.execute(
            "INSERT INTO orders VALUES (2, 'BTC/USDT', 'Long', 97012.5, 1763942400000, 1, 96600.25, 97247.5, 5, 1, 0)"
        )
    sql.close()
    assert health(path, 0)["orders"] == [
        {
            "pair": "BTC/USDT",
            "entryType": "Long",
            "entryPrice": 97012.5,
            "entryTime": 1_763_942_400_000,
            "stopLoss": 96600.25,
            "takeProfit": 97247.5,
        }
    ]
    said, _ = call("status", "--db", path)
    assert "open: Long BTC/USDT from 97012.5 (stop 96600.25, target 97247.5), paper" in said


def test_the_newest_five_warnings_and_errors_are_shown_newest_first(database):
    lines = [("warning", "reject", f"number {n}") for n in range(6)]
    path = database(lines=[*lines, ("info", "start", "as it should be"), ("error", "defect", "the last")])
    messages = [one["message"] for one in health(path, 0)["trouble"]]
    assert messages == ["the last", "number 5", "number 4", "number 3", "number 2"]


def test_what_an_exchange_sent_is_shown_as_text_and_never_acts_on_the_terminal(database):
    said, _ = call("status", "--db", database(lines=[("warning", "reject", "[bold]x[/] [/nothing] \x1b[2J\r\n[red]")]))
    assert "warning reject: [bold]x[/] [/nothing] \ufffd[2J\ufffd\ufffd[red]" in said


def test_a_database_that_is_not_there_is_refused_with_who_makes_it(tmp_path):
    path = tmp_path / "trading.db"
    assert refusal("status", "--db", path) == (
        f"there is no database at {path}: `cvdbot run` makes it on the Pi, `cvdbot sync` on the PC"
    )
    assert not path.exists()


def test_a_damaged_database_is_refused_in_a_sentence(database):
    path = database()
    path.with_name("trading.db-wal").unlink()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + bytes(len(whole) - 4096))
    assert "damaged" in refusal("status", "--db", path)


def test_looking_changes_nothing(database):
    path = database()
    before = path.read_bytes()
    wal = path.with_name("trading.db-wal").read_bytes()
    call("status", "--db", path)
    assert (path.read_bytes(), path.with_name("trading.db-wal").read_bytes()) == (before, wal)

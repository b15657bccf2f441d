"""`cvdbot verify`: live = replay, and what was changed by somebody else is named."""

import asyncio
import json
import shutil
import sqlite3
import subprocess

import pytest
from botprocess import CVDBOT
from damage import damage
from offline import BEGAN, MINUTE, OfflineBot, market, read

DAY = market(700, seed=3)


@pytest.fixture(scope="module")
def traded(tmp_path_factory):
    """A database of 700 live minutes with kills, late trades, a changed parameter and trades."""
    path = tmp_path_factory.mktemp("traded") / "trading.db"
    for start, end in ((0, 123), (123, 350), (350, 600)):
        with OfflineBot(path, BEGAN + start * MINUTE) as bot:
            bot.live(BEGAN + start * MINUTE, DAY[start:end])
            last = BEGAN + (end - 2) * MINUTE
            bot.trade("okx", last + 50_000, 97_500.0, 9.0, False, f"late {last}")
            bot.tick()
    with OfflineBot(path, BEGAN + 600 * MINUTE, atr_length=9) as bot:
        bot.live(BEGAN + 600 * MINUTE, DAY[600:])
    return path


@pytest.fixture
def database(traded, tmp_path):
    path = tmp_path / "trading.db"
    for suffix in ("", "-wal"):
        shutil.copy(f"{traded}{suffix}", f"{path}{suffix}")
    return path


def verify(path, *arguments):
    """Run the command; return its exit code and what it says as JSON."""
    command = [*CVDBOT, "verify", "--db", path, "--json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def change(path, statement, *values):
    connection = sqlite3.connect(path)
    with connection:
        assert connection.execute(statement, values).rowcount == 1
    connection.close()


def test_live_is_replay_over_kills_late_trades_and_other_parameters(database):
    code, verdict = verify(database)
    assert (code, verdict["differences"]) == (0, [])
    assert (verdict["start"], verdict["minutes"]) == (BEGAN, 700)
    assert verdict["trades"] == len(read(database, "SELECT 1 FROM trades")) >= 2
    assert verdict["events"] == len(read(database, "SELECT 1 FROM setup_events")) > 10
    assert len(read(database, "SELECT 1 FROM candle_corrections")) >= 3


def test_what_the_corrected_candles_would_have_traded_is_told_but_is_no_fault(database):
    _, verdict = verify(database)
    assert verdict["corrected"], "9 BTC sold late move the CVD"


@pytest.mark.parametrize("column", ["close", "vBuy"])
def test_a_tampered_candle_is_named(database, column):
    minute = BEGAN + 200 * MINUTE
    change(database, f"UPDATE candles SET {column} = {column} + 1 WHERE timestamp = ?", minute)
    code, verdict = verify(database)
    named = [one for one in verdict["differences"] if one["kind"] == "candle"]
    assert code == 1
    assert [one["timestamp"] for one in named] == [minute]
    assert ("close" if column == "close" else "buy") in named[0]["what"]


def test_a_tampered_exchange_candle_is_named_by_its_minute(database):
    minute = BEGAN + 200 * MINUTE
    change(database, "UPDATE exchange_candles SET vSell = 0 WHERE timestamp = ? AND exchange = 'okx'", minute)
    code, verdict = verify(database)
    assert (code, [one["timestamp"] for one in verdict["differences"]]) == (1, [minute])


def test_a_removed_candle_is_named(database):
    minute = BEGAN + 200 * MINUTE
    change(database, "DELETE FROM candles WHERE timestamp = ?", minute)
    code, verdict = verify(database)
    assert code == 1
    assert verdict["differences"][0]["timestamp"] == minute


def test_a_tampered_trade_and_a_missing_event_are_named(database):
    change(database, "UPDATE trades SET profit = profit + 0.01 WHERE id = 1")
    change(database, "DELETE FROM setup_events WHERE id = 4")
    code, verdict = verify(database)
    assert code == 1
    assert [one["kind"] for one in verdict["differences"]] == ["trade", "event"]
    assert "paper trade #1: profit" in verdict["differences"][0]["what"]
    assert "not stored" in verdict["differences"][1]["what"]


@pytest.mark.parametrize("table", ["candles", "setup_events"])
def test_a_damaged_page_is_a_sentence(database, table):
    damage(database, table)
    why = "is damaged (database disk image is malformed): put the PC's copy in its place (docs/sync.md)"
    assert verify(database) == (2, f"cvdbot: {database} {why}\n")


def test_a_database_nobody_traded_in_is_a_sentence(tmp_path):
    path = tmp_path / "trading.db"
    with OfflineBot(path, BEGAN):
        pass
    change(path, "DELETE FROM state WHERE key LIKE 'strategy%'")
    code, says = verify(path)
    assert code == 2
    assert "there is nothing to verify" in says


@pytest.mark.more
@pytest.mark.long
def test_the_last_days_are_verified_from_a_checkpoint_and_the_bot_stores_the_verdict(tmp_path):
    path = tmp_path / "trading.db"
    days = market(3 * 1440 + 30, seed=5)
    with OfflineBot(path, BEGAN) as bot:
        bot.live(BEGAN, days)
    checkpoints = json.loads(read(path, "SELECT value FROM state WHERE key LIKE 'checkpoints%'")[0][0])
    assert [int(minute) for minute in checkpoints] == [BEGAN + day * 1440 * MINUTE - MINUTE for day in (1, 2, 3)]
    code, verdict = verify(path, "--days", "1")
    assert (code, verdict["differences"]) == (0, [])
    assert verdict["start"] == BEGAN + 2 * 1440 * MINUTE
    assert verify(path)[1]["trades"] > verdict["trades"] > 0


def test_the_running_bot_asks_for_the_verdict_and_stores_it(tmp_path):
    path = tmp_path / "trading.db"
    with OfflineBot(path, BEGAN) as bot:
        bot.live(BEGAN, DAY[:120])
        asyncio.run(bot.service._verify())
    ((start, end, trades, differences),) = read(path, 'SELECT "from", "to", trades, differences FROM verifications')
    assert (start, end) == (BEGAN, BEGAN + 119 * MINUTE)
    assert trades == len(read(path, "SELECT 1 FROM trades"))
    assert json.loads(differences) == []

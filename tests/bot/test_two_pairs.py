"""Two pairs on one connection a venue: each is what it would be alone, and neither hurts the other."""

from __future__ import annotations

import asyncio
import json
import subprocess

import pytest
from botprocess import CVDBOT, MINUTE, bot, rows, simulating, true_minutes, wait_for
from offline import BEGAN, OfflineBot, market
from test_kills import expected
from test_truth import close_to

PAIRS = ("BTC/USDT", "ETH/USDT")
START = "2025-11-24T10:00:30Z"
MARKET = ("--seed", 21, "--rate", 0.5, "--wait", "--start", START)
CANDLES = (
    "SELECT timestamp, open, high, low, close, vBuy, vSell, sources FROM candles WHERE pair = ? ORDER BY timestamp"
)
VENUES = """
SELECT timestamp, exchange, open, high, low, close, vBuy, vSell, trades, complete
FROM exchange_candles WHERE pair = ? ORDER BY timestamp, exchange
"""
TRADES = """
SELECT tradeNumber, mode, entryType, entryPrice, entryTime, exitPrice, exitTime, profit, outcome, newBalance, size,
       stopLoss, takeProfit, fees, setup
FROM trades WHERE pair = ? ORDER BY id
"""
EVENTS = "SELECT timestamp, mode, setup, event, price, detail FROM setup_events WHERE pair = ? ORDER BY id"
CLOSES = "SELECT min(newest) FROM (SELECT max(timestamp) AS newest FROM candles GROUP BY pair)"


def reached(folder, pairs):
    """The newest minute that all pairs have."""
    if len(rows(folder, "SELECT DISTINCT pair FROM candles")) < pairs:
        return 0
    return rows(folder, CLOSES)[0][0]


def stored(folder, pair, last):
    """What a pair left up to a minute: candles, exchanges' candles, trades and events."""
    return {
        query: [row for row in rows(folder, query, pair) if row[6 if query is TRADES else 0] <= last]
        for query in (CANDLES, VENUES, TRADES, EVENTS)
    }


def followed(folder, pairs, minutes, speed=600):
    """Let a bot follow pairs of a market for so many minutes; return the last."""
    folder.mkdir(exist_ok=True)
    with (
        simulating(folder, "--speed", speed, *MARKET, "--pairs", ",".join(pairs)),
        bot(folder) as process,
    ):
        log = folder / "bot.log"
        first = wait_for(lambda: reached(folder, len(pairs)), process, log)
        patience = minutes * 60 / speed * 2 + 60
        wait_for(lambda: reached(folder, len(pairs)) >= first + minutes * MINUTE, process, log, seconds=patience)
    return reached(folder, len(pairs))


@pytest.mark.simulated
@pytest.mark.slow
def test_each_of_two_pairs_is_what_the_truth_makes_of_it_alone(tmp_path):
    last = followed(tmp_path, PAIRS, 45)
    for pair in PAIRS:
        truth = true_minutes(tmp_path, pair)
        whole = 0
        for timestamp, exchange, *values, complete in rows(tmp_path, VENUES, pair):
            assert complete, (pair, timestamp, exchange)
            whole += close_to(values, truth[timestamp, exchange])
        assert whole >= 4 * 45
        candles, booked, _ = expected(tmp_path, last, pair=pair)
        assert [row[:5] for row in rows(tmp_path, CANDLES, pair) if row[0] <= last] == [
            (one.timestamp, one.open, one.high, one.low, one.close) for one in candles
        ]
        assert [row[:4] for row in rows(tmp_path, EVENTS, pair) if row[0] <= last] == [
            (one.event.timestamp, one.mode, one.event.setup, one.event.kind) for one in booked.events
        ]
    assert rows(tmp_path, "SELECT count(DISTINCT round(close / 1000)) > 1 FROM candles") == [(1,)]
    log = (tmp_path / "bot.log").read_text()
    assert log.count("connected: okx: BTC-USDT-SWAP subscribed") == 1
    assert log.count("connected: okx: ETH-USDT-SWAP subscribed") == 1


@pytest.mark.torture
def test_a_day_of_two_pairs_is_to_the_row_the_day_of_each_alone(tmp_path):
    last = followed(tmp_path / "both", PAIRS, 1440, speed=300)
    for pair in PAIRS:
        alone = tmp_path / pair.partition("/")[0]
        until = min(last, followed(alone, [pair], 1440, speed=300))
        assert stored(tmp_path / "both", pair, until) == stored(alone, pair, until)
        assert len(stored(alone, pair, until)[CANDLES]) > 1400


@pytest.mark.simulated
@pytest.mark.slow
def test_a_symbol_that_a_venue_does_not_know_leaves_the_other_pair_untouched_and_is_said_once(tmp_path):
    log, config = tmp_path / "bot.log", tmp_path / "bot.toml"
    with simulating(tmp_path, "--speed", 300, *MARKET, "--pairs", ",".join(PAIRS)):
        symbols = ", ".join(f"{name} = 'NOPE-{name}'" for name in ("binance", "bybit", "coinbase"))
        text = config.read_text()
        assert text.count("[[pairs]]") == 2
        config.write_text(text.replace('pair = "ETH/USDT"', f'pair = "ETH/USDT"\nsymbols = {{{symbols}}}'))
        with bot(tmp_path) as process:
            first = wait_for(lambda: reached(tmp_path, 2), process, log)
            wait_for(lambda: reached(tmp_path, 2) >= first + 12 * MINUTE, process, log)
            assert rows(tmp_path, "SELECT DISTINCT connected FROM exchange_status") == [(1,)]
    whole = rows(tmp_path, "SELECT DISTINCT pair, sources, configured FROM candles WHERE timestamp > ?", first)
    assert sorted(whole) == [("BTC/USDT", 4, 4), ("ETH/USDT", 1, 4)]
    said = log.read_text()
    for name in ("bybit", "coinbase"):  # Binance refuses no stream: an unknown one is silent
        assert said.count(f"not connected: {name}: the subscription to NOPE-{name}") == 1, said
    assert "the other pairs go on" in said
    assert rows(tmp_path, "SELECT sum(reconnects) FROM exchange_status") == [(0,)]


@pytest.mark.simulated
@pytest.mark.slow
def test_a_database_of_one_pair_goes_on_with_two_and_both_verify(tmp_path):
    log, config = tmp_path / "bot.log", tmp_path / "bot.toml"
    with simulating(tmp_path, "--speed", 600, *MARKET, "--pairs", ",".join(PAIRS)):
        both = config.read_text()
        one, _, rest = both.partition('\n[[pairs]]\npair = "ETH/USDT"')
        assert rest
        config.write_text(one + rest)
        with bot(tmp_path) as process:
            first = wait_for(lambda: reached(tmp_path, 1), process, log)
            wait_for(lambda: reached(tmp_path, 1) >= first + 12 * MINUTE, process, log)
        config.write_text(both)
        with bot(tmp_path) as process:
            first = wait_for(lambda: reached(tmp_path, 2), process, log)
            wait_for(lambda: reached(tmp_path, 2) >= first + 12 * MINUTE, process, log)
    assert rows(tmp_path, "SELECT value FROM state WHERE key = 'followed'") == [(json.dumps(list(PAIRS)),)]
    screen = subprocess.run(
        [*CVDBOT, "status", "--db", tmp_path / "trading.db"], capture_output=True, text=True, check=False
    ).stdout
    for pair in PAIRS:
        assert f" {pair} " in screen
        command = [*CVDBOT, "verify", "--db", tmp_path / "trading.db", "--pair", pair, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
        assert json.loads(done.stdout)["pair"] == pair
    times = [minute for (minute,) in rows(tmp_path, "SELECT timestamp FROM candles WHERE pair = 'BTC/USDT' ORDER BY 1")]
    assert times == list(range(times[0], times[-1] + 1, MINUTE))


@pytest.mark.simulated
@pytest.mark.more
def test_a_pair_that_no_venue_knows_holds_up_no_hourly_line_of_the_other(tmp_path):
    log, config = tmp_path / "bot.log", tmp_path / "bot.toml"
    with simulating(tmp_path, "--speed", 600, *MARKET, "--pairs", ",".join(PAIRS)):
        symbols = ", ".join(f"{name} = 'NOPE-{name}'" for name in ("bybit", "coinbase", "okx"))
        text = config.read_text().replace('pair = "ETH/USDT"', f'pair = "ETH/USDT"\nsymbols = {{{symbols}}}')
        config.write_text(text.replace("[exchanges.binance]\nenabled = true", "[exchanges.binance]\nenabled = false"))
        with bot(tmp_path) as process:
            wait_for(lambda: reached(tmp_path, 1), process, log)
            wait_for(lambda: rows(tmp_path, "SELECT 1 FROM logs WHERE event = 'saved'"), process, log)
    ((first, pairs),) = rows(tmp_path, "SELECT max(timestamp), count(DISTINCT pair) FROM candles")
    assert pairs == 1
    assert first < 1_763_978_430_000 + 80 * MINUTE


def test_a_verdict_that_fails_takes_none_away_from_the_other_pair(tmp_path):
    with OfflineBot(tmp_path / "trading.db", BEGAN, pairs=("BTC/USDT", "NONE/USDT")) as offline:
        offline.live(BEGAN, market(3, seed=1))
        with offline.database.transaction() as sql:
            sql.execute("INSERT OR REPLACE INTO state (key, value, updated) VALUES ('strategy:NONE/USDT', '[]', 0)")
        asyncio.run(offline.service._verify())
        said = [line.message for line in offline.service._journal.waiting if line.event == "verify"]
    assert said[0].startswith("NONE/USDT: verify failed: ")
    assert said[1].startswith("0 trades, ")
    assert rows(tmp_path, 'SELECT "to", differences FROM verifications') == [(BEGAN + 2 * MINUTE, "[]")]

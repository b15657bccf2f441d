"""A rough market: whatever goes wrong, every minute that the venues can tell is the truth, and every other says so."""

from __future__ import annotations

import subprocess

import pytest
from botprocess import CVDBOT, MINUTE, bot, rows, simulating, true_minutes, wait_for
from test_truth import VENUES, check_candles_are_the_function, close_to, newest

FAULTS = """
seed = {seed}
cuts = 4
stalls = 4
stall_seconds = [2, 30]
half_open = 1
announced = 1
unasked = 10
refused = 0.1
duplicated = 0.003
shuffled = 0.003
late = 0.002
late_seconds = 5
missing = 0.0005
malformed = 0.0005
rest_lag = 3
rest_429 = 0.03
rest_retry_seconds = [1, 10]
rest_5xx = 0.03
rest_timeout = 0.005
rest_overlap = 0.1

[[outages]]
venue = "okx"
after = 600
seconds = 1200

[[outages]]
venue = "all"
after = 2400
seconds = 600
"""
TELLS_ALL = ("binance", "coinbase", "okx")
"""Bybit tells its newest 1,000 trades: four minutes of this market."""


def survive(folder, *, seed, hours, speed, kills):
    """Let a bot live through it, killed so often; return how many minutes are whole, and which are not."""
    (folder / "faults.toml").write_text(FAULTS.format(seed=seed))
    log = folder / "bot.log"
    options = ("--speed", speed, "--seed", seed, "--burst", 50, "--faults", folder / "faults.toml")
    with simulating(folder, *options):
        with bot(folder) as process:
            first = wait_for(lambda: newest(folder), process, log, seconds=120)
        end = first + hours * 60 * MINUTE
        for number in range(kills + 1):
            with bot(folder) as process:
                until = end if number == kills else first + (end - first) * (number + 1) // (kills + 1)
                patience = hours * 3600 / speed * 3 + 120
                wait_for(lambda: newest(folder) >= until, process, log, seconds=patience)  # noqa: B023
                if number < kills:
                    process.kill()
                    process.wait()
                else:  # what ended the hour is healed as well
                    wait_for(lambda: newest(folder) >= end + 6 * MINUTE, process, log, seconds=120)
    return check(folder, first + MINUTE, end)


def check(folder, begin, end):
    """Compare every exchange's minute of [begin, end) with what happened."""
    stored = {(timestamp, name): values for timestamp, name, *values in rows(folder, VENUES)}
    whole, incomplete = 0, []
    for (timestamp, name), true in true_minutes(folder).items():
        if not begin <= timestamp < end:
            continue
        *values, complete = stored.get((timestamp, name), (0,))
        if complete:
            assert close_to(values, true), (timestamp, name, complete, values, true)
            whole += 1
        else:
            incomplete.append((timestamp, name))
    return whole, incomplete


@pytest.mark.long
def test_an_hour_of_faults_leaves_nothing_wrong_and_only_what_bybit_does_not_tell(tmp_path):
    whole, incomplete = survive(tmp_path, seed=1, hours=1, speed=120, kills=1)
    assert {name for _, name in incomplete} <= {"bybit"}
    assert len(incomplete) <= 15  # most of the ten minutes in which all were away
    assert whole >= 4 * 59 - 15
    check_candles_are_the_function(tmp_path)
    assert rows(tmp_path, "SELECT count(*) FROM exchange_candles WHERE complete = 2")[0][0] >= 60
    ((reconnects, rejects),) = rows(tmp_path, "SELECT sum(reconnects), sum(rejects) FROM exchange_status")
    assert reconnects >= 10
    assert rejects >= 3


@pytest.mark.torture
@pytest.mark.parametrize("seed", [2, 3, 4])
def test_a_day_of_faults_leaves_nothing_wrong_and_only_what_bybit_does_not_tell(tmp_path, seed):
    whole, incomplete = survive(tmp_path, seed=seed, hours=24, speed=120, kills=3)
    assert {name for _, name in incomplete} <= {"bybit"}
    assert len(incomplete) <= 100
    assert whole >= 4 * 1438 - 100
    check_candles_are_the_function(tmp_path)


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(1, 7))
def test_verify_explains_whatever_an_hour_of_faults_changed(tmp_path, seed):
    survive(tmp_path, seed=seed, hours=1, speed=120, kills=1)
    verdict = subprocess.run([*CVDBOT, "verify", "--db", tmp_path / "trading.db"], capture_output=True, check=False)
    assert verdict.returncode == 0, verdict.stdout  # what differs is explained: corrected, or late

"""The bot on exchanges where things go wrong: neither of the two stops."""

import pytest
from botprocess import MINUTE, bot, rows, simulating, wait_for

ROUGH = """
cuts = 40
stalls = 20
stall_seconds = [2, 10]
half_open = 5
announced = 10
unasked = 60
refused = 0.1
duplicated = 0.01
shuffled = 0.01
late = 0.01
rest_lag = 2
rest_429 = 0.1
rest_5xx = 0.1
rest_overlap = 0.2
[[outages]]
venue = "all"
after = 180
seconds = 60
"""


@pytest.mark.more
def test_a_bot_goes_on_through_cuts_stalls_and_an_outage_of_all(tmp_path):
    (tmp_path / "faults.toml").write_text(ROUGH)
    with simulating(tmp_path, "--speed", 60, "--wait", "--faults", tmp_path / "faults.toml"), bot(tmp_path) as process:
        newest = "SELECT max(timestamp), min(timestamp) FROM candles"
        wait_for(
            lambda: (found := rows(tmp_path, newest)) and found[0][0] and found[0][0] - found[0][1] >= 10 * MINUTE,
            process,
            tmp_path / "bot.log",
        )
    lines = (tmp_path / "simulate.log").read_text().splitlines()
    assert lines[-2] == "ready", "the simulator has nothing else to say"
    done = dict(reversed(part.split(" ")) for part in lines[-1].removeprefix("faults: ").split(", "))
    assert int(done["outages"]) == 4
    assert int(done["cuts"]) > 5
    assert rows(tmp_path, "SELECT sum(reconnects) FROM exchange_status")[0][0] >= 5

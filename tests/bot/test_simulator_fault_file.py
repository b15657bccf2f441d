"""The file of `cvdbot simulate --faults`."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bot.errors import ConfigurationError
from bot.simulator.faults.file import EXAMPLE, read
from bot.simulator.faults.settings import KEYS, Faults, Outage

ROOT = Path(__file__).parents[2]


def reading(tmp_path, text):
    path = tmp_path / "faults.toml"
    path.write_text(text)
    return read(path)


def test_an_empty_file_is_no_fault(tmp_path):
    assert reading(tmp_path, "") == dict.fromkeys(("binance", "bybit", "coinbase", "okx"), Faults())


def test_an_exchange_has_the_keys_of_all_and_its_own(tmp_path):
    found = reading(
        tmp_path,
        """
        seed = 7
        cuts = 6
        missing = 0.1
        stall_seconds = [1, 2]
        [[outages]]
        venue = "okx"
        after = 60
        seconds = 30
        [okx]
        missing = 0.5
        rest_lag = 20
        [bybit]
        cuts = 0
        """,
    )
    every = Faults(seed=7, cuts=6, missing=0.1, stall_seconds=(1, 2), outages=(Outage("okx", 60, 30),))
    assert found["binance"] == found["coinbase"] == every
    assert (found["okx"].missing, found["okx"].rest_lag, found["okx"].cuts) == (0.5, 20, 6)
    assert (found["bybit"].missing, found["bybit"].cuts) == (0.0, 0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cutz = 1", r"'cutz' is not a key of the top level \(or a table \[binance\].*; allowed: seed, cuts, stalls"),
        ("[okx]\ncutz = 1", r"'cutz' is not a key of \[okx\]; allowed: cuts, stalls"),
        ("[okx]\nseed = 1", r"'seed' is not a key of \[okx\]"),
        ("okx = 1", r"okx is 1; allowed: a table, headed \[okx\]"),
        ("[okx]\ncuts = -1", r"okx\.cuts is -1; allowed: a number an hour, 0 to 3600"),
        ("stall_seconds = [1]", r"stall_seconds is \[1\]; allowed: two numbers"),
        ("[[outages]]\nvenue = 'nyse'", "outages.venue is 'nyse'; allowed: all, binance, bybit, coinbase, okx"),
        ("[[outages]]\nseconds = 0", "outages.seconds is 0; allowed: market seconds, above 0"),
        ("[[outages]]\nafter = -1", "outages.after is -1; allowed: market seconds, 0 or more"),
        ("[[outages]]\nuntil = 1", r"'until' is not a key of \[\[outages\]\]; allowed: venue, after, seconds"),
        ("outages = 3", r"outages is 3; allowed: tables, each headed \[\[outages\]\]"),
        ("cuts = ", "faults.toml is not TOML"),
    ],
)
def test_what_is_not_allowed_is_named_with_what_is(tmp_path, text, told):
    with pytest.raises(ConfigurationError, match=told) as refused:
        reading(tmp_path, text)
    assert "faults.toml" in str(refused.value)


def test_a_file_that_is_missing_is_told_with_the_example(tmp_path):
    with pytest.raises(ConfigurationError, match=rf"none\.toml does not exist; {EXAMPLE} shows"):
        read(tmp_path / "none.toml")


def test_the_example_shows_every_key_with_a_default_for_each_length():
    text = (ROOT / EXAMPLE).read_text()
    shown = {line.lstrip("# ").partition(" ")[0].strip("[]") for line in text.splitlines()}
    assert set(KEYS) <= shown
    said, default = tomllib.loads(text), Faults()
    for key in ("stall_seconds", "announced_seconds", "rest_retry_seconds"):
        assert tuple(said[key]) == getattr(default, key)
    for key in ("shuffle_ms", "late_seconds", "malformed_replaces", "rest_overlap_trades", "seed"):
        assert said[key] == getattr(default, key)
    assert read(ROOT / EXAMPLE)["okx"].cuts == said["cuts"]


@pytest.mark.slow
def test_the_command_says_at_its_end_what_went_wrong(tmp_path):
    (tmp_path / "faults.toml").write_text('[[outages]]\nafter = 0\n[[outages]]\nvenue = "okx"\nafter = 0.001')
    command = [sys.executable, "-m", "cvdbot", "simulate", "--faults", tmp_path / "faults.toml", "--exit-after", "0.3"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[-1] == "faults: 5 outages"


@pytest.mark.slow
def test_the_command_refuses_a_file_in_a_sentence(tmp_path):
    (tmp_path / "faults.toml").write_text("cuts = -1")
    command = [sys.executable, "-m", "cvdbot", "simulate", "--faults", tmp_path / "faults.toml"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 2
    assert ended.stderr == f"cvdbot: {tmp_path}/faults.toml: cuts is -1; allowed: a number an hour, 0 to 3600\n"

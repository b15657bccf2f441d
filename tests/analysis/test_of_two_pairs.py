"""A database of two pairs: what is imported, back-tested, swept and asked of one is what it is alone."""

from __future__ import annotations

import json
import random

import pytest
from command import call, refusal

START = 1_763_942_400_000
"""2025-11-24 00:00 UTC."""
MINUTES = 3 * 1440
PRICES = {"BTC/USDT": 97_000.0, "ETH/USDT": 3_500.0}


def klines(pair: str) -> str:
    """Three days of a random walk, wild enough to trade."""
    chance, price, drift, lines = random.Random(pair), PRICES[pair], 0.0, []
    for number in range(MINUTES):
        drift = 0.9 * drift + chance.gauss(0, 1)
        close = price * (1 + (drift + chance.gauss(0, 1)) / 8000)
        high, low = max(price, close) * 1.0001, min(price, close) * 0.9999
        volume, bought = 10 + chance.random(), 5 + max(-4, min(4, drift))
        opened = START + number * 60_000
        values = (price, high, low, close, volume)
        text = ",".join(f"{value:.2f}" for value in values)
        lines.append(f"{opened},{text},{opened + 59_999},0,9,{bought:.2f},0,0\n")
        price = float(f"{close:.2f}")
    return "".join(lines)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """`both.db`, and a database of each pair alone."""
    folder = tmp_path_factory.mktemp("pairs")
    for pair in PRICES:
        base = pair.partition("/")[0]
        (folder / f"{base}USDT-1m.csv").write_text(klines(pair))
        for name in ("both", base):
            call("import", folder / f"{base}USDT-1m.csv", "--db", folder / f"{name}.db", "--pair", pair)
    (folder / "grid.toml").write_text('[grid]\nrisk = ["low", "high"]\n')
    return folder


@pytest.mark.parametrize("pair", PRICES)
@pytest.mark.parametrize(
    "command",
    [
        ("backtest", "--json"),
        ("sweep", "--grid", "grid.toml", "--json", "--processes", "1"),
    ],
    ids=lambda command: command[0],
)
def test_what_is_computed_of_a_pair_is_what_it_is_alone(folder, monkeypatch, pair, command):
    monkeypatch.chdir(folder)
    base = pair.partition("/")[0]
    both, _ = call(*command, "--db", "both.db", "--pair", pair)
    alone, _ = call(*command, "--db", f"{base}.db", "--pair", pair)
    assert json.loads(both) == json.loads(alone)
    assert "trades" in both


def test_two_pairs_trade_otherwise(folder):
    told = [json.loads(call("backtest", "--db", folder / "both.db", "--pair", pair, "--json")[0]) for pair in PRICES]
    assert [len(each["trades"]) > 0 for each in told] == [True, True]
    prices = [each["trades"][0]["entryPrice"] for each in told]
    assert prices[0] > 50_000
    assert prices[1] < 10_000


def test_an_import_again_adds_nothing_and_touches_no_other_pair(folder):
    said, _ = call("import", folder / "ETHUSDT-1m.csv", "--db", folder / "both.db", "--pair", "ETH/USDT", "--json")
    assert json.loads(said)[0]["added"] == 0


def test_a_pair_that_is_not_stored_is_refused(folder):
    assert "SOL/USDT" in refusal("backtest", "--db", folder / "both.db", "--pair", "SOL/USDT")


@pytest.mark.ml
@pytest.mark.parametrize("pair", PRICES)
def test_what_the_study_learns_from_is_that_of_the_pair_alone(folder, tmp_path, pair):
    base = pair.partition("/")[0]
    for name in ("both", base):
        call("ml", "dataset", "--db", folder / f"{name}.db", "--pair", pair, "--to", tmp_path / f"{name}.csv")
    assert (tmp_path / "both.csv").read_bytes() == (tmp_path / f"{base}.csv").read_bytes()
    assert (tmp_path / "both.csv").read_text().count("\n") > 500

"""`cvdbot ml patterns`: whose trades it looks at, on which bars, and what it refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from command import call, refusal
from traded import END, PAIR, at
from web_client import web_client

if TYPE_CHECKING:
    from pathlib import Path


def patterns(*options: object) -> dict[str, object]:
    return json.loads(call("ml", "patterns", *options, "--json")[0])


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Two days of candles of 15 minutes, whose price goes up and down."""
    step = 15 * 60_000
    rows = []
    for n in range(192):
        price, then = (100 + 5 * ((each % 16) - 8) ** 2 / 64 for each in (n, n + 1))
        high, low = max(price, then) + 0.1, min(price, then) - 0.1
        bought = 8 if then > price else 2
        opened = at(0) + n * step
        rows.append(f"{opened},{price},{high},{low},{then},10,{opened + step - 1},0,5,{bought},0,0\n")
    path = tmp_path / "BTCUSDT-15m.csv"
    path.write_text("".join(rows))
    return path


@pytest.mark.parametrize(("mode", "trades", "late"), [("paper", 39, 1), ("backtest", 20, 0), ("imported", 3, 0)])
def test_it_answers_as_the_api_does_of_each_account(
    traded_once: Path, tmp_path: Path, mode: str, trades: int, late: int
) -> None:
    told = patterns("--db", traded_once, "--mode", mode)
    with web_client(traded_once, tmp_path) as client:
        answer = client.get(f"/api/patterns?mode={mode}").json()
    assert (told["trades"]["n"], told["trades"]["late"]) == (trades, late)
    apart = {"snapshot", "to"}  # of the API the end of the last minute's bar, though that bar is not confirmed
    assert {name: told[name] for name in answer if name not in apart} == {
        name: value for name, value in answer.items() if name not in apart
    }


def test_paper_trades_are_looked_at_unless_another_account_is_named(traded_once: Path) -> None:
    assert patterns("--db", traded_once)["trades"]["mode"] == "paper"


def test_a_replay_has_the_trades_of_a_back_test_with_what_the_bot_last_ran_with(traded_once: Path) -> None:
    told = patterns("--db", traded_once, "--mode", "replay")
    assert told["parameters"]["fvg_sensitivity"] == "all"
    settings = [
        word for name in ("risk", "fvg_sensitivity") for word in ("--set", f"{name}={told['parameters'][name]}")
    ]
    replayed = json.loads(
        call(
            "backtest", "--db", traded_once, *settings, "--set", "atr_length=12", "--set", "fee_rate=0.0004", "--json"
        )[0]
    )
    assert told["trades"]["n"] == len(replayed["trades"]) > 20
    gaps = next(each for each in told["trades"]["tables"] if each["question"] == "gap")
    assert gaps["unknown"] == 0


def test_the_bars_of_an_archive_take_the_place_of_the_minute(archive: Path) -> None:
    told = patterns("--klines", archive, "--set", "fvg_sensitivity=all", "--set", "fvg_bars=all")
    assert (told["timeframe"], told["parameters"]["anchor_period"], told["bars"]) == ("15m", "15m", 192)
    assert told["trades"]["mode"] == "replay"
    assert patterns("--klines", archive, "--timeframe", "1h")["parameters"]["anchor_period"] == "1h"


def test_only_trades_entered_in_the_range_are_looked_at(traded_once: Path) -> None:
    middle = "2025-05-03T12:00:00Z"
    before, after = patterns("--db", traded_once, "--to", middle), patterns("--db", traded_once, "--from", middle)
    assert (before["to"], after["from"]) == (after["from"], before["to"])
    assert before["trades"]["n"] + after["trades"]["n"] == 39
    assert 0 < before["trades"]["n"] < 39
    assert after["to"] == at(END - END % 5)


def test_a_trader_reads_the_tables_and_a_sentence(traded_once: Path) -> None:
    text, _ = call("ml", "patterns", "--db", traded_once)
    assert "Does the outcome depend on what was known at the entry? (39 paper trades, 1 late left out)" in text
    assert "Size of the gap taken: corrected p 1.00" in text
    assert "Volatility at entry: corrected p 1.00; unknown: 2" in text
    assert "No evidence: with five questions asked, none of the differences is beyond luck" in text
    assert f"{PAIR}: 948 bars of 5m" in text


def test_an_account_without_a_trade_is_no_error(traded_once: Path) -> None:
    told = patterns("--db", traded_once, "--to", "2025-05-02T00:00:00Z")["trades"]
    assert (told["n"], {each["groups"] for each in told["tables"]}) == (0, {None})
    assert told["conclusion"].startswith("Too few trades: no completed trade")


def test_what_cannot_be_looked_at_is_refused_with_a_sentence(traded_once: Path, archive: Path, tmp_path: Path) -> None:
    assert refusal("ml", "patterns", "--db", traded_once, "--mode", "live") == (
        "--mode live is no account: possible are paper, backtest, imported, replay"
    )
    assert "needs the trades of a database" in refusal("ml", "patterns", "--klines", archive, "--mode", "paper")
    assert "name the candles" in refusal("ml", "patterns")
    assert "does not exist" in refusal("ml", "patterns", "--db", tmp_path / "none.db")
    assert "no whole bar of 5m opens" in refusal(
        "ml", "patterns", "--db", traded_once, "--from", "2030-01-01T00:00:00Z"
    )
    assert "chart_timeframe = 7x" in refusal("ml", "patterns", "--db", traded_once, "--timeframe", "7x")
    assert "the range is empty" in refusal(
        "ml", "patterns", "--db", traded_once, "--from", "2025-05-03T00:00:00Z", "--to", "2025-05-03T00:00:00Z"
    )

"""The notebook runs from its first cell to its last against a running server, and finds what the database holds."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from example_database import add_example, create
from web_server import serve

NOTEBOOK = json.loads((Path(__file__).resolve().parents[1] / "docs" / "notebook.ipynb").read_text())


def code() -> str:
    """The code of all cells, as a kernel runs it one after the other."""
    return "\n\n".join("".join(cell["source"]) for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code")


def run(address: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run all cells in a process of their own, without a screen."""
    given = {**os.environ, "MPLBACKEND": "agg", "CVDBOT_SERVER": address, **environment}
    command = [sys.executable, "-W", "error", "-c", code()]
    return subprocess.run(command, env=given, capture_output=True, text=True, check=False)


def test_the_notebook_is_kept_without_its_outputs():
    assert NOTEBOOK["nbformat"] == 4
    cells = NOTEBOOK["cells"]
    assert [cell["cell_type"] for cell in cells[:2]] == ["markdown", "code"]
    for cell in cells:
        assert cell["cell_type"] == "markdown" or (cell["outputs"], cell["execution_count"]) == ([], None)


@pytest.mark.long
def test_every_cell_of_the_notebook_runs_and_finds_the_stored_rows(traded_once: Path, monkeypatch: pytest.MonkeyPatch):
    with serve(traded_once) as address:
        monkeypatch.setenv("CVDBOT_SERVER", address)
        monkeypatch.setenv("MPLBACKEND", "agg")
        names: dict[str, Any] = {}
        exec(compile(code(), "notebook.ipynb", "exec"), names)
    with closing(sqlite3.connect(f"{traded_once.as_uri()}?mode=ro", uri=True)) as sql:
        minutes = sql.execute("SELECT timestamp, close FROM candles ORDER BY timestamp").fetchall()
        profits = sql.execute("SELECT profit FROM trades WHERE mode = 'paper' ORDER BY exitTime, id").fetchall()
    assert names["minutes"].select("timestamp", "close").rows() == minutes
    assert names["trades"].select("profit").rows() == profits
    assert (len(names["trades"]), len(names["could_have_been_made"])) == (40, 39)
    bars = names["bars"]
    assert str(bars["timestamp"][-1]) == "2025-05-05 03:05:00+00:00"
    assert bars["close"][-1] == minutes[-1][1]
    assert bars.filter(pl.col("cvd").is_null()).height == 1  # the newest bar is not confirmed yet
    assert names["by_flow"]["n"].sum() == 39
    assert names["entered"]["profit"].sum() == pytest.approx(sum(profit for (profit,) in profits) - late(names))
    assert len(names["figure"].axes) == 2
    assert len(names["price"].lines) == 1 + 40
    names["plt"].close(names["figure"])


def late(names: dict[str, object]) -> float:
    trades = names["trades"]
    assert isinstance(trades, pl.DataFrame)
    return float(trades.filter("late")["profit"].sum())


@pytest.mark.long
def test_a_notebook_on_a_young_simulated_database_runs_as_well(tmp_path: Path):
    with closing(create(tmp_path / "trading.db")) as writer:
        add_example(writer)
    with serve(tmp_path / "trading.db") as address:
        done = run(address)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 trades, 1 of them in time" in done.stdout


@pytest.mark.long
def test_a_notebook_without_trades_runs_as_well(tmp_path: Path):
    with closing(create(tmp_path / "trading.db")) as writer:
        add_example(writer)
        writer.execute("DELETE FROM trades")
    with serve(tmp_path / "trading.db") as address:
        done = run(address)
    assert (done.returncode, done.stderr) == (0, "")
    assert "0 trades" in done.stdout

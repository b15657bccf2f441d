"""The running app does what its own description says: schemathesis asks, also what must be refused.

All its checks, all its phases, on the traded database, in a process of its own. Left out is the event stream, which
does not end. What costs most (files, the report, back-tests) is asked less often.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from web_server import serve

HELPERS = Path(__file__).parents[1] / "helpers"

COSTLY = "^/api/(export/.*|report[.]pdf|backtest)$"


@dataclass(frozen=True)
class Run:
    """What schemathesis did: how many requests, and what it says about them."""

    cases: int
    code: int
    said: str


def ask(address: str, folder: Path, examples: int, *choice: str) -> Run:
    """Let schemathesis ask each operation of a choice so many times, and more in its other phases."""
    report = folder / "report.json"
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{address}/openapi.json", "--checks", "all", *choice),
        *("--max-examples", str(examples), "--continue-on-failure", "--no-shrink", "--seed", "20250504"),
        *(
            "--request-timeout",
            "120",
            "--max-response-time",
            "120",
            "--generation-database",
            "none",
            "--suppress-health-check",
            "all",
        ),
        *("--report", "json", "--report-json-path", str(report), "--no-color", "--warnings", "off"),
    ]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "api_hooks", "PYTHONPATH": str(HELPERS)}
    done = subprocess.run(
        command, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    cases = json.loads(report.read_text())["test_cases"]["generated"] if report.exists() else 0
    return Run(cases, done.returncode, done.stdout)


def ask_everything(database: Path, folder: Path, examples: int, costly: int, *phases: str) -> int:
    """Ask all operations; return how many requests it were, all of them answered as described."""
    with serve(database) as address:
        quick = ask(address, folder, examples, "--exclude-path-regex", COSTLY, "--exclude-path", "/api/events", *phases)
        assert quick.code == 0, quick.said
        slow = ask(address, folder, costly, "--include-path-regex", COSTLY, "--phases", "examples,fuzzing")
        assert slow.code == 0, slow.said
    sys.stdout.write(f"schemathesis: {quick.cases} cases, and {slow.cases} of files, the report and back-tests\n")
    return quick.cases + slow.cases


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("examples", "cases"), [(8, 100), pytest.param(27, 300, marks=pytest.mark.more)])
def test_hundreds_of_cases_agree_with_the_description(
    traded_once: Path, tmp_path: Path, examples: int, cases: int
) -> None:
    assert ask_everything(traded_once, tmp_path, examples, 2, "--phases", "examples,fuzzing") >= cases


@pytest.mark.torture
@pytest.mark.timeout(7200)
def test_twenty_thousand_cases_agree_with_the_description(traded_once: Path, tmp_path: Path) -> None:
    """Files, the report and back-tests 200 times each, the others 1,300 times."""
    assert ask_everything(traded_once, tmp_path, 1_300, 200) >= 20_000

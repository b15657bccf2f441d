"""The one command as a process: its help, what each package needs, and what refuses to start, in a sentence."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from importlib.metadata import version

import pytest
from botprocess import CVDBOT

import cvdbot
from bot.store import rows, traded
from bot.store.database import open_for_writing

WEB = ("fastapi", "jinja2", "numpy", "polars", "starlette", "uvicorn")
"""What the Pi does not have."""


def cvdbot_says(*arguments, cwd=None, without=()):
    """Run `cvdbot ARGUMENTS` on a machine `without` these modules; return (exit code, stdout, stderr)."""
    command = [*CVDBOT, *map(str, arguments)]
    if without:
        program = (
            "import sys; sys.modules.update(dict.fromkeys({without!r}));"
            " sys.argv = ['cvdbot', *sys.argv[1:]]; import cvdbot; cvdbot.main()"
        )
        command = [sys.executable, "-c", program.format(without=without), *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def refusal(*arguments, **where):
    """The one sentence that a command ends with; its exit code is 2."""
    code, said, complained = cvdbot_says(*arguments, **where)
    assert (code, said) == (2, ""), complained
    assert complained.count("\n") == 1
    assert complained.startswith("cvdbot: ")
    return complained.removeprefix("cvdbot: ").rstrip("\n")


def test_help_lists_every_command_also_on_a_machine_that_has_the_bots_extra_alone():
    code, said, _ = cvdbot_says("--help", without=WEB)
    assert code == 0
    words = {line.split()[1] for line in said.splitlines() if line.startswith("│") and line[2] != " "}
    assert set(cvdbot.OWNERS) == words - {"--version", "--help"}


def test_every_command_that_a_package_defines_can_be_called():
    for owner in sorted(set(cvdbot.OWNERS.values())):
        commands = __import__(f"{owner}.commands", fromlist=["commands"]).commands
        names = {one.name or one.callback.__name__ for one in commands.registered_commands}
        names |= {one.name for one in commands.registered_groups}
        assert names == {name for name, of in cvdbot.OWNERS.items() if of == owner}


@pytest.mark.parametrize("command", ["evaluate", "train", "predict"])
def test_without_what_the_study_needs_it_is_named_with_what_installs_it(command):
    said = refusal("ml", command, "--db", "data/trading.db", without=("scipy", "sklearn", "tensorflow", "keras"))
    assert said.endswith(" is not installed, and `cvdbot ml` needs it: make setup-ml in the project's folder")
    assert said.split(" ")[0].split(".")[0] in ("scipy", "sklearn")


@pytest.mark.slow
@pytest.mark.parametrize("name", cvdbot.OWNERS)
def test_every_command_explains_itself_without_what_it_needs_to_run(name):
    code, said, _ = cvdbot_says(name, "-h", without=("httpx", "websockets", *WEB))
    assert code == 0
    assert f"cvdbot {name}" in said


def test_without_arguments_it_shows_its_help():
    _, said, complained = cvdbot_says()
    assert "Usage: cvdbot" in said + complained


def test_it_knows_its_version():
    assert cvdbot_says("--version") == (0, f"cvdbot {version('cvdbot')}\n", "")


def test_an_unknown_command_is_named():
    code, _, complained = cvdbot_says("runn")
    assert code == 2
    assert "No such command 'runn'" in complained


@pytest.mark.parametrize(
    ("command", "missing", "extra"), [("web", "uvicorn", "web"), ("backtest", "numpy", "web"), ("run", "httpx", "bot")]
)
def test_a_missing_extra_is_named_with_how_to_install_it(tmp_path, command, missing, extra):
    arguments = ["--db", tmp_path / "trading.db"] if command == "backtest" else []
    assert refusal(command, *arguments, cwd=tmp_path, without=(missing,)) == (
        f"{missing} is not installed, and `cvdbot {command}` needs it: pip install '.[{extra}]' in the project's folder"
    )


def test_a_module_of_ours_that_is_missing_is_a_defect_and_keeps_its_traceback(tmp_path):
    code, _, complained = cvdbot_says("run", cwd=tmp_path, without=("bot.service",))
    assert code == 1
    assert "Traceback" in complained


def test_run_with_a_configuration_that_is_not_there_ends_with_a_sentence(tmp_path):
    assert refusal("run", "--config", "mine.toml", cwd=tmp_path) == (
        "mine.toml does not exist; bot/bot.toml.example shows what it may say"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def folder(tmp_path):
    """A folder with a bot.toml whose exchanges are all at an address where nobody answers."""
    (tmp_path / "bot.toml").write_text(
        'database = "trading.db"\n'
        + "".join(
            f'[exchanges.{name}]\nwebsocket = "ws://127.0.0.1:9"\nrest = "http://127.0.0.1:9"\n'
            for name in ("binance", "bybit", "coinbase", "okx")
        )
    )
    return tmp_path


def test_run_on_a_newer_database_says_to_update_and_leaves_it_as_it_was(folder):
    path = folder / "trading.db"
    open_for_writing(path).close()
    with sqlite3.connect(path) as sql:
        sql.execute("PRAGMA user_version = 99")
    sql.close()
    before = path.read_bytes()
    sentence = refusal("run", cwd=folder)
    assert sentence.startswith(f"{path} was written by a newer cvdbot (database version 99, this one knows ")
    assert sentence.endswith("update cvdbot here")
    assert path.read_bytes() == before


def test_run_on_a_database_of_another_pair_is_refused_and_leaves_it_as_it_was(folder):
    database = open_for_writing(folder / "trading.db")
    with database.transaction() as sql:
        traded.put_configuration(sql, "ETH/USDT", {}, "perpetual", ["okx"], "0.1.0", 0)
    database.close()
    assert refusal("run", cwd=folder) == (
        "the database holds ETH/USDT, and bot.toml names BTC/USDT: name another database, or that pair as well"
    )
    with sqlite3.connect(folder / "trading.db") as sql:
        assert sql.execute("SELECT pair FROM configurations").fetchall() == [("ETH/USDT",)]
    sql.close()


def test_run_on_a_simulated_markets_database_is_refused(folder):
    database = open_for_writing(folder / "trading.db")
    with database.transaction() as sql:
        rows.claim_origin(sql, "simulated", 0)
    database.close()
    assert refusal("run", cwd=folder).startswith(
        "this database holds a simulated market; it is not continued with real"
    )

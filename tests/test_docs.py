"""The documentation says everything there is, and nothing that is not: commands, options, tables, columns, keys."""

from __future__ import annotations

import importlib
import re
import sqlite3
import tomllib
from pathlib import Path

import msgspec
import pytest
import typer.main

import bot.config
import cvdbot
import sync.config
import webapp.config
from bot.core import parameters
from bot.store.migrations import migrate
from webapp.app import create_app

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    path: path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
}
DATA = PAGES[ROOT / "docs" / "DATA.md"]


def every_command():
    """`backtest`, and of a group each of its own: `ml patterns`."""
    for name, owner in cvdbot.OWNERS.items():
        found = typer.main.get_group(importlib.import_module(f"{owner}.commands").commands).commands[name]
        inner = getattr(found, "commands", None)
        yield from [(name, found)] if inner is None else [(f"{name} {each}", inner[each]) for each in inner]


COMMANDS = dict(every_command())


def options(command):
    """The long options that a command shows in its help."""
    shown = COMMANDS[command].params
    return {one for each in shown if not getattr(each, "hidden", False) for one in each.opts if one.startswith("--")}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_each_of_its_options_is_in_the_documentation(command):
    everything = "\n".join(PAGES.values())
    assert f"cvdbot {command}" in everything
    lines = [line for line in everything.splitlines() if f"cvdbot {command}" in line]
    missing = {one for one in options(command) if not any(re.search(rf"{one}\b", line) for line in lines)}
    assert missing == set()


def test_no_page_names_a_command_that_is_not_there():
    named = {name for page in PAGES.values() for name in re.findall(r"`cvdbot ([a-z]+)", page)}
    assert named <= set(cvdbot.OWNERS)


def test_no_page_names_a_make_target_that_is_not_there():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = {name for page in PAGES.values() for name in re.findall(r"`make ([a-z]+)", page)}
    assert named <= targets
    readme = PAGES[ROOT / "README.md"]
    assert {target for target in targets - {"help"} if f"`make {target}`" not in readme} == set()


def test_every_link_between_pages_leads_somewhere():
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page, text in PAGES.items()
        for target in re.findall(r"\]\(([^)#:]+)\)", text)
        if not (page.parent / target).exists()
    ]
    assert broken == []


def made():
    """A database as the bot makes it, or brings it up to date."""
    sql = sqlite3.connect(":memory:", isolation_level=None)
    migrate(sql)
    return sql


def schema():
    """Table -> its columns, as SQLite understands what the bot makes."""
    sql = made()
    names = [name for (name,) in sql.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    tables = {name: [row[1] for row in sql.execute(f"PRAGMA table_info({name})")] for name in names}
    sql.close()
    return tables


def described(table):
    """Column -> (unit, meaning) of the first table of a section of docs/DATA.md."""
    section = re.search(rf"^## `{table}`\n(.*?)(?=^## |\Z)", DATA, flags=re.MULTILINE | re.DOTALL)
    assert section, f"docs/DATA.md has no section for {table}"
    first = section[1].split("| --- | --- | --- |\n", 1)[1].split("\n\n", 1)[0]
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in first.splitlines()]
    return {row[0].strip("`"): tuple(row[1:]) for row in rows}


@pytest.mark.parametrize("table", schema())
def test_every_column_is_described_with_its_unit_in_the_order_of_the_schema(table):
    columns = described(table)
    assert list(columns) == schema()[table]
    assert [name for name, (unit, *_) in columns.items() if not unit] == []


def test_no_table_is_described_that_is_not_there():
    assert set(re.findall(r"^## `(\w+)`", DATA, flags=re.MULTILINE)) == set(schema())


def test_every_column_that_can_be_null_says_what_null_means():
    sql = made()
    for table in schema():
        for _, column, _, needed, _, key in sql.execute(f"PRAGMA table_info({table})"):
            if not needed and not key:
                assert "null" in " ".join(described(table)[column]), f"{table}.{column}"
    sql.close()


def operations():
    """Operation of the API, such as `GET /api/status`, -> the names of all that can be asked of it."""
    described = create_app(webapp.config.Settings()).openapi()
    found = {}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            names = {each["name"] for each in operation.get("parameters", ())}
            for body in operation.get("requestBody", {}).get("content", {}).values():
                model = body["schema"]["$ref"].rsplit("/", 1)[-1]
                names |= set(described["components"]["schemas"][model]["properties"])
            found[f"{method.upper()} {path}"] = names
    return found


API = re.split(r"^### `(.+)`\n", PAGES[ROOT / "docs" / "api.md"], flags=re.MULTILINE)[1:]
API = dict(zip(API[::2], API[1::2], strict=True))


def test_every_operation_of_the_api_is_described_with_all_that_can_be_asked_of_it():
    missing = {
        operation: sorted(name for name in names if f"`{name}`" not in API.get(operation, ""))
        for operation, names in operations().items()
    }
    for operation, names in missing.items():
        if "strategy.md" in API.get(operation, ""):  # the page of all its parameters
            missing[operation] = [name for name in names if name not in parameters.NAMES]
    assert [operation for operation in missing if operation not in API] == []
    assert {operation: names for operation, names in missing.items() if names} == {}


def keys(struct, prefix=""):
    """Every key of a configuration, dotted, from the type it is read into."""
    found = set()
    for one in msgspec.structs.fields(struct):
        kind = one.type.__args__[0] if getattr(one.type, "__args__", None) else one.type
        nested = isinstance(kind, type) and issubclass(kind, msgspec.Struct)
        found |= keys(kind, f"{prefix}{one.name}.") if nested else {prefix + one.name}
    return found


def bot_keys():
    """Those of bot.toml: what is called `strategy` inside stands beside `pair` in the file."""
    return (keys(bot.config.Settings) - {"pairs.strategy"}) | {f"pairs.{name}" for name in parameters.NAMES}


def written(table, prefix=""):
    """Every key that a file writes, dotted."""
    found = set()
    for name, value in table.items():
        inner = value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else value
        found |= written(inner, f"{prefix}{name}.") if isinstance(inner, dict) and inner else {prefix + name}
    return found


EXAMPLES = {
    "bot/bot.toml.example": bot_keys(),
    "sync/sync.toml.example": keys(sync.config._Keys),
    "webapp/web.toml.example": keys(webapp.config.Settings),
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_shows_every_key_and_no_other(example):
    assert written(tomllib.loads((ROOT / example).read_text())) == EXAMPLES[example]


def test_what_the_examples_show_are_the_defaults_but_for_a_real_fee():
    settings, database = bot.config.read(ROOT / "bot" / "bot.toml.example")
    assert settings.pairs[0].parameters == parameters.Parameters(fee_rate=0.00055)
    assert msgspec.structs.replace(settings, pairs=(bot.config.Pair(),)) == bot.config.Settings()
    assert database == ROOT / "bot" / "data" / "trading.db"
    shown = webapp.config.load(ROOT / "webapp" / "web.toml.example")
    assert msgspec.structs.replace(shown, database=Path("data/trading.db")) == webapp.config.Settings()
    table = tomllib.loads((ROOT / "sync" / "sync.toml.example").read_text())
    assert msgspec.convert(table, sync.config._Keys) == sync.config._Keys()

"""Who may import whom (docs/ARCHITECTURE.md): `bot shell -> bot.core <- analysis <- webapp`, `sync` alone,
`background` for both commands of the PC; and no modules import each other in a circle.

Read from the source, so an import inside a function or for a type checker counts as well.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OURS = {"bot", "sync", "webapp", "analysis", "background", "cvdbot", "benchmarks", "tests"}

ALLOWED_OURS = {
    "bot/core": ("bot.core",),
    "bot": ("bot",),
    "background": ("background",),
    "sync": ("sync", "background"),
    "analysis": ("analysis", "bot.core", "bot.imports"),
    "webapp": ("webapp", "analysis", "bot.core", "background"),
}
"""Folder -> the packages of ours that it may import."""

EXTRAS = {
    "bot/core": (),
    "bot": ("bot",),
    "background": (),
    "sync": (),
    "analysis": ("web", "cluster", "ml"),
    "webapp": ("web",),
}
"""Folder -> the extras of pyproject.toml whose distributions it may import, beside the project's own dependencies."""

BROUGHT_ALONG = {
    "typer": {"rich"},
    "fastapi": {"pydantic", "starlette"},
    "scikit-learn": {"scipy", "sklearn"},
    "tensorflow": {"keras"},
}
"""Distribution -> what it depends on that we use by its own name: tables and progress; responses and values."""


def sources(folder):
    """Every module of a folder; those of bot/core are no part of bot's shell."""
    paths = sorted((ROOT / folder).rglob("*.py"))
    assert paths
    return [path for path in paths if folder != "bot" or "core" not in path.relative_to(ROOT).parts]


def imports(path):
    """The modules a file imports anywhere in it: (line, dotted name)."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found


def is_of(name, packages):
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def distributions(requirements):
    """The names of requirements as they are imported; ours are all imported by the names they are installed by."""
    names = {re.match(r"[A-Za-z0-9._-]+", one)[0] for one in requirements}
    return names | {name for one in names for name in BROUGHT_ALONG.get(one, ())}


def allowed_distributions(folder):
    if folder == "bot/core":
        return set()
    extras = [one for extra in EXTRAS[folder] for one in PROJECT["optional-dependencies"][extra]]
    return distributions([*PROJECT["dependencies"], *extras])


@pytest.mark.parametrize("folder", ALLOWED_OURS)
def test_a_package_imports_only_the_packages_its_arrows_point_to(folder):
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in sources(folder)
        for line, name in imports(path)
        if name.partition(".")[0] in OURS and not is_of(name, ALLOWED_OURS[folder])
    ]
    assert wrong == []


@pytest.mark.parametrize("folder", EXTRAS)
def test_a_package_imports_only_the_distributions_its_extra_installs(folder):
    allowed = allowed_distributions(folder) | OURS | sys.stdlib_module_names
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in sources(folder)
        for line, name in imports(path)
        if name.partition(".")[0] not in allowed
    ]
    assert wrong == []


def test_the_one_command_imports_no_package_before_it_is_asked_for_one():
    assert [name for _, name in imports(ROOT / "cvdbot.py") if name.partition(".")[0] in OURS] == []
    loaded = "import sys, cvdbot; print(sorted(set(sys.modules) & {'bot', 'sync', 'webapp', 'analysis', 'background'}))"
    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout == "[]\n"


LOAD_EVERYTHING = """
import importlib, importlib.abc, sys

class OnlyTheBots(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in {forbidden!r}:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, OnlyTheBots())
for module in {modules!r}:
    importlib.import_module(module)
"""


def test_every_module_of_the_bot_loads_where_only_its_own_extra_is_installed():
    everything = [one for extra in PROJECT["optional-dependencies"].values() for one in extra]
    others = {"sync", "webapp", "analysis", "background"}
    forbidden = (distributions(everything) | others) - allowed_distributions("bot")
    assert {"polars", "fastapi", "numpy", "pytest", "webapp"} <= forbidden
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sources("bot") + sources("bot/core")
    ]
    program = LOAD_EVERYTHING.format(forbidden=sorted(forbidden), modules=modules)
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def modules():
    """Every module of ours, tests and benchmarks left out: dotted name -> file."""
    files = [
        ROOT / "cvdbot.py",
        *(one for folder in ("bot", "sync", "webapp", "analysis", "background") for one in python(folder)),
    ]
    return {".".join(one.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): one for one in files}


def python(folder):
    return (ROOT / folder).rglob("*.py")


def arrows():
    """Module -> the modules of ours that it imports anywhere in it, for a type checker as well."""
    ours = modules()
    return {
        module: {found for _, name in imports(path) if (found := module_of(name, ours)) not in (None, module)}
        for module, path in ours.items()
    }


def module_of(name, ours):
    """Name the module an imported name is, or is in."""
    return name if name in ours else parent if (parent := name.rpartition(".")[0]) in ours else None


def circles(graph):
    """The sets of modules of which each reaches every other: strongly connected components of more than one."""
    reached = {start: reachable(graph, start) for start in graph}
    together = {
        frozenset(other for other in reached[start] if start in reached[other])
        for start in graph
        if start in reached[start]
    }
    return sorted(sorted(one) for one in together)


def reachable(graph, start):
    """The modules at the end of any chain of imports from `start`."""
    found, waiting = set(), [start]
    while waiting:
        waiting += (more := graph.get(waiting.pop(), set()) - found)
        found |= more
    return found


def test_a_circle_is_found_and_named():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a", "e"}, "e": set()}) == [["a", "b", "c"]]


def test_no_modules_import_each_other_in_a_circle():
    assert circles(arrows()) == []

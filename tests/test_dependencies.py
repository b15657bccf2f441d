"""What pyproject.toml bounds is what the lock files pin and what is installed."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NEEDED = [
    Requirement(line)
    for lines in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    for line in lines
]
LOCKS = ("bot", "run", "dev", "ml", "bench")
OPTIONAL = [Requirement(line).name for line in PROJECT["optional-dependencies"]["ml"]]
"""What only `make setup-ml` installs."""
INSIDE = ("starlette", "typer", "uvicorn", "websockets")
"""Libraries of which we use more than they promise; a release that may change it is taken by hand."""


def pinned(lock: str) -> dict[str, str]:
    """Package -> its version in a lock file."""
    lines = (ROOT / "requirements" / f"{lock}.txt").read_text()
    return dict(re.findall(r"^([\w.-]+)==([^ ;]+)", lines, flags=re.MULTILINE))


@pytest.mark.parametrize("needed", NEEDED, ids=lambda needed: needed.name)
def test_the_lock_files_agree_on_a_version_within_its_bounds(needed: Requirement) -> None:
    versions = {pins[needed.name] for pins in map(pinned, LOCKS) if needed.name in pins}
    assert len(versions) == 1
    assert needed.specifier.contains(*versions)


@pytest.mark.parametrize("needed", NEEDED, ids=lambda needed: needed.name)
def test_the_installed_version_lies_within_its_bounds(needed: Requirement) -> None:
    try:
        installed = version(needed.name)
    except PackageNotFoundError:
        if needed.name in OPTIONAL:
            pytest.skip(f"{needed.name} is installed by `make setup-ml`")
        assert needed.marker is not None, f"{needed.name} is not installed"
        assert not needed.marker.evaluate(), f"{needed.name} is not installed"
        return
    assert needed.specifier.contains(installed)


@pytest.mark.parametrize("name", INSIDE)
def test_what_is_used_beyond_its_promise_is_bounded_above_with_the_reason(name: str) -> None:
    (needed,) = (one for one in NEEDED if one.name == name)
    assert any(one.operator == "<" for one in needed.specifier)

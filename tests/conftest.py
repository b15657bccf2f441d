"""Options of the whole test run, and the database that many of its tests read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
import traded as trading
import two_pairs as pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).parent


hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine fails no test
hypothesis.settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write the API's answers to tests/golden/; look at the difference"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `make check` leaves out; begin with the files that take long, so that the others run beside them."""
    for item in items:
        for name in needs(item):
            item.add_marker(name)
    long = {item.path for item in items if item.get_closest_marker("long")}
    items.sort(key=lambda item: item.path not in long)


def needs(item: pytest.Item) -> Iterator[str]:
    """Tell what a test needs from where it stands, which fixtures it takes and which helpers its module imports."""
    if "e2e" in item.path.relative_to(TESTS).parts:
        yield "browser"
        if item.get_closest_marker("essential") is None:
            yield "more"
    if "sshd_server" in getattr(item, "fixturenames", ()):
        yield "sshd"
    if hasattr(getattr(item, "module", None), "simulating"):
        yield "simulated"


@pytest.fixture(scope="session")
def traded_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of tests/helpers/traded.py, built once; for tests that only read."""
    path = tmp_path_factory.mktemp("traded") / "trading.db"
    trading.build(path)
    return path


@pytest.fixture(scope="session")
def two_pairs_once(traded_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of tests/helpers/two_pairs.py, built once; for tests that only read."""
    path = tmp_path_factory.mktemp("two_pairs") / "trading.db"
    pairs.build(traded_once, path)
    return path


@pytest.fixture
def two_pairs(two_pairs_once: Path, tmp_path: Path) -> Path:
    """A copy of it, to change."""
    path = tmp_path / "trading.db"
    trading.copy(two_pairs_once, path)
    return path


@pytest.fixture
def traded(traded_once: Path, tmp_path: Path) -> Path:
    """A copy of it, to change or to publish."""
    path = tmp_path / "trading.db"
    trading.copy(traded_once, path)
    return path

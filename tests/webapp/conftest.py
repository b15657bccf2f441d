"""A small database, and a client of the app that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from example_database import create
from web_client import Client, web_client

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the app looks for its database; nothing is there yet."""
    return tmp_path / "trading.db"


@pytest.fixture
def writer(path: Path) -> Iterator[sqlite3.Connection]:
    """The bot's side of a new database."""
    connection = create(path)
    yield connection
    connection.close()


@pytest.fixture
def client(path: Path, tmp_path: Path) -> Iterator[Client]:
    """A browser on this machine."""
    with web_client(path, tmp_path / "page") as client:
        yield client


@pytest.fixture
def traded_client(traded: Path, tmp_path: Path) -> Iterator[Client]:
    """A browser on a database with a history of trading."""
    with web_client(traded, tmp_path / "page") as client:
        yield client

"""A Pi behind a real sshd, and a PC that copies from it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from pc import Pc
from sshd import Pi, running_pi

from bot.store.database import Database, open_for_writing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def sshd_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pi]:
    """One sshd for all tests."""
    home = tmp_path_factory.mktemp("sshd")
    with running_pi(home, home / "unused") as pi:
        yield pi


@pytest.fixture
def pi(sshd_server: Pi, tmp_path: Path) -> Iterator[Pi]:
    """A Pi with an empty folder of its own."""
    folder = tmp_path / "pi"
    folder.mkdir()
    mine = dataclasses.replace(sshd_server, folder=folder)
    mine.authorize()
    mine.trust()
    yield mine
    (sshd_server.home / "authorized_keys").unlink(missing_ok=True)


@pytest.fixture
def bot(pi: Pi) -> Iterator[Database]:
    """The database as the running bot has it open."""
    database = open_for_writing(pi.database)
    yield database
    database.close()


@pytest.fixture
def pc(pi: Pi, tmp_path: Path) -> Pc:
    folder = tmp_path / "my pc"
    folder.mkdir()
    return Pc(pi.sync_toml(folder / "sync.toml"))

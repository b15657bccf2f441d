"""A PC that copies from a Pi, and what the tests of both do with them."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from sync import config, run
from sync.layout import Layout

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from sshd import Pi

    from bot.store.database import Database
    from sync.status import Status

MINUTE = 60_000


def write_minutes(database: Database, first: int, count: int) -> None:
    """Commit `count` candles, one transaction each, from minute number `first` on."""
    for number in range(first, first + count):
        with database.transaction() as sql:
            sql.execute("INSERT INTO candles VALUES (?, 'BTC/USDT', 1, 2, 0.5, 1.5, 10, 12, 4, 4)", (number * MINUTE,))


class Pc:
    """A PC: its settings, its data folder, and one sync at a time."""

    def __init__(self, toml: Path) -> None:
        self.toml = toml
        self.config = config.load(toml)
        self.layout = Layout(self.config.data)
        self.pauses: list[float] = []
        """What the retries would have waited."""

    def sync(self) -> Status:
        with run.only_instance(self.layout) as instance:
            return run.sync_once(self.config, instance, pause=self.pauses.append)


def without_ssh(pi: Pi, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `ssh` run the key's forced command on this machine: the same lock, rrsync and rsync, six times as fast."""
    folder.mkdir()
    stand_in = folder / "ssh"
    stand_in.write_text(
        '#!/bin/sh\nshift 3  # -F ssh_config pi\nexport SSH_ORIGINAL_COMMAND="$*"\n'
        f"exec flock --shared --timeout 20 -E 75 {pi.folder}/.lock timeout 300 rrsync -ro {pi.folder}\n"
    )
    stand_in.chmod(stand_in.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

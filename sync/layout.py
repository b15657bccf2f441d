"""Where everything lies in the data folder.

data/trading.db        -> current/trading.db     what readers open
data/archive_2024.db   -> current/archive_2024.db
data/current           -> generations/000017     replaced atomically
data/generations/      one folder a published copy, hard links into the mirror, never changed
data/sync.json         the newest status line
data/.sync/            private: the mirror that rsync keeps, the generated ssh_config, the lock
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DATABASE = "trading.db"
WAL = "trading.db-wal"
ARCHIVES = "archive_*.db"


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths inside one data folder."""

    data: Path

    @property
    def database(self) -> Path:
        """The link that readers open."""
        return self.data / DATABASE

    @property
    def database_link(self) -> Path:
        """What that link says."""
        return Path(self.current.name, DATABASE)

    @property
    def current(self) -> Path:
        """The link to the newest generation; absent before the first."""
        return self.data / "current"

    @property
    def generations(self) -> Path:
        """The folder of published copies."""
        return self.data / "generations"

    @property
    def status(self) -> Path:
        """The newest status line, for a page to show."""
        return self.data / "sync.json"

    @property
    def private(self) -> Path:
        """What only the puller touches; rsync runs in it."""
        return self.data / ".sync"

    @property
    def mirror(self) -> Path:
        """What rsync keeps equal to the Pi's folder. SQLite never opens it."""
        return self.private / "mirror"

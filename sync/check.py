"""`--check`: is everything ready for a sync? One line a finding, and an error at the first thing that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync import publish
from sync.errors import SyncError
from sync.layout import Layout
from sync.pull import pull, rsync_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync.config import Config


def findings(config: Config) -> Iterator[str]:
    """Look at the tools, the files, the folder and the Pi, in this order; nothing is copied.

    Raises `SyncError` at the first that is not right.
    """
    yield f"rsync {'.'.join(map(str, rsync_version()))} is installed"
    for file in (config.identity_file, config.known_hosts_file):
        if not file.exists():
            raise SyncError(f"there is no {file}: see docs/sync.md, 'The PC'")
        yield f"{file} is there"
    layout = Layout(config.data)
    publish.prepare(layout)
    publish.try_links(layout)
    yield f"{config.data} can be written and has links"
    pulled = pull(config, layout, dry=True)
    yield f"{config.host} lets {config.user} copy ({pulled.seconds:.1f} s)"

"""What `cvdbot ml predict` keeps beside the database: is there something new, and what is the newest prediction?

The file lies beside the database's path as it was given: what sync publishes is a link into a folder of copies, and no
prediction lies in there. It is only read, never made.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from analysis.errors import StudyError
from analysis.study.learning.predictions import Live, Prediction, beside, newest

if TYPE_CHECKING:
    from pathlib import Path


class Unreadable(Exception):  # noqa: N818 - it names the state, which may pass by itself
    """The file is there and tells no prediction; the message says why, and what to do."""


def fingerprint(database: Path) -> str | None:
    """Tell which predictions there are: a short text that another write changes; None without a file."""
    try:
        status = beside(database).stat()
    except OSError:
        return None
    parts = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()


def newest_prediction(database: Path, pair: str | None) -> tuple[Prediction, Live] | None:
    """Return a pair's newest prediction with the record of the live ones; waits up to 2 s for who is writing.

    Args:
        database: Its path as it was given.
        pair: None: the database knows no pair yet, so nothing can have been predicted.

    Raises:
        Unreadable: The file is there and cannot be read.
    """
    try:
        return None if pair is None else newest(beside(database), pair)
    except StudyError as error:
        raise Unreadable(str(error)) from error

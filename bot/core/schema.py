"""Which versions of the database are there, and which may be read?

`PRAGMA user_version` is 1000 x major + minor; 1, the first version, stands for 1000. A new minor adds what an older
program does not miss (a column that may be null, a table, an index), so any minor of a known major is read. A new major
changes what is there: a program of an older one refuses it. `bot/store/migrations.py` has the steps.
"""

from __future__ import annotations

NEWEST = 1
"""The version this program makes: the last step of the migrations."""

_MINORS = 1000


def major(user_version: int) -> int:
    """Return the major version that a `PRAGMA user_version` from 1 on tells of; a number below 1000 tells of itself."""
    return user_version if user_version < _MINORS else user_version // _MINORS


MAJOR = major(NEWEST)
"""The major version this program reads and writes, in any of its minors."""

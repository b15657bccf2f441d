"""From any older database to today's: which statements lead from each version to the next?

`PRAGMA user_version` holds a database's version (bot/core/schema.py). A new database walks the same steps from 0, so
that one made today and one brought up to date are alike. A step is never edited once it was released: add the next one.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

STEPS: dict[int, str] = {
    1: (Path(__file__).parent / "schema.sql").read_text(encoding="utf-8"),
}
"""Version -> the SQL that makes it of the version before; the last is `bot.core.schema.NEWEST`."""


def migrate(sql: sqlite3.Connection, steps: dict[int, str] = STEPS) -> None:
    """Bring a database to the last of `steps`, one transaction a version: a crash leaves a whole version behind."""
    (version,) = sql.execute("PRAGMA user_version").fetchone()
    for step in sorted(number for number in steps if number > version):
        try:
            sql.executescript(f"BEGIN IMMEDIATE;\n{steps[step]}\nPRAGMA user_version = {step};\nCOMMIT;")
        except BaseException:
            if sql.in_transaction:
                sql.execute("ROLLBACK")
            raise

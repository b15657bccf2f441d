"""The PC's copies are backups for nothing: each generation makes a Pi's database again, by `cvdbot restore`."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from command import call
from pc import Pc, write_minutes

from bot.store.database import open_for_writing

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store.database import Database


def minutes(database: Path) -> int:
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as sql:
        return int(sql.execute("SELECT count(*) FROM candles").fetchone()[0])


def test_the_newest_copy_and_an_older_generation_make_a_pi_again(bot: Database, pc: Pc, tmp_path: Path) -> None:
    write_minutes(bot, 0, 3)
    assert pc.sync().ok
    write_minutes(bot, 3, 4)
    assert pc.sync().ok
    older = pc.layout.generations / "000001" / "trading.db"
    for number, (source, count) in enumerate([(pc.layout.database, 7), (older, 3)]):
        again = tmp_path / f"pi{number}" / "trading.db"
        said, _ = call("restore", source, "--db", again)
        assert "`cvdbot run` goes on from there" in said
        assert minutes(again) == count
        writer = open_for_writing(again)  # the next bot
        write_minutes(writer, count, 1)
        writer.close()
        assert minutes(again) == count + 1
    assert minutes(older) == 3, "the copy stays as it was"
    assert pc.sync().ok

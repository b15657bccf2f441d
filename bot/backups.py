"""`cvdbot backup` and `cvdbot restore`: what they say."""

from __future__ import annotations

import time
from pathlib import Path

import typer

from bot.config import read
from bot.core.times import to_iso
from bot.errors import ConfigurationError
from bot.store import backup


def run(database: Path, folder: Path | None, keep: int, config: Path | None) -> None:
    """Back a database up and say where it is.

    Raises:
        DatabaseError: It can't be done.
        ConfigurationError: No folder is named.
    """
    if folder is None:
        settings = read(config)[0].backup
        if not settings.folder:
            raise ConfigurationError("name the folder with --to FOLDER, or set folder under [backup] in bot.toml")
        folder, keep = Path(settings.folder), settings.keep
    made = backup.make(database, folder, time.time_ns() // 1_000_000, keep)
    candle = "no candle yet" if made.newest is None else f"candles to {to_iso(made.newest)}"
    older = f"; {made.removed} older removed" if made.removed else ""
    typer.echo(f"{made.path}: {made.path.stat().st_size / 1e6:.1f} MB, {candle}, verified{older}")


def restore(file: Path, database: Path) -> None:
    """Restore a database and say what comes next.

    Raises:
        DatabaseError: It can't be done; nothing was changed.
    """
    newest = backup.restore(file, database)
    candle = "without a candle" if newest is None else f"with candles to {to_iso(newest)}"
    typer.echo(f"{database} made of {file}, {candle}. `cvdbot run` goes on from there.")

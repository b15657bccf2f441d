"""The command `cvdbot web`."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads it
from typing import Annotated

import typer

commands = typer.Typer(help="The web app on the PC.")


@commands.callback()
def _group() -> None:
    """Keep `web` a sub-command although it is the only one."""


@commands.command()
def web(
    db: Annotated[
        Path | None, typer.Option("--db", metavar="FILE", help="The database to show (default: data/trading.db).")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="On 127.0.0.1; 0 takes a free one (default: 8000).")
    ] = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="Settings (default: web.toml).")] = None,
    page: Annotated[Path | None, typer.Option(metavar="FOLDER", hidden=True, help="Another build of the page.")] = None,
) -> None:
    """Show a database in the browser: candles, volumes, CVD. Reads only; answers this machine only."""
    import msgspec

    from webapp.config import PAGE, load
    from webapp.server import serve

    settings = load(config)
    if db is not None:
        settings = msgspec.structs.replace(settings, database=db)
    if port is not None:
        settings = msgspec.structs.replace(settings, port=port)
    serve(settings, page or PAGE)

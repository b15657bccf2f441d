"""The commands of the web app: the server, and what it offers for download without one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

commands = typer.Typer(help="The web app on the PC.")

Stored = Annotated[
    Path | None,
    typer.Option("--db", metavar="FILE", help="The database (default: data/trading.db).", show_default=False),
]


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


@commands.command()
def export(
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Where the files go; it is made.")],
    db: Stored = None,
    form: Annotated[
        Literal["csv", "parquet", "arrow"], typer.Option("--format", help="Of the tables; the statistics are CSV.")
    ] = "csv",
) -> None:
    """Write every stored table to files: candles, trades and figures as the page's downloads are, and the rest."""
    from webapp.files.folder import Written, export

    def tell(written: Written) -> None:
        typer.echo(f"{written.path}  {written.size:,} bytes")

    export(_database(db), to, form, tell)


@commands.command()
def report(
    db: Stored = None,
    begin: Annotated[
        str | None, typer.Option("--from", metavar="ISO", help="Trades closed from then on.", show_default=False)
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", metavar="ISO", help="Trades closed before.", show_default=False)
    ] = None,
    mode: Annotated[Literal["paper", "backtest", "imported"], typer.Option(help="Which account.")] = "paper",
    pair: Annotated[str | None, typer.Option(help="The first followed one by default.", show_default=False)] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE.pdf", help="Named after account and period by default.", show_default=False),
    ] = None,
) -> None:
    """Make the report of an account over a period as PDF, the one the page offers."""
    from webapp.report.command import make

    typer.echo(make(_database(db), begin, end, mode, pair, out))


def _database(named: Path | None) -> Path:
    """Return the database that is named, else that of web.toml."""
    from webapp.config import load

    return named or load(None).database

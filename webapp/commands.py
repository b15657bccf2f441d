"""The commands of the web app: the server, and what it offers for download without one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

commands = typer.Typer(help="The web app on the PC.")

NAME = "cvdbot-web"
"""Of the service that runs the page by itself."""

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
    install: Annotated[
        bool, typer.Option("--install", help="Let it run by itself: from login on, again after whatever end.")
    ] = False,
    uninstall: Annotated[bool, typer.Option("--uninstall", help="Let it run by itself no more.")] = False,
) -> None:
    """Show a database in the browser: candles, volumes, CVD. Reads only; answers this machine only."""
    if install and uninstall:
        raise typer.BadParameter("--install and --uninstall exclude each other")
    if uninstall:
        _uninstall()
        return
    import msgspec

    from webapp.config import PAGE, load
    from webapp.server import serve

    settings = load(config)
    if db is not None:
        settings = msgspec.structs.replace(settings, database=db)
    if port is not None:
        settings = msgspec.structs.replace(settings, port=port)
    if install:
        _install(settings.port, db, port, config, page)
    else:
        serve(settings, page or PAGE)


def _install(serves: int, db: Path | None, port: int | None, config: Path | None, page: Path | None) -> None:
    """Let the page run by itself, with what the command line says; `serves` is the port it comes to."""
    from background.install import install
    from background.job import job
    from webapp.config import DEFAULT_FILE
    from webapp.errors import WebError

    if serves == 0:
        raise WebError("port 0 is another one at each start: name the port that the page shall stay at")
    file = config or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
    named = {"--config": file and file.absolute(), "--db": db and db.absolute(), "--port": port}
    named["--page"] = page and page.absolute()
    arguments = [word for option, value in named.items() if value is not None for word in (option, str(value))]
    folder = file.absolute().parent if file else Path.cwd()
    for sentence in install(job(NAME, "cvdbot: the page", ("web", *arguments), folder)):
        typer.echo(sentence)
    typer.echo(f"the page: http://127.0.0.1:{serves}")


def _uninstall() -> None:
    from background.install import uninstall

    for sentence in uninstall(NAME):
        typer.echo(sentence)


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

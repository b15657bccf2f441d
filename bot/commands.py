"""The bot's commands: options and their help. What a command does is imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer()


@commands.callback()
def _bot() -> None:
    """Keep every command a sub-command, also while there is but one."""


@commands.command()
def simulate(
    port_base: Annotated[
        int, typer.Option(help="First of the ports, one a venue; 0 takes ports that are free.", show_default=False)
    ] = 0,
    speed: Annotated[float, typer.Option(help="Simulated seconds a real second.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The made market: the same seed trades the same.")] = 1,
    pairs: Annotated[
        str | None,
        typer.Option(
            metavar="PAIR,...", help="The made market: BTC/USDT, or several as BTC/USDT,ETH/USDT.", show_default=False
        ),
    ] = None,
    play: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Send recorded lines instead of the made market; may be repeated."),
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a CSV of every fill sent, with its pair where there are several."),
    ] = None,
    write_config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a complete bot.toml for what is served.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Let the market stand still while nobody is connected.")] = False,
    market: Annotated[
        str | None, typer.Option(help="The made market: perpetual (the default) or spot.", show_default=False)
    ] = None,
    rate: Annotated[float, typer.Option(help="The made market: taker orders a second, of a venue and pair.")] = 2.0,
    burst: Annotated[
        int,
        typer.Option(help="The made market: so many orders more within a second, about once a minute."),
    ] = 0,
    start: Annotated[
        str | None,
        typer.Option(metavar="ISO", help="The made market: its first instant, UTC; now.", show_default=False),
    ] = None,
    exit_after: Annotated[float | None, typer.Option(metavar="S", help="End after this many real seconds.")] = None,
    faults: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What goes wrong, by seed; faults.toml.example shows the keys.")
    ] = None,
) -> None:
    """Serve the exchanges on this machine: a made market or recorded lines, over their real protocols."""
    from bot.simulator import session

    session.run(
        session.Options(
            port_base=port_base,
            speed=speed,
            seed=seed,
            pairs=pairs,
            play=tuple(play or ()),
            truth=truth,
            write_config=write_config,
            wait=wait,
            market=market,
            rate=rate,
            burst=burst,
            start=start,
            exit_after=exit_after,
            faults=faults,
        )
    )


@commands.command()
def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the page is, on 127.0.0.1.")] = 8000,
    days: Annotated[int, typer.Option(min=1, max=1100, help="Days of history, up to now.")] = 30,
    speed: Annotated[float, typer.Option(help="Simulated seconds a real second.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The made market: the same seed draws the same chart.")] = 1,
    pairs: Annotated[
        str | None,
        typer.Option(metavar="PAIR,...", help="BTC/USDT, or several as BTC/USDT,ETH/USDT.", show_default=False),
    ] = None,
    exit_after: Annotated[
        float | None, typer.Option(metavar="S", help="End so many real seconds after the page can be opened.")
    ] = None,
) -> None:
    """Show everything on this machine: a simulated market with a past, the real bot on it, and the page."""
    from bot.simulator import demo as everything

    everything.run(everything.Options(port=port, days=days, speed=speed, seed=seed, pairs=pairs, exit_after=exit_after))


@commands.command()
def run(
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What to run with; bot.toml here, else the defaults.")
    ] = None,
) -> None:
    """Listen to the exchanges, build candles and write them to trading.db, until Ctrl-C."""
    import asyncio
    import logging

    from bot.config import read
    from bot.service import run as serve

    logging.basicConfig(format="%(asctime)s %(levelname)-7s %(message)s", level=logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("websockets").setLevel(logging.ERROR)
    settings, database = read(config)
    asyncio.run(serve(settings, database))


@commands.command(name="import")
def import_files(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files, or folders of them.")],
    db: Annotated[Path, typer.Option(metavar="FILE", help="The database to add to; made where there is none.")],
    pair: Annotated[str, typer.Option(help="The pair the files are of.")] = "BTC/USDT",
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", help="Take klines that differ, in minutes that binance alone made or has incomplete."
        ),
    ] = False,
    live: Annotated[bool, typer.Option("--replace-live", help="Take them in recorded minutes as well.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Add candles and trades of the earlier bot (JSON) or Binance kline archives; rows that are there stay."""
    from bot.imports.importer import run as add

    if code := add(paths, db, pair, as_json, replace=replace or live, live=live):
        raise typer.Exit(code)


@commands.command()
def backup(
    to: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where to; [backup] folder of bot.toml.", show_default=False)
    ] = None,
    db: Annotated[Path, typer.Option(metavar="FILE", help="The database to back up.")] = Path("data/trading.db"),
    keep: Annotated[int, typer.Option(min=1, help="So many of the newest stay.")] = 14,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the folder is set; bot.toml here.", show_default=False)
    ] = None,
) -> None:
    """Write a verified copy of the database into a folder, also while the bot runs."""
    from bot.backups import run as make

    make(db, to, keep, config)


@commands.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup, or the copy on the PC.")],
    db: Annotated[Path, typer.Option(metavar="FILE", help="The database to make; none may be there.")] = Path(
        "data/trading.db"
    ),
) -> None:
    """Make the database of a backup or of the PC's copy: the bot goes on with its account and open position."""
    from bot.backups import restore as back

    back(file, db)


@commands.command()
def archive(
    before: Annotated[str, typer.Option(metavar="DATE", help="Rows before this day (YYYY-MM-DD, UTC) move.")],
    db: Annotated[Path, typer.Option(metavar="FILE", help="The database; the bot is stopped.")] = Path(
        "data/trading.db"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print what moved as JSON.")] = False,
) -> None:
    """Move old candles to archive_YYYY.db beside the database; everything reads them there as if they had stayed."""
    from bot.archiving import run as move

    move(db, before, as_json=as_json)


@commands.command()
def migrate(
    db: Annotated[Path, typer.Option(metavar="FILE", help="The database to bring up to date.")] = Path(
        "data/trading.db"
    ),
) -> None:
    """Bring a database to this version's tables, as `run` does when it starts: tried on a copy before an upgrade."""
    from bot.migrating import run as bring

    bring(db)


@commands.command()
def status(
    db: Annotated[Path, typer.Option(metavar="FILE", help="The database to look at.")] = Path("data/trading.db"),
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Show the bot's health on one screen; the exit code is 1 when something is wrong."""
    from bot.status import run as show

    raise typer.Exit(show(db, as_json))


@commands.command()
def verify(
    db: Annotated[Path, typer.Option(metavar="FILE", help="The database to verify.")] = Path("data/trading.db"),
    pair: Annotated[
        str | None, typer.Option(help="The pair; the first that the bot follows.", show_default=False)
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(min=1, help="Only so many of the last days, from a daily checkpoint.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
) -> None:
    """Replay the stored candles and compare every trade and event; the exit code is 1 when something differs."""
    from bot.trading.verdict import run as judge

    raise typer.Exit(judge(db, pair, days, as_json))

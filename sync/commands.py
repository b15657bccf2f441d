"""The command `sync`."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from sync.config import Config
    from sync.status import Status

commands = typer.Typer(context_settings={"help_option_names": ["-h", "--help"]}, add_completion=False)

NAME = "cvdbot-sync"
"""Of the service that runs it by itself."""


@commands.command()
def sync(
    config: Annotated[
        Path | None, typer.Option(help="The settings; sync.toml in this folder when it is there.", show_default=False)
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="One sync, then stop; exit code 1 when it failed.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Say whether everything is ready; copy nothing.")] = False,
    flatten: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the published copy as one plain file, and stop.")
    ] = None,
    install: Annotated[
        bool, typer.Option("--install", help="Let it run by itself: from login on, again after whatever end.")
    ] = False,
    uninstall: Annotated[bool, typer.Option("--uninstall", help="Let it run by itself no more.")] = False,
) -> None:
    """Keep a copy of the Pi's database on this computer, every minute, one JSON line a sync."""
    if os.name == "nt":
        typer.secho("sync needs rsync, ssh and links: on Windows, run it in WSL (docs/sync.md)", err=True, fg="red")
        raise typer.Exit(2)
    if install and uninstall:
        raise typer.BadParameter("--install and --uninstall exclude each other")
    if uninstall:
        _uninstall()
        return
    from sync.config import load

    settings = load(config)
    if install:
        _install(config)
    elif flatten is not None:
        _flatten(settings, flatten)
    elif check:
        _check(settings)
    else:
        _sync(settings, once=once)


def _install(config: Path | None) -> None:
    from background.install import install
    from background.job import job
    from sync.config import FILE

    file = config or (FILE if FILE.exists() else None)
    folder = file.absolute().parent if file else Path.cwd()
    arguments = ("sync", "--config", str(file.absolute())) if file else ("sync",)
    does = "cvdbot: a copy of the Pi's database, every minute"
    for sentence in install(job(NAME, does, arguments, folder, needs=("rsync", "ssh"))):
        typer.echo(sentence)


def _uninstall() -> None:
    from background.install import uninstall

    for sentence in uninstall(NAME):
        typer.echo(sentence)


def _flatten(settings: Config, file: Path) -> None:
    from sync.flatten import flatten
    from sync.layout import Layout

    size = flatten(Layout(settings.data), file)
    typer.echo(f"{file}: {size / 1e6:.1f} MB")


def _check(settings: Config) -> None:
    from sync.check import findings

    for finding in findings(settings):
        typer.echo(f"ok: {finding}")


def _sync(settings: Config, *, once: bool) -> None:
    from sync import run
    from sync.guard import Guard
    from sync.layout import Layout
    from sync.pull import rsync_version

    rsync_version()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    with run.only_instance(Layout(settings.data)) as instance:
        if once:
            status = run.sync_once(settings, instance)
            _show(status)
            Guard(settings, Layout(settings.data)).look(status)
            if status.error is not None:
                typer.secho(f"sync: {status.error}", err=True, fg="red")
                raise typer.Exit(1)
        else:
            run.sync_forever(settings, instance, _show)


def _show(status: Status) -> None:
    import msgspec

    sys.stdout.write(msgspec.json.encode(status).decode() + "\n")
    sys.stdout.flush()


def _stop(signum: int, frame: object) -> NoReturn:  # noqa: ARG001 - how Python calls it
    raise SystemExit(0 if signum == signal.SIGTERM else 130)

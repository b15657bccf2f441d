"""`python -m sync`: the command `sync` without the others."""

import sys

import typer

from background.errors import BackgroundError
from sync.commands import commands
from sync.errors import SyncError


def main() -> None:
    """Run the command; an error ends it with one sentence and its exit code."""
    try:
        commands(prog_name="python -m sync")
    except (SyncError, BackgroundError) as error:
        typer.secho(f"sync: {error}", err=True, fg="red")
        sys.exit(error.exit_code)


main()

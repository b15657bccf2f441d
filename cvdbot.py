"""The one command: which package owns a sub-command, and handing over to it.

Each package keeps its commands in its own `commands.py` (a Typer application named `commands`, heavy imports inside
the functions). A package is imported only when one of its commands or the help asks for it, so the Pi needs the
bot's dependencies alone.

An error a user can act on is an exception with an `exit_code` (each package's `errors.py`): it is shown as one
sentence. Any other exception is a defect and keeps its traceback.
"""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated

import typer
import typer.core
import typer.main

if TYPE_CHECKING:
    from typer import Context

OWNERS = {
    "demo": "bot",
    "run": "bot",
    "simulate": "bot",
    "import": "bot",
    "status": "bot",
    "backup": "bot",
    "restore": "bot",
    "archive": "bot",
    "migrate": "bot",
    "verify": "bot",
    "sync": "sync",
    "web": "webapp",
    "export": "webapp",
    "report": "webapp",
    "backtest": "analysis",
    "sweep": "analysis",
    "ml": "analysis",
}
"""Sub-command -> the package whose `commands.py` defines it, in the order `cvdbot --help` lists them."""

EXTRAS = {"bot": "bot", "sync": "bot", "webapp": "web", "analysis": "web"}
"""Package -> the extra of pyproject.toml that installs what it needs."""

MORE = {"distributed": "cluster", "keras": "ml", "scipy": "ml", "sklearn": "ml", "tensorflow": "ml"}
"""What only some commands of a package need -> the extra that installs it."""


class _LazyGroup(typer.core.TyperGroup):
    """A group that imports the owner of a sub-command when it is asked for."""

    def list_commands(self, ctx: Context) -> list[str]:  # type: ignore[override]  # noqa: ARG002 - the library passes it
        return list(OWNERS)

    def get_command(self, ctx: Context, cmd_name: str) -> typer.core.TyperCommand | None:  # type: ignore[override]  # noqa: ARG002
        if cmd_name not in OWNERS:
            return None
        module = importlib.import_module(f"{OWNERS[cmd_name]}.commands")
        group = typer.main.get_group(module.commands)
        return group.commands[cmd_name]  # type: ignore[return-value]


app = typer.Typer(
    name="cvdbot",
    cls=_LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a defect in a log reads best as Python writes it
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Order-flow candles of four exchanges, CVD, paper trading, one SQLite file and one chart.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cvdbot {version('cvdbot')}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Hold the options that stand before a sub-command."""


def main() -> None:
    """Run the command line; end with an error's own exit code and its sentence when it has one."""
    try:
        app()
    except ModuleNotFoundError as error:
        command = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
        owner = OWNERS.get(command, "")
        extra = MORE.get((error.name or "").split(".")[0], EXTRAS.get(owner, ""))
        if owner not in EXTRAS or (error.name or "").split(".")[0] in {*EXTRAS, "background"}:
            raise
        installs = "make setup-ml" if extra == "ml" else f"pip install '.[{extra}]'"
        typer.secho(
            f"cvdbot: {error.name} is not installed, and `cvdbot {command}` needs it: {installs}"
            " in the project's folder",
            err=True,
            fg="red",
        )
        sys.exit(2)
    except Exception as error:
        code = getattr(error, "exit_code", None)
        if code is None:
            raise
        typer.secho(f"cvdbot: {error}", err=True, fg="red")
        sys.exit(code)


if __name__ == "__main__":
    main()

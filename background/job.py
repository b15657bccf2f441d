"""What runs by itself: a command with absolute paths, its folder, and where it finds the programs it calls."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from background.errors import BackgroundError

STANDARD = ("/usr/local/bin", "/usr/bin", "/bin")
"""Where every system keeps its programs. What a login adds (Homebrew's folder) is not known to cron and launchd."""


@dataclass(frozen=True, slots=True)
class Job:
    """One command that runs by itself."""

    name: str
    """Of the service: `cvdbot-sync`."""
    does: str
    """In a few words, for who lists the services."""
    command: tuple[str, ...]
    """The program by its absolute path, and its arguments."""
    folder: Path
    """Where it runs."""
    path: str
    """PATH, as it shall have it."""


def job(name: str, does: str, arguments: tuple[str, ...], folder: Path, needs: tuple[str, ...] = ()) -> Job:
    """Make the job that runs `cvdbot` of this installation with `arguments` in `folder`.

    Args:
        name: Of the service.
        does: In a few words.
        arguments: Paths among them are absolute.
        folder: Made absolute here.
        needs: Programs it calls; where they are found now, they are found then.

    Raises:
        BackgroundError: A path has a character that no service can be told of.
    """
    made = Job(name, does, (*_program(), *arguments), folder.absolute(), _path(needs))
    for text in (*made.command, str(made.folder), made.path):
        if not text.isprintable() or text != text.strip() or text.endswith("\\"):
            raise BackgroundError(
                f"{text!r} has a character that a service can't be told of: a control character, a letter that is not"
                " UTF-8, or a space or \\ at its end; rename it"
            )
    return made


def _program() -> tuple[str, ...]:
    """Return `cvdbot` beside the interpreter, which is that of the environment; else the interpreter with it."""
    program = Path(sys.executable).with_name("cvdbot")
    return (str(program),) if program.exists() else (sys.executable, "-m", "cvdbot")


def _path(needs: tuple[str, ...]) -> str:
    found = [shutil.which(one) for one in needs]
    folders = [str(Path(one).absolute().parent) for one in found if one is not None]
    return os.pathsep.join(dict.fromkeys((*folders, *STANDARD)))

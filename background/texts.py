"""What systemd, launchd and cron are told of a job: a unit, a property list, a line. Nothing here touches a file.

Each reads its text by rules of its own. systemd expands `%` everywhere and `$` in arguments (systemd.service(5),
"Command lines"); cron ends a command at `%` (crontab(5)); launchd takes a list of arguments as it is
(launchd.plist(5)).
"""

from __future__ import annotations

import plistlib
import shlex
from typing import TYPE_CHECKING

from background.errors import BackgroundError

if TYPE_CHECKING:
    from pathlib import Path

    from background.job import Job

MARK = "Written by cvdbot, which writes it anew: what is changed here is lost."
"""The sentence by which a file is known as ours. In XML no comment may have two hyphens."""

RESTART_SECONDS = 5
"""From an end, whatever it was, to the next start."""


def unit(job: Job) -> str:
    r"""Return the unit of a user service of systemd: from login on, and again after whatever end.

    Raises:
        BackgroundError: The program's path has a quote or `\`, by which systemd starts none.
    """
    program, *arguments = job.command
    if set(program) & set("'\"\\"):
        raise BackgroundError(f"systemd starts no program with a quote or \\ in its path: {program}")
    return f"""\
# {MARK}
# Changes of your own belong in `systemctl --user edit {job.name}`.
[Unit]
Description={job.does}
StartLimitIntervalSec=0

[Service]
Type=exec
WorkingDirectory={_expanded(str(job.folder))}
ExecStart={" ".join([_quoted(program), *(_quoted(one).replace("$", "$$") for one in arguments)])}
Environment={_quoted(f"PATH={job.path}")}
Restart=always
RestartSec={RESTART_SECONDS}
NoNewPrivileges=yes

[Install]
WantedBy=default.target
"""


def agent(job: Job, log: Path) -> str:
    """Return the property list of an agent of launchd: from login on, and again after whatever end."""
    written = plistlib.dumps(
        {
            "Label": job.name,
            "ProgramArguments": list(job.command),
            "WorkingDirectory": str(job.folder),
            "EnvironmentVariables": {"PATH": job.path},
            "RunAtLoad": True,
            "KeepAlive": True,
            "ThrottleInterval": RESTART_SECONDS,
            "StandardOutPath": str(log),
            "StandardErrorPath": str(log),
        },
        sort_keys=False,
    ).decode()
    return written.replace("<plist", f"<!-- {MARK} -->\n<plist", 1)


def cron_line(job: Job) -> str:
    r"""Return the line of a crontab that begins the job each minute; one that runs already lets no second one begin.

    Raises:
        BackgroundError: A path has `%` or `\`, which each cron reads in its own way.
    """
    folder, path = shlex.quote(str(job.folder)), shlex.quote(job.path)
    line = f"* * * * * cd {folder} && export PATH={path} && exec {shlex.join(job.command)} >/dev/null 2>&1"
    if "%" in line or "\\" in line:
        raise BackgroundError(f"cron can't be told of a path with % or \\ in it: {line}")
    return line


def _expanded(text: str) -> str:
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    r"""Return a word as systemd reads one: in quotes, with `\`, `"` and `%` for themselves."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_expanded(escaped)}"'

"""How what the watch says reaches him: the log always, the desktop, and Telegram, which may be away for hours.

Nothing here holds a sync up for more than some seconds, and nothing that fails ends one. What Telegram did not take is
kept, also over a restart, and goes out with the next look, all that waits as one message.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync.config import Config

TOKEN = "CVDBOT_SYNC_TELEGRAM_TOKEN"  # noqa: S105 - the name of a variable
TITLE = "cvdbot"
PATIENCE = 5.0
"""Seconds for a notification, or an answer of Telegram."""
MOST = 50
"""Sentences that wait for Telegram; older ones are counted alone."""
REFUSED = (400, 401, 403, 404)
"""Trying again does not help."""


def log(sentences: Sequence[str]) -> None:
    """Say it where the service's log is."""
    for sentence in sentences:
        sys.stderr.write(f"watch: {sentence}\n")
    sys.stderr.flush()


def desktop(sentences: Sequence[str]) -> None:
    """Show it on this computer's desktop, where there is one."""
    if not sentences:
        return
    text = "\n".join(sentences)
    if sys.platform == "darwin":
        script = f"display notification {json.dumps(text)} with title {json.dumps(TITLE)}"
        _run(["osascript", "-e", script])
    elif os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        _run(["notify-send", "--app-name", TITLE, TITLE, text])


def telegram(waiting: list[str], config: Config) -> list[str]:
    """Send what waits as one message; return what still waits.

    A refused token or chat is said in the log, and what waited is let go.
    """
    token = os.environ.get(TOKEN, "")
    if not waiting or not config.chat:
        return []
    if not token:
        log([f"Telegram is not told: sync.toml names a chat, and {TOKEN} is not set"])
        return []
    left_out = len(waiting) - MOST
    lines = [*([f"({left_out} earlier ones left out)"] if left_out > 0 else []), *waiting[-MOST:]]
    body = json.dumps({"chat_id": config.chat, "text": "\n".join(lines)}).encode()
    request = urllib.request.Request(  # noqa: S310 - http or https, as the settings were read
        f"{config.base_url}/bot{token}/sendMessage", body, {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            answer.read()
    except urllib.error.HTTPError as error:
        if error.code in REFUSED:
            log([f"Telegram refuses the token of {TOKEN} or the chat of sync.toml ({error.code}): it is not told"])
            return []
        return waiting
    except (OSError, ValueError):  # away, or an answer that is none
        return waiting
    return []


def _run(command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        return
    with suppress(OSError, subprocess.SubprocessError):
        subprocess.run(command, check=False, timeout=PATIENCE, capture_output=True)  # noqa: S603 - ours

"""How what the watch says reaches him: the log always, the desktop, and Telegram, which may be away for hours.

Nothing here holds a sync up for more than some seconds, and nothing that fails ends one. What Telegram did not take is
kept, also over a restart, and goes out with the next look, all that waits as one message.
"""

from __future__ import annotations

import http.client
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
LONGEST = 4000
"""Letters of a message: Telegram refuses one of more than 4,096, and the older ones are counted here too."""
ANSWER = 1_000_000
"""Bytes of an answer that are read: it repeats the message."""
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
    body = json.dumps({"chat_id": config.chat, "text": _message(waiting)}).encode()
    request = urllib.request.Request(  # noqa: S310 - http or https, as the settings were read
        f"{config.base_url}/bot{token}/sendMessage", body, {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            taken = answer.status == http.client.OK and json.loads(answer.read(ANSWER))["ok"] is True
    except urllib.error.HTTPError as error:
        if error.code in REFUSED:
            log([f"Telegram refuses the token of {TOKEN} or the chat of sync.toml ({error.code}): it is not told"])
            return []
        return waiting
    except http.client.InvalidURL:  # its words have the token in them
        log([f"Telegram is not told: {TOKEN} has a space or a line break in it"])
        return []
    except (OSError, ValueError, TypeError, LookupError, RecursionError, http.client.HTTPException):
        return waiting  # away, or an answer that is none
    return [] if taken else waiting


def _message(waiting: Sequence[str]) -> str:
    """Return the newest sentences as one text, as many as go into one message."""
    lines: list[str] = []
    room = LONGEST
    for sentence in reversed(waiting[-MOST:]):
        room -= len(sentence.encode("utf-16-le")) // 2 + 1  # as Telegram counts
        if lines and room < 0:
            break
        lines.append(sentence[:LONGEST])
    left_out = len(waiting) - len(lines)
    return "\n".join([*([f"({left_out} earlier ones left out)"] if left_out else []), *reversed(lines)])


def _run(command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        return
    with suppress(OSError, subprocess.SubprocessError):
        subprocess.run(command, check=False, timeout=PATIENCE, capture_output=True)  # noqa: S603 - ours

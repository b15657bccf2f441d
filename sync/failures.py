"""What went wrong, going by what stderr says: rsync's and ssh's words as a sentence with what to do.

The exit code alone does not tell: rsync ends with 12 for a wrong host key, a busy lock and a broken connection alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.errors import PullError

if TYPE_CHECKING:
    from sync.config import Config


@dataclass(frozen=True, slots=True)
class Cause:
    """Words of stderr, the sentence for them, and whether the same try may succeed in a few seconds."""

    words: str
    sentence: str
    retry: bool = True


CAUSES = (
    Cause(
        r"REMOTE HOST IDENTIFICATION HAS CHANGED",
        "{host} shows another host key than the one in {known_hosts}: was the Pi set up anew? Compare the key at the"
        " Pi's screen (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub) before replacing the old line",
        retry=False,
    ),
    Cause(
        r"Host key verification failed|host key is known for|No matching host key fingerprint",
        "the host key of {host} is not in {known_hosts}: add it (ssh-keyscan -p {port} {host} >> {known_hosts}) and"
        " compare it with the Pi's (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub)",
        retry=False,
    ),
    Cause(
        r"UNPROTECTED PRIVATE KEY FILE|bad permissions",
        "ssh does not use {identity} because others can read it: chmod 600 {identity}",
        retry=False,
    ),
    Cause(
        r"identity file .* not accessible|no such identity",
        "there is no key {identity}: make one (ssh-keygen -t ed25519 -f {identity}) and add it on the Pi",
        retry=False,
    ),
    Cause(
        r"Permission denied \([a-z]",
        "{host} does not take the key {identity} for the user {user}: is its .pub line in the authorized_keys there,"
        " and has it no passphrase?",
        retry=False,
    ),
    Cause(
        r"Could not resolve hostname", "the name {host} is not known in this network: is the Pi on, is the name right?"
    ),
    Cause(
        r"Connection refused",
        "{host} answers, but no ssh server listens on port {port}: is sshd running there, is the port right?",
    ),
    Cause(
        r"Connection timed out|Operation timed out|No route to host|Network is unreachable|Host is down",
        "{host} does not answer: is the Pi on and in this network?",
    ),
    Cause(
        r"No space left on device|Disk quota exceeded",
        "the disk of this computer is full: free some space, the next sync repairs itself",
    ),
    Cause(
        r"\[(?:[Rr]eceiver|generator)\].*Permission denied \(13\)",
        "the data folder of this computer can't be written: look at its owner and permissions",
        retry=False,
    ),
    Cause(
        r"cannot open lock file .*(?:No such file|Permission denied)",
        "the Pi's folder has no .lock that {user} can read: start the bot once, and let {user} read its folder",
    ),
    Cause(
        r"(?:\[sender\]|opendir|change_dir).*Permission denied",
        "{user} can't read the database on the Pi: put {user} into the bot's group and the folder at mode 2750",
    ),
    Cause(
        r"command not found|: not found|failed to (?:run|execute)|(?:flock|timeout|rsync)'?: No such file",
        "the Pi lacks rsync, rrsync or flock: apt install rsync util-linux there",
        retry=False,
    ),
    Cause(
        r"change_dir .* failed: No such file|rrsync.*(?:does not exist|No such file)|Failed to chdir|cannot chdir",
        "the Pi has no such folder: look at the path in {user}'s authorized_keys",
        retry=False,
    ),
    Cause(
        r"is your shell clean|protocol version mismatch",
        "the Pi prints text before the copy begins: let {user}'s login scripts be silent",
        retry=False,
    ),
    Cause(
        r"failed verification",
        "a file changed on the Pi while it was copied: does another program than the bot write there?",
    ),
    Cause(
        r"timeout in data send/receive|Timeout, server .* not responding|io timeout",
        "the connection to {host} stalled for 20 s",
    ),
)
"""In order: the first that matches names the cause."""

_TALK = re.compile(r"^(?:Authenticated to|Transferred:|Bytes per second:).*\n?", re.MULTILINE)
"""What ssh says when all is well (LogLevel VERBOSE)."""

_CLOSED = re.compile(r"Connection (?:reset|closed) by|(?:kex|ssh)_exchange_identification|banner exchange")
"""What ssh says when the other side hangs up; before login it has not said yet that it is authenticated."""

_ENDED = re.compile(r"^rsync: connection unexpectedly closed \(0 bytes.*\n?|^rsync error: .*\n?", re.MULTILINE)
"""What rsync says when the Pi ended before the copy began."""


def _silent(complaints: str) -> bool:
    """Whether the Pi let the key in and ended without a word and before the copy began."""
    return "Authenticated to" in complaints and not _ENDED.sub("", _TALK.sub("", complaints)).strip()


def explain(code: int, complaints: str, config: Config) -> PullError:
    """Turn an exit code of rsync and its stderr (with ssh's) into an error that says what to do."""
    names = {
        "host": config.host,
        "port": config.port,
        "user": config.user,
        "identity": config.identity_file,
        "known_hosts": config.known_hosts_file,
    }
    for cause in CAUSES:
        if re.search(cause.words, complaints):
            return PullError(cause.sentence.format(**names), code=code, retry=cause.retry)
    if "Authenticated to" not in complaints and _CLOSED.search(complaints):
        return PullError(
            f"the SSH server of {config.host} closed the connection before login: too many connections at once, a"
            f" firewall, or something else than sshd listens on port {config.port}",
            code=code,
            retry=True,
        )
    if _silent(complaints):
        return PullError(
            f"{config.host} let the key in, but the copy did not begin: its lock was busy for too long (the bot folding"
            " its log in, or a copy that hangs)",
            code=code,
            retry=True,
        )
    if "connection unexpectedly closed" in complaints or "Broken pipe" in complaints:
        return PullError(f"the connection to {config.host} broke during the copy", code=code, retry=True)
    said = " ".join(_TALK.sub("", complaints).split())
    return PullError(f"rsync ended with code {code}: {said[-300:] or 'it said nothing'}", code=code, retry=True)

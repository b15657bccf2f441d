"""Sending messages to one chat by Telegram's Bot API (https://core.telegram.org/bots/api#sendmessage).

Telegram has no key by which a repeated message is known as one. So what surely did not arrive (no connection, a
refusal, a 5xx) is sent again; what may have arrived is not: when the connection breaks or no answer comes after the
whole message was sent, nobody can know, and a message twice is worse than one that is missing. Each message has
a connection of its own, so a network that is gone is noticed before anything is sent.

Telegram allows one message a second a chat and 20 a minute; here they are `SPACING` apart. Its time is real also where
the bot's is simulated: every wait here is a wait on the machine's clock.

The token is part of every address that is asked. It stands in no text of this module: what the server or the network
says is repeated without it.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx
import msgspec

from bot.addresses import local
from bot.alerts.outbox import Outbox
from bot.errors import ConfigurationError
from bot.exchanges.messages import UNREADABLE, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.alerts.outbox import Message, Note
    from bot.journal import Journal

VARIABLE = "CVDBOT_TELEGRAM_TOKEN"
"""Of the environment: the only place the token is read from."""

SPACING = 3.0
"""Seconds between two messages; the last ones before the end are `SPACING_AT_THE_END` apart."""
SPACING_AT_THE_END = 1.0
PATIENCE = 10.0
"""Seconds a connection, or an answer, is waited for."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds until the next try while Telegram is not reachable; twice as long each time."""
AFTER_A_REFUSAL = 3600.0
"""Seconds: a token or chat that was refused is tried again after so long, or when the bot is started again."""
AT_THE_END = 3.0
"""Seconds that the bot's end waits for the last message."""
MOST = 1_000
"""So many happenings wait to be put into words."""

_SURELY_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.InvalidURL,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.WriteError,
    httpx.WriteTimeout,
)


def read_token() -> str:
    """Return the token that the environment has.

    Raises:
        ConfigurationError: There is none, or it can't be one.
    """
    token = os.environ.get(VARIABLE, "")
    if not token:
        raise ConfigurationError(
            f"telegram.chat is set, but {VARIABLE} is not in the environment: put the token there that @BotFather gave,"
            " or leave telegram.chat empty"
        )
    if not re.fullmatch(r"\d+:[A-Za-z0-9_-]+", token):
        raise ConfigurationError(
            f"{VARIABLE} of the environment is not a token as @BotFather gives it: digits, a colon, then letters,"
            " digits, _ and -"
        )
    return token


class Fate(Enum):
    """What became of a message."""

    DELIVERED = auto()
    UNKNOWN = auto()
    """Sent, without a sign that it arrived."""
    LATER = auto()
    """Not delivered; it may be the next time."""
    REFUSED = auto()
    """Not delivered, and it will not be before a person changes something."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message, and why."""

    fate: Fate
    why: str = ""
    retry_after: float | None = None
    """Seconds that Telegram wants to be left alone."""


class _Parameters(msgspec.Struct):
    retry_after: float | None = None
    migrate_to_chat_id: int | None = None


class _Answer(msgspec.Struct):
    ok: bool
    description: str = ""
    parameters: _Parameters = msgspec.field(default_factory=_Parameters)


def judge(status: int, content: bytes, chat: int | str) -> Outcome:
    """Return what an answer of the Bot API means for the message."""
    try:
        answer = msgspec.json.decode(content, type=_Answer)
    except UNREADABLE:
        answer = _Answer(ok=False)
    said = f" ({shown(answer.description)})" if answer.description else ""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Outcome(Fate.DELIVERED) if answer.ok else Outcome(Fate.UNKNOWN, f"the answer {status} is not Telegram's")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Outcome(Fate.LATER, "Telegram asks to wait", answer.parameters.retry_after)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Outcome(Fate.LATER, f"it answered {status}")
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND):
        return Outcome(
            Fate.REFUSED, f"the token of {VARIABLE} is refused ({status}): compare it with what @BotFather says"
        )
    if (moved := answer.parameters.migrate_to_chat_id) is not None:
        return Outcome(Fate.REFUSED, f"the group has moved: set telegram.chat = {moved}")
    if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN):
        return Outcome(Fate.REFUSED, f"telegram.chat {chat!r} is refused{said}: has it begun a talk with the bot?")
    return Outcome(Fate.REFUSED, f"telegram.base_url answered {status}, which the Bot API never does")


class Sender:
    """Sends what happened to one chat, in its own time."""

    def __init__(
        self, base_url: str, token: str, chat: int | str, now: Callable[[], int], journal: Journal, mark: str = ""
    ) -> None:
        self._base_url = base_url
        self._token = token
        self._chat = chat
        self._now = now
        self._journal = journal
        self._outbox = Outbox(mark)
        self._inbox: deque[Callable[[], Iterable[Note]]] = deque(maxlen=MOST)
        self._filled, self._ending, self._ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._given_up = False  # at the end
        self._pause = FIRST_PAUSE
        self._trouble: Fate | None = None  # that the log has told of

    def put(self, tell: Callable[[], Iterable[Note]]) -> None:
        """Take note of something to say, at once; `tell` says it, and is called by the task that sends."""
        self._inbox.append(tell)
        self._filled.set()

    async def run(self) -> None:
        """Send what is put in, for ever."""
        limits = httpx.Limits(max_keepalive_connections=0)
        proxied = not local(self._base_url)
        async with httpx.AsyncClient(timeout=PATIENCE, limits=limits, trust_env=proxied) as client:
            while True:
                await self._filled.wait()
                while self._inbox:
                    for note in self._inbox.popleft()():
                        self._outbox.put(note)
                message = self._outbox.take(self._now())
                pause = 0.0 if message is None else self._settle(message, await self._send(client, message.text))
                if self._ending.is_set() and (self._given_up or not (self._inbox or self._outbox)):
                    self._ended.set()
                    self._filled.clear()
                elif message is None:
                    self._filled.clear()
                else:
                    await self._wait(pause)

    async def end(self) -> None:
        """Wait until what waits is sent, not longer than `AT_THE_END`."""
        self._ending.set()
        self._filled.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), AT_THE_END)

    async def _send(self, client: httpx.AsyncClient, text: str) -> Outcome:
        url = f"{self._base_url.rstrip('/')}/bot{self._token}/sendMessage"
        try:
            answer = await client.post(url, json={"chat_id": self._chat, "text": text})
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            fate = Fate.LATER if isinstance(error, _SURELY_NOT_SENT) else Fate.UNKNOWN
            return Outcome(fate, f"{type(error).__name__}{f': {error}' if str(error) else ''}")
        return judge(answer.status_code, answer.content, self._chat)

    def _settle(self, message: Message, outcome: Outcome) -> float:
        """Keep what was not delivered, tell the log, and return the seconds to wait."""
        if outcome.fate in (Fate.LATER, Fate.REFUSED):
            self._outbox.put_back(message)
        self._say(outcome)
        if outcome.fate is Fate.DELIVERED:
            self._pause = FIRST_PAUSE
            return SPACING
        self._given_up = self._ending.is_set()
        if outcome.fate is Fate.REFUSED:
            return AFTER_A_REFUSAL
        pause, self._pause = self._pause, min(2 * self._pause, LONGEST_PAUSE)
        return pause if outcome.retry_after is None else min(max(outcome.retry_after, SPACING), AFTER_A_REFUSAL)

    def _say(self, outcome: Outcome) -> None:
        """Tell the log when something begins to go wrong, and when it is over."""
        told, self._trouble = self._trouble, None if outcome.fate is Fate.DELIVERED else outcome.fate
        if self._trouble is told:
            return
        why = outcome.why.replace(self._token, "(the token)")
        match outcome.fate:
            case Fate.DELIVERED:
                self._journal.info("telegram", "messages are delivered again")
            case Fate.LATER:
                self._journal.warning("telegram", f"not delivered: {why}; messages wait")
            case Fate.UNKNOWN:
                self._journal.warning("telegram", f"{why}; whether the message arrived can't be known: not repeated")
            case Fate.REFUSED:
                self._journal.warning("telegram", f"{why}; messages wait, the next try is in an hour")

    async def _wait(self, seconds: float) -> None:
        """Wait so long, and at the end of the bot no longer than must be."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ending.wait(), seconds)
            await asyncio.sleep(SPACING_AT_THE_END)

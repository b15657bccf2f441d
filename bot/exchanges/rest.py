"""Asking a venue's REST interface: pages of the past, read into typed values, no faster than the venue allows.

A venue that is busy (429, 418) or broken (5xx) says so in a status, perhaps with the seconds to wait (`Retry-After`);
its body may be a page of HTML, and is not repeated.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

import msgspec

from bot.core.times import SECOND
from bot.errors import VenueError
from bot.exchanges.messages import UNREADABLE, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import httpx

    from bot.core.burst import Burst
    from bot.core.trades import Trade

T = TypeVar("T")

LONGEST_WAIT = 10 * 60.0
"""Seconds: no `Retry-After` is obeyed for longer, a venue that means more is asked again."""


@dataclass(frozen=True, slots=True)
class Page:
    """Trades of the past, in any order, some of them perhaps told before.

    With the pages before it, it tells every trade of [start, end), UTC ms, that the interface knows.
    """

    trades: list[Trade]
    start: int
    end: int
    bursts: Sequence[Burst] = ()
    """Trades that are not among `trades`, folded minute by minute; none of them was told before."""


@dataclass(frozen=True, slots=True)
class Pace:
    """So many requests within so many ms, as the venue documents it."""

    requests: int
    within: int


class BusyError(VenueError):
    """The venue does not want to answer now."""

    def __init__(self, message: str, retry_after: float | None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds until it may be asked again; None where it does not say."""


class OutOfReachError(VenueError):
    """The venue does not tell so far back: it never will."""

    def __init__(self, message: str, reach: int) -> None:
        super().__init__(message)
        self.reach = reach
        """From this instant on, UTC ms, everything was told."""


class Budget:
    """When may the next request be sent? Remembers when the last ones were."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._sent: deque[int] = deque(maxlen=pace.requests)

    def wait(self, now: int) -> int:
        """Return the ms to wait before a request at `now`, and take note of it."""
        pause = 0
        if len(self._sent) == self._pace.requests:
            pause = max(0, self._sent[0] + self._pace.within - now)
        self._sent.append(now + pause)
        return pause


async def get(
    client: httpx.AsyncClient, url: str, parameters: Mapping[str, str | int], kind: type[T]
) -> tuple[T, Mapping[str, str]]:
    """Return the answer's JSON as `kind`, and its headers.

    Raises:
        httpx.HTTPError: There was no answer.
        BusyError: The venue is busy or broken.
        VenueError: It refused, or the answer is not of this kind.
    """
    answer = await client.get(url, params=dict(parameters))
    if not answer.is_success:
        raise refusal(answer)
    try:
        return msgspec.json.decode(answer.content, type=kind), answer.headers
    except UNREADABLE as error:
        raise VenueError(f"{url} answered what can't be read ({error}): {shown(answer.content)}") from None


def refusal(answer: httpx.Response) -> VenueError:
    """Say in one sentence what an answer without success means."""
    status = answer.status_code
    said = f"{answer.url.copy_with(query=None)} answered {status} {_phrase(status)}".rstrip()
    busy = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.IM_A_TEAPOT)  # 418: when 429 was not heeded
    if status in busy or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return BusyError(said, _seconds(answer.headers.get("retry-after")))
    return VenueError(said)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _seconds(text: str | None) -> float | None:
    if text is None or not text.strip().isdecimal():  # a date is possible too; no venue sends one
        return None
    return min(float(text), LONGEST_WAIT)


def sound(value: object, kind: type[T]) -> T:
    """Return a trade that was read; a trade of the past that is none can't be left out.

    Raises:
        VenueError: It is not of this kind.
    """
    if isinstance(value, kind):
        return value
    raise VenueError(f"a trade of the past can't be counted: {value}")


def ms(seconds: float) -> int:
    """Return seconds in ms."""
    return int(seconds * SECOND)

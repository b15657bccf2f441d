"""What a venue's module offers: the facts of its protocol, as pure functions of text.

`feed.py` runs any connector; `venues.py` finds it by the exchange's name, in FACTS of its module. A connector never
reads a clock and never waits, but for `prepare`, which asks the venue's REST interface for what must be known before
the first trade can be counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from bot.addresses import local

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    import httpx

    from bot.core.burst import Burst
    from bot.core.sequence import Ids
    from bot.exchanges.messages import Message
    from bot.exchanges.rest import Pace, Page


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and what to listen to."""

    websocket: str
    """The full URL to connect to."""
    rest: str
    """The REST interface, without a slash at the end."""
    symbol: str
    """The pair in the venue's own spelling."""
    stream: str = ""
    """Which of several trade streams, where the venue has several."""
    spot: bool = False
    """Whether it is the spot market: some REST interfaces differ."""

    @property
    def local(self) -> bool:
        """Whether the venue is on this machine: a simulator, which no proxy of the environment may stand before."""
        return local(self.websocket)


class Connector(Protocol):
    """One venue's protocol for the public trades of one pair."""

    endpoint: Endpoint

    @property
    def exchange(self) -> str:
        """The exchange's name."""
        ...

    @property
    def ping(self) -> str | None:
        """The text the venue takes as a ping; None: a WebSocket ping frame."""
        ...

    @property
    def ping_every(self) -> int | None:
        """How often the venue's documentation asks for a ping, ms; None: not at all."""
        ...

    @property
    def needle(self) -> bytes:
        """The bytes that stand in each of its trades' messages and in those of no other symbol."""
        ...

    def subscription(self, number: int = 1) -> str:
        """Return the message that subscribes, the n-th of a connection: the answer names it, or the symbol."""
        ...

    def parse(self, text: str | bytes) -> Message:
        """Say what a message means. Never raises."""
        ...

    def fold(self, texts: list[bytes]) -> Burst | None:
        """Fold the first of messages that came at once, as far as they are plainly the trades of one minute.

        Returns:
            The burst; None where the first has to be parsed.
        """
        ...

    def ids(self, newest: int | None) -> Ids:
        """Return what knows which trades were seen; `newest` is the newest id of an earlier run, where ids ascend."""
        ...

    @property
    def rhythm(self) -> int:
        """After so many ms without a trade or heartbeat an open connection is suspect."""
        ...

    @property
    def life(self) -> int | None:
        """After so many ms the venue ends a connection, by its documentation; None: not."""
        ...

    @property
    def pace(self) -> Pace:
        """How often the REST interface may be asked."""
        ...

    def past(self, client: httpx.AsyncClient, start: int, end: int) -> AsyncIterator[Page]:
        """Ask the venue for every trade of [start, end) (UTC ms), a page a request, as the stream would count them.

        Raises:
            httpx.HTTPError: The venue did not answer.
            OutOfReachError: It does not tell that far back; what it told was yielded before.
            VenueError: It refused, or answered something that can't be used.
        """
        ...

    async def prepare(self, client: httpx.AsyncClient) -> None:
        """Ask the venue for what must be known before trades can be counted.

        Raises:
            httpx.HTTPError: The venue did not answer.
            VenueError: It answered something that can't be used.
        """
        ...


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a venue before anything is connected. `market` is `perpetual` or `spot`.

    Each venue's module has one, named FACTS.
    """

    connector: Callable[[Endpoint], Connector]
    addresses: Mapping[str, tuple[str, str]]
    """Market -> the public WebSocket and REST address."""
    spell: Callable[[str, str, str], str]
    """Base, quote, market -> the pair in the venue's spelling."""
    streams: Mapping[str, str] = field(default_factory=dict)
    """Market -> the usual one of several trade streams; empty where the venue has one."""

    def refused(self, stream: str) -> str | None:
        """Say what is allowed in place of a stream the venue does not have; None when it has it."""
        if stream in ("", *self.streams.values()):
            return None
        return " or ".join(repr(one) for one in self.streams.values()) or "none: it has one stream"

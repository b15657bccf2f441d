"""One local exchange: a WebSocket feed and a REST interface on one port, whatever protocol it speaks.

A *dialect* (binance.py, bybit.py, coinbase.py, okx.py) knows what a venue says and how it answers; this module owns the
sockets. Deadlines (heartbeats, idle cuts, the 24-hour limit) are in simulated time. A client always has `PATIENCE` real
seconds as well: at 600 times the speed of life a busy machine is not a silent client.

`GET /clock` is answered on every port, also while the venue is down: it is the simulator's, not the exchange's.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections import deque
from dataclasses import dataclass, field
from http import HTTPStatus
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from bot.errors import BotError
from bot.simulator.history import History, Print

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from websockets.asyncio.server import Server
    from websockets.http11 import Request as HttpRequest
    from websockets.http11 import Response

    from bot.simulator.clock import Clock
    from bot.simulator.instruments import Instrument
    from bot.simulator.market import Order

HOST = "127.0.0.1"
PATIENCE = 2.0
"""Real seconds a client has before a deadline of simulated time cuts it."""
CLOSING = 1.5
"""Real seconds a client has to close its side once the connection is closing."""
SLOW = 64 * 2**20
"""Bytes that may wait for a client that doesn't read before it is cut."""

# A half-open connection or a port probe is an everyday event of a server, not something to print.
_log = logging.getLogger("bot.simulator.venue")
_log.setLevel(logging.CRITICAL)


class Message(NamedTuple):
    """What goes to everybody who subscribed to `topic`; `wrapped` is the recorded envelope, where there is one."""

    topic: str
    text: str
    wrapped: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A REST request: its path and its parameters."""

    path: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """A REST answer: the body is written as JSON."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Client:
    """One connection: what it subscribed to, and when it was last heard of."""

    def __init__(self, connection: ServerConnection, path: str, number: int, clock: Clock) -> None:
        self.path = path
        self.name = f"{number:08x}"
        self.topics: dict[str, None] = {}
        self.combined = False
        self.gone = False
        self.tasks: set[asyncio.Task[None]] = set()
        self._connection = connection
        self._clock = clock
        self._marks: dict[str, tuple[int, float]] = {}
        self._heard: deque[tuple[int, float]] = deque(maxlen=64)
        self._closing = 0.0
        self.mark("opened")

    def send(self, text: str) -> None:
        """Hand a text message to the socket."""
        broadcast((self._connection,), text)

    def reply(self, body: object) -> None:
        """Send `body` as JSON."""
        self.send(to_json(body))

    def mark(self, event: str) -> None:
        """Remember that `event` happened now."""
        self._marks[event] = (self._clock.now, monotonic())

    def forget(self, event: str) -> None:
        """Forget that `event` happened."""
        self._marks.pop(event, None)

    def since(self, event: str) -> int | None:
        """Give the simulated ms since `event`, None if it did not happen."""
        mark = self._marks.get(event)
        return None if mark is None else self._clock.now - mark[0]

    def overdue(self, event: str, limit: int) -> bool:
        """Tell whether `event` happened more than `limit` simulated ms, and `PATIENCE`, ago."""
        mark = self._marks.get(event)
        return mark is not None and self._clock.now - mark[0] > limit and monotonic() - mark[1] > PATIENCE

    def shift(self, leap: int) -> None:
        """Move every mark with a clock that leaps, so that no deadline passes by it."""
        self._marks = {event: (now + leap, real) for event, (now, real) in self._marks.items()}

    def too_many(self, limit: int) -> bool:
        """Count an incoming message; tell whether it is one too many within a second."""
        self._heard.append((self._clock.now, monotonic()))
        if len(self._heard) <= limit:
            return False
        now, real = self._heard[-1 - limit]
        return self._clock.now - now < 1000 and monotonic() - real < 1.0  # noqa: PLR2004 - a second, in either time

    def ping(self) -> None:
        """Send a ping frame and mark it; the mark goes when the pong with the same payload comes."""
        self.mark("ping sent")
        self.mark("pong awaited")
        self._begin(self._ping())

    async def _ping(self) -> None:
        try:
            await (await self._connection.ping())
        except ConnectionClosed:
            return
        self.forget("pong awaited")

    def cut(self, code: int, reason: str) -> None:
        """Close the connection from our side."""
        if not self.gone:
            self.gone = True
            self._begin(self._connection.close(code, reason))

    def drop(self) -> None:
        """Tear the connection down without a closing handshake."""
        self.gone = True
        self._connection.transport.abort()

    def _begin(self, work: Iterator[None] | object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    @property
    def listening(self) -> bool:
        """Whether neither side has begun to close the connection."""
        return not self.gone and self._connection.state is State.OPEN

    def lost(self) -> bool:
        """Tell whether the client has stopped reading, or does not finish closing."""
        if self._connection.transport.get_write_buffer_size() > SLOW:
            return True
        if self.listening:
            return False
        self._closing = self._closing or monotonic()
        return monotonic() - self._closing > CLOSING


class Dialect(Protocol):
    """What one venue says: the protocol of its feed and of its REST interface."""

    traded: Instrument
    topic: str
    """What a client subscribes to for the trades that are served."""
    socket_path: str
    """Where a client connects to."""

    def accepts(self, path: str) -> bool:
        """Tell whether a WebSocket may be opened there."""

    def opened(self, client: Client) -> None:
        """Greet a client."""

    def heard(self, client: Client, text: str) -> None:
        """Answer a client's message."""

    def tick(self, client: Client) -> None:
        """Do what is due, once a simulated second."""

    def messages(self, order: Order, prints: tuple[Print, ...]) -> Iterable[Message]:
        """Say what the venue publishes for an order whose fills are `prints`."""

    def replayed(self, prints: tuple[Print, ...]) -> None:
        """Take note of recorded trades."""

    def id(self, number: int) -> str:
        """Write a fill's id as the venue does."""

    def answer(self, query: Query) -> Answer:
        """Answer a REST request."""


class Venue:
    """One exchange's server; `clients` are those connected now."""

    def __init__(self, dialect: Dialect, history: History, clock: Clock) -> None:
        self.dialect = dialect
        self.exchange = dialect.traded.exchange
        self.clients: set[Client] = set()
        self.down = False
        self.port = 0
        self.connections = 0
        self._history = history
        self._clock = clock
        self._server: Server | None = None

    async def start(self, port: int = 0) -> None:
        """Listen on `port` (0: any that is free).

        Raises:
            BotError: the port is in use.
        """
        try:
            self._server = await serve(
                self._serve, HOST, port, process_request=self._door, compression=None, ping_interval=None,
                close_timeout=1.0, logger=_log,
            )  # fmt: skip
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise BotError(f"port {port} can't be used for {self.exchange}: {reason}; name another") from error
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        try:
            await asyncio.wait_for(server.wait_closed(), CLOSING)
        except TimeoutError:  # a client that said goodbye and keeps its socket is waited for by nobody
            for connection in tuple(server.all_connections):
                connection.transport.abort()
            await server.wait_closed()

    @property
    def websocket(self) -> str:
        """The address to connect to."""
        return f"ws://{HOST}:{self.port}{self.dialect.socket_path}"

    @property
    def rest(self) -> str:
        """The address REST paths are appended to."""
        return f"http://{HOST}:{self.port}"

    @property
    def subscribed(self) -> bool:
        """Whether anybody listens to the trades."""
        return any(client.listening and self.dialect.topic in client.topics for client in self.clients)

    def prints(self, order: Order) -> tuple[Print, ...]:
        """Say how the venue writes the fills of an order."""
        identify = self.dialect.id
        return tuple(
            Print(identify(fill.id), order.timestamp, fill.price, fill.size, order.taker_buy) for fill in order.fills
        )

    def publish(self, order: Order, prints: tuple[Print, ...]) -> None:
        """Send an order's trades to whoever subscribed, and remember them."""
        self._history.add(prints)
        for message in self.dialect.messages(order, prints):
            self.push(message)

    def said(self, order: Order) -> list[str]:
        """Tell what a subscriber would have heard of an order before anybody could subscribe, and remember it."""
        prints = self.prints(order)
        self._history.add(prints)
        topic = self.dialect.topic
        return [message.text for message in self.dialect.messages(order, prints) if message.topic == topic]

    def replay(self, message: Message, prints: tuple[Print, ...]) -> None:
        """Send a recorded message to whoever subscribed to its topic, and remember its trades."""
        self._history.add(prints)
        self.dialect.replayed(prints)
        self.push(message)

    def push(self, message: Message) -> None:
        """Send a message to whoever subscribed to its topic, in the client's envelope."""
        for client in self.clients:
            if message.topic not in client.topics:
                continue
            client.mark("data sent")
            if client.combined:
                client.send(message.wrapped or f'{{"stream":"{message.topic}","data":{message.text}}}')
            else:
                client.send(message.text)

    def tick(self) -> None:
        """Do what is due, once a simulated second."""
        for client in tuple(self.clients):
            if client.listening:
                self.dialect.tick(client)
            if client.lost():
                client.drop()

    def shift(self, leap: int) -> None:
        """Carry every client over a leap of the clock."""
        for client in self.clients:
            client.shift(leap)

    def take_down(self) -> None:
        """Tear every connection down and refuse new ones until the venue is brought up."""
        self.down = True
        for client in tuple(self.clients):
            client.drop()
        self.clients.clear()

    def bring_up(self) -> None:
        """Accept connections again."""
        self.down = False

    def _door(self, connection: ServerConnection, request: HttpRequest) -> Response | None:
        """Answer a REST request, or let a WebSocket in."""
        parts = urlsplit(request.path)
        if parts.path == "/clock":
            clock = self._clock
            return _response(connection, Answer({"now": clock.now, "speed": clock.speed, "running": clock.running}))
        if self.down:
            return _response(connection, Answer("Service Unavailable", HTTPStatus.SERVICE_UNAVAILABLE))
        if request.headers.get("Upgrade", "").lower() == "websocket":
            if self.dialect.accepts(parts.path):
                return None
            return _response(connection, Answer("Not Found", HTTPStatus.NOT_FOUND))
        return _response(connection, self.dialect.answer(Query(parts.path, dict(parse_qsl(parts.query)))))

    async def _serve(self, connection: ServerConnection) -> None:
        if self.down:
            connection.transport.abort()
            return
        self.connections += 1
        request = connection.request
        client = Client(connection, "" if request is None else request.path, self.connections, self._clock)
        self.clients.add(client)
        try:
            self.dialect.opened(client)
            async for message in connection:
                if client.gone:
                    break
                client.mark("heard")
                self.dialect.heard(client, message if isinstance(message, str) else message.decode(errors="replace"))
        except ConnectionClosed:
            pass
        finally:
            client.gone = True
            self.clients.discard(client)
            if client.tasks:
                await asyncio.wait(client.tasks)


def to_json(body: object) -> str:
    """Write JSON as the venues do: without spaces."""
    return json.dumps(body, separators=(",", ":"))


def _response(connection: ServerConnection, answer: Answer) -> Response:
    response = connection.respond(HTTPStatus(answer.status), to_json(answer.body))
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "application/json"
    for name, value in answer.headers.items():
        response.headers[name] = value
    return response

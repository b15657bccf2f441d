"""One local exchange: a WebSocket feed and a REST interface on one port, whatever protocol it speaks.

The dialect decides what is said; this module owns the sockets. `GET /clock` is answered on every port, also while the
venue is down: it is the simulator's, not the exchange's.
"""

from __future__ import annotations

import asyncio
import logging
import os
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from bot.errors import BotError
from bot.simulator.client import CLOSING, Client
from bot.simulator.history import Print
from bot.simulator.messages import Answer, Query

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from websockets.asyncio.server import Server
    from websockets.http11 import Request as HttpRequest
    from websockets.http11 import Response

    from bot.simulator.clock import Clock
    from bot.simulator.dialect import Dialect
    from bot.simulator.faults.trouble import Trouble
    from bot.simulator.messages import Message
    from bot.simulator.orders import Order

HOST = "127.0.0.1"
HANDSHAKE = 10.0
"""Real seconds a request may take to come, and its answer to go."""
UNANSWERED = 600.0
"""Real seconds after which a request that is never to be answered loses its connection all the same."""

# A half-open connection or a port probe is an everyday event of a server, not something to print.
_log = logging.getLogger("bot.simulator.venue")
_log.setLevel(logging.CRITICAL)


class Venue:
    """One exchange's server; `clients` are those connected now, `trouble` what goes wrong, None: nothing."""

    def __init__(self, dialect: Dialect, clock: Clock) -> None:
        self.dialect = dialect
        self.listings = dialect.listings
        self.exchange = self.listings.first.traded.exchange
        self.clients: set[Client] = set()
        self.down = False
        self.port = 0
        self.connections = 0
        self.trouble: Trouble | None = None
        self._unanswered: set[ServerConnection] = set()
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
                close_timeout=1.0, open_timeout=HANDSHAKE if self.trouble is None else UNANSWERED, logger=_log,
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
        for waiting in tuple(self._unanswered):
            waiting.transport.abort()
        for client in tuple(self.clients):
            client.let_go()
            if client.silent:
                client.drop()
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
    def subscribed(self) -> int:
        """How many of the pairs somebody listens to."""
        heard = {topic for client in self.clients if client.listening for topic in client.topics}
        return len(heard & self.listings.topics)

    def prints(self, order: Order) -> tuple[Print, ...]:
        """Say how the venue writes the fills of an order."""
        identify = self.dialect.id
        return tuple(
            Print(identify(fill.id), order.timestamp, fill.price, fill.size, order.taker_buy) for fill in order.fills
        )

    def publish(self, order: Order, prints: tuple[Print, ...]) -> None:
        """Send an order's trades to whoever subscribed, and remember them."""
        self.listings.of(order.pair).history.add(prints)
        for message in self.dialect.messages(order, prints):
            self._send(order.timestamp, message)

    def said(self, order: Order) -> list[str]:
        """Tell what a subscriber would have heard of an order before anybody could subscribe, and remember it."""
        prints, listing = self.prints(order), self.listings.of(order.pair)
        listing.history.add(prints)
        messages = self.dialect.messages(order, prints)
        return [message.text for message in messages if message.topic == listing.topic]

    def replay(self, timestamp: int, message: Message, prints: tuple[Print, ...]) -> None:
        """Send a message recorded at `timestamp` to whoever subscribed to its topic, and remember its trades."""
        self.listings.first.history.add(prints)
        self.dialect.replayed(prints)
        if prints:
            self._send(timestamp, message)
        else:
            self.push(message)

    def _send(self, timestamp: int, message: Message) -> None:
        """Send a message with trades, with what goes wrong."""
        if self.trouble is None:
            self.push(message)
        else:
            self.trouble.take(timestamp, message)

    def push(self, message: Message) -> None:
        """Send a message to whoever subscribed to its topic, in the client's envelope."""
        for client in self.clients:
            if message.topic not in client.topics:
                continue
            client.mark("data sent")
            client.tell(message)

    def tick(self) -> None:
        """Do what is due, once a simulated second."""
        for client in tuple(self.clients):
            if client.listening and not client.silent:
                self.dialect.tick(client)
            if client.lost():
                client.drop()

    def shift(self, leap: int) -> None:
        """Carry every client over a leap of the clock."""
        for client in self.clients:
            client.shift(leap)
        if self.trouble is not None:
            self.trouble.shift(leap)

    def take_down(self) -> None:
        """Tear every connection down and refuse new ones until the venue is brought up."""
        self.down = True
        for client in tuple(self.clients):
            client.drop()
        self.clients.clear()

    def bring_up(self) -> None:
        """Accept connections again."""
        self.down = False

    def _door(self, connection: ServerConnection, request: HttpRequest) -> Response | Awaitable[Response | None] | None:
        """Answer a REST request, or let a WebSocket in."""
        parts = urlsplit(request.path)
        if parts.path == "/clock":
            clock = self._clock
            return _response(connection, Answer({"now": clock.now, "speed": clock.speed, "running": clock.running}))
        if self.trouble is not None and self.trouble.away:
            connection.transport.abort()
            return self._never(connection)
        if self.down:
            return _response(connection, Answer("Service Unavailable", HTTPStatus.SERVICE_UNAVAILABLE))
        if request.headers.get("Upgrade", "").lower() == "websocket":
            if self.dialect.accepts(parts.path):
                return None
            return _response(connection, Answer("Not Found", HTTPStatus.NOT_FOUND))
        query = Query(parts.path, dict(parse_qsl(parts.query)))
        if self.trouble is None:
            return _response(connection, self.dialect.answer(query))
        answer = self.trouble.rest.answer(query, self.dialect.answer, self._clock.now)
        return self._never(connection) if answer is None else _response(connection, answer)

    async def _never(self, connection: ServerConnection) -> None:
        """Answer nothing until the connection is lost."""
        self._unanswered.add(connection)
        try:
            await connection.wait_closed()
        finally:
            self._unanswered.discard(connection)

    async def _serve(self, connection: ServerConnection) -> None:
        if self.down or (self.trouble is not None and self.trouble.away):
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
                self._hear(client, message if isinstance(message, str) else message.decode(errors="replace"))
        except ConnectionClosed:
            pass
        finally:
            client.gone = True
            self.clients.discard(client)
            if client.tasks:
                await asyncio.wait(client.tasks)

    def _hear(self, client: Client, text: str) -> None:
        refusal = () if self.trouble is None else self.trouble.refusal(client, text, self._clock.now)
        for answer in refusal:
            client.reply(answer)
        if not refusal:
            self.dialect.heard(client, text)


def _response(connection: ServerConnection, answer: Answer) -> Response:
    response = connection.respond(HTTPStatus(answer.status), answer.text)
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = answer.content_type
    for name, value in answer.headers.items():
        response.headers[name] = value
    return response

"""A simulator to talk to: real servers on free ports, and time that passes only when the test says so."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

import httpx
from websockets.asyncio.client import connect

from bot.simulator.market import Market
from bot.simulator.simulator import made

START = 1_763_942_400_000
"""2025-11-24 00:00 UTC, the instant a test's market begins."""


@asynccontextmanager
async def simulator(market="perpetual", pairs=("BTC/USDT",), **options):
    """Serve the made markets of `pairs` from START on, not yet running.

    Options are those of `made`: `faults=Faults(cuts=20)` lets that go wrong everywhere, `faults={"okx": Faults(...)}`
    on one venue; `simulator.faults` counts what was done.
    """
    built = made(*(Market(market, start=START, seed=7, pair=pair) for pair in pairs), **options)
    await built.start()
    try:
        yield built
    finally:
        await built.stop()


@asynccontextmanager
async def client(venue, path=None):
    """Connect to a venue; `path` in place of the documented one."""
    url = venue.websocket if path is None else f"ws://127.0.0.1:{venue.port}{path}"
    async with connect(url, compression=None, ping_interval=None, max_size=None, max_queue=None) as connection:
        yield connection


async def hear(connection):
    """The next message, decoded; a test that waits for ever for it is ended with a TimeoutError."""
    return json.loads(await hear_text(connection))


async def hear_text(connection):
    """The next message as it was sent."""
    return await asyncio.wait_for(connection.recv(), 10)


async def ask(connection, request):
    """Send a request, return the answer."""
    await connection.send(request if isinstance(request, str) else json.dumps(request))
    return await hear(connection)


async def hear_all(connection, question, answers):
    """Every message that came before the answer to a last question, decoded."""
    await connection.send(question)
    heard = []
    while not answers(text := await hear_text(connection)):
        heard.append(json.loads(text))
    return heard


async def closed(connection):
    """The code and reason the server closes with, after whatever it still sends."""
    await asyncio.wait_for(connection.wait_closed(), 10)
    return connection.close_code, connection.close_reason


async def get(venue, path, **parameters):
    """A REST answer: status, JSON, headers."""
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"{venue.rest}{path}", params=parameters)
        return answer.status_code, answer.json(), answer.headers

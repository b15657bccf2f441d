"""From a loopback socket to the candle: the bot's feed beside a bare receive loop of the same client library.

The bare loop takes a message off the socket and forgets it: no parsing, no checks, no candle. It is what any program
built on `await connection.recv()` pays before it has done anything. One message is one trade.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from websockets.asyncio.client import connect

from benchmarks.figure import Figure, VoidError
from benchmarks.sender import sender
from benchmarks.traffic import START, feed, spoken
from benchmarks.turns import Reading, cpu, in_turns, rates, ratio, wall
from bot.core.times import HOUR, MINUTE
from bot.core.trades import Trade
from bot.exchanges.session import LARGEST_MESSAGE
from bot.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.exchanges.feed import Feed

GOAL = 0.85
MESSAGES, ROUNDS = 100_000, 7
ANSWER = '{"result":null,"id":1}'


def figures(*, tiny: bool = False) -> Iterator[Figure]:
    """Yield the figure of Binance, the busiest venue."""
    messages, rounds = (200, 1) if tiny else (MESSAGES, ROUNDS)
    texts = spoken("binance", "perpetual", messages)
    trades = _trades(texts)
    with sender(ANSWER, texts, "/ws") as address:
        taken = in_turns(
            {
                "bot": lambda: asyncio.run(_fed(address, trades)),
                "bytes": lambda: asyncio.run(_received(address, messages, decode=False)),
                "text": lambda: asyncio.run(_received(address, messages, decode=None)),
            },
            rounds,
        )
    yield Figure(
        "ingest.socket.binance",
        ratio(wall(taken["bytes"]), wall(taken["bot"])),
        "x a bare loop's messages/s",
        GOAL,
        {
            "ratio_of_cpu_seconds": ratio(cpu(taken["bytes"]), cpu(taken["bot"])),
            "ratio_to_recv_as_text": ratio(wall(taken["text"]), wall(taken["bot"])),
            **rates("bot", messages, wall(taken["bot"])),
            **rates("bare_recv_bytes", messages, wall(taken["bytes"])),
            **rates("bare_recv_text", messages, wall(taken["text"])),
            "messages": messages,
            "rounds": rounds,
        },
    )


class _Marks(Journal):
    """A journal that says nothing and remembers when the feed was connected and disconnected."""

    def __init__(self) -> None:
        super().__init__(lambda: START)
        self.at: dict[str, Reading] = {}
        self.ended = asyncio.Event()

    def say(self, level: str, event: str, message: str) -> None:  # noqa: ARG002 - a journal's own
        """Read the clocks."""
        self.at[event] = Reading.now()
        if event not in ("connected", "reject"):
            self.ended.set()


async def _fed(address: str, trades: list[Trade]) -> Reading:
    """Return what passed from the answer to the subscription to the end of the connection."""
    marks = _Marks()
    one = feed("binance", "perpetual", address, marks)
    running = asyncio.create_task(one.run())
    await marks.ended.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    _check(one, trades)
    return marks.at["disconnected"].since(marks.at["connected"])


async def _received(address: str, messages: int, *, decode: bool | None) -> Reading:
    """Return what passed from the answer to the subscription to the last message."""
    async with connect(address, compression=None, ping_interval=None, max_size=LARGEST_MESSAGE) as connection:
        await connection.send("subscribe")
        await connection.recv()
        recv = connection.recv
        start = Reading.now()
        for _ in range(messages):
            await recv(decode=decode)
        return Reading.now().since(start)


def _trades(texts: list[str]) -> list[Trade]:
    messages = map(feed("binance", "perpetual", "ws://127.0.0.1/ws").legs[0].connector.parse, texts)
    return [message for message in messages if isinstance(message, Trade)]


def _check(one: Feed, trades: list[Trade]) -> None:
    """Hold the minutes' candles, taken together, against what was sent."""
    candles = [candle for minute in range(START, START + HOUR, MINUTE) if (candle := one.legs[0].venue.candle(minute))]
    found = sum(candle.trades for candle in candles), sum(candle.buy + candle.sell for candle in candles)
    sent = sum(trade.fills for trade in trades), sum(trade.size for trade in trades)
    if not all(map(math.isclose, found, sent)):
        raise VoidError(f"{sent[0]} fills of {sent[1]:.3f} BTC were sent, {found[0]} of {found[1]:.3f} were counted")

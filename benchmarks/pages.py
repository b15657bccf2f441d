"""A venue's REST interface in a process of its own that answers pre-encoded pages of an hour of trades.

The trades are the simulator's market, 50 a second; the pages hold 1,000 each and are what its Binance and Coinbase
would answer (its own history keeps fewer trades than such an hour has). Nothing is made while a page is asked for, so
that the server costs the same whoever asks.
"""

from __future__ import annotations

import multiprocessing
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import msgspec

from bot.core.times import HOUR, SECOND, to_iso
from bot.simulator.market import Market
from bot.simulator.orders import each_fill

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from multiprocessing.connection import Connection

    from bot.core.trades import Trade

PAGE = 1_000
RATE = 46.0
"""Orders a second, at the activity of that hour: an hour has a few more than 180,000 trades."""
_READ = 65_536

Pages = dict[str, bytes]
"""The parameter that tells where a page begins -> the whole HTTP answer; "" is asked for first."""


def hour(exchange: str, start: int, count: int) -> list[Trade]:
    """Return the first `count` trades from `start` (UTC ms) on, in order, ids rising by one.

    Raises:
        ValueError: They do not fit into an hour.
    """
    source = Market("spot", start=start, seed=7, rate=RATE, exchanges=(exchange,))
    trades: list[Trade] = []
    for order in source.until(start + HOUR):
        trades += each_fill(order)
        if len(trades) >= count:
            return trades[:count]
    raise ValueError(f"{exchange}: {count} trades were asked for, an hour has {len(trades)}")


def binance(trades: list[Trade]) -> Pages:
    """Return pages of aggregate trades, oldest first: `fromId` tells where the next begins."""
    rows = [
        {
            "a": trade.id, "p": f"{trade.price:.2f}", "q": f"{trade.size:.8f}", "f": trade.id, "l": trade.id,
            "T": trade.timestamp, "m": not trade.taker_buy, "M": True,
        }
        for trade in trades
    ]  # fmt: skip
    parts = [rows[start : start + PAGE] for start in range(0, len(rows), PAGE)]
    pages = {f"fromId={part[0]['a']}": _answer(part) for part in parts[1:]}
    return pages | {"": _answer(parts[0]), f"fromId={int(trades[-1].id) + 1}": _answer([])}


def coinbase(trades: list[Trade]) -> Pages:
    """Return pages of trades, newest first: the header CB-AFTER tells where the next begins."""
    rows = [
        {
            "trade_id": trade.id, "side": "sell" if trade.taker_buy else "buy", "size": f"{trade.size:.8f}",
            "price": f"{trade.price:.8f}", "time": f"{to_iso(trade.timestamp)[:-1]}.{trade.timestamp % SECOND:03d}000Z",
        }
        for trade in reversed(trades)
    ]  # fmt: skip
    pages, asked = {}, ""
    for start in range(0, len(rows), PAGE):
        part = rows[start : start + PAGE]
        pages[asked] = _answer(part, {"CB-BEFORE": part[0]["trade_id"], "CB-AFTER": part[-1]["trade_id"]})
        asked = f"after={part[-1]['trade_id']}"
    return pages | {asked: _answer([])}


def _answer(rows: Sequence[Mapping[str, object]], headers: Mapping[str, object] | None = None) -> bytes:
    body = msgspec.json.encode(rows)
    lines = ["HTTP/1.1 200 OK", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def served(pages: Pages) -> Iterator[str]:
    """Answer `pages` on one kept connection after another while the block runs; give the address."""
    processes = multiprocessing.get_context("spawn")
    here, there = processes.Pipe()
    process = processes.Process(target=_serve, args=(there, pages), daemon=True)
    process.start()
    there.close()  # so that a server that died is an EOFError here, not a wait
    try:
        yield f"http://127.0.0.1:{here.recv()}"
    finally:
        process.terminate()
        process.join()


def _serve(port: Connection, pages: Pages) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port.send(listener.getsockname()[1])
        while True:
            client, _ = listener.accept()
            with client:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while request := client.recv(_READ):  # a GET comes in one piece over loopback
                    client.sendall(pages[_asked(request)])


def _asked(request: bytes) -> str:
    query = parse_qsl(urlsplit(request.split(b" ", 2)[1].decode()).query)
    return next((f"{name}={value}" for name, value in query if name in ("fromId", "after")), "")

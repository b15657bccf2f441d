"""Large JSON answers, compressed for who accepts it: zstd, else gzip.

Candles as JSON shrink to a fifth. zstd takes a twentieth of gzip's time for the same size and is what browsers and
notebooks ask for, so it is preferred where a client likes both as much (RFC 9110, section 12.5.3).

Small answers, downloads and the event stream are sent as they are. A compressed answer's ETag is weak: it says the same
as the other form, byte by byte it is not the same.
"""

from __future__ import annotations

import asyncio
import zlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

import zstandard
from starlette.datastructures import Headers, MutableHeaders

from webapp.limits import COMPRESSED_BYTES

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

Coding = Literal["zstd", "gzip"]

PREFERRED: tuple[Coding, ...] = ("zstd", "gzip")

LEVEL = {"zstd": 3, "gzip": 1}
"""Of zstd, a higher one costs more than it saves; of gzip, any higher one."""

LONG = 262_144
"""Bytes from which on compressing is left to a thread, so that others need not wait."""


class Compression:
    """ASGI middleware: compresses JSON that is sent in one piece."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and compress its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        coding = accepted(Headers(scope=scope).get("accept-encoding", ""))
        start: Message | None = None

        async def compress(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_json(message):
                MutableHeaders(scope=message).add_vary_header("Accept-Encoding")
                if coding is not None and message["status"] == HTTPStatus.OK:
                    start = message
                    return
            elif start is not None:
                body = message.get("body", b"")
                if coding is not None and not message.get("more_body") and len(body) >= COMPRESSED_BYTES:
                    message = {**message, "body": await _compressed(body, coding)}
                    _say(start, coding, len(message["body"]))
                await send(start)
                start = None
            await send(message)

        await self.app(scope, receive, compress)


def accepted(header: str) -> Coding | None:
    """Choose what a client accepts most, by its Accept-Encoding."""
    weights: dict[str, float] = {}
    for part in header.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weights[name.removeprefix("x-")] = _weight(parameters)
    rest = weights.get("*", 0.0)
    best = max(PREFERRED, key=lambda coding: weights.get(coding, rest))
    return best if weights.get(best, rest) > 0 else None


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def _is_json(start: Message) -> bool:
    """Say whether an answer is JSON, or the news that the client has it already."""
    kind = Headers(raw=start["headers"]).get("content-type", "")
    return kind.startswith("application/json") or start["status"] == HTTPStatus.NOT_MODIFIED


async def _compressed(body: bytes, coding: Coding) -> bytes:
    if len(body) < LONG:
        return _compress(body, coding)
    return await asyncio.to_thread(_compress, body, coding)


def _compress(body: bytes, coding: Coding) -> bytes:
    if coding == "zstd":
        return zstandard.ZstdCompressor(LEVEL["zstd"]).compress(body)
    packer = zlib.compressobj(LEVEL["gzip"], wbits=31)
    return packer.compress(body) + packer.flush()


def _say(start: Message, coding: Coding, length: int) -> None:
    """Tell the coding, the length and a weak ETag in the headers."""
    headers = MutableHeaders(scope=start)
    headers["Content-Encoding"] = coding
    headers["Content-Length"] = str(length)
    tag = headers.get("etag")
    if tag is not None and not tag.startswith("W/"):
        headers["ETag"] = f"W/{tag}"

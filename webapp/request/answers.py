"""What every answer about stored data has in common: the snapshot it was read from, and not sending it twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from fastapi import Request, Response
from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from webapp import database


class Snapshot(BaseModel):
    """The state of the database an answer was read from."""

    id: str = Field(description="Equal only while the stored data is; also the ETag.")
    published: int = Field(description="When this copy got its place, UTC ms.")
    newest: int | None = Field(description="Open of the newest stored minute, UTC ms; null without one.")

    @staticmethod
    def of(snapshot: database.Snapshot) -> Snapshot:
        """Take what an answer tells of a snapshot."""
        return Snapshot(id=snapshot.id, published=snapshot.published, newest=snapshot.newest)


def unchanged(request: Request, snapshot: database.Snapshot, beside: str | None = None) -> Response | None:
    """Answer 304 when the client already has this snapshot (If-None-Match), else None.

    `beside`: which state of another file the answer is of as well.

    A compressed answer has a weak tag (`W/`), and so has its 304: it is told as the client has it.
    """
    tag, known = _etag(snapshot, beside), request.headers.get("if-none-match", "")
    if not is_known(tag, known):
        return None
    return Response(
        status_code=304, headers=_headers(snapshot, beside) | {"ETag": f"W/{tag}" if f"W/{tag}" in known else tag}
    )


def is_known(tag: str, if_none_match: str) -> bool:
    """Say whether a client that sends this If-None-Match already has the answer with this ETag."""
    return bool({one.strip().removeprefix("W/") for one in if_none_match.split(",")} & {tag, "*"})


def answer(body: BaseModel, snapshot: database.Snapshot | None, beside: str | None = None) -> Response:
    """Send a body as JSON; doubles keep every bit. Without a snapshot the answer is never kept; `beside`: as above."""
    return Response(
        body.model_dump_json(by_alias=True),
        media_type="application/json",
        headers=_headers(snapshot, beside) if snapshot else {},
    )


def packed(body: object, snapshot: database.Snapshot) -> Response:
    """Send plain values as JSON, ten times as fast as a model; doubles keep every bit."""
    return Response(msgspec.json.encode(body), media_type="application/json", headers=_headers(snapshot))


def _etag(snapshot: database.Snapshot, beside: str | None) -> str:
    return f'"{snapshot.id}"' if beside is None else f'"{snapshot.id}-{beside}"'


def _headers(snapshot: database.Snapshot, beside: str | None = None) -> dict[str, str]:
    return {"ETag": _etag(snapshot, beside), "Cache-Control": "no-cache"}

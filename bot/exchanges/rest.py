"""Asking a venue's REST interface, and reading the answer into typed values."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from bot.errors import VenueError
from bot.exchanges.messages import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

T = TypeVar("T")

PAGES = 200
"""More pages than this are not asked for one minute: the venue would tell the same ones again and again."""


async def get(
    client: httpx.AsyncClient, url: str, parameters: Mapping[str, str | int], kind: type[T]
) -> tuple[T, Mapping[str, str]]:
    """Return the answer's JSON as `kind`, and its headers.

    Raises:
        httpx.HTTPError: There was no answer, or an error status.
        VenueError: The answer is not of this kind.
    """
    answer = await client.get(url, params=dict(parameters))
    answer.raise_for_status()
    try:
        return msgspec.json.decode(answer.content, type=kind), answer.headers
    except msgspec.MsgspecError as error:
        raise VenueError(f"{url} answered what can't be read ({error}): {shown(answer.content)}") from None


def sound(value: object, kind: type[T]) -> T:
    """Return a trade that was read; a trade of the past that is none can't be left out.

    Raises:
        VenueError: It is not of this kind.
    """
    if isinstance(value, kind):
        return value
    raise VenueError(f"a trade of the past can't be counted: {value}")

"""Which pairs there are, which the bot follows, and which one a request means."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from webapp import queries
from webapp.errors import RequestRefused

if TYPE_CHECKING:
    import sqlite3

    from webapp.database import Snapshot


def followed_pairs(sql: sqlite3.Connection) -> list[str]:
    """List the pairs the bot follows, in its order.

    In an older database, which does not tell, those that were configured; without configurations those of the newest
    minute.
    """
    told = sql.execute(queries.STATE, {"key": "followed"}).fetchone()
    named = _names(told[0]) if told else []
    return named or _first_column(sql, queries.PAIRS_CONFIGURED) or _first_column(sql, queries.PAIRS_NEWEST)


def pairs_of(sql: sqlite3.Connection) -> list[str]:
    """List the pairs: the followed ones, then those that were once configured or traded."""
    once = _first_column(sql, queries.PAIRS_CONFIGURED) + _first_column(sql, queries.ACCOUNTS)
    return list(dict.fromkeys(followed_pairs(sql) + once))


def pair_of(sql: sqlite3.Connection, asked: str | None) -> str | None:
    """Take the asked pair, else the first followed one; None when the database knows no pair yet.

    Raises:
        RequestRefused: Neither followed nor stored.
    """
    known = pairs_of(sql)
    if asked is None:
        return known[0] if known else None
    if asked not in known and sql.execute(queries.PAIR_STORED, {"pair": asked}).fetchone() is None:
        raise RequestRefused(
            "unknown_pair", f"pair {asked!r} is not stored; known: {', '.join(known) or 'none yet'}", field="pair"
        )
    return asked


async def known_pairs(snapshot: Snapshot) -> list[str]:
    """List the pairs as `pairs_of` does, on a snapshot."""
    return await snapshot.run(pairs_of)


async def chosen_pair(snapshot: Snapshot, asked: str | None) -> str | None:
    """Take a pair as `pair_of` does, on a snapshot."""
    return await snapshot.run(lambda sql: pair_of(sql, asked))


def _first_column(sql: sqlite3.Connection, query: str) -> list[str]:
    return [row[0] for row in sql.execute(query)]


def _names(text: str) -> list[str]:
    """Read a JSON list of names; what is none names nobody."""
    try:
        names = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []

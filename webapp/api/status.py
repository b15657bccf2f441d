"""GET /api/status: is what I see current, and is the bot well?

Always 200: a database that cannot be read is itself the news (`database.state`), with a sentence that says what to do.
"""

from __future__ import annotations

import asyncio
import json
import time
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from analysis.coins import coins
from bot.core import saved
from bot.core.archives import ArchiveState  # noqa: TC001 - pydantic reads it
from bot.core.exchanges import mark
from webapp import queries
from webapp.errors import DatabaseState, DatabaseUnavailable
from webapp.reading import synced
from webapp.request.answers import Snapshot, answer, unchanged
from webapp.request.pairs import followed_pairs, pairs_of

if TYPE_CHECKING:
    from webapp import database

router = APIRouter()


class ArchiveStatus(BaseModel):
    """An `archive_YYYY.db` beside the database; answers come without those that are not ok."""

    name: str
    state: ArchiveState
    message: str | None = Field(description="What is wrong and what to do; null when nothing is.")
    size: int = Field(description="Bytes.")


class DatabaseStatus(BaseModel):
    """What was found where the database should be."""

    path: str
    state: DatabaseState
    message: str | None = Field(description="What is wrong and what to do; null when nothing is.")
    size: int | None = Field(description="Bytes, the log included, archives not.")
    archives: list[ArchiveStatus] = Field(default=[], description="The newest first.")


class Candle(BaseModel):
    """A row of `candles`."""

    timestamp: int
    pair: str
    open: float
    high: float
    low: float
    close: float
    vBuy: float  # noqa: N815 - the tables' names
    vSell: float  # noqa: N815
    sources: int | None
    configured: int | None


class ExchangeStatus(BaseModel):
    """A row of `exchange_status`: one feed, as the bot last wrote it."""

    exchange: str
    mark: str = Field(description="The letter that stands for the exchange.")
    connected: bool
    last_trade: int | None
    reconnects: int
    gaps: int
    rejects: int
    updated: int


class Order(BaseModel):
    """A row of `orders`: the open position."""

    orderNumber: int  # noqa: N815
    pair: str
    entryType: str  # noqa: N815
    entryPrice: float  # noqa: N815
    entryTime: int  # noqa: N815
    size: float
    stopLoss: float  # noqa: N815
    takeProfit: float  # noqa: N815
    setup: int
    configuration: int
    decided: int


class Verification(BaseModel):
    """A row of `verifications`: what `cvdbot verify` last found."""

    id: int
    timestamp: int
    from_: int = Field(alias="from")
    to: int
    trades: int
    differences: Any


class Configuration(BaseModel):
    """A row of `configurations`: what the bot ran with, since when."""

    id: int
    since: int
    pair: str
    parameters: Any
    market: str
    exchanges: Any
    version: str


class Account(BaseModel):
    """Completed trades of one account."""

    pair: str
    mode: str
    count: int


class Pair(BaseModel):
    """A pair: whether the bot follows it, and what there is of it."""

    name: str
    base: str = Field(description="The coin its sizes are in.")
    quote: str = Field(description="The coin its prices and money are in.")
    followed: bool = Field(description="The bot records and trades it now; else its data is kept, and ends.")
    last_candle: Candle | None = Field(description="Its newest minute.")
    order: Order | None = Field(description="Its open position; null when flat.")
    trades: dict[str, int] = Field(description="Completed trades by mode; a mode without one is left out.")


class Sync(BaseModel):
    """The newest sync from the Pi."""

    time: int = Field(description="When it ended, UTC ms.")
    ok: bool
    error: str | None = Field(description="What went wrong and what to do; null when nothing did.")
    good: int | None = Field(description="When the last one that went well ended, UTC ms.")


class Status(BaseModel):
    """The health of everything between the exchanges and this page."""

    version: str = Field(description="Of this app.")
    now: int = Field(description="The server's clock, UTC ms.")
    database: DatabaseStatus
    db_schema: int | None = Field(default=None, alias="schema", description="Of the database.")
    snapshot: Snapshot | None = None
    origin: str | None = Field(default=None, description="`exchanges`, or `simulated`: none of it happened.")
    pairs: list[str] = Field(default=[], description="The followed ones first, then those that no longer are.")
    pair_details: list[Pair] = Field(default=[], description="One of each of `pairs`.")
    last_candle: Candle | None = Field(default=None, description="Newest minute of the first pair.")
    counts: dict[str, int] = Field(default={}, description="Rows a table.")
    exchanges: list[ExchangeStatus] = []
    order: Order | None = Field(default=None, description="Open position of the first pair; null when flat.")
    verification: Verification | None = None
    configurations: list[Configuration] = []
    trades: list[Account] = []
    sync: Sync | None = Field(default=None, description="Null where no `cvdbot sync` publishes this copy.")


@router.get("/api/status", response_model=Status)
async def status(request: Request) -> Response:
    """Health of the data: its age and size, the exchanges, the open position."""
    store: database.Database = request.app.state.database
    told = await asyncio.to_thread(synced.newest, store.path)
    beside = synced.fingerprint(told)
    sync = None if told is None else Sync.model_validate(told, from_attributes=True)
    try:
        async with store.snapshot() as snapshot:
            if (known := unchanged(request, snapshot, beside)) is not None:
                return known
            found = await _status(store, snapshot)
            return answer(found.model_copy(update={"sync": sync}), snapshot, beside)
    except DatabaseUnavailable as error:
        lost = DatabaseStatus(path=str(store.path), state=error.state, message=error.message, size=None)
        return answer(Status(version=version("cvdbot"), now=_now(), database=lost, sync=sync), None)


async def _status(store: database.Database, snapshot: database.Snapshot) -> Status:
    pairs = await _pairs(snapshot)
    origin = await snapshot.row(queries.ORIGIN)
    return Status.model_validate(
        {
            "version": version("cvdbot"),
            "now": _now(),
            "database": {
                "path": str(store.path),
                "state": "ok",
                "message": None,
                "size": snapshot.size,
                "archives": [ArchiveStatus.model_validate(one, from_attributes=True) for one in snapshot.archives],
            },
            "schema": snapshot.schema,
            "snapshot": Snapshot.of(snapshot),
            "origin": saved.origin(None if origin is None else origin[0]),
            "pairs": [each["name"] for each in pairs],
            "pair_details": pairs,
            "last_candle": pairs[0]["last_candle"] if pairs else None,
            "counts": _first(await snapshot.records(queries.COUNTS)),
            "exchanges": [{**row, "mark": mark(row["exchange"])} for row in await snapshot.records(queries.EXCHANGES)],
            "order": pairs[0]["order"] if pairs else None,
            "verification": _first(await snapshot.records(queries.VERIFICATION), "differences"),
            "configurations": [
                _parsed(row, "parameters", "exchanges") for row in await snapshot.records(queries.CONFIGURATIONS)
            ],
            "trades": await snapshot.records(queries.ACCOUNTS),
        }
    )


async def _pairs(snapshot: database.Snapshot) -> list[dict[str, Any]]:
    """Return what there is to say of each pair."""
    followed = await snapshot.run(followed_pairs)
    counts = await snapshot.rows(queries.ACCOUNTS)
    told = []
    for name in await snapshot.run(pairs_of):
        base, quote = coins(name)
        told.append(
            {
                "name": name,
                "base": base,
                "quote": quote,
                "followed": name in followed,
                "last_candle": _first(await snapshot.records(queries.LAST_CANDLE, pair=name)),
                "order": _first(await snapshot.records(queries.ORDER, pair=name)),
                "trades": {mode: count for pair, mode, count in counts if pair == name},
            }
        )
    return told


def _now() -> int:
    return time.time_ns() // 1_000_000


def _first(rows: list[dict[str, Any]], *json_columns: str) -> dict[str, Any] | None:
    return _parsed(rows[0], *json_columns) if rows else None


def _parsed(row: dict[str, Any], *json_columns: str) -> dict[str, Any]:
    return {name: _decoded(value) if name in json_columns else value for name, value in row.items()}


def _decoded(value: str) -> Any:  # noqa: ANN401 - it is passed on as it is
    """Read a JSON column; text that is none is shown as it stands rather than failing the whole status."""
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value

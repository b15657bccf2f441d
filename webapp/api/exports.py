"""Downloads: candles, what each exchange saw, trades and figures, the range of a chart or all there is.

The rows are those of the answers in JSON; they are read batch by batch on one snapshot and sent as they are read. The
name of a file says pair, range and, when a simulated market made the data, `simulated`.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from bot.core.exchanges import EXCHANGES
from webapp import limits, queries
from webapp.files import frames
from webapp.files.candles import Kind, Wanted, candle_file
from webapp.files.download import Download, as_attachment, read_pieces
from webapp.files.figures import statistics_csv, statistics_name
from webapp.files.table import read_origin
from webapp.files.trades import trade_file
from webapp.request.accounts import MODES, Closed, Mode, OfAccount, read_record, traded_pair
from webapp.request.answers import unchanged
from webapp.request.pairs import chosen_pair
from webapp.request.ranges import END_OF_TIME, LAST_BARS, OF_EXCHANGES, Range, Whole, chosen_exchange
from webapp.request.timeframes import Timeframe  # noqa: TC001 - pydantic reads it
from webapp.serving.turns import turn

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Coroutine

    from webapp.bars.rollup import Rollup
    from webapp.database import Database, Snapshot
    from webapp.files.table import TableFile

router = APIRouter()


class ExportedCandles(Closed):
    """Which bars: all by default."""

    from_: Whole | None = Field(
        default=None, alias="from", ge=0, le=END_OF_TIME, description="First open, UTC ms, inclusive."
    )
    to: Whole | None = Field(default=None, ge=0, le=END_OF_TIME, description="First open no longer wanted, UTC ms.")
    timeframe: Timeframe = Field(default="1m", description="Length of a bar, aligned to the epoch.")
    exchange: str | None = Field(
        default=None, description="One exchange alone.", examples=[EXCHANGES[-1]], json_schema_extra=OF_EXCHANGES
    )


class ExportedTrades(Closed):
    """Which trades: all of the pair by default, those closed in a range else."""

    mode: Mode | None = Field(default=None, description=f"{MODES} Every one by default.")


FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in frames.MEDIA_TYPES.values()}, "description": "The file, streamed"}
}
TABLE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}, "description": "The file"}}


@router.get("/api/export/candles.{form}", response_class=Response, responses=FILES)
async def export_candles(
    request: Request, form: frames.FileFormat, asked: Annotated[ExportedCandles, Query()]
) -> Response:
    """Bars of a pair as a file, of all exchanges together or of one."""
    return await _candles(request, "candles", form, asked)


@router.get("/api/export/exchange_candles.{form}", response_class=Response, responses=FILES)
async def export_exchange_candles(
    request: Request, form: frames.FileFormat, asked: Annotated[ExportedCandles, Query()]
) -> Response:
    """Bars of a pair as each exchange saw them, as a file, ordered by open and exchange."""
    return await _candles(request, "exchange_candles", form, asked)


@router.get("/api/export/trades.{form}", response_class=Response, responses=FILES)
async def export_trades(
    request: Request, form: frames.FileFormat, asked: Annotated[ExportedTrades, Query()]
) -> Response:
    """Completed trades of a pair as a file, in the order they were closed."""
    asked.refuse_backwards()

    async def begin(snapshot: Snapshot) -> TableFile:
        traded = asked.pair is not None and await snapshot.row(queries.PAIR_TRADED, pair=asked.pair)
        pair = asked.pair if traded else await chosen_pair(snapshot, asked.pair)
        return await snapshot.run(lambda sql: trade_file(sql, pair, asked.mode, asked.from_, asked.to))

    return await _download(request, form, begin)


@router.get("/api/export/statistics.csv", response_class=Response, responses=TABLE)
async def export_statistics(request: Request, asked: Annotated[OfAccount, Query()]) -> Response:
    """Every figure of one account as a file: a row a figure, with its unit, n and definition."""
    asked.refuse_backwards()
    async with request.app.state.database.snapshot() as snapshot:
        pair = await traded_pair(snapshot, asked.pair)
        if (known := unchanged(request, snapshot)) is not None:
            return known
        name, text = await snapshot.run(lambda sql: _statistics(sql, pair, asked))
        return Response(text, media_type=frames.MEDIA_TYPES["csv"], headers=as_attachment(f"{name}.csv", snapshot))


async def formatted(request: Request, asked: Range, form: frames.FileFormat) -> Response:
    """Answer /api/candles as a file: as many bars as JSON would have, or all from `from` on."""
    limit = LAST_BARS if asked.from_ is None and asked.limit is None else asked.limit
    exchange = chosen_exchange(asked.exchange)
    wanted = Wanted("candles", form, asked.timeframe, exchange, asked.from_, asked.to, limit)
    return await _bars(request, wanted, asked.pair)


async def _candles(request: Request, kind: Kind, form: frames.FileFormat, asked: ExportedCandles) -> Response:
    asked.refuse_backwards()
    exchange = chosen_exchange(asked.exchange)
    wanted = Wanted(kind, form, asked.timeframe, exchange, asked.from_, asked.to, None)
    return await _bars(request, wanted, asked.pair)


async def _bars(request: Request, wanted: Wanted, asked_pair: str | None) -> Response:
    rollup: Rollup = request.app.state.rollup

    async def begin(snapshot: Snapshot) -> TableFile:
        pair = await chosen_pair(snapshot, asked_pair)
        rollup.pursue(request.app.state.database)
        return await snapshot.run(
            lambda sql: candle_file(sql, wanted, pair, lambda source, asked: rollup.read(sql, snapshot, source, asked))
        )

    return await _download(request, wanted.form, begin)


async def _download(
    request: Request, form: frames.FileFormat, begin: Callable[[Snapshot], Coroutine[None, None, TableFile]]
) -> Response:
    """Begin a download on a snapshot that ends with it."""
    database: Database = request.app.state.database
    async with AsyncExitStack() as until_sent:
        await until_sent.enter_async_context(turn(request.app.state.downloads, "downloads", limits.DOWNLOADS))
        snapshot = await until_sent.enter_async_context(database.snapshot())
        file = await begin(snapshot)
        if (known := unchanged(request, snapshot)) is not None:
            return known
        pieces = read_pieces(snapshot, file, form)
        return Download(f"{file.name}.{form}", frames.MEDIA_TYPES[form], pieces, snapshot, until_sent.pop_all())


def _statistics(sql: sqlite3.Connection, pair: str, asked: OfAccount) -> tuple[str, str]:
    """Return the name of a file, without its ending, and what is in it."""
    from analysis.account.statistics import statistics

    found = statistics(read_record(sql, pair, asked))
    return statistics_name(found, read_origin(sql)), statistics_csv(found)

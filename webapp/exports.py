"""Downloads of candles: the range of a chart or all there is, as CSV, Arrow or Parquet.

The rows are those of /api/candles, or what each exchange saw; they are read window by window on one snapshot and sent
as they are read. The name of the file says pair, bar, range and, when a simulated market made the data, `simulated`.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from webapp import frames
from webapp.answers import unchanged
from webapp.candle_files import Kind, Wanted, candle_file
from webapp.download import Download
from webapp.errors import RequestRefused
from webapp.parameters import END_OF_TIME, LAST_BARS, Range, Whole, chosen_exchange, chosen_pair
from webapp.timeframes import Timeframe  # noqa: TC001 - pydantic reads it

if TYPE_CHECKING:
    from webapp.database import Database

router = APIRouter()


class Exported(BaseModel):
    """What to download: everything by default."""

    model_config = ConfigDict(extra="forbid")

    timeframe: Timeframe = Field(default="1m", description="Length of a bar, aligned to the epoch.")
    from_: Whole | None = Field(
        default=None, alias="from", ge=0, le=END_OF_TIME, description="First open, UTC ms, inclusive."
    )
    to: Whole | None = Field(default=None, ge=0, le=END_OF_TIME, description="First open no longer wanted, UTC ms.")
    pair: str | None = Field(default=None, description="Such as `BTC/USDT`; the first configured one by default.")
    exchange: str | None = Field(default=None, description="One exchange alone.")


FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in frames.MEDIA_TYPES.values()}, "description": "The file, streamed"}
}


@router.get("/api/export/candles.{form}", response_class=Response, responses=FILES)
async def export_candles(request: Request, form: frames.FileFormat, asked: Annotated[Exported, Query()]) -> Response:
    """Bars of a pair as a file, of all exchanges together or of one."""
    return await _download(request, _wanted("candles", form, asked))


@router.get("/api/export/exchange_candles.{form}", response_class=Response, responses=FILES)
async def export_exchange_candles(
    request: Request, form: frames.FileFormat, asked: Annotated[Exported, Query()]
) -> Response:
    """Bars of a pair as each exchange saw them, as a file, ordered by open and exchange."""
    return await _download(request, _wanted("exchange_candles", form, asked))


async def formatted(request: Request, asked: Range, form: frames.FileFormat) -> Response:
    """Answer /api/candles as a file: as many bars as JSON would have, or all from `from` on."""
    limit = LAST_BARS if asked.from_ is None and asked.limit is None else asked.limit
    exchange = chosen_exchange(asked.exchange)
    return await _download(
        request, Wanted("candles", form, asked.timeframe, asked.pair, exchange, asked.from_, asked.to, limit)
    )


def _wanted(kind: Kind, form: frames.FileFormat, asked: Exported) -> Wanted:
    if asked.from_ is not None and asked.to is not None and asked.from_ > asked.to:
        raise RequestRefused("invalid_parameter", f"from ({asked.from_}) must not be after to ({asked.to})", "from")
    exchange = chosen_exchange(asked.exchange)
    return Wanted(kind, form, asked.timeframe, asked.pair, exchange, asked.from_, asked.to, None)


async def _download(request: Request, wanted: Wanted) -> Response:
    """Begin a download on a snapshot that ends with it."""
    database: Database = request.app.state.database
    async with AsyncExitStack() as until_sent:
        snapshot = await until_sent.enter_async_context(database.snapshot())
        pair = await chosen_pair(snapshot, wanted.pair)
        if (known := unchanged(request, snapshot)) is not None:
            return known
        file = await snapshot.run(lambda sql: candle_file(sql, wanted, pair))
        pieces = frames.encoded(
            lambda: snapshot.run(lambda _: file.next_batch()), file.columns, wanted.form, file.metadata
        )
        return Download(file.name, wanted.form, pieces, snapshot, until_sent.pop_all())

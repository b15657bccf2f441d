"""The app: one database, read-only, answered as JSON, and the page that draws it."""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import FastAPI

from webapp import limits, page
from webapp.api import (
    backtest,
    candle_statistics,
    candles,
    completeness,
    equity,
    events,
    exports,
    indicators,
    logs,
    orders,
    parameters,
    patterns,
    predictions,
    report,
    setups,
    statistics,
    status,
    trades,
)
from webapp.bars.agreement import side_file_of
from webapp.bars.histories import Histories
from webapp.bars.prices import KeptPrices
from webapp.bars.rollup import Rollup
from webapp.config import PAGE, Settings
from webapp.database import Database
from webapp.request import ranges
from webapp.request.straight import straight
from webapp.serving import openapi, refusals
from webapp.serving.clients import Clients
from webapp.serving.compression import Compression
from webapp.serving.kept import KeptAnswers
from webapp.serving.places import Places
from webapp.serving.security import Guard
from webapp.serving.tags import Tags

if TYPE_CHECKING:
    from pathlib import Path

DESCRIPTION = """
Read-only. Instants are UTC milliseconds, ranges half-open `[from, to)`. Sizes are in the pair's base coin, prices and
money in its quote: where BTC and USDT are said, of BTC/USDT. Series are columnar, so a notebook does
`polars.DataFrame(httpx.get(url).json()["candles"])`.

Every answer about stored data names its `snapshot`; its id is the `ETag`, so `If-None-Match` saves sending it again.
Every refusal has the shape `{"error": {"code", "message", "field"}}`.
"""


def create_app(settings: Settings, page_folder: Path = PAGE) -> FastAPI:
    """Make the app; the database and the page may both come later.

    Args:
        settings: Which database, and under which host names it may be asked for.
        page_folder: The folder the page was built into.
    """
    app = FastAPI(
        title="cvdbot",
        version=version("cvdbot"),
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        responses={
            422: {"model": refusals.RefusalAnswer, "description": "The caller's fault"},
            503: {"model": refusals.RefusalAnswer, "description": "The database cannot be read now"},
        },
    )
    app.state.database = Database(settings.database)
    app.state.rollup = Rollup(side_file_of(settings.database, settings.cache))
    app.state.histories = Histories(app.state.rollup)
    app.state.prices = KeptPrices(app.state.rollup)
    app.state.downloads = asyncio.Semaphore(limits.DOWNLOADS)
    app.state.reports = asyncio.Semaphore(limits.REPORTS)
    app.state.backtests = Places("back-tests", limits.BACKTESTS, limits.BACKTESTS_WAITING)
    app.state.events = events.Watch(app.state.database)
    app.add_middleware(Clients)
    app.add_middleware(Compression)
    app.add_middleware(KeptAnswers, database=app.state.database)
    app.add_middleware(Tags)
    app.add_middleware(Guard, allowed_hosts=settings.allowed_hosts)
    refusals.install(app)
    app.router.routes.append(straight("/api/candles", ranges.Range, candles.candles))
    app.include_router(status.router, tags=["health"])
    app.include_router(events.router, tags=["health"])
    app.include_router(logs.router, tags=["health"])
    app.include_router(candles.router, tags=["market"])
    app.include_router(completeness.router, tags=["market"])
    app.include_router(candle_statistics.router, tags=["market"])
    app.include_router(patterns.router, tags=["market"])
    app.include_router(exports.router, tags=["downloads"])
    app.include_router(report.router, tags=["downloads"])
    app.include_router(indicators.router, tags=["strategy"])
    app.include_router(trades.router, tags=["accounts"])
    app.include_router(orders.router, tags=["accounts"])
    app.include_router(equity.router, tags=["accounts"])
    app.include_router(statistics.router, tags=["accounts"])
    app.include_router(setups.router, tags=["strategy"])
    app.include_router(parameters.router, tags=["strategy"])
    app.include_router(backtest.router, tags=["strategy"])
    app.include_router(predictions.router, tags=["strategy"])
    openapi.install(app)
    page.install(app, page_folder)
    return app

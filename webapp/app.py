"""The app: one database, read-only, answered as JSON, and the page that draws it."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import FastAPI

from webapp import backtest, candles, completeness, exports, indicators, page, refusals, setups, status, strategy
from webapp.config import PAGE, Settings
from webapp.database import Database
from webapp.past import Past
from webapp.security import Guard

if TYPE_CHECKING:
    from pathlib import Path

DESCRIPTION = """
Read-only. Instants are UTC milliseconds, ranges half-open `[from, to)`, sizes BTC, prices and money USDT. Series are
columnar, so a notebook does `polars.DataFrame(httpx.get(url).json()["candles"])`.

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
    app.state.past = Past()
    app.add_middleware(Guard, allowed_hosts=settings.allowed_hosts)
    refusals.install(app)
    app.include_router(status.router, tags=["health"])
    app.include_router(candles.router, tags=["market"])
    app.include_router(completeness.router, tags=["market"])
    app.include_router(exports.router, tags=["downloads"])
    app.include_router(indicators.router, tags=["strategy"])
    app.include_router(setups.router, tags=["strategy"])
    app.include_router(strategy.router, tags=["strategy"])
    app.include_router(backtest.router, tags=["strategy"])
    page.install(app, page_folder)
    return app

"""The least a Starlette app can do to answer with 500 candles: columns that are in memory, as a JSONResponse."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from webapp.bars.bars import COLUMNS

if TYPE_CHECKING:
    from starlette.requests import Request

BARS = 500
_sql = sqlite3.connect(f"file:{os.environ['BARE_DATABASE']}?mode=ro", uri=True)
_rows = _sql.execute(f"SELECT {', '.join(COLUMNS)} FROM candles ORDER BY timestamp DESC LIMIT {BARS}").fetchall()[::-1]
_candles = {name: list(column) for name, column in zip(COLUMNS, zip(*_rows, strict=True), strict=True)}


async def candles(_: Request) -> Response:
    """Answer with the newest minutes."""
    return JSONResponse({"candles": _candles})


async def nothing(_: Request) -> Response:
    """Answer with nothing."""
    return Response()


app = Starlette(routes=[Route("/candles", candles), Route("/nothing", nothing)])

"""GET /api/indicators: what does the strategy see on any timeframe? CVD, ATR, signals, gaps and order blocks.

The strategy sees confirmed bars only: the newest bar is here once its last minute (or a later one) is stored; until
then `forming` says how far its CVD has come. The rows of a window are those of the run over the whole history, wherever
the window begins; zones are all that overlap it. Above `anchor_period` the timeframe itself is the anchor of the CVD;
the other parameters hold as they are.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from webapp.request.answers import Snapshot, packed, unchanged
from webapp.request.pairs import chosen_pair
from webapp.request.ranges import LAST_BARS, MAX_BARS, Bars
from webapp.request.strategy import StrategyParameters, configured, made_of
from webapp.request.timeframes import SPANS, Timeframe

if TYPE_CHECKING:
    from analysis.batch.history import History
    from bot.core.parameters import Parameters

router = APIRouter()

Direction = Literal["bull", "bear"]


class Asked(Bars, StrategyParameters):
    """Which bars, and with which parameters."""


class Cvd(BaseModel):
    """The CVD through each bar, in BTC; columns of equal length."""

    timestamp: list[int] = Field(description="Opens of the confirmed bars, UTC ms.")
    open: list[float] = Field(description="0 at the start of an anchor period, else the close of the bar before. BTC.")
    high: list[float] = Field(description="BTC.")
    low: list[float] = Field(description="BTC.")
    close: list[float] = Field(description="BTC.")


class FormingCvd(BaseModel):
    """The CVD through the newest bar as far as its minutes are stored; the strategy does not see it yet."""

    timestamp: int = Field(description="Open of the bar, UTC ms.")
    open: float = Field(description="BTC.")
    high: float = Field(description="BTC.")
    low: float = Field(description="BTC.")
    close: float = Field(description="BTC.")


class Atr(BaseModel):
    """ATR(`atr_length`) after each bar."""

    timestamp: list[int] = Field(description="Opens of the confirmed bars, UTC ms.")
    value: list[float | None] = Field(description="USDT; null for the first `atr_length` - 1 bars of the history.")


class Signal(BaseModel):
    """The CVD turned its sign on this bar."""

    timestamp: int = Field(description="Open of the bar, UTC ms.")
    direction: Direction


class Zone(BaseModel):
    """A fair value gap or an order block."""

    start: int = Field(description="Open of the bar it starts at, UTC ms.")
    found: int = Field(description="Open of the bar it was found on, UTC ms: before its close nobody knew of it.")
    end: int | None = Field(description="Open of the bar it ended on, UTC ms; null while it lives.")
    direction: Direction
    top: float = Field(description="USDT.")
    bottom: float = Field(description="USDT.")
    ended_by: Literal["closed", "broken", "expired"] | None


class IndicatorsAnswer(BaseModel):
    """What the strategy sees of one pair."""

    timeframe: Timeframe
    pair: str | None
    snapshot: Snapshot
    parameters: dict[str, str | int | float | bool] = Field(description="Those that hold here, all of them.")
    cvd: Cvd
    forming: FormingCvd | None = Field(description="null where the window ends before it, or no bar is unfinished.")
    atr: Atr
    signals: list[Signal]
    gaps: list[Zone] = Field(description="Those that overlap the window, in the order they were found.")
    order_blocks: list[Zone]


@router.get("/api/indicators", response_model=IndicatorsAnswer)
async def indicators(request: Request, asked: Annotated[Asked, Query()]) -> Response:
    """What the strategy sees, with its own or with other parameters."""
    asked.refuse_backwards()
    async with request.app.state.database.snapshot() as snapshot:
        pair = await chosen_pair(snapshot, asked.pair)
        if (known := unchanged(request, snapshot)) is not None:
            return known
        parameters = on_timeframe(await configured(snapshot, pair), asked, asked.timeframe)
        history = await request.app.state.histories.history(snapshot, pair or "")
        found = await asyncio.to_thread(_window, history, parameters, asked)
        request.app.state.rollup.pursue(request.app.state.database)
        body = {
            "timeframe": asked.timeframe,
            "pair": pair,
            "snapshot": Snapshot.of(snapshot).model_dump(),
            "parameters": parameters.plain(),
            **found,
        }
        return packed(body, snapshot)


def on_timeframe(stored: Parameters, asked: StrategyParameters, timeframe: Timeframe) -> Parameters:
    """Return the parameters to look at a timeframe with.

    Raises:
        RequestRefused: They are not possible.
    """
    named = asked.named()
    if "chart_timeframe" in named:  # the timeframe takes its place, and it has to be possible all the same
        made_of({**stored.plain(), **named})
    everywhere = made_of({**stored.plain(), **named, "chart_timeframe": "1m"})
    span = SPANS[timeframe]
    anchor = everywhere.anchor_period if span <= everywhere.anchor_ms else timeframe
    return replace(everywhere, chart_timeframe=timeframe, anchor_period=anchor)


def _window(history: History, p: Parameters, asked: Asked) -> dict[str, object]:
    import numpy as np

    from analysis.batch.zones import DIRECTIONS, listed

    chart, flow = history.bars(p), history.cvd(p)
    first = 0 if asked.from_ is None else int(np.searchsorted(chart.timestamp, asked.from_))
    last = len(chart) if asked.to is None else int(np.searchsorted(chart.timestamp, asked.to))
    if asked.from_ is None:
        first = max(first, last - (asked.limit or LAST_BARS))
    else:
        last = min(last, first + (asked.limit or MAX_BARS))
    last = max(first, last)
    rows = slice(first, last)
    times = chart.timestamp[rows].tolist()
    atr = history.atr(p, p.atr_length)[rows]
    signs = history.signals(p)[rows]
    forming = history.forming_cvd(p) if last == len(chart) else None
    if forming is not None and not (asked.from_ or 0) <= forming[0] < (2**62 if asked.to is None else asked.to):
        forming = None
    return {
        "cvd": {
            "timestamp": times,
            **{name: getattr(flow, name)[rows].tolist() for name in ("open", "high", "low", "close")},
        },
        "forming": None if forming is None else dict(zip(FormingCvd.model_fields, forming, strict=True)),
        "atr": {"timestamp": times, "value": atr.tolist()},  # nan is sent as null
        "signals": [
            {"timestamp": times[i], "direction": DIRECTIONS[int(signs[i])]} for i in np.flatnonzero(signs).tolist()
        ],
        "gaps": listed(chart.timestamp, history.gaps(p), history.gap_endings(p), first, last),
        "order_blocks": listed(chart.timestamp, history.order_blocks(p), history.block_endings(p), first, last),
    }

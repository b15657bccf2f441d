"""GET /api/trades and /api/trades/{id}: what was traded, and why?

Rows are those of the table `trades`, in the order they were closed. One trade comes with its story: the steps of its
setup, the gap or block it was entered on, and the minutes of its bars in which it was really entered and left.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from analysis.account.stories import Story, stories
from webapp import queries
from webapp.api.setups import Event, SetupAnswer, setup_answer
from webapp.errors import RequestRefused
from webapp.request.accounts import MODES, Closed, Mode
from webapp.request.answers import Snapshot, answer, unchanged
from webapp.request.excursions import exit_minute, with_excursions
from webapp.request.pairs import chosen_pair
from webapp.request.ranges import END_OF_TIME, Whole
from webapp.request.timeframes import MINUTE
from webapp.request.trades import RanTrade, Trade, told

if TYPE_CHECKING:
    from webapp import database

router = APIRouter()

ZONES = {"gap", "order_block"}
"""Events that tell the bounds of a zone."""


class Asked(Closed):
    """Which trades."""

    mode: Mode | None = Field(default=None, description=f"{MODES} Every one by default.")


class ListedTrade(RanTrade):
    """A trade that was open in the range that is asked for."""

    counted: bool = Field(description="Its exit lies in the range: figures, equity and exports of the range count it.")


class TradesAnswer(BaseModel):
    """Completed trades, in the order they were closed."""

    snapshot: Snapshot
    trades: list[ListedTrade]


class Zone(BaseModel):
    """The fair value gap or order block that a trade was entered on."""

    kind: Literal["gap", "order_block"]
    start: int = Field(description="Open of the bar it starts at, UTC ms.")
    end: int | None = Field(
        description="Open of the bar the trade was entered on, UTC ms; what became of the zone later, /api/indicators "
        "tells."
    )
    direction: Literal["bull", "bear"]
    top: float = Field(description="USDT.")
    bottom: float = Field(description="USDT.")


class Fill(BaseModel):
    """The minutes of the trade's bars in which it was entered and left."""

    entry_minute: int | None = Field(
        description="The entry bar's last minute, UTC ms; null when it is not stored, and of trades of the earlier bot."
    )
    exit_minute: int | None = Field(
        description="The first minute of the exit bar that touched the exit's price, or the bar's last one of a forced "
        "close, UTC ms; null when no stored minute did."
    )


class TradeAnswer(BaseModel):
    """One trade and its story."""

    snapshot: Snapshot
    trade: Trade
    setup: SetupAnswer | None = Field(description="Its setup, as /api/setups tells it; null where none is kept.")
    timeline: list[Event] = Field(description="The steps of its setup, oldest first; empty where none are kept.")
    zone: Zone | None = Field(description="Null where it is not kept.")
    stop: float | None = Field(description="Its stop, USDT.")
    target: float | None = Field(description="Its target, USDT.")
    parameters: dict[str, Any] | None = Field(
        description="All parameters of the strategy it was traded with; null of trades of the earlier bot."
    )
    bar_ms: int = Field(description="Length of the bars it was traded on, ms.")
    fill: Fill


@router.get("/api/trades", response_model=TradesAnswer)
async def trades(request: Request, asked: Annotated[Asked, Query()]) -> Response:
    """Completed trades of a pair that were open in a range, of every account unless one is named."""
    asked.refuse_backwards()
    async with request.app.state.database.snapshot() as snapshot:
        pair = await _pair(snapshot, asked.pair)
        if (known := unchanged(request, snapshot)) is not None:
            return known
        begin, end = asked.from_ or 0, END_OF_TIME if asked.to is None else asked.to
        rows = await snapshot.records(
            queries.TRADES_OVERLAPPING, pair=pair, mode=asked.mode, **{"from": begin, "to": end}
        )
        found = told(rows)
        ran = await snapshot.run(lambda connection: with_excursions(connection, found))
        listed = [ListedTrade.model_validate({**row, "counted": begin <= row["exitTime"] < end}) for row in ran]
        return answer(TradesAnswer(snapshot=Snapshot.of(snapshot), trades=listed), snapshot)


@router.get("/api/trades/{id}", response_model=TradeAnswer)
async def trade(
    request: Request, number: Annotated[Whole, Path(alias="id", ge=1, le=END_OF_TIME, examples=[17])]
) -> Response:
    """One trade with its timeline, zone, stop and target."""
    async with request.app.state.database.snapshot() as snapshot:
        rows = await snapshot.records(queries.TRADE, id=number)
        if not rows:
            raise RequestRefused(
                "unknown_trade", f"there is no trade {number}; /api/trades lists them by id", field="id", status=404
            )
        if (known := unchanged(request, snapshot)) is not None:
            return known
        parameters = rows[0]["parameters"]
        (row,) = told(rows)
        story = await _story(snapshot, row)
        timeline = [] if story is None else story.events
        body = TradeAnswer(
            snapshot=Snapshot.of(snapshot),
            trade=Trade.model_validate(row),
            setup=None if story is None else SetupAnswer.model_validate(setup_answer(story, row["id"])),
            timeline=[Event.model_validate(event) for event in timeline],
            zone=_zone(timeline, row["entryTime"]),
            stop=row["stopLoss"],
            target=row["takeProfit"],
            parameters=None if parameters is None else json.loads(parameters),
            bar_ms=row["bar_ms"],
            fill=await _fill(snapshot, row),
        )
        return answer(body, snapshot)


async def _pair(snapshot: database.Snapshot, asked: str | None) -> str | None:
    if asked is not None and await snapshot.row(queries.PAIR_TRADED, pair=asked):
        return asked
    return await chosen_pair(snapshot, asked)


async def _story(snapshot: database.Snapshot, row: dict[str, Any]) -> Story | None:
    """Return the story of the trade's setup."""
    rows = await snapshot.records(
        queries.TIMELINE,
        pair=row["pair"],
        mode=row["mode"],
        setup=row["setup"],
        entry=row["entryTime"],
        exit=row["exitTime"],
    )
    return next((story for story in stories(rows) if story.entered == row["entryTime"]), None)


def _zone(timeline: list[dict[str, Any]], entered: int) -> Zone | None:
    taken = next((event for event in reversed(timeline) if event["event"] in ZONES), None)
    if taken is None:
        return None
    detail = taken["detail"]
    try:
        return Zone(kind=taken["event"], end=entered, **{name: detail[name] for name in _BOUNDS})
    except (KeyError, ValueError):  # a story of another program's
        return None


_BOUNDS = ("start", "direction", "top", "bottom")


async def _fill(snapshot: database.Snapshot, row: dict[str, Any]) -> Fill:
    if row["configuration"] is None:  # nobody knows on which bars it was traded
        return Fill(entry_minute=None, exit_minute=None)
    span, last = row["bar_ms"], row["entryTime"] + row["bar_ms"] - MINUTE
    names = {"pair": row["pair"]}
    entered = await snapshot.row(queries.BAR, **names, **{"from": last, "to": last + MINUTE})
    minutes = await snapshot.rows(queries.BAR, **names, **{"from": row["exitTime"], "to": row["exitTime"] + span})
    return Fill(entry_minute=None if entered is None else last, exit_minute=exit_minute(row, minutes))

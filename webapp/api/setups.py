"""GET /api/setups: what did the strategy do, and what does it wait for now?

A setup is one attempt at a trade, told by its events (`setup_events`); the current one is completed from `state`. The
strategy has one setup at a time. A range gives every setup that overlaps it, whole.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from analysis.account.stories import Story, stories
from bot.core import saved
from bot.core.setup import Phase, Setup, waits_for
from webapp import limits, queries
from webapp.errors import RequestRefused
from webapp.request.accounts import traded_pair
from webapp.request.answers import Snapshot, answer, unchanged
from webapp.request.ranges import END_OF_TIME, Whole
from webapp.request.strategy import configured

if TYPE_CHECKING:
    from webapp import database

router = APIRouter()

Mode = Literal["paper", "backtest"]

_FAR = 2**62


class Asked(BaseModel):
    """Which setups."""

    model_config = ConfigDict(extra="forbid")

    from_: Whole | None = Field(
        default=None,
        alias="from",
        ge=0,
        le=END_OF_TIME,
        description="UTC ms. With it the range gives its first `limit` setups, else its last.",
    )
    to: Whole | None = Field(default=None, ge=0, le=END_OF_TIME, description="First instant outside, UTC ms.")
    limit: Whole | None = Field(
        default=None,
        ge=1,
        le=limits.SETUPS,
        description=f"{limits.DEFAULT_BARS} without `from`, {limits.SETUPS:,} with it.",
    )
    pair: str | None = Field(default=None, description="Such as `BTC/USDT`; the first followed one by default.")
    mode: Mode = Field(default="paper", description="Live (`paper`), or history replayed at first start (`backtest`).")


class Event(BaseModel):
    """One step of a setup's story."""

    timestamp: int = Field(description="Open of the bar, UTC ms.")
    event: str = Field(description="`signal`, `gap`, `order_block`, `retraced`, `entered`, `exited` or `aborted`.")
    price: float | None = Field(description="Price of entry or exit, else the bar's close. USDT.")
    detail: dict[str, Any] = Field(description="What decided, by name: cvd, bounds, ATR, stop, target, reason.")


class Rejected(BaseModel):
    """A candidate zone that failed."""

    timestamp: int = Field(description="Open of the bar, UTC ms.")
    direction: Literal["bull", "bear"]
    top: float
    bottom: float
    rule: str = Field(description="The first rule it failed, such as `height`.")
    value: float | None = Field(description="What was seen.")
    limit: float | None = Field(description="What was needed.")


class SetupAnswer(BaseModel):
    """One attempt at a trade."""

    id: int = Field(description="The setup's number. It may start again; `configuration` and its events tell.")
    direction: Literal["bull", "bear"] | None = Field(description="Null before its signal.")
    state: str = Field(description="`waiting_for_cvd`, `waiting_for_fvg`, ... `entered`, `exited`, `aborted`.")
    waits_for: str | None = Field(description="In words; null when it is over.")
    trade: int | None = Field(description="Id of its completed trade.")
    configuration: int | None = Field(description="Under which configuration it began.")
    rejected: Rejected | None = Field(description="The last candidate zone that failed; of the current setup only.")
    events: list[Event]


class SetupsAnswer(BaseModel):
    """What the strategy did, oldest first."""

    pair: str
    mode: Mode
    timeframe: str = Field(description="The strategy's own, of the newest configuration.")
    snapshot: Snapshot
    setups: list[SetupAnswer]


@router.get("/api/setups", response_model=SetupsAnswer)
async def setups(request: Request, asked: Annotated[Asked, Query()]) -> Response:
    """Each setup with its signal, zone, end and why; the current one last, with what it waits for."""
    if asked.from_ is not None and asked.to is not None and asked.from_ > asked.to:
        raise RequestRefused(
            "invalid_parameter", f"from ({asked.from_}) must not be after to ({asked.to})", field="from"
        )
    async with request.app.state.database.snapshot() as snapshot:
        pair = await traded_pair(snapshot, asked.pair)
        if (known := unchanged(request, snapshot)) is not None:
            return known
        told = await _stories(snapshot, pair, asked)
        trades = await _trades(snapshot, pair, asked.mode, told)
        body = SetupsAnswer(
            pair=pair,
            mode=asked.mode,
            timeframe=(await configured(snapshot, pair)).chart_timeframe,
            snapshot=Snapshot.of(snapshot),
            setups=[
                SetupAnswer.model_validate(each)
                for each in _chosen(
                    [_answer(story, trades) for story in told], await _current(snapshot, pair, asked), asked
                )
            ],
        )
        return answer(body, snapshot)


async def _stories(snapshot: database.Snapshot, pair: str, asked: Asked) -> list[Story]:
    """Read all that may be in the range, from the last signal before it on."""
    names = {"pair": pair, "mode": asked.mode}
    begin, end = asked.from_ or 0, _FAR if asked.to is None else asked.to
    if asked.from_ is None:
        limit = asked.limit or limits.DEFAULT_BARS
        row = await snapshot.row(queries.SIGNAL_BEFORE, **names, before=end, skip=limit - 1)
    else:
        row = await snapshot.row(queries.SIGNAL_BEFORE, **names, before=begin, skip=0)
    after = await snapshot.row(queries.SIGNAL_FROM, **names, **{"from": end})
    rows = await snapshot.records(
        queries.EVENTS, **names, **{"from": row[0] if row else 0, "to": after[0] if after else _FAR}
    )
    for each in rows:
        del each["id"]
    return stories(rows)


async def _trades(snapshot: database.Snapshot, pair: str, mode: str, told: list[Story]) -> dict[tuple[int, int], int]:
    """Return (setup, entry time) -> id of the completed trade."""
    if not told:
        return {}
    rows = await snapshot.rows(
        queries.TRADES_OF_SETUPS,
        pair=pair,
        mode=mode,
        **{"from": told[0].events[0]["timestamp"], "to": told[-1].events[-1]["timestamp"] + 1},
    )
    return {(setup, entered): number for number, setup, entered in rows}


def _answer(story: Story, trades: dict[tuple[int, int], int]) -> dict[str, Any]:
    entered = story.entered
    return setup_answer(story, None if entered is None else trades.get((story.number, entered)))


def setup_answer(story: Story, trade: int | None) -> dict[str, Any]:
    """Return the fields of `SetupAnswer` for a story and the id of its completed trade."""
    return {
        "id": story.number,
        "direction": story.direction,
        "state": story.state,
        "waits_for": None,
        "trade": trade,
        "configuration": story.configuration,
        "rejected": None,
        "events": story.events,
    }


async def _current(snapshot: database.Snapshot, pair: str, asked: Asked) -> tuple[Setup, int | None] | None:
    """Return the setup that is not over yet, as the bot's state has it, and its configuration."""
    row = await snapshot.row(queries.STATE, key=f"strategy:{pair}")
    if row is None:
        return None
    try:
        state = saved.read(json.loads(row[0]), msgspec)
    except (ValueError, RecursionError):  # the bot will go on from its tables; until then nobody knows
        return None
    if state.runs and state.runs[-1].mode != asked.mode:
        return None
    setup, newest = state.trader.setup, state.trader.newest_bar
    if setup.phase in {Phase.NONE, Phase.EXITED, Phase.ABORTED}:
        return None
    if asked.to is not None and newest is not None and asked.to <= (setup.signal_time or newest):
        return None
    return setup, state.runs[-1].configuration if state.runs else None


def _chosen(told: list[dict[str, Any]], current: tuple[Setup, int | None] | None, asked: Asked) -> list[dict[str, Any]]:
    """Complete the current setup, which goes on, and take those that overlap the range, as many as are asked for."""
    begin, end = asked.from_ or 0, _FAR if asked.to is None else asked.to
    last = told[-1] if current is not None and told and _is(told[-1], current[0]) else None
    over = told if last is None else told[:-1]
    found = [each for each in over if each["events"][0]["timestamp"] < end and each["events"][-1]["timestamp"] >= begin]
    if current is not None:
        found.append(_completed(last, *current))
    if asked.from_ is None:
        return found[-(asked.limit or limits.DEFAULT_BARS) :]
    return found[: asked.limit or limits.SETUPS]


def _is(told: dict[str, Any], setup: Setup) -> bool:
    """Say whether what was told is of the current setup."""
    return told["id"] == setup.number and told["state"] not in {Phase.EXITED, Phase.ABORTED}


def _completed(told: dict[str, Any] | None, setup: Setup, configuration: int | None) -> dict[str, Any]:
    """Return what was told of the current setup with what only the bot's state knows; None: nothing was told yet."""
    rejection = setup.rejection
    return {
        **(told or {"id": setup.number, "trade": None, "configuration": configuration, "events": []}),
        "direction": setup.direction,
        "state": setup.phase,
        "waits_for": waits_for(setup),
        "rejected": rejection and {name: getattr(rejection, name) for name in Rejected.model_fields},
    }

"""GET /api/logs: what did the bot note about its own health?

The lines of the table `logs`, oldest first; the bot prunes old ones. With `from` a range gives its first `limit` lines,
without it its last, like every series here.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from webapp import limits, queries
from webapp.errors import RequestRefused
from webapp.request.answers import Snapshot, answer, unchanged
from webapp.request.ranges import END_OF_TIME, Whole

router = APIRouter()

Level = Literal["info", "warning", "error"]


class Asked(BaseModel):
    """Which lines."""

    model_config = ConfigDict(extra="forbid")

    from_: Whole | None = Field(
        default=None,
        alias="from",
        ge=0,
        le=END_OF_TIME,
        description="UTC ms, inclusive. With it the range gives its first `limit` lines, else its last.",
        examples=[1746403200000],
    )
    to: Whole | None = Field(
        default=None,
        ge=0,
        le=END_OF_TIME,
        description="First instant no longer wanted, UTC ms.",
        examples=[1746489600000],
    )
    level: Level | None = Field(default=None, description="Lines of this level alone.", examples=["warning"])
    event: str | None = Field(
        default=None, max_length=100, description="Lines of this event alone.", examples=["start"]
    )
    limit: Whole | None = Field(
        default=None,
        ge=1,
        le=limits.LOG_LINES,
        description=f"{limits.DEFAULT_BARS} without `from`, {limits.LOG_LINES:,} with it.",
    )


class Line(BaseModel):
    """A row of `logs`."""

    id: int
    timestamp: int = Field(description="When it was noted, the bot's clock, UTC ms.")
    level: str = Field(description="`info`, `warning` or `error`.")
    event: str = Field(description="What it is about, such as `start`, `clock` or `verify`.")
    message: str


class LogsAnswer(BaseModel):
    """Lines, oldest first."""

    snapshot: Snapshot
    logs: list[Line]


@router.get("/api/logs", response_model=LogsAnswer)
async def logs(request: Request, asked: Annotated[Asked, Query()]) -> Response:
    """What the bot noted: starts, configurations, rejects, and what it saved each hour."""
    if asked.from_ is not None and asked.to is not None and asked.from_ > asked.to:
        raise RequestRefused(
            "invalid_parameter", f"from ({asked.from_}) must not be after to ({asked.to})", field="from"
        )
    async with request.app.state.database.snapshot() as snapshot:
        if (known := unchanged(request, snapshot)) is not None:
            return known
        last = asked.from_ is None
        rows = await snapshot.records(
            queries.LOGS_LAST if last else queries.LOGS_FIRST,
            level=asked.level,
            event=asked.event,
            limit=asked.limit or (limits.DEFAULT_BARS if last else limits.LOG_LINES),
            **{"from": asked.from_ or 0, "to": END_OF_TIME if asked.to is None else asked.to},
        )
        lines = [Line.model_validate(row) for row in (reversed(rows) if last else rows)]
        return answer(LogsAnswer(snapshot=Snapshot.of(snapshot), logs=lines), snapshot)

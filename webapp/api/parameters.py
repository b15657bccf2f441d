"""GET /api/parameters: what can be set about the strategy, and how does the bot have it set?"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from bot.core.described import DESCRIBED, Kind
from webapp.request.answers import Snapshot, answer, unchanged
from webapp.request.pairs import known_pairs
from webapp.request.strategy import configured

router = APIRouter()


class Parameter(BaseModel):
    """What a parameter is, and what it may be."""

    name: str
    default: str | int | float | bool
    kind: Kind
    choices: list[str] | None = Field(description="The texts to choose from; null for a number or a flag.")
    open: bool = Field(description="Other texts of the same form are allowed as well: `7m`, `2h`.")
    minimum: float | None
    maximum: float | None
    exclusive: bool = Field(description="Whether minimum and maximum themselves are not allowed.")
    unit: str | None
    group: str = Field(description="The heading it stands under.")
    help: str


class ParametersAnswer(BaseModel):
    """Every parameter of the strategy, and what the bot runs with."""

    snapshot: Snapshot
    parameters: list[Parameter]
    current: dict[str, dict[str, str | int | float | bool]] = Field(
        description="Pair -> all parameters of its newest stored configuration."
    )


@router.get("/api/parameters", response_model=ParametersAnswer)
async def parameters(request: Request) -> Response:
    """What can be set about the strategy, to which values, and how the bot has it set."""
    async with request.app.state.database.snapshot() as snapshot:
        if (known := unchanged(request, snapshot)) is not None:
            return known
        body = ParametersAnswer(
            snapshot=Snapshot.of(snapshot),
            parameters=[Parameter.model_validate(each, from_attributes=True) for each in DESCRIBED.values()],
            current={pair: (await configured(snapshot, pair)).plain() for pair in await known_pairs(snapshot)},
        )
        return answer(body, snapshot)

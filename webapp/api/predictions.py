"""GET /api/predictions: where does a model think the next bar goes, and how often was it right?

No study writes predictions yet, and the database has no place for them: the answer says so with null. Its shape is the
one a prediction will have, so that the page can show it.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from webapp.errors import DatabaseUnavailable
from webapp.request.answers import Snapshot, answer, unchanged
from webapp.request.timeframes import Timeframe  # noqa: TC001 - pydantic reads it

router = APIRouter()


class TrackRecord(BaseModel):
    """How often the model was right before, out of sample."""

    accuracy: float | None = Field(description="Right ones in %; null below 30 cases.")
    margin: float | None = Field(description="Half the 95 % interval of it, in percentage points; null without it.")
    n: int = Field(description="Predictions it was judged by.")
    edge: bool = Field(description="Whether it beats always saying the more frequent direction, beyond chance.")


class Prediction(BaseModel):
    """What a model says of one bar."""

    bar: int = Field(description="Open of the bar it speaks of, UTC ms.")
    timeframe: Timeframe = Field(description="Length of that bar.")
    probability_up: float = Field(ge=0, le=1, description="That it closes above its open, 0 to 1.")
    model: str = Field(description="Which model, and when it was trained.")
    track_record: TrackRecord


class PredictionAnswer(BaseModel):
    """The newest prediction; always 200."""

    snapshot: Snapshot | None = Field(description="Null while the database cannot be read.")
    prediction: Prediction | None = Field(description="Null: there is none.")


@router.get("/api/predictions", response_model=PredictionAnswer)
async def predictions(request: Request) -> Response:
    """The newest prediction and the evidence behind it; null where there is none."""
    try:
        async with request.app.state.database.snapshot() as snapshot:
            if (known := unchanged(request, snapshot)) is not None:
                return known
            return answer(PredictionAnswer(snapshot=Snapshot.of(snapshot), prediction=None), snapshot)
    except DatabaseUnavailable:
        return answer(PredictionAnswer(snapshot=None, prediction=None), None)

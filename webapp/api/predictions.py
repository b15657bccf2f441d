"""GET /api/predictions: where does a model think the next bar goes, and how often was it right?

A prediction comes from `cvdbot ml predict`, which writes to a file of its own beside the database. What is wrong with
that file is said in a sentence and harms nothing else: the answer is then that there is no prediction.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analysis.study.intervals import wilson
from webapp.errors import DatabaseUnavailable
from webapp.reading import predicted
from webapp.request.answers import Snapshot, answer, unchanged
from webapp.request.pairs import chosen_pair

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.study.learning import predictions as kept

router = APIRouter()

ENOUGH = 30
"""Cases below which no accuracy is told."""

CONFIDENCE = 99
"""%, of every interval here, as of those of the study."""

LAST_INSTANT = 8_640_000_000_000_000
"""UTC ms; no page can say a later one."""

Instant = Annotated[int, Field(ge=0, le=LAST_INSTANT)]


class Asked(BaseModel):
    """Whose prediction."""

    model_config = ConfigDict(extra="forbid")

    pair: str | None = Field(default=None, description="Such as `BTC/USDT`; the first followed one by default.")


class TrackRecord(BaseModel):
    """How often the model was right in its evaluation, on bars it had not learnt from."""

    accuracy: float | None = Field(
        ge=0, le=100, description="Right ones in %; null below 30 cases, or when it was not evaluated."
    )
    margin: float | None = Field(
        ge=0, description="Half the 99 % interval of it, in percentage points; null where that is not known."
    )
    n: int = Field(ge=0, description="Predictions it was judged by; 0 when it was not evaluated.")
    edge: bool = Field(description="Whether it beats the better baseline, beyond chance.")


class LiveRecord(BaseModel):
    """How often predictions of this pair and timeframe that were made in time were right."""

    n: int = Field(ge=0, description="Those whose bar has closed and moved.")
    right: int = Field(ge=0, description="Of these.")
    accuracy: float | None = Field(description="Right ones in %; null below 30.")
    margin: float | None = Field(description="Half the 99 % interval of it (Wilson's), in percentage points.")


class Prediction(BaseModel):
    """What a model says of one bar."""

    bar: Instant = Field(description="Open of the bar it speaks of, UTC ms.")
    closes: Instant = Field(description="When that bar closes, UTC ms; it says nothing from then on.")
    timeframe: str = Field(description="Length of that bar, such as `5m`.")
    made: Instant = Field(description="When it was made, UTC ms; before the bar closed.")
    probability_up: float = Field(ge=0, le=1, description="That it closes above its open, 0 to 1.")
    model: str = Field(description="Which model, and until when it was trained.")
    trained_from: Instant = Field(description="Open of the first bar it learnt from, UTC ms.")
    trained_to: Instant = Field(description="End of the last one, UTC ms.")
    insisted: bool = Field(description="To be shown although no edge was found.")
    track_record: TrackRecord
    live: LiveRecord


class PredictionAnswer(BaseModel):
    """The newest prediction; always 200."""

    snapshot: Snapshot | None = Field(description="Null while the database cannot be read.")
    prediction: Prediction | None = Field(description="Null: there is none.")
    problem: str | None = Field(
        default=None, description="Why the file of predictions tells none; null when it can be read."
    )


@router.get("/api/predictions", response_model=PredictionAnswer)
async def predictions(request: Request, asked: Annotated[Asked, Query()]) -> Response:
    """The newest prediction of a pair and the evidence behind it; null where there is none."""
    database = request.app.state.database
    try:
        async with database.snapshot() as snapshot:
            pair = await chosen_pair(snapshot, asked.pair)
            written = predicted.fingerprint(database.path)
            if (known := unchanged(request, snapshot, written)) is not None:
                return known
    except DatabaseUnavailable:
        return answer(PredictionAnswer(snapshot=None, prediction=None), None)
    told = Snapshot.of(snapshot)
    try:
        prediction = await asyncio.to_thread(_newest, database.path, pair)
    except predicted.Unreadable as error:  # without a tag: it may pass, and no byte of the file tells that
        return answer(PredictionAnswer(snapshot=told, prediction=None, problem=str(error)), None)
    return answer(PredictionAnswer(snapshot=told, prediction=prediction), snapshot, written)


def _newest(database: Path, pair: str | None) -> Prediction | None:
    found = predicted.newest_prediction(database, pair)
    if found is None:
        return None
    row, record = found
    try:
        return Prediction(
            bar=row.bar,
            closes=row.closes,
            timeframe=row.timeframe,
            made=row.made,
            probability_up=row.probability_up,
            model=row.model,
            trained_from=row.trained_from,
            trained_to=row.trained_to,
            insisted=row.insisted,
            track_record=_track_record(row),
            live=_live(record),
        )
    except (ValidationError, TypeError) as error:
        raise predicted.Unreadable(
            f"the newest prediction beside {database} is not one that cvdbot writes: move the file away"
        ) from error


def _track_record(row: kept.Prediction) -> TrackRecord:
    known = row.n >= ENOUGH and row.accuracy is not None
    return TrackRecord(
        accuracy=None if not known or row.accuracy is None else 100 * row.accuracy,
        margin=None if not known or row.margin is None else 100 * row.margin,
        n=row.n,
        edge=row.edge,
    )


def _live(record: kept.Live) -> LiveRecord:
    accuracy = margin = None
    if record.n >= ENOUGH:
        part = record.right / record.n
        low, high = wilson(part, record.n, CONFIDENCE)
        accuracy, margin = 100 * part, 50 * (high - low)
    return LiveRecord(n=record.n, right=record.right, accuracy=accuracy, margin=margin)

"""Predictions as `cvdbot ml predict` keeps them, for who reads them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from analysis.study.learning.predictions import Prediction, store

if TYPE_CHECKING:
    from pathlib import Path

MINUTE = 60_000
BAR = 1_746_368_100_000
"""2025-05-04 14:15 UTC."""

EDGE = Prediction(
    pair="BTC/USDT",
    timeframe="5m",
    bar=BAR,
    closes=BAR + 5 * MINUTE,
    made=BAR + 2_300,
    probability_up=0.648,
    model="keras, trained to 2025-05-04 00:00 UTC",
    trained_from=BAR - 855 * MINUTE - 90 * 1440 * MINUTE,
    trained_to=BAR - 855 * MINUTE,
    edge=True,
    insisted=False,
    accuracy=0.5512,
    margin=0.0291,
    n=2475,
    came=None,
)
"""A study of three months that found an edge."""

NO_EDGE = replace(EDGE, probability_up=0.548, edge=False, accuracy=0.5204, margin=0.0312)


def predict(database: Path, prediction: Prediction) -> Path:
    """Keep a prediction beside a database; return the file."""
    path = database.with_name("analysis.db")
    store(path, prediction, {})
    return path


def predict_many(database: Path, prediction: Prediction, right: int, wrong: int) -> None:
    """Keep predictions of the bars before one, all of them that it rises, of which so many were right."""
    span = prediction.closes - prediction.bar
    bars = [prediction.bar - (number + 1) * span for number in range(right + wrong)]
    for bar in bars:
        earlier = replace(prediction, bar=bar, closes=bar + span, made=bar + 2_300, probability_up=0.6)
        store(database.with_name("analysis.db"), earlier, {})
    store(database.with_name("analysis.db"), prediction, {bar: number < right for number, bar in enumerate(bars)})


def change(path: Path, statement: str, *values: Any) -> None:
    """Do something to a file of predictions that no command does."""
    with closing(sqlite3.connect(path)) as sql, sql:
        sql.execute(statement, values)

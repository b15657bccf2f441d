"""`cvdbot ml predict`: what the model says of the bar that forms now, once or after each newer candle.

The prediction goes to `analysis.db` beside the database, where the web app finds it. With `--follow` what may pass by
itself (a copy that is late, a bar not known well enough) is said once and waited for.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from analysis import stored
from analysis.batch.history import History
from analysis.errors import SourceError, StudyError
from analysis.study.dataset import source
from analysis.study.dataset.made import data_set
from analysis.study.learning import folder
from analysis.study.learning.forecast import forecast, outcomes
from analysis.study.learning.models import load
from analysis.study.learning.predictions import Live, Prediction, beside, live, store
from bot.core.times import MINUTE, to_iso

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.study.learning.models import Trained
    from bot.core.parameters import Parameters

ENOUGH = 3_000
"""Bars that are read for one prediction: averages that began earlier have long forgotten where."""
LOOK = 1.0
"""Seconds between two looks whether there is a newer candle."""


def show_prediction(
    db: Path,
    pair: str | None,
    timeframe: str | None,
    out: Path | None,
    insist: bool,
    follow: bool,
    exit_after: float | None,
    as_json: bool,
) -> None:
    """Predict the next bar and keep it.

    Raises:
        AnalysisError: There is no model, or, without `follow`, it cannot be asked about these candles.
    """
    pair, last = stored.newest(db, pair)
    parameters = source.parameters(stored.read(db, pair, last)[0], db, timeframe, [])
    into = folder.folder(out, db, pair, parameters.chart_timeframe)
    trained = load(into)
    end = None if exit_after is None else time.monotonic() + exit_after
    seen, spoken, said = 0, -1, ""
    while True:
        try:
            _, last = stored.newest(db, pair)
            bar = (last + MINUTE) // parameters.chart_ms  # that forms after this candle
            if last > seen and bar != spoken:
                seen = last
                _tell(*_predict(db, pair, parameters, last, trained, into, insist), as_json)
                spoken, said = bar, ""
        except (StudyError, SourceError) as error:
            if not follow:
                raise
            if str(error) != said:
                typer.echo(f"cvdbot: {error}", err=True)
            said = str(error)
        if not follow or (end is not None and time.monotonic() >= end):
            return
        time.sleep(LOOK)


def _predict(
    db: Path, pair: str, p: Parameters, last: int, trained: Trained, into: Path, insist: bool
) -> tuple[Prediction, Live]:
    since = last - ENOUGH * p.chart_ms
    market, origin = stored.read(db, pair, since)
    data = data_set(History(market), p, stored.venue_bars(db, pair, p.chart_ms, since), origin)
    prediction = forecast(trained, data, folder.report(into), time.time_ns() // 1_000_000, insist)
    store(beside(db), prediction, outcomes(data))
    return prediction, live(beside(db), pair, p.chart_timeframe)


def _tell(prediction: Prediction, record: Live, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({**asdict(prediction), "live": asdict(record)}))
        return
    up = prediction.probability_up >= 0.5  # noqa: PLR2004 - one half
    percent = prediction.probability_up if up else 1 - prediction.probability_up
    known = "" if prediction.accuracy is None else f" ({prediction.accuracy:.0%} right in the evaluation)"
    verdict = f"edge found{known}" if prediction.edge else f"no edge found{known}"
    if prediction.accuracy is None:
        verdict = "not judged yet: run `cvdbot ml evaluate`"
    lived = f"; live {record.right} of {record.n} right" if record.n else ""
    typer.echo(
        f"{prediction.timeframe} bar {_minute(prediction.bar)} to {_minute(prediction.closes)} UTC: {percent:.0%} "
        f"{'bullish' if up else 'bearish'}; {verdict}{lived} [{prediction.model}]"
    )


def _minute(instant: int) -> str:
    return to_iso(instant)[:16].replace("T", " ")

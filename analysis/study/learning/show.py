"""`cvdbot ml dataset`, `evaluate`, `train`: read the candles, do the work with progress, say what came out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from analysis.errors import AnalysisError
from analysis.study.dataset import source
from analysis.study.dataset.columns import HORIZONS
from analysis.study.learning import folder, loading
from analysis.study.learning.conclusion import conclude
from analysis.study.learning.evaluation import MODELS, evaluate
from analysis.study.learning.fitting import KERAS, LOGISTIC
from analysis.study.learning.models import save, train
from analysis.study.learning.plain import as_plain
from analysis.study.learning.plots import plots
from analysis.study.learning.report import SIMULATED, markdown
from analysis.study.learning.splits import FOLDS

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.study.dataset.made import DataSet

KINDS = (".csv", ".parquet")


def show_data_set(
    db: Path | None, klines: Path | None, pair: str | None, timeframe: str | None, settings: list[str], to: Path
) -> None:
    """Write the data set as a file.

    Raises:
        AnalysisError: There is nothing to write, or no room to.
    """
    data = _read(db, klines, pair, timeframe, settings)
    if to.suffix not in KINDS:
        raise AnalysisError(f"--to {to} is no kind of file that is written: name it .csv or .parquet")
    folder.write(to, data.frame.write_csv if to.suffix == ".csv" else data.frame.write_parquet)
    typer.echo(f"{to}: {len(data.frame):,} bars of {data.timeframe}, {len(data.frame.columns)} columns")


def show_evaluation(
    db: Path | None,
    klines: Path | None,
    pair: str | None,
    timeframe: str | None,
    settings: list[str],
    out: Path | None,
    keras: bool,
    as_json: bool,
) -> None:
    """Evaluate, keep the report, print its answers.

    Raises:
        AnalysisError: There is too little to learn from, or no TensorFlow.
    """
    models = MODELS if keras else (LOGISTIC,)
    if keras:
        loading.check()
    data = _read(db, klines, pair, timeframe, settings)
    steps = len(models) * len(HORIZONS) * FOLDS + 1
    with _progress() as progress:
        task = progress.add_task("reading", total=steps)
        found = evaluate(
            data, models, told=lambda doing: progress.update(task, advance=1, description=doing, refresh=True)
        )
    plain = as_plain(found)
    into = folder.folder(out, db, data.pair, data.timeframe)
    folder.write_texts(
        into,
        {**plots(found), "report.md": markdown(found), folder.REPORT: json.dumps(plain, indent=1, allow_nan=False)},
    )
    if as_json:
        typer.echo(json.dumps(plain, allow_nan=False))
        return
    told = conclude(found)
    _simulated(data)
    typer.echo(told.sentence)
    typer.echo(told.keras_sentence)
    typer.echo(f"The report: {into / 'report.md'}")


def show_training(
    db: Path | None,
    klines: Path | None,
    pair: str | None,
    timeframe: str | None,
    settings: list[str],
    out: Path | None,
    model: str | None,
    as_json: bool,
) -> None:
    """Train on all bars and keep the model.

    Raises:
        AnalysisError: There is too little to learn from, no such model, or no TensorFlow.
    """
    if model is not None and model not in MODELS:
        raise AnalysisError(f"--model {model} is no model: possible are {', '.join(MODELS)}")
    data = _read(db, klines, pair, timeframe, settings)
    into = folder.folder(out, db, data.pair, data.timeframe)
    judged = folder.report(into)
    first = judged["horizons"][0] if judged else None  # type: ignore[index]
    chosen = model or (first["better_model"] if first else LOGISTIC)
    if chosen == KERAS:
        loading.check()
    with Console(stderr=True).status(f"training {chosen}"):
        trained = train(data, chosen)
    save(into, trained)
    if as_json:
        body = {
            "model": trained.name,
            "pair": data.pair,
            "timeframe": data.timeframe,
            "origin": data.origin,
            "from": trained.begin,
            "to": trained.end,
            "rows": trained.rows,
            "features": list(trained.names),
            "folder": str(into),
            "edge": bool(first and first["edge"] and first["better_model"] == chosen),
        }
        typer.echo(json.dumps(body))
        return
    _simulated(data)
    typer.echo(f"{trained.name}, from {trained.rows:,} bars of {data.timeframe}: {into}")
    if first is None:
        typer.echo("It has not been judged yet: `cvdbot ml evaluate` says whether there is an edge.")
    elif not first["edge"]:
        typer.echo("The evaluation found no edge about the next candle: the page says so in place of a probability.")


def _read(
    db: Path | None, klines: Path | None, pair: str | None, timeframe: str | None, settings: list[str]
) -> DataSet:
    with Console(stderr=True).status("reading candles"):  # shows nothing where stderr is no terminal
        return source.read(db, klines, pair, timeframe, settings)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _simulated(data: DataSet) -> None:
    if data.origin == "simulated":
        typer.echo(SIMULATED.replace("*", ""))

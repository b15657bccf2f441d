"""The commands of `cvdbot ml`: options and their help. What a command does is imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.options import AsJson, Begin, Database, End, Klines, Pair, Settings  # noqa: TC001 - typer reads them

ml = typer.Typer(no_args_is_help=True, help="Is there anything to learn from the candles and the trades?")


@ml.callback()
def _ml() -> None:
    """Keep every command a sub-command, also while there is but one."""


@ml.command()
def patterns(
    db: Database = None,
    klines: Klines = None,
    pair: Pair = None,
    mode: Annotated[
        str | None,
        typer.Option(
            help="Whose trades: paper, backtest, imported, or replay: those of a back-test over these candles."
            " paper by default, with --klines replay.",
            show_default=False,
        ),
    ] = None,
    timeframe: Annotated[
        str | None, typer.Option(help="The bars that are looked at; chart_timeframe by default.", show_default=False)
    ] = None,
    begin: Begin = None,
    end: End = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Do the market's patterns hold, and does what is known at the entry tell how a trade ends?"""
    from analysis.study.show_patterns import run

    run(db, klines, pair, mode, timeframe, begin, end, settings or [], as_json)


DEFAULT_DATABASE = Path("data/trading.db")
Timeframe = Annotated[
    str | None,
    typer.Option(help="Whose next candle; chart_timeframe, or the archive's, by default.", show_default=False),
]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER", help="Where studies lie; by default `study` beside the database.", show_default=False
    ),
]


@ml.command()
def dataset(
    to: Annotated[Path, typer.Option(metavar="FILE", help="A .csv or .parquet file.")],
    db: Database = None,
    klines: Klines = None,
    pair: Pair = None,
    timeframe: Timeframe = None,
    settings: Settings = None,
) -> None:
    """Write what the study learns from: a row a bar, what is known at its close, and what came after it."""
    from analysis.study.learning.show import show_data_set

    show_data_set(db, klines, pair, timeframe, settings or [], to)


@ml.command()
def evaluate(
    db: Database = None,
    klines: Klines = None,
    pair: Pair = None,
    timeframe: Timeframe = None,
    settings: Settings = None,
    out: Out = None,
    keras: Annotated[bool, typer.Option("--keras/--no-keras", help="Without it, no TensorFlow is needed.")] = True,
    as_json: AsJson = False,
) -> None:
    """Is there an edge? Train and judge walk-forward in one go, and write a report."""
    from analysis.study.learning.show import show_evaluation

    show_evaluation(db, klines, pair, timeframe, settings or [], out, keras, as_json)


@ml.command()
def train(
    db: Database = None,
    klines: Klines = None,
    pair: Pair = None,
    timeframe: Timeframe = None,
    settings: Settings = None,
    out: Out = None,
    model: Annotated[
        str | None,
        typer.Option(help="logistic or keras; the better one of the evaluation by default.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train a model of the next candle on all bars and keep it."""
    from analysis.study.learning.show import show_training

    show_training(db, klines, pair, timeframe, settings or [], out, model, as_json)


@ml.command()
def predict(
    db: Annotated[Path, typer.Option("--db", metavar="FILE", help="A database with candles.")] = Path(
        "data/trading.db"
    ),
    pair: Pair = None,
    timeframe: Timeframe = None,
    out: Out = None,
    insist: Annotated[bool, typer.Option(help="Show the probability although no edge was found.")] = False,
    follow: Annotated[bool, typer.Option(help="Predict after each new candle, until Ctrl-C.")] = False,
    exit_after: Annotated[
        float | None, typer.Option(metavar="S", help="With --follow: end after so many seconds.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What does the model say of the candle that forms now? Kept in analysis.db, shown on the page."""
    from analysis.study.learning.follow import show_prediction

    show_prediction(db, pair, timeframe, out, insist, follow, exit_after, as_json)

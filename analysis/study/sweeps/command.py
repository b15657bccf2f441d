"""`cvdbot sweep`: read candles and grid, compute every set, here or on a cluster, and say what the best may claim."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from analysis.batch.history import History
from analysis.batch.market import timeframe
from analysis.errors import AnalysisError, EmptyRangeError
from analysis.show import instant, source
from analysis.study.sweeps import grid, stored, table, walk_forward, workers
from analysis.study.sweeps.chunks import Task
from analysis.study.sweeps.figures import best
from analysis.study.sweeps.result import SweepResult, as_plain, claim, columns
from bot.core.parameters import Parameters, Plain
from bot.core.times import to_iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from analysis.batch.market import Market
    from analysis.study.sweeps.figures import Row


END = 2**62
"""After every instant."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command."""

    db: Path | None
    klines: Path | None
    grid: Path
    begin: str | None
    end: str | None
    settings: list[str]
    pair: str | None
    draw: int | None
    seed: int
    walk_forward: str | None
    processes: int | None
    scheduler: str | None
    out: Path | None
    top: int
    as_json: bool


def run(asked: Asked) -> None:
    """Run one sweep and print it."""
    bars = None if asked.walk_forward is None else walk_forward.parse(asked.walk_forward)
    varied, settings = grid.read(asked.grid), _settings(asked.settings)
    first, last = instant("--from", asked.begin), instant("--to", asked.end)
    if first is not None and last is not None and first >= last:
        raise EmptyRangeError(f"--from {to_iso(first)} is not before --to {to_iso(last)}: the range is empty")
    told = Console(stderr=True)
    with told.status("reading candles"):  # shows nothing where stderr is no terminal
        market, origin = source(asked.db, asked.klines, asked.pair)
    sets = grid.sets(varied, settings, asked.draw, asked.seed, market.interval_ms if asked.klines else None)
    for chart in {(each.chart_ms, each.delta_source): each for each in sets.parameters}.values():
        market.check(chart)
    history = History(market)
    longest = max(sets.parameters, key=lambda each: each.chart_ms)
    opens = history.bars(longest).timestamp
    since, until = (0 if first is None else first), (END if last is None else last)
    opens = opens[slice(*np.searchsorted(opens, (since, until)))]
    if not len(opens):
        raise EmptyRangeError(f"no whole bar of {longest.chart_timeframe} opens in the range")
    over = [] if bars is None else walk_forward.windows(opens, longest.chart_ms, bars)
    task = Task((first, last), tuple(each.inside for each in over))
    rows = _all(asked, told, market, sets, task)
    walked = None
    if bars is not None:
        walked = walk_forward.judge(history, sets.parameters, rows, over, bars, timeframe(longest.chart_ms))
    result = SweepResult(
        sets,
        rows,
        best([each.score for each in rows]),
        claim(history, sets, rows, task.span),
        walked,
        market.pair,
        int(opens[0]),
        int(opens[-1]) + longest.chart_ms,
        len(opens),
        origin,
    )
    if asked.as_json:
        typer.echo(json.dumps(as_plain(result), allow_nan=False))
    else:
        table.show(Console(highlight=False), result, asked.top)


def _settings(texts: Iterable[str]) -> dict[str, Plain]:
    """Read `key=value` texts each by itself: which timeframes go together, the grid decides."""
    widest = [f"{name}={value}" for name, value in grid.WIDEST.items()]
    found: dict[str, Plain] = {}
    for text in texts:
        name = text.partition("=")[0].strip()
        found[name] = getattr(Parameters.from_strings([*widest, text]), name)
    return found


def _all(asked: Asked, told: Console, market: Market, sets: grid.Sets, task: Task) -> list[Row]:
    """Return the rows of all sets in order, those of an interrupted run among them; write them where it is asked."""
    part = None if asked.out is None else stored.Part(asked.out, stored.fingerprint(market, sets, task))
    rows: dict[int, Row] = {}
    try:
        if part is not None:
            rows = {each.number: each for each in part.begin()}
            if rows:
                typer.echo(f"{len(rows):,} of {len(sets.parameters):,} sets are in {part.path} already", err=True)
        waiting = [each for each in enumerate(sets.parameters) if each[0] not in rows]
        with _progress(told) as progress:
            bar = progress.add_task("sets", total=len(sets.parameters), completed=len(rows))
            for done in _computed(asked, market, waiting, task):
                if part is not None:
                    part.add(done)
                rows.update((each.number, each) for each in done)
                progress.update(bar, completed=len(rows))
        ordered = [rows[number] for number in range(len(sets.parameters))]
        if part is not None:
            part.finish(columns(sets, ordered), {"cvdbot": part.mark})
    except KeyboardInterrupt:
        if part is not None:
            typer.echo(
                f"Stopped: {len(rows):,} of {len(sets.parameters):,} sets are in {part.path}, and the same command goes"
                " on from them.",
                err=True,
            )
        raise
    finally:
        if part is not None:
            part.close()
    return ordered


def _computed(asked: Asked, market: Market, waiting: list[tuple[int, Parameters]], task: Task) -> Iterator[list[Row]]:
    if asked.scheduler is None:
        return workers.compute(market, waiting, task, asked.processes)
    try:
        from analysis.study.sweeps import cluster  # noqa: PLC0415 - an extra that not every install has
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("dask", "distributed"):
            raise
        raise AnalysisError(
            "--scheduler needs Dask's distributed, which is not installed: pip install '.[cluster]' in the project's"
            " folder, or `make setup`"
        ) from None
    return cluster.compute(market, waiting, task, asked.scheduler)


def _progress(told: Console) -> Progress:
    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*shown, console=told, transient=True, disable=not told.is_terminal)

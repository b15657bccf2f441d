"""`cvdbot ml patterns`: read the candles and the trades, look for patterns, print what was found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import typer
from rich.console import Console

from analysis import stored
from analysis.account.accounts import BACKTEST, IMPORTED, PAPER
from analysis.batch.backtest import backtest
from analysis.batch.fitting import fitted
from analysis.batch.history import History
from analysis.errors import AnalysisError, EmptyRangeError
from analysis.show import instant, source
from analysis.study import entered, pattern_tables
from analysis.study.patterns import patterns
from analysis.study.patterns_plain import as_plain
from bot.core.times import to_iso

if TYPE_CHECKING:
    from pathlib import Path

REPLAY = "replay"
"""The trades of a back-test over the same candles, in the place of an account's."""
MODES = (PAPER, BACKTEST, IMPORTED, REPLAY)


def run(
    db: Path | None,
    klines: Path | None,
    pair: str | None,
    mode: str | None,
    timeframe: str | None,
    begin: str | None,
    end: str | None,
    settings: list[str],
    as_json: bool,
) -> None:
    """Look for the patterns of one span and print them.

    Parameters that are not set are those the bot last ran with, without a bot the defaults.

    Raises:
        AnalysisError: There is nothing to look at, or no such account.
    """
    mode = mode or (REPLAY if db is None else PAPER)
    if mode not in MODES:
        raise AnalysisError(f"--mode {mode} is no account: possible are {', '.join(MODES)}")
    if klines is not None and mode != REPLAY:
        raise AnalysisError(
            f"--mode {mode} needs the trades of a database (--db); of an archive there is only {REPLAY}"
        )
    first, last = instant("--from", begin), instant("--to", end)
    if first is not None and last is not None and first >= last:
        raise EmptyRangeError(f"--from {to_iso(first)} is not before --to {to_iso(last)}: the range is empty")
    with Console(stderr=True).status("reading candles") as status:  # shows nothing where stderr is no terminal
        market, origin = source(db, klines, pair)
        status.update(f"{len(market):,} candles")
        account, gaps = (None, {}) if db is None else stored.account(db, market.pair, mode)
        named = settings if timeframe is None else [*settings, f"chart_timeframe={timeframe}"]
        base = account.configured if account is not None else None
        parameters = fitted(named, market.interval_ms, base)
        history = History(market)
        opens = history.bars(parameters).timestamp
        start = int(np.searchsorted(opens, first)) if first is not None else 0
        stop = int(np.searchsorted(opens, last)) if last is not None else len(opens)
        if start >= stop:
            span = f"{to_iso(int(market.timestamp[0]))} to {to_iso(int(market.timestamp[-1]) + market.interval_ms)}"
            raise EmptyRangeError(
                f"no whole bar of {parameters.chart_timeframe} opens in the range: the candles are of {span}"
            )
        since, until = int(opens[start]), int(opens[stop - 1]) + parameters.chart_ms
        if account is None or mode == REPLAY:
            trades, late = entered.of_replay(history, backtest(history, parameters, since, until)), 0
        else:
            trades, late = entered.of_account(account, gaps, since, until)
        found = patterns(history, parameters, since, until, trades)
    if as_json:
        body = {
            "timeframe": parameters.chart_timeframe,
            "pair": market.pair,
            "origin": origin,
            "from": since,
            "to": until,
            "parameters": parameters.plain(),
            **as_plain(found, mode, late),
        }
        typer.echo(json.dumps(body, allow_nan=False))
    else:
        console = Console(highlight=False)
        pattern_tables.show(console, found, mode, late, origin)
        console.print(
            f"{market.pair}: {found.bars} bars of {parameters.chart_timeframe}, {to_iso(since)} to {to_iso(until)}"
        )
        console.print("Paper trading only: no order was or will be sent to an exchange.")

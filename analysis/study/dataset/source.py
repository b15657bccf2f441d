"""From which candles is the data set made? Those of a database, with its exchanges' own, or those of an archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis import stored
from analysis.batch.fitting import fitted
from analysis.batch.history import History
from analysis.show import source
from analysis.study.dataset.made import DataSet, data_set

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.batch.market import Market
    from bot.core.parameters import Parameters


def read(
    db: Path | None, klines: Path | None, pair: str | None, timeframe: str | None, settings: Sequence[str]
) -> DataSet:
    """Read the candles and make their data set.

    Args:
        db: A database; its strategy's parameters are those the bot newest ran with.
        klines: In its place a kline archive; its interval takes the place of the minute.
        pair: The pair; None: the database's first.
        timeframe: Whose next candle; None: the strategy's `chart_timeframe`, of an archive its interval.
        settings: `key=value` of the strategy's parameters.

    Raises:
        AnalysisError: There are no such candles.
        ParameterError: A parameter is not possible.
    """
    market, origin = source(db, klines, pair)
    return of_market(market, parameters(market, db, timeframe, settings), db, origin)


def parameters(market: Market, db: Path | None, timeframe: str | None, settings: Sequence[str]) -> Parameters:
    """Return the strategy's parameters for these candles; see `read`."""
    base = None if db is None else stored.configured(db, market.pair)
    named = list(settings) if timeframe is None else [*settings, f"chart_timeframe={timeframe}"]
    return fitted(named, market.interval_ms, base)


def of_market(market: Market, p: Parameters, db: Path | None, origin: str | None) -> DataSet:
    """Make the data set of candles, with the exchanges of the database they are from."""
    venues = [] if db is None else stored.venue_bars(db, market.pair, p.chart_ms)
    return data_set(History(market), p, venues, origin)

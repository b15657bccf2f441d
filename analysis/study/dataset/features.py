"""What is known at the close of each bar? The features of `analysis.study.dataset.columns`, by the bot's indicators.

Bars, ATR, CVD, signals and gaps come from `analysis.batch`, which is proved equal to the bot's own steps. What is added
here looks back over windows of bars that follow each other, each with all its minutes: a hole, or a bar that lacks a
minute, makes every window over it null.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from analysis.batch.zones import BULL
from analysis.study.dataset.columns import FAR, LOOK_BACK
from bot.core.times import DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.batch.history import History
    from analysis.batch.indicators import Floats, Integers, Signs
    from analysis.batch.zones import Endings, Zones
    from bot.core.parameters import Parameters

ATR = 10
"""Bars, as the strategy's filters take it by default."""
WEEKEND = (2, 3)
"""Saturday and Sunday, in days since the epoch modulo 7: it was a Thursday."""


@dataclass(frozen=True, slots=True, eq=False)
class VenueBars:
    """One exchange's bars as columns, for the bars of which all its minutes are complete."""

    exchange: str
    timestamp: Integers
    close: Floats
    buy: Floats
    sell: Floats


def features(history: History, p: Parameters, venues: Sequence[VenueBars] = ()) -> pl.DataFrame:
    """Return `timestamp` (the bar's open, UTC ms) and the features, a row a confirmed bar, oldest first."""
    chart, flow = history.bars(p), history.cvd(p)
    volume, minutes = _volumes(history, p)
    atr = history.atr(p, ATR)
    base = pl.DataFrame(
        {
            "timestamp": chart.timestamp,
            "open": chart.open,
            "high": chart.high,
            "low": chart.low,
            "close": chart.close,
            "traded": volume,
            "flow": chart.delta,
            "flow_cvd": flow.close,
            "atr": atr,
            "unbroken": unbroken(chart.timestamp, minutes == p.chart_ms // history.market.interval_ms, p.chart_ms),
            "signal": history.signals(p).astype(np.int64),
            "trend": _trend(history.signals(p)),
            "gap_height": _begun(history.gaps(p), len(chart)),
            "bull_top": _open_edge(history.gaps(p), history.gap_endings(p), len(chart), bullish=True),
            "bear_bottom": _open_edge(history.gaps(p), history.gap_endings(p), len(chart), bullish=False),
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))
    return base.select("timestamp", *_expressions(p.chart_ms), *_of_venues(base, venues))


def _expressions(bar_ms: int) -> list[pl.Expr]:
    atr, close, low, high = (
        pl.when(pl.col("atr") > 0).then(pl.col("atr")),
        pl.col("close"),
        pl.col("low"),
        pl.col("high"),
    )
    body = close - pl.col("open")
    closed = pl.col("timestamp") + bar_ms
    turn = (closed % DAY) * (2 * np.pi / DAY)
    whole = pl.col("unbroken") >= 1
    return [
        (body / atr).alias("body"),
        pl.when(whole).then((high - low) / atr).alias("range"),
        pl.when(high > low).then((close - low) / (high - low)).otherwise(0.5).alias("close_place"),
        *(_back((close - close.shift(bars)) / atr, bars + 1).alias(f"return_{bars}") for bars in (3, 12, LOOK_BACK)),
        (pl.col("atr") / close * 100).alias("volatility"),
        _back(_ratio(_sum(high - low, 12) / 12, _sum(high - low, LOOK_BACK) / LOOK_BACK), LOOK_BACK).alias(
            "volatility_change"
        ),
        _back(_ratio(pl.col("traded"), _mean_volume()), LOOK_BACK).alias("volume"),
        pl.when(whole).then(_share(pl.col("flow"), pl.col("traded"))).alias("delta"),
        *(
            _back(_share(_sum(pl.col("flow"), bars), _sum(pl.col("traded"), bars)), bars).alias(f"delta_{bars}")
            for bars in (3, 12, LOOK_BACK)
        ),
        _back(_ratio(pl.col("flow_cvd"), _mean_volume()), LOOK_BACK).alias("cvd"),
        _back(_correlation(pl.col("flow"), body), LOOK_BACK).alias("absorption"),
        pl.col("signal").cast(pl.Float64),
        pl.col("trend"),
        (pl.col("gap_height") / atr).alias("gap"),
        ((close - pl.col("bull_top")) / atr).clip(upper_bound=FAR).alias("bull_gap"),
        ((pl.col("bear_bottom") - close) / atr).clip(upper_bound=FAR).alias("bear_gap"),
        turn.sin().alias("hour_sin"),
        turn.cos().alias("hour_cos"),
        (pl.col("timestamp") // DAY % 7).is_in(WEEKEND).cast(pl.Float64).alias("weekend"),
    ]


def _back(value: pl.Expr, bars: int) -> pl.Expr:
    """Null the value unless so many bars up to this one follow each other, each whole."""
    return pl.when(pl.col("unbroken") >= bars).then(value)


def _sum(value: pl.Expr, bars: int) -> pl.Expr:
    return value.rolling_sum(bars)


def _mean_volume() -> pl.Expr:
    return _sum(pl.col("traded"), LOOK_BACK) / LOOK_BACK


def _ratio(value: pl.Expr, of: pl.Expr) -> pl.Expr:
    return pl.when(of > 0).then(value / of)


def _share(value: pl.Expr, of: pl.Expr) -> pl.Expr:
    return pl.when(of > 0).then(value / of).otherwise(0.0).clip(-1.0, 1.0)


def _correlation(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    found = pl.rolling_corr(one, other, window_size=LOOK_BACK)
    return pl.when(found.is_finite()).then(found.clip(-1.0, 1.0)).otherwise(0.0)


def _of_venues(base: pl.DataFrame, venues: Sequence[VenueBars]) -> list[pl.Series]:
    """Return the columns of each exchange, null where its bar is not there."""
    out = []
    opens, count = base["timestamp"].to_numpy(), len(base)
    for venue in venues:
        at = np.searchsorted(opens, venue.timestamp)
        known = (at < count) & (opens[np.minimum(at, count - 1)] == venue.timestamp) if count else at < 0
        columns = np.full((3, count), np.nan)
        columns[:, at[known]] = venue.close[known], (venue.buy + venue.sell)[known], (venue.buy - venue.sell)[known]
        own = base.with_columns(
            venue_close=pl.Series(columns[0]), venue_traded=pl.Series(columns[1]), venue_flow=pl.Series(columns[2])
        ).with_columns(pl.col("venue_close", "venue_traded", "venue_flow").fill_nan(None))
        known_here = pl.col("venue_close").is_not_null()
        out += own.select(
            pl.when(known_here).then(_share(pl.col("venue_traded"), pl.col("traded"))).alias(f"share_{venue.exchange}"),
            pl.when(known_here)
            .then(_share(pl.col("venue_flow"), pl.col("venue_traded")))
            .alias(f"delta_{venue.exchange}"),
            pl.when(known_here & (pl.col("atr") > 0))
            .then((pl.col("venue_close") - pl.col("close")) / pl.col("atr"))
            .alias(f"premium_{venue.exchange}"),
        ).get_columns()
    return out


def unbroken(opens: Integers, whole: Signs, bar_ms: int) -> Integers:
    """Return of each bar how many whole bars up to it follow each other without a hole; 0 of one that is not whole."""
    at = np.arange(len(opens))
    follows = np.diff(opens, prepend=opens[:1] - 2 * bar_ms) == bar_ms
    # The last bar before a run: one that is not whole, or the one before a hole.
    before = np.where(whole != 0, np.where(follows, -1, at - 1), at)
    return at - np.maximum.accumulate(np.maximum(before, -1)) if len(opens) else at


def _volumes(history: History, p: Parameters) -> tuple[Floats, Integers]:
    """Return of each confirmed bar the volume of its stored minutes, and how many these are."""
    market, opens = history.market, history.bars(p).timestamp
    first = np.searchsorted(market.timestamp, opens)
    last = np.searchsorted(market.timestamp, opens + p.chart_ms)
    sums = np.add.reduceat(np.append(market.buy + market.sell, 0.0), first) if len(opens) else np.empty(0)
    if len(opens):  # the last group of reduceat goes to the end, with the minutes of the bar that still forms
        sums[-1] = float((market.buy + market.sell)[first[-1] : last[-1]].sum())
    return sums, last - first


def _trend(signals: Signs) -> Floats:
    """Return the direction of the newest signal, fading to 0 over LOOK_BACK bars."""
    at = np.arange(len(signals))
    newest = np.maximum.accumulate(np.where(signals != 0, at, -LOOK_BACK)) if len(signals) else at
    faded = np.maximum(0.0, 1.0 - (at - newest) / LOOK_BACK)
    return np.where(newest >= 0, signals[np.maximum(newest, 0)] * faded, 0.0) if len(signals) else np.empty(0)


def _begun(gaps: Zones, count: int) -> Floats:
    """Return of each bar the height of the gap that begins on it, bearish ones negative."""
    out = np.zeros(count)
    out[gaps.bar] = (gaps.top - gaps.bottom) * gaps.direction
    return out


def _open_edge(gaps: Zones, endings: Endings, count: int, *, bullish: bool) -> Floats:
    """Return at each close the near edge of the newest open gap of a direction, infinitely far where none is open."""
    out = np.full(count, -np.inf if bullish else np.inf)
    mine = (gaps.direction == BULL) == bullish
    edges = (gaps.top if bullish else gaps.bottom)[mine]
    ends = np.where(endings.bar < 0, count, endings.bar)[mine]
    for begin, end, edge in zip(gaps.bar[mine].tolist(), ends.tolist(), edges.tolist(), strict=True):
        out[begin:end] = edge  # a newer one lies over it as long as that is open
    return out

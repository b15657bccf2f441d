"""GET /api/statistics/candles: how far does the price move, when is the market awake, and who pushes?

The figures are those of docs/candle-statistics.md; analysis/ computes them, and is imported when it is first needed.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from webapp import queries
from webapp.request.answers import Snapshot, answer, unchanged
from webapp.request.pairs import chosen_pair
from webapp.request.spans import Span, read_minutes
from webapp.request.timeframes import MINUTE, Timeframe

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from analysis.study.rhythm import Rhythm

router = APIRouter()


class Figure(BaseModel):
    """A number with what it is."""

    value: float | None = Field(description="Null: too few cases, or it would divide by nothing.")
    unit: str
    n: int = Field(description="Of how many cases it is.")
    definition: str


class Distribution(BaseModel):
    """Values counted in classes; both empty below 30 values."""

    edges: list[float] = Field(description="One more than counts. USDT.")
    counts: list[int] = Field(description="Bars from each edge up to the next.")


class _Rhythm(BaseModel):
    volume: list[float | None] = Field(description="Mean volume of a UTC hour of which every minute is stored, BTC.")
    range: list[float | None] = Field(description="Mean high - low of such an hour, USDT.")
    taker_buy_share: list[float | None] = Field(description="What takers bought in % of the volume.")
    n: list[int] = Field(description="Such hours; below 5 the rest is null.")


class Hours(_Rhythm):
    """By hour of the day, UTC."""

    hour: list[int] = Field(description="0 to 23, UTC.")


class Weekdays(_Rhythm):
    """By weekday, UTC; also of its hours."""

    weekday: list[str] = Field(description="Monday to Sunday, UTC.")


class ExchangeShare(BaseModel):
    """One exchange's part in the stored minutes of the exchanges."""

    exchange: str
    share: float | None = Field(description="Its volume in % of that of all. Null without volume.")
    volume: float = Field(description="BTC.")
    delta: float = Field(description="What takers bought there less what they sold, BTC.")
    complete: float = Field(
        description="Minutes in which it is complete in % of those in which any exchange has a candle."
    )
    n: int = Field(description="Its minutes.")


class Completeness(BaseModel):
    """How much of the span is there, in minutes from its first stored one to its last."""

    whole: int = Field(description="Every configured exchange complete as it streamed.")
    healed: int = Field(description="Every one complete, some after back-fill.")
    partial: int = Field(description="Some exchange not complete.")
    missing: int = Field(description="Minutes that are not stored.")
    unknown: int = Field(description="Minutes of which it is not known.")


class CandleStatisticsAnswer(BaseModel):
    """Figures of the candles of one pair."""

    timeframe: Timeframe
    pair: str | None
    snapshot: Snapshot
    from_: int | None = Field(serialization_alias="from", description="Open of the first bar; null without bars.")
    to: int | None = Field(description="Close of the last confirmed bar.")
    figures: dict[str, Figure]
    range: Distribution = Field(description="high - low of the bars that lack no minute.")
    hours: Hours
    weekdays: Weekdays
    exchanges: list[ExchangeShare]
    completeness: Completeness


@router.get("/api/statistics/candles", response_model=CandleStatisticsAnswer)
async def candle_statistics(request: Request, asked: Annotated[Span, Query()]) -> Response:
    """Volatility, volume, delta and completeness of the confirmed bars that open in a span; hours and days are UTC."""
    asked.refuse_backwards()
    async with request.app.state.database.snapshot() as snapshot:
        pair = await chosen_pair(snapshot, asked.pair)
        if (known := unchanged(request, snapshot)) is not None:
            return known
        found = await snapshot.run(lambda sql: _compute(sql, pair, asked))
        body = CandleStatisticsAnswer(timeframe=asked.timeframe, pair=pair, snapshot=Snapshot.of(snapshot), **found)
        return answer(body, snapshot)


def _compute(sql: sqlite3.Connection, pair: str | None, asked: Span) -> dict[str, Any]:
    from analysis.study.candle_sample import CandleSample
    from analysis.study.candle_statistics import candle_statistics

    begin, end = asked.bounds(sql, pair)
    market = read_minutes(sql, pair, asked.warm_up_from(begin), end)
    sample = CandleSample(market, asked.bar_ms, begin, end)
    found, minutes = candle_statistics(sample), sample.minutes
    last = int(minutes.timestamp[-1]) + MINUTE if len(minutes) else begin
    first = int(minutes.timestamp[0]) if len(minutes) else last
    span = {"pair": pair, "from": first, "to": last}
    return {
        "from_": int(sample.bars.timestamp[0]) if len(minutes) else None,
        "to": int(sample.bars.timestamp[-1]) + asked.bar_ms if len(minutes) else None,
        "figures": {name: asdict(figure) for name, figure in found.figures.items()},
        "range": asdict(found.range),
        "hours": _columns("hour", found.hours),
        "weekdays": _columns("weekday", found.weekdays),
        "exchanges": _exchanges(sql.execute(queries.EXCHANGE_SHARES, span).fetchall()),
        "completeness": _completeness(sql.execute(queries.MINUTES_BY_STATE, span).fetchone(), (last - first) // MINUTE),
    }


def _columns(name: str, rows: Sequence[Rhythm]) -> dict[str, Any]:
    return {
        name: [row.group for row in rows],
        "volume": [row.volume for row in rows],
        "range": [row.range for row in rows],
        "taker_buy_share": [row.taker_buy_share for row in rows],
        "n": [row.n for row in rows],
    }


def _exchanges(rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Take rows (exchange, buys, sells, minutes, complete minutes, minutes of any exchange)."""
    traded = sum(buys + sells for _, buys, sells, *_ in rows)
    return [
        {
            "exchange": exchange,
            "share": (buys + sells) / traded * 100 if traded > 0 else None,
            "volume": buys + sells,
            "delta": buys - sells,
            "complete": complete / every * 100,
            "n": minutes,
        }
        for exchange, buys, sells, minutes, complete, every in rows
    ]


def _completeness(counts: tuple[int, ...], expected: int) -> dict[str, int]:
    """Take counts (stored, whole or healed, healed, partial) of a span of so many minutes."""
    stored, complete, healed, partial = counts
    return {
        "whole": complete - healed,
        "healed": healed,
        "partial": partial,
        "missing": expected - stored,
        "unknown": stored - complete - partial,
    }

"""How the candles of several exchanges become one, so that a disconnect does not move the price.

A venue counts in a minute when it has a candle there. Open, high, low and close are each the mean over the counting
venues, plus the sum of the last known distances of the venues that do not count, divided by the number that count. A
venue's distance is its close minus the aggregated close of the newest earlier minute in which it counted; a venue
that never counted has none. Volumes are sums, rounded as the venues' are (minutes.py).

Why: perpetuals and spot differ by up to about 0.1 %. If a venue that stands 60 USDT below the others goes away, the
plain mean of the other three jumps up by 15 USDT, which would look like a fair value gap.

So the aggregated candles are a pure function of the venues' candles in order of time: `aggregate` is its one step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.core.minutes import DECIMALS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.core.minutes import VenueCandle


@dataclass(frozen=True, slots=True)
class Candle:
    """A minute of all exchanges together (a row of `candles`). Prices in USDT, volumes in BTC."""

    timestamp: int
    """Its first millisecond, UTC."""
    open: float
    high: float
    low: float
    close: float
    buy: float
    sell: float
    sources: int | None
    """How many exchanges are complete in this minute; None where it is unknown (imported candles)."""
    configured: int | None
    """Of how many."""


def aggregate(
    timestamp: int, venues: Mapping[str, VenueCandle], distances: Mapping[str, float], configured: int
) -> tuple[Candle, dict[str, float]]:
    """Return the candle of one minute and the distances after it.

    Args:
        timestamp: The minute.
        venues: Exchange -> its candle of this minute; at least one.
        distances: Exchange -> its distance (USDT) before this minute, of every venue that counted earlier.
        configured: How many exchanges the bot listens to.
    """
    counting = sorted(venues)
    number = len(counting)
    shift = sum(distances[name] for name in sorted(distances) if name not in venues) / number
    candles = [venues[name] for name in counting]
    close = sum(candle.close for candle in candles) / number + shift
    candle = Candle(
        timestamp=timestamp,
        open=sum(candle.open for candle in candles) / number + shift,
        high=sum(candle.high for candle in candles) / number + shift,
        low=sum(candle.low for candle in candles) / number + shift,
        close=close,
        buy=round(sum(candle.buy for candle in candles), DECIMALS),
        sell=round(sum(candle.sell for candle in candles), DECIMALS),
        sources=sum(1 for candle in candles if candle.complete),
        configured=configured,
    )
    return candle, {**distances, **{name: venues[name].close - close for name in counting}}

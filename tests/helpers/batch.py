"""Hold the batch form against the streaming core: every column, every zone and its end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from analysis.batch.history import History
from analysis.batch.market import COLUMNS, from_rows
from analysis.batch.zones import DIRECTIONS, ENDED_BY

if TYPE_CHECKING:
    from bot.core.parameters import Parameters


def from_minutes(pair, minutes, interval_ms=60_000):
    """A market of minutes in ascending order."""
    return from_rows(pair, np.array(minutes, dtype=COLUMNS), interval_ms)


def history(minutes, interval_ms=60_000) -> History:
    return History(from_minutes("BTC/USDT", minutes, interval_ms))


def assert_same_indicators(past: History, parameters: Parameters, readings) -> None:
    chart, flow = past.bars(parameters), past.cvd(parameters)
    columns = zip(
        chart.timestamp.tolist(),
        chart.open.tolist(),
        chart.high.tolist(),
        chart.low.tolist(),
        chart.close.tolist(),
        flow.open.tolist(),
        flow.high.tolist(),
        flow.low.tolist(),
        flow.close.tolist(),
        past.risk_atr(parameters).tolist(),
        (None if math.isnan(value) else value for value in past.atr(parameters, parameters.atr_length).tolist()),
        (DIRECTIONS[sign] for sign in past.signals(parameters).tolist()),
        strict=True,
    )
    assert list(columns) == [
        (
            *(bar.timestamp, bar.open, bar.high, bar.low, bar.close),
            *(reading.cvd.open, reading.cvd.high, reading.cvd.low, reading.cvd.close),
            *(reading.risk_atr, reading.atr, reading.cvd.signal),
        )
        for reading in readings
        for bar in [reading.bar]
    ]
    for column in ("open", "high", "low", "close"):  # a negative zero would be equal above, and is not the same
        assert repr(getattr(flow, column).tolist()) == repr([getattr(reading.cvd, column) for reading in readings])
    gaps, blocks = past.gaps(parameters), past.order_blocks(parameters)
    assert _zones(chart, gaps, past.gap_endings(parameters)) == _found(readings, "gap")
    assert _zones(chart, blocks, past.block_endings(parameters)) == _found(readings, "block")


def _zones(chart, zones, endings):
    """Zones with bar found, start, direction, bounds, end and its reason, the latter None while alive."""
    times = chart.timestamp.tolist()
    return [
        (times[bar], times[start], DIRECTIONS[direction], top, bottom, times[end] if by else None, ENDED_BY[by])
        for bar, start, direction, top, bottom, end, by in zip(
            *(zones.bar, zones.start, zones.direction.tolist(), zones.top.tolist(), zones.bottom.tolist()),
            *(endings.bar, endings.by.tolist()),
            strict=True,
        )
    ]


def _found(readings, kind):
    rows, places = [], {}
    for reading in readings:
        found = getattr(reading, kind)
        # Of the zones that end on a bar, one that is displaced by the bar's new zone was there before it.
        if found.zone is not None:
            zone = found.zone
            places.setdefault(zone, []).append(len(rows))
            rows.append((reading.bar.timestamp, zone.start, zone.direction, zone.top, zone.bottom, None, None))
        for ending in found.ended:
            place = places[ending.zone].pop(0)
            rows[place] = (*rows[place][:5], ending.timestamp, ending.by)
    return rows

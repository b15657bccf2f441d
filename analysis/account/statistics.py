"""What is there to say about an account? Every figure with its unit, its n and its definition, late trades apart.

In every figure `value` and `n` are of the trades that could have been made; `late` has those of the late ones. A figure
of profit without fees in it says "before fees". docs/statistics.md lists all figures with their definitions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.account import fees_and_luck, groups, ratios, trade_figures
from analysis.account.figures import Of, Sample
from analysis.account.track_record import apart, columns
from analysis.coins import in_coins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.account.figures import Definition
    from analysis.account.fills import VenueRecord
    from analysis.account.groups import Group
    from analysis.account.track_record import Columns, TrackRecord

DEFINITIONS = (*trade_figures.FIGURES, *ratios.FIGURES, *fees_and_luck.FIGURES)
"""Every figure, in the order they are shown."""

BEFORE_FEES = "before fees"


@dataclass(frozen=True, slots=True)
class Value:
    """A number and of how many it is; None where there are too few."""

    value: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of an account."""

    value: float | None
    unit: str
    n: int
    definition: str
    note: str | None
    """That it is before fees, where it is."""
    late: Value | None
    """Of the late trades alone; None where there are none, or the figure is of no trades."""


@dataclass(frozen=True, slots=True)
class Entries:
    """What there is to say about each trade's entry and exit, a row a trade in their order."""

    number: list[int]
    late: list[bool]
    leverage: list[float | None]
    """Notional / balance; None when the balance was not above 0 or the size is unknown."""
    both_hit: list[bool]
    """Its last bar reached stop and target."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """All figures of one account over [begin, end), in UTC ms."""

    pair: str
    mode: str
    begin: int
    end: int
    conclusion: str
    """What the trades allow to conclude, in words."""
    figures: dict[str, Figure]
    weekdays: list[Group]
    hours: list[Group]
    late_weekdays: list[Group] | None
    """None where there are no late trades."""
    late_hours: list[Group] | None
    matrix: groups.Matrix
    """By weekday and hour; late trades are not in it."""
    entries: Entries
    venues: list[VenueRecord]
    """One an exchange whose minutes are known."""


def statistics(record: TrackRecord, venues: Sequence[VenueRecord] = ()) -> Statistics:
    """Return what there is to say about an account; `venues`: the same trades on exchanges whose minutes are known."""
    timely, late = (Sample(each) for each in apart(record))
    nothing_late = not late.count(Of.POSITIONS)
    note = fee_note(timely)
    return Statistics(
        record.pair,
        record.mode,
        record.begin,
        record.end,
        in_coins(fees_and_luck.conclusion(timely), record.pair) + (f" ({note})" if note and len(timely.trades) else ""),
        {each.name: _figure(each, timely, None if nothing_late else late, note) for each in DEFINITIONS},
        groups.by_weekday(timely.trades),
        groups.by_hour(timely.trades),
        None if nothing_late else groups.by_weekday(late.trades),
        None if nothing_late else groups.by_hour(late.trades),
        groups.by_weekday_and_hour(timely.trades),
        _entries(record, timely.trades if nothing_late else columns(record.trades)),
        list(venues),
    )


def fee_note(sample: Sample) -> str | None:
    """Return what to say beside a figure of profit: that no fees are in it, or not in all trades; else None."""
    count, free = len(sample.trades), int(np.count_nonzero(sample.trades.fees == 0))
    if not count:
        return None if sample.record.rate else BEFORE_FEES
    if not free:
        return None
    return BEFORE_FEES if free == count else f"{BEFORE_FEES} in {free} of {count} trades"


def _figure(definition: Definition, timely: Sample, late: Sample | None, note: str | None) -> Figure:
    value, count = definition.of_sample(timely)
    apart = None if late is None or definition.of is Of.BARS else Value(*definition.of_sample(late))
    unit, words = (in_coins(text, timely.record.pair) for text in (definition.unit, definition.definition))
    return Figure(value, unit, count, words, note if definition.money else None, apart)


def _entries(record: TrackRecord, trades: Columns) -> Entries:
    return Entries(
        [each.number for each in record.trades],
        [each.late for each in record.trades],
        [None if lever != lever else lever for lever in fees_and_luck.leverage(trades).tolist()],  # noqa: PLR0124 - nan
        fees_and_luck.both_hit(record, trades).tolist(),
    )

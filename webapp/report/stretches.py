"""The pages behind the first of a report: months, classes of profits, rolling mean, falls, a replay, settings, data.

All are of the trades that could have been made; the account's value, which the falls are of, holds the late ones too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.account.equity import equity
from analysis.account.periods import ROLLING, falls, histogram, months, rolling
from analysis.account.track_record import apart, columns
from analysis.coins import coins
from webapp.report.shapes import Beside, Classes, Rolling, Setting, Year
from webapp.report.words import UNKNOWN, amount, duration, instant, signed, times, value

if TYPE_CHECKING:
    from analysis.account.statistics import Statistics
    from analysis.account.track_record import TrackRecord
    from webapp.report.background import Background

COMPARED = {
    "trades": "Trades",
    "total_profit": "Total profit",
    "win_rate": "Win rate",
    "profit_factor": "Profit factor",
    "expectancy": "Expectancy",
    "average_duration": "Average duration",
    "marked_max_drawdown": "Deepest drawdown",
    "exposure": "Time in a position",
}
"""Figures that stand beside those of the replay."""

FALLS = 5


def beside(live: Statistics, background: Background, mode: str) -> tuple[list[Beside], str]:
    """Put the live figures beside those of a replay, with a sentence on what that is."""
    if mode != "paper":
        return [], ""
    if background.changed:
        return [], (
            f"The strategy was set up anew {times(background.changed)} in this period, so that no single replay can "
            "stand beside it; `cvdbot verify` compares stretch by stretch."
        )
    replay = background.replay
    if replay is None:
        return [], ""
    lines = [
        Beside(
            title,
            value(live.figures[name].value, live.figures[name].unit),
            value(replay.figures[name].value, replay.figures[name].unit),
        )
        for name, title in COMPARED.items()
    ]
    return lines, (
        "The replay runs the same strategy over the stored candles, from the first bar of the period and without a "
        "position. It has what was back-filled after an outage, which live trading did not."
    )


def years(record: TrackRecord) -> list[Year]:
    """Return a row a year."""
    timely, _ = apart(record)
    found = months(timely.trades)
    rows = []
    for year in sorted({each.year for each in found}):
        profits = {each.month: each.profit for each in found if each.year == year}
        cells = [profits.get(month) for month in range(1, 13)] + [sum(profits.values())]
        rows.append(
            Year(
                str(year),
                ["" if cell is None else signed(cell, 0) for cell in cells],
                [0 if cell is None else int(np.sign(cell)) for cell in cells],
            )
        )
    return rows


def classes(record: TrackRecord) -> Classes:
    """Return how many trades made how much."""
    edges, counts = histogram(columns(apart(record)[0].trades).profit)
    return Classes(edges.tolist(), counts.tolist())


def rolled(record: TrackRecord) -> Rolling:
    """Return the mean profit of the last trades, at the close of each."""
    timely = apart(record)[0].trades
    means = rolling(columns(timely).profit)
    times = [trade.exit_time + record.prices.bar_ms for trade in timely[ROLLING - 1 :]]
    return Rolling(ROLLING, times, means.tolist())


def fallen(record: TrackRecord) -> list[list[str]]:
    """Return the deepest falls of the value marked to market: a row each, the deepest first."""
    worth = equity(record)
    if not len(worth.timestamp):
        return []
    quote = coins(record.pair)[1]
    found = falls(worth.timestamp + record.prices.bar_ms, worth.marked, record.begin, record.initial_balance, FALLS)
    return [
        [
            f"{amount(fall.depth)} {quote}",
            UNKNOWN if fall.percent is None else f"{fall.percent:.2f} %",
            instant(fall.begin),
            instant(fall.bottom),
            "not yet" if fall.end is None else instant(fall.end),
            duration((record.end if fall.end is None else fall.end) - fall.begin),
        ]
        for fall in found
    ]


def settings(background: Background) -> tuple[list[Setting], str]:
    """Return the strategy's parameters at the end of the period, and what else there is to say of them."""
    if background.parameters is None:
        return [], ""
    plain = background.parameters.plain()
    note = ""
    if background.changed:
        note = f"As they were at the end; they were changed {times(background.changed)} in the period."
    return [Setting(name, str(plain[name])) for name in sorted(plain)], note


def completeness(background: Background) -> list[Setting]:
    """Return how complete the minutes of the period are."""
    whole = background.completeness
    if not whole.minutes:
        return []

    def share(count: int) -> str:
        return f"{count:,} of {whole.minutes:,} ({100 * count / whole.minutes:.2f} %)"

    return [
        Setting("Minutes with a candle", share(whole.stored)),
        Setting("Minutes in which every exchange counted", share(whole.whole)),
        *(Setting(f"{name}: minutes that are complete", share(count)) for name, count in whole.exchanges.items()),
    ]

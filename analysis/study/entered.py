"""Which trades are looked at? Those entered in a span, without the late ones, which nobody could have made.

A trade's gap is the one its setup took (the event `gap` of the table `setup_events`, or the zone of a back-test), its
size the height in ATR(`atr_length`) of the bar it was found on.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from analysis.batch.backtest import walk
from analysis.study.cvd_before_trades import Entered
from bot.core.ledger import Side
from bot.core.parameters import EntryMode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from analysis.account.accounts import Account
    from analysis.batch.backtest import Result
    from analysis.batch.history import History


def of_account(account: Account, gaps: Mapping[int, float], begin: int, end: int) -> tuple[list[Entered], int]:
    """Return the trades of an account entered in [begin, end), UTC ms, and how many late ones were left out.

    `gaps`: number of a trade -> size of its gap in ATR, as `gap_sizes` tells them.
    """
    inside = [row for row in account.trades if begin <= row.entry_time < end]
    timely = [
        Entered(
            row.entry_time + account.bar_ms(row.configuration),
            row.side == Side.LONG,
            row.profit,
            gaps.get(row.number),
        )
        for row in inside
        if not account.is_late(row)
    ]
    return timely, len(inside) - len(timely)


def of_replay(history: History, result: Result) -> list[Entered]:
    """Return the completed trades of a back-test."""
    if result.begin is None or result.end is None:
        return []
    p, bar_ms = result.parameters, result.parameters.chart_ms
    sizes: dict[int, float] = {}
    if p.entry_mode is EntryMode.FVG:
        seen, atr = walk(history, p, result.begin, result.end), history.atr(p, p.atr_length)
        for attempt in seen.attempts:
            if attempt.taken is not None:
                height = float(seen.zones.top[attempt.zone] - seen.zones.bottom[attempt.zone])
                sizes[attempt.setup] = height / float(atr[attempt.taken])
    return [
        Entered(
            trade.position.entry_time + bar_ms,
            trade.position.side is Side.LONG,
            trade.profit,
            sizes.get(trade.position.setup),
        )
        for trade in result.trades
    ]


def gap_sizes(trades: Iterable[tuple[int, int, int]], events: Iterable[tuple[int, int, str]]) -> dict[int, float]:
    """Return the size in ATR of the gap each trade took; a trade that took none, or of which it is unknown, is absent.

    Args:
        trades: Number, setup and entry time of each.
        events: Setup, time and detail (JSON) of each gap that was taken, oldest first. Of two of one setup's number
            the later one that is not after the entry counts.
    """
    taken: dict[int, list[tuple[int, str]]] = {}
    for setup, timestamp, detail in events:
        taken.setdefault(setup, []).append((timestamp, detail))
    found = {}
    for number, setup, entry in trades:
        told = next((text for at, text in reversed(taken.get(setup, [])) if at <= entry), None)
        size = None if told is None else _size(told)
        if size is not None:
            found[number] = size
    return found


def _size(detail: str) -> float | None:
    """Return height / ATR of an event's detail, None where it does not tell them."""
    try:
        told = json.loads(detail)
        return float((told["top"] - told["bottom"]) / told["atr"])
    except (ValueError, TypeError, KeyError, ZeroDivisionError):
        return None

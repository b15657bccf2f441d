"""Do candles with a high CVD precede winning trades?

Looked at is the last bar that had closed when a trade was entered. Its CVD, in the trade's direction (of a short trade
with its sign turned), is compared with that of the bars before it: **high** is what lies in the upper third of the
last LOOK_BACK bars, **low** what lies in the lower third. Nothing after the entry is needed to tell, so later candles
never move a trade to another class. An account has one position at a time, so its trades do not overlap, and Wilson's
interval of the win rate takes them as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.study.intervals import Estimate, share

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analysis.batch.indicators import Floats, Integers

LOOK_BACK = 500
"""Bars that a CVD is compared with."""
LEAST_BARS = 100
"""With fewer before it, or a hole right before the entry, the class of a trade is unknown."""
CLASSES = ("low", "middle", "high")


@dataclass(frozen=True, slots=True)
class Entered:
    """A completed trade, as far as it matters here."""

    at: int
    """When its entry's bar closed, UTC ms."""
    long: bool
    profit: float
    """Net of fees, USDT."""
    gap: float | None = None
    """Height of the gap it took, in ATR; None where it took none or that is unknown."""


@dataclass(frozen=True, slots=True)
class CvdClass:
    """The trades of one class."""

    cvd: str
    n: int
    wins: int
    win_rate: Estimate | None
    """In %, None with too few trades."""


def classes(opens: Integers, cvd: Floats, trades: Iterable[Entered], bar_ms: int) -> list[str | None]:
    """Return the class of each trade, None where unknown; `opens` (UTC ms) and `cvd` (at the close) are the bars'."""
    return [_class(opens, cvd, trade, bar_ms) for trade in trades]


def cvd_before_trades(found: Sequence[str | None], trades: Sequence[Entered]) -> list[CvdClass]:
    """Count the wins of each class."""
    out = []
    for name in CLASSES:
        mine = [trade for trade, each in zip(trades, found, strict=True) if each == name]
        wins = sum(trade.profit > 0 for trade in mine)
        out.append(CvdClass(name, len(mine), wins, share(wins, len(mine), len(mine))))
    return out


def _class(opens: Integers, cvd: Floats, trade: Entered, bar_ms: int) -> str | None:
    bar = int(np.searchsorted(opens, trade.at - bar_ms, side="right")) - 1
    if bar < LEAST_BARS or opens[bar] <= trade.at - 2 * bar_ms:
        return None
    toward = 1 if trade.long else -1
    before, now = toward * cvd[max(0, bar - LOOK_BACK) : bar], toward * cvd[bar]
    rank = float(np.mean(before < now) + np.mean(before == now) / 2)
    return CLASSES[min(2, int(rank * 3))]

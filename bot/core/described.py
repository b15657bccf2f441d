"""What does each parameter of the strategy mean, in a trader's words, its unit, and what may it be?

Names, defaults, choices and limits are those of `bot.core.parameters`; here is what a person has to know to set them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from bot.core.parameters import DEFAULTS, NAMES, limits

if TYPE_CHECKING:
    from bot.core.parameters import Plain

Kind = Literal["number", "integer", "choice", "flag"]

USUAL_TIMEFRAMES = ("1m", "3m", "5m", "15m", "30m", "1h", "4h", "1d")
"""Offered for a timeframe; any other whole number of minutes, hours or days is possible as well."""


@dataclass(frozen=True, slots=True)
class Described:
    """One parameter."""

    name: str
    default: Plain
    kind: Kind
    choices: tuple[str, ...] | None
    """The texts to choose from; None where it is no choice."""
    open: bool
    """Whether other texts of the same form are allowed beside the choices."""
    minimum: float | None
    """None: no limit on this side."""
    maximum: float | None
    exclusive: bool
    """Whether minimum and maximum themselves are not allowed."""
    unit: str | None
    group: str
    """The heading it stands under."""
    help: str


_BARS, _SIGNAL, _ZONE = "Bars and CVD", "Signal", "Entry zone"
_EXIT, _ACCOUNT = "Stop and target", "Account"

_WORDS = {
    "chart_timeframe": (_BARS, None, "Length of the bars the strategy looks at; at most the anchor period."),
    "anchor_period": (_BARS, None, "The CVD starts again from 0 with each of these periods (UTC)."),
    "delta_source": (
        _BARS,
        None,
        "A minute's delta: the takers' real sides (trades), or its volume signed by its candle (polarity).",
    ),
    "signal_type": (
        _SIGNAL,
        None,
        "raw: the CVD turning its sign is enough. advanced: the bar must also have closed against it.",
    ),
    "entry_mode": (_ZONE, None, "After the signal, wait for a fair value gap (fvg) or for an order block."),
    "require_retracement": (_ZONE, None, "Enter only when the price comes back to the zone."),
    "fvg_sensitivity": (_ZONE, None, "How small a fair value gap may be: all takes every gap, low only large ones."),
    "fvg_bars": (_ZONE, None, "Whether the three bars of a gap must all rise or all fall (same_type)."),
    "atr_length": (_ZONE, "bars", "Bars of the average true range that gaps and order blocks are measured with."),
    "swing_length": (_ZONE, "bars", "Bars after a high or low until it counts as a swing, for order blocks."),
    "atr_length_risk": (_EXIT, "bars", "Bars of the average true range that the dynamic stop is measured with."),
    "tpsl_method": (_EXIT, None, "Stop and target from the ATR (dynamic), or at percentages of the entry (fixed)."),
    "risk": (
        _EXIT,
        None,
        "Distance of the dynamic stop: highest 10, high 8.5, normal 6.5, low 5, lowest 3 times the ATR.",
    ),
    "reward_to_risk": (_EXIT, "x the stop's distance", "Distance of the dynamic target."),
    "take_profit_percent": (_EXIT, "% of the entry price", "Distance of the fixed target."),
    "stop_loss_percent": (_EXIT, "% of the entry price", "Distance of the fixed stop."),
    "initial_balance": (_ACCOUNT, "USDT", "What the paper account begins with."),
    "position_size": (_ACCOUNT, "BTC", "Size of every trade; profit is the price's difference times it."),
    "fee_rate": (
        _ACCOUNT,
        "fraction of the notional",
        "The exchange's fee, paid on entry and on exit: 0.0005 is 0.05 %.",
    ),
    "slippage": (_ACCOUNT, "fraction of the notional", "Price lost on entry and on exit: 0.0001 is 0.01 %."),
}
"""Name -> group, unit, help."""


def _described(name: str) -> Described:
    default, bounds = DEFAULTS[name], limits(name)
    group, unit, words = _WORDS[name]
    return Described(
        name,
        default,
        _kind(default),
        _choices(default),
        isinstance(default, str) and not isinstance(default, StrEnum),
        None if bounds is None else bounds.least,
        None if bounds is None or bounds.most == math.inf else bounds.most,
        bounds is not None and not bounds.closed,
        unit,
        group,
        words,
    )


def _kind(default: Plain) -> Kind:
    if isinstance(default, bool):
        return "flag"
    if isinstance(default, str):
        return "choice"
    return "integer" if isinstance(default, int) else "number"


def _choices(default: Plain) -> tuple[str, ...] | None:
    if isinstance(default, StrEnum):
        return tuple(type(default))
    return USUAL_TIMEFRAMES if isinstance(default, str) else None


DESCRIBED = {name: _described(name) for name in NAMES}
"""Every parameter by name, in the order of the page."""

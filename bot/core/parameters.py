"""What can be set about the strategy, to which values, and what holds when nothing is set.

The names, defaults and choices are those of docs/strategy.md. A set of parameters is valid once it exists: whatever
makes one refuses an unknown name, a wrong type, a value out of range and an impossible combination with a
`ParameterError` that names the parameter, its value and what is allowed.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from bot.core.times import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class ParameterError(ValueError):
    """A parameter that cannot be used, with its name, the value it was given and what is allowed in its place."""

    exit_code = 2
    problem = "{parameter} = {value} is not possible"

    def __init__(self, parameter: str, value: object, allowed: str) -> None:
        super().__init__(f"{self.problem.format(parameter=parameter, value=value)}: allowed is {allowed}")
        self.parameter = parameter
        self.value = value
        self.allowed = allowed


class UnknownParameterError(ParameterError):
    """A name that is no parameter's."""

    problem = "{parameter} is no parameter"


class DeltaSource(StrEnum):
    """Where a minute's delta comes from: the takers' sides, or an estimate from the candle."""

    TRADES = "trades"
    POLARITY = "polarity"


class SignalType(StrEnum):
    """Whether a turn of the CVD is enough, or the bar must also have closed against it."""

    RAW = "raw"
    ADVANCED = "advanced"


class EntryMode(StrEnum):
    """The kind of zone a setup waits for after its signal."""

    FVG = "fvg"
    ORDER_BLOCK = "order_block"


class FvgSensitivity(StrEnum):
    """How small a fair value gap may be."""

    ALL = "all"
    EXTREME = "extreme"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class FvgBars(StrEnum):
    """Whether the three bars of a gap must point the same way."""

    SAME_TYPE = "same_type"
    ALL = "all"


class TpslMethod(StrEnum):
    """Stop and target from the ATR, or at fixed percentages."""

    DYNAMIC = "dynamic"
    FIXED = "fixed"


class Risk(StrEnum):
    """How far away the dynamic stop is."""

    HIGHEST = "highest"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"
    LOWEST = "lowest"


SENSITIVITY = {
    FvgSensitivity.ALL: 100.0,
    FvgSensitivity.EXTREME: 6.0,
    FvgSensitivity.HIGH: 2.0,
    FvgSensitivity.NORMAL: 1.5,
    FvgSensitivity.LOW: 1.0,
}
"""The factor a gap's size is multiplied with before it is compared with the ATR."""

RISK_MULTIPLE = {Risk.HIGHEST: 10.0, Risk.HIGH: 8.5, Risk.NORMAL: 6.5, Risk.LOW: 5.0, Risk.LOWEST: 3.0}
"""The distance of the dynamic stop as a multiple of the risk ATR."""

Plain = str | int | float | bool
"""A parameter's value as configuration files, JSON and the command line write it."""

_LARGEST = 1e15
"""No number of a parameter is larger; floats are exact to a cent below it."""
_UNITS = {"m": MINUTE, "h": HOUR, "d": DAY}
_TIMEFRAME = re.compile(r"([1-9][0-9]{0,4})([mhd])")


def timeframe_ms(text: str) -> int:
    """Return the length of a timeframe such as `5m`, `4h` or `1d` in milliseconds; ValueError when it is none."""
    match = _TIMEFRAME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a timeframe: write a whole number of minutes, hours or days, as 5m, 4h, 1d")
    return int(match[1]) * _UNITS[match[2]]


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers a parameter may have: from `least` to `most`, the ends included only where they are `closed`."""

    least: float
    most: float = math.inf
    closed: bool = True

    def holds(self, value: float) -> bool:
        """Say whether a number is one of them."""
        if self.closed:
            return self.least <= value <= self.most and value < math.inf
        return self.least < value < self.most

    def __str__(self) -> str:
        """Say which they are in words."""
        if self.most == math.inf:
            return f"at least {self.least:g}" if self.closed else f"above {self.least:g}"
        return f"{self.least:g} to {self.most:g}" if self.closed else f"above {self.least:g} and below {self.most:g}"


_LIMITS = {
    "atr_length": Limits(1),
    "atr_length_risk": Limits(1),
    "swing_length": Limits(3, 45),
    "reward_to_risk": Limits(0, closed=False),
    "take_profit_percent": Limits(0, 100, closed=False),
    "stop_loss_percent": Limits(0, 100, closed=False),
    "initial_balance": Limits(0),
    "position_size": Limits(0, closed=False),
    "fee_rate": Limits(0, 1),
    "slippage": Limits(0, 1),
}


@dataclass(frozen=True, slots=True)
class Parameters:
    """One valid set of parameters; raises ParameterError for any other."""

    chart_timeframe: str = "5m"
    """Timeframe of the bars: any multiple of a minute, at most `anchor_period`."""
    anchor_period: str = "15m"
    """The CVD starts anew with each of these periods."""
    delta_source: DeltaSource = DeltaSource.TRADES
    signal_type: SignalType = SignalType.RAW
    entry_mode: EntryMode = EntryMode.FVG
    require_retracement: bool = False
    """Enter only when the price comes back to the zone."""
    fvg_sensitivity: FvgSensitivity = FvgSensitivity.EXTREME
    fvg_bars: FvgBars = FvgBars.SAME_TYPE
    atr_length: int = 10
    """Bars of the ATR that gaps and order blocks are measured with."""
    atr_length_risk: int = 50
    """Bars of the ATR that stop and target are measured with."""
    swing_length: int = 10
    """Bars after a swing's extreme, for order blocks."""
    tpsl_method: TpslMethod = TpslMethod.DYNAMIC
    risk: Risk = Risk.NORMAL
    reward_to_risk: float = 0.57
    """Distance of the dynamic target as a multiple of the stop's."""
    take_profit_percent: float = 0.3
    stop_loss_percent: float = 0.4
    initial_balance: float = 10_000.0
    """In USDT."""
    position_size: float = 1.0
    """In BTC."""
    fee_rate: float = 0.0
    """Per side, a fraction of the notional."""
    slippage: float = 0.0
    """Per side, a fraction of the notional."""

    chart_ms: int = field(init=False, repr=False, compare=False)
    anchor_ms: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse what is not possible and derive the timeframes' lengths."""
        for name in NAMES:
            object.__setattr__(self, name, _checked(name, getattr(self, name)))
        object.__setattr__(self, "chart_ms", timeframe_ms(self.chart_timeframe))
        object.__setattr__(self, "anchor_ms", timeframe_ms(self.anchor_period))
        if self.chart_ms > self.anchor_ms:
            raise ParameterError(
                "chart_timeframe", self.chart_timeframe, f"at most anchor_period, which is {self.anchor_period}"
            )

    @property
    def sensitivity(self) -> float:
        """The factor of `fvg_sensitivity`."""
        return SENSITIVITY[self.fvg_sensitivity]

    @property
    def risk_multiple(self) -> float:
        """The factor of `risk`."""
        return RISK_MULTIPLE[self.risk]

    def plain(self) -> dict[str, Plain]:
        """Return every parameter by name, as JSON and `from_mapping` take them."""
        return {name: getattr(self, name) for name in NAMES}

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> Parameters:
        """Make a set from typed values, as TOML and JSON hold them; what is not named has its default.

        Numbers are numbers and switches are true or false: a text in their place is refused.
        """
        return cls(**{_known(name): value for name, value in values.items()})  # type: ignore[arg-type]

    @classmethod
    def from_strings(cls, settings: Iterable[str]) -> Parameters:
        """Make a set from `key=value` texts, as a command line has them; the last of a key counts."""
        values: dict[str, object] = {}
        for setting in settings:
            name, equals, text = setting.partition("=")
            name = _known(name.strip())
            if not equals:
                raise ParameterError(name, "(nothing)", "written as key=value")
            values[name] = _read(name, text.strip())
        return cls.from_mapping(values)


DEFAULTS = {each.name: cast("Plain", each.default) for each in fields(Parameters) if each.init}
"""What holds when nothing is set, by name."""
NAMES = tuple(DEFAULTS)
"""Every parameter's name, in the order of the page."""


def limits(name: str) -> Limits | None:
    """Return the numbers a parameter may have; None for one that is no number."""
    return _LIMITS.get(name)


def _known(name: str) -> str:
    if name not in DEFAULTS:
        raise UnknownParameterError(name, None, f"one of {', '.join(NAMES)}")
    return name


def _read(name: str, text: str) -> object:
    """Turn the text of a command line into the type of the parameter; a text that cannot be is refused later."""
    default = DEFAULTS[name]
    if isinstance(default, bool):
        return {"true": True, "false": False}.get(text, text)
    if not isinstance(default, int | float):
        return text
    try:
        return type(default)(text)
    except ValueError:
        return text


def _checked(name: str, value: object) -> Plain:
    """Return the value in the parameter's type and range, or raise ParameterError."""
    default = DEFAULTS[name]
    typed = _typed(default, value)
    if typed is None or (name in _LIMITS and not _LIMITS[name].holds(typed)):  # type: ignore[arg-type]
        raise ParameterError(name, value, _allowed(name, default))
    return typed


def _typed(default: Plain, value: object) -> Plain | None:
    """Return the value in the type of the default, None when it has another."""
    if isinstance(default, StrEnum):
        kind = type(default)
        return kind(value) if isinstance(value, str) and value in list(kind) else None
    if isinstance(default, str):
        return value if isinstance(value, str) and _TIMEFRAME.fullmatch(value) else None
    if isinstance(default, float):
        return float(value) if type(value) in (int, float) and abs(value) < _LARGEST else None  # type: ignore[arg-type]
    if isinstance(default, bool):
        return value if isinstance(value, bool) else None
    return value if type(value) is int and abs(value) < _LARGEST else None


def _allowed(name: str, default: Plain) -> str:
    if isinstance(default, StrEnum):
        return "one of " + ", ".join(type(default))
    if isinstance(default, str):
        return "a whole number of minutes, hours or days, as 5m, 4h, 1d"
    if isinstance(default, bool):
        return "true or false"
    return f"{'a whole number' if isinstance(default, int) else 'a number'}, {_LIMITS[name]}"

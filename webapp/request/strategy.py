"""How a request names parameters of the strategy.

What is not named has the value of the pair's newest stored configuration: what the bot trades with.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from bot.core.described import DESCRIBED
from bot.core.parameters import (
    DEFAULTS,
    NAMES,
    DeltaSource,
    EntryMode,
    FvgBars,
    FvgSensitivity,
    ParameterError,
    Parameters,
    Risk,
    SignalType,
    TpslMethod,
)
from webapp import queries
from webapp.errors import DatabaseUnavailable, RequestRefused
from webapp.request.ranges import Whole  # noqa: TC001 - pydantic reads the annotations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.core.parameters import Plain
    from webapp import database

_LARGEST = 10**15


def _switch(value: object) -> object:
    """Take `true` and `false` only: `yes` or `1` are more likely a mistake."""
    if isinstance(value, str):
        if value not in {"true", "false"}:
            raise ValueError("should be true or false")
        return value == "true"
    return value


def _decimal(value: object) -> object:
    """Take a decimal number only: `nan`, `inf` and `1_000` are none."""
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?", value):
        raise ValueError("should be a decimal number")
    return value


Switch = Annotated[bool, BeforeValidator(_switch)]
Decimal = Annotated[float, BeforeValidator(_decimal)]


def _parameter(name: str) -> Any:  # noqa: ANN401 - what pydantic gives
    """Describe a field by what bot.core knows of the parameter."""
    known = DESCRIBED[name]
    limits: dict[str, Any] = {"pattern": "^[1-9][0-9]{0,4}[mhd]$"} if known.open else {}
    if known.kind in {"integer", "number"}:
        limits = {"lt": _LARGEST} if known.maximum is None else {"lt" if known.exclusive else "le": known.maximum}
        limits["gt" if known.exclusive else "ge"] = known.minimum or 0
    words = known.help if known.unit is None else f"{known.help} Unit: {known.unit}."
    return Field(default=None, description=words, examples=[known.default], **limits)


class StrategyParameters(BaseModel):
    """Parameters of the strategy; what is not named has the value of the pair's newest stored configuration."""

    chart_timeframe: str | None = _parameter("chart_timeframe")
    anchor_period: str | None = _parameter("anchor_period")
    delta_source: DeltaSource | None = _parameter("delta_source")
    signal_type: SignalType | None = _parameter("signal_type")
    entry_mode: EntryMode | None = _parameter("entry_mode")
    require_retracement: Switch | None = _parameter("require_retracement")
    fvg_sensitivity: FvgSensitivity | None = _parameter("fvg_sensitivity")
    fvg_bars: FvgBars | None = _parameter("fvg_bars")
    atr_length: Whole | None = _parameter("atr_length")
    atr_length_risk: Whole | None = _parameter("atr_length_risk")
    swing_length: Whole | None = _parameter("swing_length")
    tpsl_method: TpslMethod | None = _parameter("tpsl_method")
    risk: Risk | None = _parameter("risk")
    reward_to_risk: Decimal | None = _parameter("reward_to_risk")
    take_profit_percent: Decimal | None = _parameter("take_profit_percent")
    stop_loss_percent: Decimal | None = _parameter("stop_loss_percent")
    initial_balance: Decimal | None = _parameter("initial_balance")
    position_size: Decimal | None = _parameter("position_size")
    fee_rate: Decimal | None = _parameter("fee_rate")
    slippage: Decimal | None = _parameter("slippage")

    def named(self) -> dict[str, Plain]:
        """Return the parameters that were named."""
        return {name: value for name in NAMES if (value := getattr(self, name)) is not None}


async def configured(snapshot: database.Snapshot, pair: str | None) -> Parameters:
    """Return what the bot newest ran the pair with; the defaults where it never did.

    Raises:
        DatabaseUnavailable: A newer bot wrote parameters that this app does not know.
    """
    row = await snapshot.row(queries.PARAMETERS, pair=pair)
    if row is None:
        return Parameters()
    number, text = row
    try:
        return Parameters.from_mapping(json.loads(text))
    except (ValueError, AttributeError, TypeError) as error:
        raise DatabaseUnavailable(
            "newer", f"the parameters of configuration {number} ({pair}) cannot be read here ({error}): update cvdbot"
        ) from error


def made_of(values: Mapping[str, object]) -> Parameters:
    """Make a set of parameters.

    Raises:
        RequestRefused: They are not possible; with the name of the parameter and what is allowed.
    """
    try:
        return Parameters.from_mapping({name: _whole_where_it_belongs(name, value) for name, value in values.items()})
    except ParameterError as error:
        raise RequestRefused("invalid_parameter", str(error), field=error.parameter) from None


def _whole_where_it_belongs(name: str, value: object) -> object:
    """Take 28.0 for 28: JSON has one kind of number."""
    if type(DEFAULTS.get(name)) is int and isinstance(value, float) and value.is_integer():
        return int(value)
    return value

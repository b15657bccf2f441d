from __future__ import annotations

import json

import pytest

from bot.core.parameters import NAMES, FvgSensitivity, ParameterError, Parameters, Risk, timeframe_ms


def refused(values: dict[str, object]) -> ParameterError:
    with pytest.raises(ParameterError) as caught:
        Parameters.from_mapping(values)
    return caught.value


@pytest.mark.parametrize(
    ("text", "length"), [("1m", 60_000), ("15m", 900_000), ("4h", 14_400_000), ("1d", 86_400_000), ("90m", 5_400_000)]
)
def test_a_timeframe_is_a_whole_number_of_minutes_hours_or_days(text, length):
    assert timeframe_ms(text) == length


@pytest.mark.parametrize(
    "text", ["", "5", "m", "0m", "05m", "-5m", "5 m", "5M", "1w", "1.5h", "5m\n", "\u0665m", "999999m"]
)
def test_nothing_else_is_a_timeframe(text):
    with pytest.raises(ValueError, match="not a timeframe"):
        timeframe_ms(text)
    assert refused({"anchor_period": text}).parameter == "anchor_period"


def test_what_is_not_named_has_its_default():
    parameters = Parameters.from_mapping({"risk": "low", "atr_length": 14, "position_size": 2})
    assert (parameters.risk, parameters.risk_multiple) == (Risk.LOW, 5)
    assert (parameters.atr_length, parameters.position_size, parameters.swing_length) == (14, 2.0, 10)
    assert Parameters.from_mapping({}) == Parameters() == Parameters.from_strings([])


def test_the_texts_of_a_command_line_are_read_by_the_parameter_s_type():
    parameters = Parameters.from_strings(
        ["fvg_sensitivity=high", "require_retracement = true", "atr_length=14", "fee_rate=4e-4", "atr_length=15"]
    )
    assert (parameters.fvg_sensitivity, parameters.sensitivity) == (FvgSensitivity.HIGH, 2)
    assert (parameters.require_retracement, parameters.atr_length, parameters.fee_rate) == (True, 15, 0.0004)


def test_a_set_survives_json():
    parameters = Parameters.from_strings(["chart_timeframe=15m", "risk=highest", "slippage=0.0001"])
    assert Parameters.from_mapping(json.loads(json.dumps(parameters.plain()))) == parameters


@pytest.mark.parametrize(
    ("values", "allowed"),
    [
        ({"fvg_sensitivity": "huge"}, "one of all, extreme, high, normal, low"),
        ({"fvg_sensitivity": 6}, "one of all, extreme, high, normal, low"),
        ({"delta_source": "TRADES"}, "one of trades, polarity"),
        ({"require_retracement": "true"}, "true or false"),
        ({"require_retracement": 1}, "true or false"),
        ({"atr_length": 0}, "a whole number, at least 1"),
        ({"atr_length": 10.0}, "a whole number, at least 1"),
        ({"atr_length_risk": True}, "a whole number, at least 1"),
        ({"swing_length": 2}, "a whole number, 3 to 45"),
        ({"swing_length": 46}, "a whole number, 3 to 45"),
        ({"reward_to_risk": 0}, "a number, above 0"),
        ({"stop_loss_percent": 100}, "a number, above 0 and below 100"),
        ({"take_profit_percent": -1}, "a number, above 0 and below 100"),
        ({"initial_balance": -0.01}, "a number, at least 0"),
        ({"initial_balance": 10**400}, "a number, at least 0"),
        ({"position_size": float("nan")}, "a number, above 0"),
        ({"position_size": float("inf")}, "a number, above 0"),
        ({"position_size": "1"}, "a number, above 0"),
        ({"fee_rate": 1.5}, "a number, 0 to 1"),
        ({"slippage": None}, "a number, 0 to 1"),
        ({"chart_timeframe": 5}, "a whole number of minutes, hours or days, as 5m, 4h, 1d"),
        ({"chart_timeframe": "30m"}, "at most anchor_period, which is 15m"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_name_and_what_is_allowed(values, allowed):
    ((name, value),) = values.items()
    error = refused(values)
    assert (error.parameter, error.allowed) == (name, allowed)
    assert str(error) == f"{name} = {value} is not possible: allowed is {allowed}"


def test_an_unknown_name_is_refused_with_the_known_ones():
    assert str(refused({"sensitivity": "high"})) == (
        f"sensitivity is no parameter: allowed is one of {', '.join(NAMES)}"
    )


@pytest.mark.parametrize("setting", ["atr_length=ten", "atr_length=", "atr_length", "risk", "require_retracement=yes"])
def test_a_text_that_cannot_be_read_is_refused_by_its_name(setting):
    with pytest.raises(ParameterError) as caught:
        Parameters.from_strings([setting])
    assert caught.value.parameter == setting.partition("=")[0]


def test_a_set_made_in_code_is_checked_as_well():
    with pytest.raises(ParameterError, match="swing_length = 2"):
        Parameters(swing_length=2)

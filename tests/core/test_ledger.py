from __future__ import annotations

import pytest

from bot.core.ledger import Account, Outcome, Position, Side, complete, levels
from bot.core.parameters import Parameters


def position(side: str, size: float = 1.0) -> Position:
    return Position(7, Side(side), 100.0, 60_000, size, 90.0, 110.0)


def test_the_dynamic_stop_is_six_and_a_half_atr_away_and_the_target_057_of_that():
    assert levels(Parameters(), Side.LONG, 1000.0, 10.0) == (935.0, 1000 + 65 * 0.57)
    assert levels(Parameters(), Side.SHORT, 1000.0, 10.0) == (1065.0, 1000 - 65 * 0.57)


@pytest.mark.parametrize(("risk", "stop"), [("highest", 900), ("high", 915), ("low", 950), ("lowest", 970)])
def test_the_risk_names_multiples_of_the_atr(risk, stop):
    assert levels(Parameters.from_mapping({"risk": risk}), Side.LONG, 1000.0, 10.0)[0] == stop


def test_fixed_levels_are_percentages_of_the_entry():
    fixed = Parameters.from_strings(["tpsl_method=fixed", "stop_loss_percent=5", "take_profit_percent=25"])
    assert levels(fixed, Side.LONG, 1000.0, 10.0) == (950.0, 1250.0)
    assert levels(fixed, Side.SHORT, 1000.0, 10.0) == (1050.0, 750.0)


def test_a_long_earns_the_rise_and_a_short_the_fall():
    for side, profit in (("Long", 10.0), ("Short", -10.0)):
        account, trade = complete(Parameters(), Account(500.0), position(side), 110.0, 120_000, Outcome.TAKE_PROFIT)
        assert (trade.profit, trade.fees, trade.new_balance) == (profit, 0.0, 500 + profit)
        assert account == Account(500 + profit, 1)


def test_fees_and_slippage_are_paid_on_both_sides_of_the_notional():
    costly = Parameters.from_strings(["fee_rate=0.001", "slippage=0.0005"])
    _, trade = complete(costly, Account(500.0, 3), position("Long", 2.0), 110.0, 120_000, Outcome.STOP_LOSS)
    assert trade.fees == pytest.approx(0.63)  # 0.0015 x (100 + 110) x 2
    assert trade.profit == pytest.approx(19.37)
    assert trade.number == 4

"""The check values that came with the rules: a recorded day, to the last printed digit."""

from __future__ import annotations

from recorded import needs_recorded, recorded_day
from replay import Run, replay

from bot.core.parameters import Parameters
from bot.core.times import to_iso
from bot.core.trader import position

pytestmark = needs_recorded

FIRST = ("Long", "2025-05-02T06:30:00Z", 96806.2, "2025-05-02T13:00:00Z", 97155.46802595012, "Take Profit")
SECOND = ("Long", "2025-05-02T14:25:00Z", 97119.9, "2025-05-02T14:35:00Z", 97616.29993477522, "Take Profit")


def _counts(run: Run) -> tuple[int, int, int]:
    signals = sum(reading.cvd.signal is not None for reading in run.readings)
    gaps = sum(reading.gap.zone is not None for reading in run.readings)
    return len(run.readings), signals, gaps


def _trades(run: Run) -> list[tuple[str, str, float, str, float, str]]:
    return [
        (
            trade.position.side,
            to_iso(trade.position.entry_time),
            trade.position.entry_price,
            to_iso(trade.exit_time),
            trade.exit_price,
            trade.outcome,
        )
        for trade in run.trades
    ]


def test_the_defaults_give_two_long_trades_and_leave_a_short_open():
    run = replay(Parameters(), recorded_day())
    assert _counts(run) == (200, 61, 13)
    assert _trades(run) == [FIRST, SECOND]
    assert [trade.profit for trade in run.trades] == [349.2680259501212, 496.3999347752251]
    assert [trade.new_balance for trade in run.trades] == [10349.268025950121, 10845.667960725346]
    left = position(run.end)
    assert left is not None
    assert (left.side, to_iso(left.entry_time), left.entry_price) == ("Short", "2025-05-02T16:55:00Z", 97290)


def test_a_normal_sensitivity_leaves_five_gaps_and_the_first_trade_alone():
    run = replay(Parameters.from_strings(["fvg_sensitivity=normal"]), recorded_day())
    assert _counts(run)[2] == 5
    assert _trades(run) == [FIRST]
    assert position(run.end) is None


def test_the_polarity_estimate_gives_one_signal_more_and_a_short_first():
    run = replay(Parameters.from_strings(["delta_source=polarity"]), recorded_day())
    assert _counts(run)[1] == 62
    short = ("Short", "2025-05-02T04:35:00Z", 96948, "2025-05-02T05:50:00Z", 96659.75099999999, "Take Profit")
    assert _trades(run) == [short, FIRST, SECOND]
    assert round(run.trades[0].profit, 3) == 288.249

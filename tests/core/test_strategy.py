"""The machine, walked bar by bar: after each bar the whole setup is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core import strategy
from bot.core.bars import Bar
from bot.core.cvd import CvdBar
from bot.core.indicators import Reading
from bot.core.ledger import Outcome, Position, Side
from bot.core.parameters import Parameters
from bot.core.setup import Event, EventKind, Exit, Phase, Setup, waits_for
from bot.core.zones import NOTHING, Direction, Found, Rejection, Zone

BULL, BEAR = Direction.BULL, Direction.BEAR
PLAIN = Parameters()
RETRACE = Parameters(require_retracement=True)
BLOCKS = Parameters.from_strings(["entry_mode=order_block"])

WAITING = Setup(1, Phase.WAITING_FOR_FVG, BULL, signal_time=1)
BULL_GAP = Zone(2, BULL, 104, 102)
POSITION = Position(1, Side.LONG, 100.0, 2, 1.0, 100 - 6.5, 100 + 6.5 * 0.57)
ENTERED = Setup(1, Phase.ENTERED, BULL, 1, BULL_GAP, position=POSITION)


def at(
    time: int,
    signal: Direction | None = None,
    gap: Zone | Rejection | None = None,
    block: Zone | None = None,
    high: float = 101.0,
    low: float = 99.0,
) -> Reading:
    """A bar that closes at 100, with both ATRs 1."""
    found = NOTHING if gap is None else Found(zone=gap) if isinstance(gap, Zone) else Found(rejection=gap)
    return Reading(
        Bar(time, 100.0, high, low, 100.0, 0, 0, 0, 0, 0),
        2.0,
        1.0,
        1.0,
        CvdBar(0, 0, 0, 5, signal),
        found,
        NOTHING,
        block,
    )


def kinds(events: tuple[Event, ...]) -> list[str]:
    return [event.kind for event in events]


def test_the_first_bar_starts_a_setup_and_a_signal_on_it_already_counts():
    setup, events = strategy.step(PLAIN, Setup(), at(1))
    assert (setup, events) == (Setup(1, Phase.WAITING_FOR_CVD), ())
    setup, events = strategy.step(PLAIN, Setup(), at(1, BULL))
    assert setup == WAITING
    assert events == (Event(1, 1, EventKind.SIGNAL, 100.0, {"direction": "bull", "cvd": 5}),)


def test_the_entry_mode_decides_which_zone_is_waited_for():
    assert strategy.step(BLOCKS, Setup(), at(1, BEAR))[0] == Setup(1, Phase.WAITING_FOR_ORDER_BLOCK, BEAR, 1)


def test_a_gap_of_the_direction_is_entered_at_the_close_of_its_bar():
    setup, events = strategy.step(PLAIN, WAITING, at(2, gap=BULL_GAP))
    assert setup == ENTERED
    assert kinds(events) == ["gap", "entered"]
    assert events[0].detail == {"direction": "bull", "start": 2, "top": 104, "bottom": 102, "atr": 1.0}
    assert events[1].detail == {
        "direction": "bull",
        "side": "Long",
        "stop_loss": 93.5,
        "take_profit": POSITION.take_profit,
        "atr": 1.0,
        "risk_atr": 1.0,
    }


def test_signal_gap_and_entry_can_happen_on_one_bar():
    setup, events = strategy.step(PLAIN, Setup(), at(2, BULL, gap=BULL_GAP))
    assert setup.phase is Phase.ENTERED
    assert kinds(events) == ["signal", "gap", "entered"]


def test_a_gap_of_the_other_direction_is_left_alone():
    setup, events = strategy.step(PLAIN, WAITING, at(2, gap=replace(BULL_GAP, direction=BEAR)))
    assert (setup, events) == (WAITING, ())


def test_a_signal_of_the_same_direction_changes_nothing():
    assert strategy.step(PLAIN, WAITING, at(2, BULL)) == (WAITING, ())


@pytest.mark.parametrize("phase", [Phase.WAITING_FOR_FVG, Phase.WAITING_FOR_ORDER_BLOCK, Phase.WAITING_FOR_RETRACEMENT])
def test_an_opposite_signal_aborts_and_starts_nothing(phase):
    before = replace(WAITING, phase=phase, zone=BULL_GAP)
    setup, events = strategy.step(PLAIN, before, at(3, BEAR, gap=BULL_GAP))
    assert setup == replace(before, phase=Phase.ABORTED)
    assert kinds(events) == ["aborted"]
    assert events[0].detail == {"direction": "bull", "reason": "opposite signal", "phase": phase, "cvd": 5}
    assert strategy.step(PLAIN, setup, at(4)) == (Setup(2, Phase.WAITING_FOR_CVD), ())


def test_a_signal_on_the_bar_after_an_end_belongs_to_the_next_setup():
    for phase in (Phase.ABORTED, Phase.EXITED):
        setup, _ = strategy.step(PLAIN, replace(WAITING, phase=phase), at(9, BEAR))
        assert setup == Setup(2, Phase.WAITING_FOR_FVG, BEAR, 9)


def test_the_newest_block_is_taken_when_it_starts_after_the_signal():
    waiting = replace(WAITING, phase=Phase.WAITING_FOR_ORDER_BLOCK)
    for block in (Zone(1, BULL, 104, 102), Zone(2, BEAR, 104, 102), None):
        assert strategy.step(BLOCKS, waiting, at(3, block=block)) == (waiting, ())
    setup, events = strategy.step(BLOCKS, waiting, at(3, block=BULL_GAP))
    assert (setup.phase, setup.zone) == (Phase.ENTERED, BULL_GAP)
    assert kinds(events) == ["order_block", "entered"]


def test_a_gap_is_not_retraced_on_its_own_bar():
    setup, events = strategy.step(RETRACE, WAITING, at(2, gap=BULL_GAP))
    assert setup == replace(WAITING, phase=Phase.WAITING_FOR_RETRACEMENT, zone=BULL_GAP)
    assert kinds(events) == ["gap"]


def test_a_block_can_be_taken_and_retraced_on_one_bar_because_it_started_earlier():
    waiting = replace(WAITING, phase=Phase.WAITING_FOR_ORDER_BLOCK)
    _, events = strategy.step(replace(BLOCKS, require_retracement=True), waiting, at(3, block=BULL_GAP))
    assert kinds(events) == ["order_block", "retraced", "entered"]


@pytest.mark.parametrize(
    ("direction", "high", "low", "entered"),
    [
        (BULL, 106, 104.1, False),
        (BULL, 106, 104, True),
        (BULL, 101, 99, True),  # right through
        (BEAR, 101.9, 99, False),
        (BEAR, 102, 99, True),
        (BEAR, 106, 105, True),  # right through
    ],
)
def test_the_price_is_back_when_it_touches_the_near_edge_or_goes_further(direction, high, low, entered):
    zone = replace(BULL_GAP, direction=direction)
    waiting = replace(WAITING, phase=Phase.WAITING_FOR_RETRACEMENT, direction=direction, zone=zone)
    setup, events = strategy.step(RETRACE, waiting, at(3, high=high, low=low))
    assert setup.phase is (Phase.ENTERED if entered else Phase.WAITING_FOR_RETRACEMENT)
    assert kinds(events) == (["retraced", "entered"] if entered else [])


def test_the_bar_of_the_entry_cannot_hit_stop_or_target():
    setup, _ = strategy.step(PLAIN, WAITING, at(2, gap=BULL_GAP, high=200, low=1))
    assert setup.phase is Phase.ENTERED


def test_an_entered_setup_ignores_signals():
    assert strategy.step(PLAIN, ENTERED, at(3, BEAR)) == (ENTERED, ())


@pytest.mark.parametrize(
    ("side", "high", "low", "left"),
    [
        (Side.LONG, 103.8, 93.5, Exit(93.5, 3, Outcome.STOP_LOSS)),  # both: the stop counts
        (Side.LONG, 101.0, 93.5, Exit(93.5, 3, Outcome.STOP_LOSS)),
        (Side.LONG, 103.705, 93.6, Exit(103.705, 3, Outcome.TAKE_PROFIT)),
        (Side.LONG, 103.7, 93.6, None),
        (Side.SHORT, 106.5, 90.0, Exit(106.5, 3, Outcome.STOP_LOSS)),
        (Side.SHORT, 106.4, 96.295, Exit(96.295, 3, Outcome.TAKE_PROFIT)),
        (Side.SHORT, 106.4, 96.3, None),
    ],
)
def test_a_position_is_left_at_the_stop_or_the_target_it_touches(side, high, low, left):
    away = -1 if side is Side.SHORT else 1
    position = replace(POSITION, side=side, stop_loss=100 - away * 6.5, take_profit=100 + away * 3.705)
    before = replace(ENTERED, position=position)
    setup, events = strategy.step(PLAIN, before, at(3, high=high, low=low))
    if left is None:
        assert (setup, events) == (before, ())
    else:
        assert setup == replace(before, phase=Phase.EXITED, exit=left)
        detail = {"direction": "bull", "outcome": left.outcome, "entry_price": 100.0}
        assert events == (Event(3, 1, EventKind.EXITED, left.price, detail),)


def test_the_end_of_history_closes_a_position_at_the_last_close():
    setup, event = strategy.force_close(ENTERED, 9, 101.5)
    assert setup == replace(ENTERED, phase=Phase.EXITED, exit=Exit(101.5, 9, Outcome.FORCED_CLOSE))
    assert (event.kind, event.price, event.detail["outcome"]) == ("exited", 101.5, "Forced Close")


def test_only_an_entered_position_can_be_closed():
    with pytest.raises(ValueError, match="setup 1 is waiting_for_fvg"):
        strategy.force_close(WAITING, 9, 101.5)


def test_a_waiting_setup_says_what_for_and_why_the_last_candidate_failed():
    assert waits_for(Setup(1, Phase.WAITING_FOR_CVD)) == "a turn of the CVD"
    assert waits_for(WAITING) == "a bullish fair value gap"
    failed = Rejection(2, BULL, 104, 103.2, "height", 0.8, 1.2)
    setup, _ = strategy.step(PLAIN, WAITING, at(2, gap=failed))
    assert waits_for(setup) == "a bullish fair value gap; the last candidate failed: height 0.8 of 1.2"
    setup, _ = strategy.step(PLAIN, WAITING, at(2, gap=replace(failed, direction=BEAR)))
    assert waits_for(setup) == "a bullish fair value gap"
    retracing = replace(WAITING, phase=Phase.WAITING_FOR_RETRACEMENT, zone=BULL_GAP)
    assert waits_for(retracing) == "the price to come back into 102 to 104"
    assert waits_for(ENTERED) == "the target 103.705 or the stop 93.5"
    assert waits_for(replace(ENTERED, phase=Phase.EXITED)) is None

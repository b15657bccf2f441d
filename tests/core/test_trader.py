from __future__ import annotations

from replay import replay
from walks import walk

from bot.core import trader
from bot.core.parameters import Parameters

MARKET = walk(seed=5, length=1500, step=1.0, missing=0.02)
PARAMETERS = Parameters.from_strings(["chart_timeframe=3m", "anchor_period=1h", "fee_rate=0.0004"])


def test_history_that_ends_with_an_open_position_closes_it_at_the_last_close():
    run = replay(PARAMETERS, MARKET)
    entered = next(event for event in run.events if event.kind == "entered")
    cut = next(number for number, minute in enumerate(MARKET) if minute.timestamp >= entered.timestamp + 180_000)
    state = replay(PARAMETERS, MARKET[: cut + 1]).end
    position = trader.position(state)
    assert position is not None
    closed, happened = trader.force_close(PARAMETERS, state)
    (trade,) = happened.trades
    assert trader.position(closed) is None
    assert (trade.outcome, trade.exit_price) == ("Forced Close", state.indicators.close)
    assert (trade.exit_time, trade.position) == (state.newest_bar, position)
    assert closed.account.balance == state.account.balance + trade.profit
    assert [event.kind for event in happened.events] == ["exited"]


def test_without_an_open_position_there_is_nothing_to_close():
    state = trader.begin(PARAMETERS)
    assert trader.force_close(PARAMETERS, state) == (state, trader.NOTHING)


def test_bars_before_the_start_of_setups_only_warm_the_indicators_up():
    start = MARKET[700].timestamp
    run, whole = replay(PARAMETERS, MARKET, setups_from=start), replay(PARAMETERS, MARKET)
    assert run.readings == whole.readings
    assert run.events[0].timestamp >= start
    assert run.events[0].setup == 1
